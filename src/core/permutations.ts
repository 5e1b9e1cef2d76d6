/**
 * `a {red, blue} bird` → `a red bird`, `a blue bird`. Braces may stand in braces; braces without a comma, or without a partner,
 * are words like others. `\{`, `\}`, and `\,` inside of braces, are the characters themselves.
 */

/** A way to choose one of the words in each pair of braces, and the words that were chosen. */
export type Permutation = { readonly prompt: string; readonly chosen: readonly string[] };

/** A prompt in pieces: text, or what is chosen from. */
type Piece = string | readonly (readonly Piece[])[];

/** All of them in reading order; the prompt itself where it has none. Exponential: ask `countPermutations` first. */
export function permutations(prompt: string): readonly Permutation[] {
  const all = expand(read(prompt)).map(({ prompt: text, chosen }) => ({ prompt: closeGaps(text), chosen }));
  // Nothing chosen of `{a fox, }` leaves nothing to draw.
  const drawable = all.filter(({ prompt: text }) => text !== '');
  return drawable.length === 0 ? all.slice(0, 1) : drawable;
}

/** At least as many as `permutations` gives: what is there twice counts twice here. May be `Infinity`. */
export const countPermutations = (prompt: string): number => count(read(prompt));

const count = (pieces: readonly Piece[]): number =>
  pieces.reduce<number>((product, piece) => (typeof piece === 'string' ? product : product * sum(piece.map(count))), 1);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The words as a prompt in which nothing is chosen from. */
export function withoutChoices(words: string): string {
  const [only, ...more] = countPermutations(words) > 1 ? [] : permutations(words);
  return only?.prompt === words && more.length === 0 ? words : words.replace(/[{}]/gu, String.raw`\$&`);
}

// ---------------------------------------------------------------- reading

/** Deeper braces are words: nobody reads them any more. */
const deepest = 8;

const special = /\\([{},])|[{},]/gu;

type Sign = { readonly at: number; readonly text: string };

function read(prompt: string): readonly Piece[] {
  const signs = Array.from(prompt.matchAll(special), ({ 0: text, index }): Sign => ({ at: index, text }));
  return readRange(prompt, { from: 0, to: prompt.length, first: 0, last: signs.length, signs, partners: partnersOf(signs), depth: 0 });
}

/** Which sign closes each opening brace, by their places in the list. */
function partnersOf(signs: readonly Sign[]): ReadonlyMap<number, number> {
  const open: number[] = [];
  const partners = new Map<number, number>();
  for (const [index, { text }] of signs.entries()) {
    if (text === '{') open.push(index);
    const opening = text === '}' ? open.pop() : undefined;
    if (opening !== undefined) partners.set(opening, index);
  }
  return partners;
}

type Range = {
  readonly from: number;
  readonly to: number;
  /** The signs between them: from `first` to before `last`. */
  readonly first: number;
  readonly last: number;
  readonly signs: readonly Sign[];
  readonly partners: ReadonlyMap<number, number>;
  /** Of the braces around it that are chosen from. */
  readonly depth: number;
};

function readRange(prompt: string, range: Range): readonly Piece[] {
  const { from, to, first, last, signs, partners, depth } = range;
  const pieces: Piece[] = [];
  let at = from;
  for (let index = first; index < last; index++) {
    const sign = signs[index]!;
    if (sign.text.startsWith('\\')) {
      // Outside of braces a comma needs no protection, and the backslash is one that was meant.
      const isWord = sign.text === String.raw`\,` && depth === 0;
      pieces.push(prompt.slice(at, sign.at), isWord ? sign.text : sign.text.slice(1));
      at = sign.at + sign.text.length;
      continue;
    }
    const end = sign.text === '{' && depth < deepest ? partners.get(index) : undefined;
    if (end === undefined || end >= last) continue;
    const commas = topLevelCommas(range, index + 1, end);
    if (commas.length === 0) continue;
    const options = [...commas, end].map((stop, option) => {
      const before = commas[option - 1] ?? index;
      const place = { from: signs[before]!.at + 1, to: signs[stop]!.at, first: before + 1, last: stop };
      return readRange(prompt, { ...range, ...place, depth: depth + 1 });
    });
    pieces.push(prompt.slice(at, sign.at), options);
    at = signs[end]!.at + 1;
    index = end;
  }
  return [...pieces, prompt.slice(at, to)];
}

/** Those that no braces inside hold. */
function topLevelCommas({ signs, partners }: Range, first: number, last: number): readonly number[] {
  const commas: number[] = [];
  for (let index = first; index < last; index++) {
    const { text } = signs[index]!;
    if (text === ',') commas.push(index);
    if (text === '{') index = partners.get(index) ?? index;
  }
  return commas;
}

// ---------------------------------------------------------------- writing

/** Stands where nothing was chosen; a prompt holds no control characters. */
const gap = '\u0000';

function expand(pieces: readonly Piece[]): readonly Permutation[] {
  return pieces.reduce<readonly Permutation[]>(
    (ways, piece) => {
      const options = typeof piece === 'string' ? [{ prompt: piece, chosen: [] }] : optionsOf(piece);
      return ways.flatMap((way) =>
        options.map((option) => ({ prompt: way.prompt + option.prompt, chosen: [...way.chosen, ...option.chosen] })),
      );
    },
    [{ prompt: '', chosen: [] }],
  );
}

/** The words to choose from, each once. */
function optionsOf(list: readonly (readonly Piece[])[]): readonly Permutation[] {
  const words = list.flatMap((pieces) => expand(pieces).map(({ prompt }) => closeGaps(prompt)));
  return [...new Set(words)].map((word) => ({ prompt: word === '' ? gap : word, chosen: word === '' ? [] : [word] }));
}

/** A word left out must not leave two blanks, or one before a comma. */
const closeGaps = (text: string): string => text.replace(/ ?\0(?= |$|[,.;:!?])|\0 ?/gu, '').trim();
