/**
 * What is not drawn. The rules in this file can't be switched off: nothing sexual with children or young people, and no nudity of people who
 * are named. A list of words can't know what somebody means; it is made to refuse rather once too often. Negations don't matter, because
 * models don't read them. Pure; nothing of a prompt is kept.
 */
import { givenNames, laterArtists, makerWords, oldMasters, publicFigures, surnames, titles } from '#core/prompt-names.ts';
import { foldLetters, speltWords, type SpeltWord } from '#core/prompt-spelling.ts';
import {
  afterBoy,
  alwaysRefused,
  ambiguousMinorWords,
  explicitWords,
  germanMarks,
  harmlessPhrases,
  minorWords,
  suggestiveWords,
} from '#core/prompt-words.ts';

/** `undefined` where neither rule speaks against it. */
export function coreRefusal(prompt: string): 'minors' | 'named-nudity' | undefined {
  const words = speltWords(withoutHarmless(prompt));
  const all = readWords(words);
  if (all.refused || (all.minor && (all.explicit || all.suggestive)) || (all.ambiguous && all.explicit)) return 'minors';
  return all.explicit && namesSomebody(words) ? 'named-nudity' : undefined;
}

function withoutHarmless(prompt: string): string {
  return harmlessPhrases.reduce((text, phrase) => text.replace(phrase, ' '), foldLetters(prompt));
}

type Found = {
  readonly explicit: boolean;
  readonly suggestive: boolean;
  readonly minor: boolean;
  readonly ambiguous: boolean;
  readonly refused: boolean;
};

function readWords(words: readonly SpeltWord[]): Found {
  const has = (set: ReadonlySet<string>): boolean =>
    words.some(({ forms, joined }) => forms.some((form) => set.has(form)) || (joined !== undefined && set.has(joined)));
  const glued = words.flatMap(({ forms }) => forms.flatMap((form) => gluedParts(form)));
  const hasGlued = (set: ReadonlySet<string>): boolean => glued.some((part) => set.has(part));
  const text = words.map(({ forms }) => forms[0]).join(' ');
  return {
    refused: has(alwaysRefused),
    explicit: has(explicitWords) || hasGlued(explicitWords) || explicitPhrases.some((phrase) => phrase.test(text)),
    suggestive: has(suggestiveWords) || hasGlued(suggestiveWords),
    minor:
      has(minorWords) || hasGlued(minorWords) || isGermanChild(words) || minorPhrases.some((phrase) => phrase.test(text)) || isYoung(text),
    ambiguous: has(ambiguousMinorWords) || hasGlued(ambiguousMinorWords) || isBoy(words),
  };
}

const explicitPhrases = [
  /\b(?:without|no|not wearing|wearing no|wears no|take[sn]? off (?:all )?(?:her|his|their)) (?:any )?(?:clothes(?! ?(?:pegs?|hangers?|lines?))|clothing|underwear)\b/u,
  /\b(?:wearing|wears) nothing\b/u,
  /\boben ohne\b/u,
  /\bohne (?:kleidung|kleider|klamotten|bekleidung|hullen|huellen)\b/u,
  /\b(?:weiblicher|mannlicher|maennlicher) akt\b/u,
  /\bhaving sex\b/u,
];

const minorPhrases = [
  /\b(?:little|small|young|tiny|kleines|junges|kleinen|jungen) (?:girls?|boys?|madchen|maedchen|madel)\b/u,
  /\b(?:kleiner|kleine|kleinen) (?:junge|jungen|bub|buben)\b/u,
  /\b(?:girl|boy) scouts?\b/u,
  /\b(?:elementary|primary|middle|high|grade) school\b/u,
  /\b(?:1[0-7]|[1-9]) ?(?:th|st|nd|rd) grade(?:rs?)?\b/u,
  /\bpre teens?\b/u,
  /\bunder age\b/u,
];

