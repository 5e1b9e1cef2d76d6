/** One spelling for what people type, and the plurals and cases of a noun. */
import type { Language } from '#core/types.ts';

const germanLetters: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };

/** Lower case, umlauts as `ae`, `oe`, `ue`, `ss` for `ß`, no other accents: «Äpfel», «AEPFEL» and «Aepfel» are the same. */
export const fold = (text: string): string =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[äöüß]/gu, (letter) => germanLetters[letter] ?? letter)
    .normalize('NFD')
    .replace(/\p{M}/gu, '');

/** The words of a text, folded: `T-Rex!` is `t`, `rex`. */
export const foldedWords = (text: string): readonly string[] => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/**
 * Plurals and cases of a name of one or several folded words, the name itself left out. Forms that nobody uses are among
 * them («fuechser»); words that mean something else are not.
 */
export function inflections(words: readonly string[], language: Language): readonly string[] {
  const [first = '', ...rest] = words;
  const last = rest.at(-1);
  const nounForms = (word: string): readonly string[] => (language === 'de' ? germanForms(word) : englishForms(word));
  if (last === undefined) return nounForms(first);
  const between = rest.slice(0, -1);
  // Both ends change: «cups of coffee», «teddy bears», «Tassen Kaffee», «fliegenden Untertassen».
  const firsts = [first, ...nounForms(first)];
  const lasts = [last, ...nounForms(last)];
  return firsts.flatMap((start) => lasts.map((end) => [start, ...between, end].join(' '))).slice(1);
}

const irregularEnglish: ReadonlyMap<string, string> = new Map([
  ['mouse', 'mice'],
  ['goose', 'geese'],
  ['person', 'people'],
  ['child', 'children'],
  ['foot', 'feet'],
  ['tooth', 'teeth'],
  ['ox', 'oxen'],
]);

function englishForms(word: string): readonly string[] {
  const irregular = irregularEnglish.get(word);
  if (irregular !== undefined) return [irregular];
  const forms = [`${word}s`];
  if (/(?:[sxzo]|ch|sh)$/u.test(word)) forms.push(`${word}es`);
  if (/[^aeiou]y$/u.test(word)) forms.push(`${word.slice(0, -1)}ies`);
  if (/fe?$/u.test(word)) forms.push(word.replace(/fe?$/u, 'ves'));
  if (word.endsWith('man')) forms.push(`${word.slice(0, -3)}men`);
  if (word.endsWith('us')) forms.push(`${word.slice(0, -2)}i`);
  // «cherries», «grapes»: one of them.
  if (/[^su]s$/u.test(word)) forms.push(word.slice(0, -1));
  return forms;
}

/**
 * Words of their own that only look like a form of a noun: iron (ice), beech (book), bosom and bushes (bus), oaks (egg),
 * crying (wine).
 */
const noForms = new Set(foldedWords('eisen Buche Buchen Busen Büschen Eichen better hausen Zuge Balle schlossen weinen Wales'));

/** Nouns whose plural takes -er without an umlaut. */
const takesEr = /(?:bild|kind|ei|kleid|brett|licht|lied|feld|geist|gesicht|gespenst|schild|nest|schwert|rind|hemd)$/u;

/** Nouns whose plural takes an umlaut and -er; after any other it is another word: «Bürger» live in a «Burg»; «Hüter», «Töpfer». */
const takesUmlautAndEr =
  /(?:haus|buch|glas|rad|blatt|dorf|dach|loch|schloss|tuch|wald|wurm|mann|land|korn|horn|kalb|huhn|lamm|volk|band|fass|fach|gras|grab|kraut|strauch|gott|mund|holz|wort|maul|tal)$/u;

function germanForms(word: string): readonly string[] {
  const umlauted = withUmlaut(word);
  const stems = umlauted === undefined ? [word] : [word, umlauted];
  return [...germanPlurals(word, stems), ...diminutives(word), `${word}s`, `${word}es`].filter(
    (form) => form !== word && !noForms.has(form),
  );
}

function germanPlurals(word: string, stems: readonly string[]): readonly string[] {
  if (word.endsWith('e')) return [`${word}n`];
  if (word.endsWith('in')) return [`${word}nen`, `${word}e`, `${word}en`];
  if (/(?:el|er|en|chen|lein)$/u.test(word)) return stems.flatMap((stem) => [stem, `${stem}n`, `${stem}e`, `${stem}en`]);
  if (/[aiouy]$/u.test(word) && !takesEr.test(word)) return [`${word}s`, word.replace(/.$/u, 'en'), `${word}e`, `${word}en`];
  const forms = stems.flatMap((stem) => [`${stem}e`, `${stem}en`]);
  if (/[aiou]s$/u.test(word)) forms.push(`${word}se`, `${word}sen`, `${word}ses`);
  if (word.endsWith('us')) forms.push(word.replace(/us$/u, 'een'), word.replace(/us$/u, 'en'));
  const withEr = takesEr.test(word) ? [word] : takesUmlautAndEr.test(word) ? stems.slice(1) : [];
  return [...forms, ...withEr.flatMap((stem) => [`${stem}er`, `${stem}ern`])];
}

/** «Bärchen», «Häuslein», «Entchens», «Vögelein». */
export function diminutives(word: string): readonly string[] {
  if (/(?:chen|lein)$/u.test(word)) return [];
  const umlauted = withUmlaut(word) ?? word;
  const stem = umlauted.replace(/en?$/u, '');
  const more = word.endsWith('el') ? [`${umlauted}ein`, `${umlauted.slice(0, -2)}lein`] : [];
  return ['chen', 'chens', 'lein', 'leins']
    .map((ending) => stem + ending)
    .concat(more)
    .filter((form) => !noForms.has(form));
}

/** The last vowel that can take one: «apfel» → «aepfel», «maus» → «maeuse» before its ending; `undefined` where there is none. */
function withUmlaut(word: string): string | undefined {
  const found = /^(.*?)(au|a|o|u)((?:[^aeiou]+(?:e[lrn]|e)?)?)$/u.exec(word);
  if (found === null) return undefined;
  const [, start = '', vowel = '', end = ''] = found;
  // After an `a`, `e` or `o` it is the umlaut itself, or part of another sound.
  if (/[aeo]$/u.test(start) && vowel !== 'au') return undefined;
  return `${start}${vowel === 'au' ? 'aeu' : `${vowel}e`}${end}`;
}

/** A German adjective or participle without its ending: «rotem» → «rot». */
export const germanAdjectiveStems = (word: string): readonly string[] => {
  const stem = /^(.{2,})(?:e[mnrs]?)$/u.exec(word)?.[1];
  // «dunkle» comes from «dunkel», «teure» from «teuer».
  return stem === undefined ? [] : [stem, stem.replace(/([lr])$/u, 'e$1')];
};
