/**
 * The words of a prompt as somebody means them, however they are spelt: with accents, letters of other alphabets that look alike, digits in
 * place of letters, drawn-out vowels, or blanks and dots between the letters. Pure.
 */

/** Letters that look like Latin ones, by what they look like. */
const lookalikes: Readonly<Record<string, string>> = {
  a: 'аαɑ',
  b: 'ЬвƄ',
  c: 'сϲ',
  d: 'ԁɗ',
  e: 'еєεҽ',
  f: 'ƒ',
  g: 'ɡց',
  h: 'һнհ',
  i: 'іιıɩ',
  j: 'јϳ',
  k: 'кκ',
  l: 'ⅼӏɫł',
  m: 'м',
  n: 'пηո',
  o: 'оοσօø',
  p: 'рρ',
  r: 'гʀ',
  s: 'ѕʂ',
  t: 'тτ',
  u: 'υսц',
  v: 'νѵ',
  w: 'ԝшω',
  x: 'хχ×',
  y: 'уγү',
  z: 'ʐ',
};
const latin = new Map(Object.entries(lookalikes).flatMap(([letter, others]) => [...others].map((other) => [other, letter] as const)));

/** Digits and signs that stand for letters within a word; `1` may be two. */
const leet: Readonly<Record<string, string>> = {
  0: 'o',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  8: 'b',
  9: 'g',
  '@': 'a',
  $: 's',
  '€': 'e',
  '!': 'i',
};

/** Lower case, compatibility forms resolved, without accents; letters that look Latin are Latin. `ä` becomes `a`, `ß` becomes `ss`. */
export function foldLetters(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss');
  return plain.replace(/\P{ASCII}/gu, (letter) => latin.get(letter) ?? letter);
}

/** A word list: every word with its umlauts as they are folded and as keyboards without them write them. */
export const wordSet = (list: string): ReadonlySet<string> =>
  new Set(list.split(/\s+/u).flatMap((word) => (word === '' ? [] : [foldLetters(word), foldLetters(umlautsWritten(word))])));

const umlautsWritten = (word: string): string => word.toLowerCase().replaceAll('ä', 'ae').replaceAll('ö', 'oe').replaceAll('ü', 'ue');

/** One place of the text and everything that may be meant there, the most likely first. */
export type SpeltWord = {
  readonly forms: readonly string[];
  /** Together with the next piece, where both are short: `nu de`. */
  readonly joined?: string;
  /** It stands at the end of a part of the sentence. */
  readonly endsPart: boolean;
};

/** At most so many words of a text are read; prompts are shorter. */
const MOST_WORDS = 2000;

/** The words in their order. Letters that stand alone are put together, and short pieces with the next one as well. */
export function speltWords(text: string): readonly SpeltWord[] {
  const pieces = Array.from(
    foldLetters(text).matchAll(/([\p{L}\p{N}@$€]+(?:![\p{L}\p{N}@$€]+)*)([^\p{L}\p{N}@$€]*)/gu),
    ([, word = '', gap = '']) => ({
      word,
      endsPart: /[.,;:!?()[\]{}|\n]/u.test(gap),
    }),
  ).slice(0, MOST_WORDS);
  const words: SpeltWord[] = [];
  for (let at = 0; at < pieces.length; at++) {
    const piece = pieces[at]!;
    const run = lettersAlone(pieces, at);
    if (run > 2) {
      const joined = pieces.slice(at, at + run).map(({ word }) => word);
      words.push({ forms: formsOf(joined.join('')), endsPart: pieces[at + run - 1]!.endsPart });
      at += run - 1;
      continue;
    }
    const next = pieces[at + 1];
    const isShort = piece.word.length <= 3 && next !== undefined && next.word.length <= 3 && !piece.endsPart;
    // `nude!child` may be two words.
    if (piece.word.includes('!')) words.push(...piece.word.split('!').map((part) => ({ forms: formsOf(part), endsPart: false })));
    words.push({ forms: formsOf(piece.word), ...(isShort ? { joined: piece.word + next.word } : {}), endsPart: piece.endsPart });
  }
  return words;
}

/** How many pieces from `at` on are single letters. */
function lettersAlone(pieces: readonly { readonly word: string }[], at: number): number {
  let run = 0;
  while (pieces[at + run] !== undefined && [...pieces[at + run]!.word].length === 1) run += 1;
  return run;
}

/** `nu1de` and `nuuude` may be meant in several ways. */
function formsOf(word: string): readonly string[] {
  // Most words: none of what follows changes them.
  if (/^(?!.*(.)\1\1)[a-z]+$/u.test(word)) return [word];
  const forms = new Set([word]);
  // Numbers stay numbers; `1girl` is how some models are asked for one.
  forms.add(word.replace(/^\d+(?=\p{L})|(?<=\p{L})\d+$/gu, ''));
  if (/\p{L}/u.test(word)) {
    const letters = word.replace(/[0345789@$€!]/gu, (sign) => leet[sign] ?? sign);
    forms.add(letters.replaceAll('1', 'i'));
    forms.add(letters.replaceAll('1', 'l'));
  }
  const drawnOut = /(\p{L})\1{2,}/gu;
  return [...new Set(Array.from(forms, (form) => [form, form.replace(drawnOut, '$1'), form.replace(drawnOut, '$1$1')]).flat())];
}
