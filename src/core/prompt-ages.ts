/** Ages below 18 as people write them, in English and German. Pure. */

const english = '(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|0?[1-9]|1[0-7])';
const englishOrOne = `(?:one|${english})`;
/** Without umlauts, and as keyboards without them write them. */
const german =
  '(?:ein|zwei|drei|vier|funf|fuenf|sechs|sieben|acht|neun|zehn|elf|zwolf|zwoelf|dreizehn|vierzehn|funfzehn|fuenfzehn|sechzehn|siebzehn|0?[1-9]|1[0-7])';

/** Things that are old, and what is counted without being an age. */
const things = 'whisk|wine|scotch|rum|oak|tree|cheese|house|car|dog|cat|horse|castle|church';
const measures =
  '(?:of|in|feet|foot|ft|meters?|metres?|miles?|inch|inches|cm|m|km|kg|pounds|lbs|steps|stories|storeys|minutes?|hours?|days?|weeks?|months?|percent|times|people|women|men|cats?|dogs?|and a half (?:feet|meters?|metres?))';
const hardly = '(?:(?:only|just|barely|about|almost|nearly|now|still|just turned|only just) )?';
const kaum = '(?:(?:erst|gerade|noch|nur|fast|knapp|gerade mal|erst mal) )?';

/** In words with single blanks between them, nothing else. */
const inWords = [
  `${englishOrOne} ?(?:years?|yrs?|yr) ?olds?\\b(?! (?:${things}))`,
  `${englishOrOne} ?(?:years?|yrs?) of age`,
  `${englishOrOne} ?(?:yos?|y os?|yrs?)`,
  `(?:aged?|age of) ${englishOrOne}`,
  `(?:she|he|who|girl|boy|woman|man|model|daughter|son) (?:is|was|s|just|turned|turns) ${hardly}${english}\\b(?! ${measures}\\b)`,
  `(?:i am|i m|im|shes|hes|they are|theyre|they re|both are|turning|turned) ${hardly}${english}\\b(?! ${measures}\\b)`,
  `${german} ?jahre(?:n)? (?:alt|jung)`,
  `${german} ?ja(?:e)?hrige?[nrsm]?`,
  `alter von ${german}`,
  '(?:under|below|unter) (?:18|eighteen|achtzehn)\\b(?! (?:degrees|percent|dollars?|euros?|minutes|minuten|seconds|grad|prozent|cm|kg|km|meters?|metres?)\\b)',
  'u18',
  '(?:[5-9]|1[0-7]) ?[jy]',
  `(?:(?:sie|er|es|die|das) (?:ist|war)|ich bin) ${kaum}(?!ein\\b)${german}\\b(?! (?:meter|kilo|stunden|minuten|tage|wochen|prozent|cm|m|kg|katzen|hunde)\\b)`,
].map((age) => new RegExp(`\\b${age}\\b`, 'u'));

/** `woman (16)`, `Frau, 17,`. */
const person =
  '(?:wom[ae]n|man|men|lady|ladies|female|male|guy|model|student|person|people|friend|girlfriend|boyfriend|frau|frauen|mann|dame|modell|studentin|freundin|freund)';
const behindPerson = new RegExp(`\\b${person} ?(?:\\( ?(?:aged? )?(?:[5-9]|1[0-7]) ?[)/–-]|, ?(?:1[0-7]) ?(?:[,;.)]|$))`, 'u');

/** @param folded as `foldLetters` makes it, with its punctuation */
export function isYoung(folded: string): boolean {
  const words = folded.replaceAll(/[^\p{L}\p{N}]+/gu, ' ');
  return inWords.some((age) => age.test(words)) || behindPerson.test(folded);
}
