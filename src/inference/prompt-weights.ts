/**
 * How much each word of a prompt counts, in the notation of the AUTOMATIC1111 web UI: `(word)` × 1.1, `[word]` ÷ 1.1, `(word:1.3)` × 1.3,
 * one in another multiplies, `\(` is the bracket itself, and `BREAK` begins a new chunk.
 *
 * Text stays text wherever that is not what somebody meant: unclosed brackets, `:)`, `(word:abc)`, ratios and times such as `(16:9)`, and
 * the prompt editing of that web UI, `[a:b:0.5]` and `[a|b]`. Nothing is ever an error. Takes time in proportion to the length.
 */

/** A stretch of a prompt; weight 1 is as it stands. */
export type WeightedText = { readonly text: string; readonly weight: number };

/** Whatever was typed, a weight is from 0 to this: -5 is 0, 1000000000 is 10. Beyond it there is only noise. */
export const MAX_WEIGHT = 10;
const BRACKET_FACTOR = 1.1;
/** Keeps thousands of nested brackets from becoming infinite before an inner `:0` is multiplied with them. */
const MAX_PRODUCT = 1e6;

/** Escapes first, then faces with their brackets, then brackets and BREAK. */
const signs = /\\[\\()[\]]|(?<!\S)[:;]['-]?[()[\]]+(?![^\s,.!?])|[()[\]]|\bBREAK\b/gu;
const number = /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)$/u;

type Sign = { readonly text: string; readonly at: number };
type Open = {
  readonly index: number;
  readonly isRound: boolean;
  ownFrom: number /* own words since the last bracket inside */;
  isEditing: boolean;
};
/** Of a pair that weighs: what it multiplies by, and where its words end (before `:1.3`). */
type Pair = { readonly factor: number; readonly close: number; readonly wordsEnd: number };

/** The parts between BREAKs, each as stretches in reading order. A prompt without brackets and BREAK comes back as it is. */
export function readWeights(prompt: string): readonly (readonly WeightedText[])[] {
  const found: readonly Sign[] = Array.from(prompt.matchAll(signs), ({ 0: text, index }) => ({ text, at: index }));
  const pairs = findPairs(prompt, found);
  const hasBrackets = /[()[\]]/u.test(prompt);
  const parts: WeightedText[][] = [[]];
  const around: { readonly product: number; readonly pair: Pair }[] = [];
  let from = 0;

  function take(until: number): void {
    add(prompt.slice(from, until));
    from = until;
  }
  function add(text: string): void {
    if (text === '') return;
    const part = parts.at(-1)!;
    const weight = Math.min(around.at(-1)?.product ?? 1, MAX_WEIGHT);
    const last = part.at(-1);
    if (last?.weight === weight) part[part.length - 1] = { text: last.text + text, weight };
    else part.push({ text, weight });
  }

  for (const [index, { text, at }] of found.entries()) {
    const pair = pairs.get(index);
    const innermost = around.at(-1);
    if (text === 'BREAK') {
      take(at);
      from = at + text.length;
      parts.push([]);
    } else if (pair) {
      take(at);
      from = at + 1;
      around.push({ pair, product: Math.min((innermost?.product ?? 1) * pair.factor, MAX_PRODUCT) });
    } else if (innermost?.pair.close === index) {
      take(innermost.pair.wordsEnd);
      from = at + 1;
      around.pop();
    } else if (text.startsWith('\\') && hasBrackets) {
      take(at);
      add(text.slice(1));
      from = at + text.length;
    }
  }
  take(prompt.length);
  return parts;
}

/** The pairs that weigh, by the index of their opening sign. */
function findPairs(prompt: string, found: readonly Sign[]): ReadonlyMap<number, Pair> {
  const pairs = new Map<number, Pair>();
  const open: Open[] = [];
  const counts = { round: 0, square: 0 };
  for (const [index, { text, at }] of found.entries()) {
    const around = open.at(-1);
    if (text === '(' || text === '[') {
      if (around) noteEditing(around, prompt.slice(around.ownFrom, at));
      open.push({ index, isRound: text === '(', ownFrom: at + 1, isEditing: false });
      counts[text === '(' ? 'round' : 'square']++;
    } else if (text === ')' ? counts.round > 0 : text === ']' && counts.square > 0) {
      const pair = closeOpen(text === ')');
      const own = prompt.slice(pair.ownFrom, at);
      noteEditing(pair, own);
      const weighing = pair.isRound ? readRound(own) : pair.isEditing ? undefined : { factor: 1 / BRACKET_FACTOR, length: own.length };
      if (weighing) pairs.set(pair.index, { factor: weighing.factor, close: index, wordsEnd: pair.ownFrom + weighing.length });
      const outer = open.at(-1);
      if (outer) outer.ownFrom = at + 1;
    } else if (around && text !== 'BREAK') around.ownFrom = at + text.length; // an escape or a face: not part of a weight
  }
  return pairs;

  /** Takes the innermost of its kind; what is open inside it was never closed and is text. */
  function closeOpen(isRound: boolean): Open {
    for (let ownFrom = 0; ;) {
      const last = open.pop()!;
      counts[last.isRound ? 'round' : 'square']--;
      ownFrom = Math.max(ownFrom, last.ownFrom);
      if (last.isRound === isRound) return { ...last, ownFrom };
    }
  }
}

function noteEditing(open: Open, own: string): void {
  open.isEditing ||= !open.isRound && /[:|]/u.test(own);
}

/** What round brackets mean by the last words in them; `undefined`: they are text. `length` is how many characters are words. */
function readRound(own: string): { readonly factor: number; readonly length: number } | undefined {
  const colon = own.lastIndexOf(':');
  if (colon === -1) return { factor: BRACKET_FACTOR, length: own.length };
  const behind = own.slice(colon + 1).trim();
  if (number.test(behind)) {
    const isRatioOrTime = /^\d+$/u.test(behind) && /\d/u.test(own[colon - 1] ?? '');
    if (isRatioOrTime) return undefined;
    return { factor: Math.min(Math.max(Number(behind.replace(',', '.')), 0), MAX_WEIGHT), length: colon };
  }
  return /\s/u.test(behind) ? { factor: BRACKET_FACTOR, length: own.length } : undefined;
}