const numberWords = [
  ...'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen'.split(' '),
  ...'ein zwei drei vier funf fuenf sechs sieben acht neun zehn elf zwolf zwoelf dreizehn vierzehn funfzehn fuenfzehn sechzehn siebzehn'.split(
    ' ',
  ),
].join('|');
const young = `(?:${numberWords}|0?[1-9]|1[0-7])`;
const ages = [
  new RegExp(
    `\\b${young} ?(?:years?|yrs?|yr) ?old\\b(?! (?:whisk|wine|scotch|rum|oak|tree|cheese|house|car|dog|cat|horse|castle|church))`,
    'u',
  ),
  new RegExp(`\\b${young} ?(?:yo|y o|yrs?)\\b`, 'u'),
  new RegExp(`\\b(?:aged?|age of) ${young}\\b`, 'u'),
  new RegExp(`\\b${young} ?jahre alt\\b`, 'u'),
  new RegExp(`\\b${young} ?jahrige?[nrsm]?\\b`, 'u'),
  new RegExp(`\\b${young} ?jaehrige?[nrsm]?\\b`, 'u'),
  new RegExp(`\\balter von ${young}\\b`, 'u'),
];

/** An age below 18. */
const isYoung = (text: string): boolean => ages.some((age) => age.test(text));

const hasForm = (word: SpeltWord | undefined, set: ReadonlySet<string>): boolean => word?.forms.some((form) => set.has(form)) === true;
const isWord = (word: SpeltWord | undefined, ...texts: readonly string[]): boolean =>
  word?.forms.some((form) => texts.includes(form)) === true;

/** `kind` is a child where the sentence is German; in English it is a compliment, or a sort. */
function isGermanChild(words: readonly SpeltWord[]): boolean {
  const at = words.findIndex((word) => isWord(word, 'kind', 'kinds'));
  return at >= 0 && !isWord(words[at + 1], 'of') && words.some((word) => hasForm(word, germanMarks));
}

/** `ein nackter Junge am Strand` is a boy, `eine junge Frau` is none. */
const isBoy = (words: readonly SpeltWord[]): boolean =>
  words.some((word, at) => {
    const next = words[at + 1];
    return isWord(word, 'junge', 'jungen') && (word.endsPart || next === undefined || hasForm(next, afterBoy));
  });

const splittable = [explicitWords, suggestiveWords, minorWords, ambiguousMinorWords];

/** `nudechild` → `nude`, `child`: only where both parts are words of the lists. */
function gluedParts(form: string): readonly string[] {
  if (form.length < 7 || form.length > 40) return [];
  for (let at = 3; at <= form.length - 3; at++) {
    const parts = [form.slice(0, at), form.slice(at)];
    if (parts.every((part) => splittable.some((set) => set.has(part)))) return parts;
  }
  return [];
}

/** A given name, or somebody known by one name; not who painted it. */
const namesSomebody = (words: readonly SpeltWord[]): boolean =>
  words.some((word, at) => {
    if (hasForm(word, givenNames) || hasForm(word, publicFigures)) return !isMaker(words, at);
    const next = words[at + 1];
    // `Dr. Smith`: the dot ends nothing.
    if (next === undefined) return false;
    return isWord(word, 'frau')
      ? hasForm(next, surnames)
      : hasForm(word, titles) && !hasForm(next, afterBoy) && !isWord(next, 'of', 'is', 'at', 'who', 'with');
  });

/** How many words a name may have before the surname. */
const MOST_NAMES = 3;

/** `Gustav Klimt`, `by Helmut Newton`: from a given name on, the surname of an artist follows. */
function isMaker(words: readonly SpeltWord[], at: number): boolean {
  const names = words.slice(at, at + MOST_NAMES + 1);
  const end = names.findIndex((word) => hasForm(word, oldMasters) || hasForm(word, laterArtists));
  // Another sentence, or another name in between.
  if (end < 0 || names.slice(0, end).some(({ endsPart }) => endsPart)) return false;
  if (names.slice(1, end).some((word) => !hasForm(word, givenNames) && !isWord(word, 'van', 'von', 'de', 'da', 'di', 'auguste')))
    return false;
  if (hasForm(names[end], oldMasters)) return true;
  let first = at;
  while (first > 0 && at - first < MOST_NAMES && hasForm(words[first - 1], givenNames)) first -= 1;
  return hasForm(words[first - 1], makerWords);
}
