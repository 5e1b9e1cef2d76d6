/** Words of a command → prompt words and option values. A flag stands anywhere; nothing that looks like one reaches the prompt. */
import type { MessageParams } from '#core/message-codes.ts';
import { readValue } from '#core/option-value.ts';
import { findOption, isClipSkip, optionRow, suggestFlag, type OptionName, type OptionValues } from '#core/options.ts';
import { clip, type Token } from '#core/prompt-text.ts';
import { accept, refuse, type Place, type Problem, type Result } from '#core/problem.ts';
import { readQuoted } from '#core/quotes.ts';

export type Options = Partial<OptionValues>;
/** Where each option's flag and value were typed. */
export type OptionPlaces = { readonly [Name in OptionName]?: Place };

export type Parts = {
  /** Words before a `--` that are no flag and no value. */
  readonly words: readonly Token[];
  /** Words after `--`; `undefined` where there was none. */
  readonly literal: readonly Token[] | undefined;
  readonly options: Options;
  readonly places: OptionPlaces;
};

type Dashed =
  | { readonly kind: 'flag'; readonly option: OptionName; readonly flag: string; readonly inline: string | undefined }
  | { readonly kind: 'unknown'; readonly flag: string; readonly suggestion: string | undefined }
  | { readonly kind: 'end' };

export function readParts(tokens: readonly Token[]): Result<Parts, Problem> {
  const words: Token[] = [];
  const values = new Map<OptionName, { value: unknown; place: Place }>();
  let index = 0;
  for (let token = tokens[index]; token !== undefined; token = tokens[index]) {
    const dashed = readDashed(token.text, words.length === 0);
    if (dashed === undefined) {
      const glued = findGlued(token.text);
      if (glued !== undefined) return refuse('flag_glued', glued, token);
      words.push(token);
      index += 1;
      continue;
    }
    if (dashed.kind === 'end') return accept(toParts(words, tokens.slice(index + 1), values));
    if (dashed.kind === 'unknown') {
      const { flag, suggestion } = dashed;
      if (isClipSkip(flag.replace(dashes, '$2'))) return refuse('clip_skip', { flag }, token);
      return refuse('flag_unknown', suggestion === undefined ? { flag } : { flag, suggestion }, token);
    }
    const read = readFlag(dashed, tokens, index);
    if (!read.ok) return read;
    const { option, flag } = dashed;
    const place = { start: token.start, end: tokens[read.value.next - 1]?.end ?? token.end };
    const earlier = values.get(option);
    if (earlier !== undefined && option !== 'negativePrompt' && optionRow(option).value !== 'switch')
      return refuse('flag_twice', { flag }, place);
    const value =
      earlier !== undefined && option === 'negativePrompt' ? `${String(earlier.value)}, ${String(read.value.value)}` : read.value.value;
    values.set(option, { value, place });
    index = read.value.next;
  }
  return accept(toParts(words, undefined, values));
}

function toParts(
  words: readonly Token[],
  literal: readonly Token[] | undefined,
  values: ReadonlyMap<OptionName, { readonly value: unknown; readonly place: Place }>,
): Parts {
  const entries = [...values];
  return {
    words,
    literal,
    // The table's value kinds give each name its type; a value of `undefined` asked for the default.
    options: Object.fromEntries(entries.filter(([, { value }]) => value !== undefined).map(([name, { value }]) => [name, value])),
    places: Object.fromEntries(entries.map(([name, { place }]) => [name, place])),
  };
}

/** What phones and word processors make of hyphens: one dash, or two at once. */
const dashes = /^([-‐‑‒−–—―]+)(.*)$/su;
const longDash = /[–—―]/u;

/** `undefined`: an ordinary word. `isFirst`: no word of the prompt came before. */
export function readDashed(text: string, isFirst: boolean): Dashed | undefined {
  const [, run, rest] = dashes.exec(text) ?? [];
  if (run === undefined || rest === undefined) return undefined;
  // A lone — inside a sentence is a dash; in front of everything it is an autocorrected `--`.
  if (rest === '') return run === '--' || (isFirst && /^[—―]$/u.test(run)) ? { kind: 'end' } : undefined;
  const startsLikeName = longDash.test(run) ? /^[\p{L}_]/u.test(rest) : /^[\p{L}\p{N}_]/u.test(rest);
  if (!startsLikeName) return undefined;
  const isCertain = run.length > 1 || longDash.test(run);
  const { name, inline } = splitValue(rest);
  const option = findOption(name);
  const flag = `--${name}`;
  if (option !== undefined) return { kind: 'flag', option, flag, inline };
  const suggestion = suggestFlag(name);
  if (isCertain) return { kind: 'unknown', flag: clip(inline === undefined ? text : `${run}${name}`, 40), suggestion };
  // `-5` and `-like` are words; `-stpes` is a slip.
  return suggestion !== undefined && name.length >= 4 ? { kind: 'unknown', flag: `-${name}`, suggestion } : undefined;
}

/** `n=4`, `n:4` and `n4` → name and value; punctuation after a name alone is dropped. */
function splitValue(rest: string): { readonly name: string; readonly inline: string | undefined } {
  const [, glued, digits] = /^(\p{L}+)(\d.*)$/su.exec(rest) ?? [];
  const gluedOption = glued === undefined ? undefined : findOption(glued);
  if (glued !== undefined && gluedOption !== undefined && takesNumber(gluedOption)) return { name: glued, inline: digits };
  const [, name, value] = /^([^=:]+)[=:](.*)$/su.exec(rest) ?? [];
  if (name !== undefined) return { name, inline: value };
  return { name: rest.replace(/[,;.!?]+$/u, ''), inline: undefined };
}

const takesNumber = (option: OptionName): boolean => !['text', 'name', 'names', 'switch'].includes(optionRow(option).value);

/** `fox--n` would leak a flag into the prompt. */
function findGlued(text: string): MessageParams['flag_glued'] | undefined {
  const [, before, name] = /^(.*[^-–—―])(?:--|[–—―])([\p{L}_]+)/su.exec(text) ?? [];
  if (before === undefined || name === undefined || findOption(splitValue(name).name) === undefined) return undefined;
  return { word: clip(text, 40), before: clip(before, 40), flag: `--${name}` };
}

type Read = { readonly value: unknown; readonly next: number };

function readFlag(dashed: Dashed & { kind: 'flag' }, tokens: readonly Token[], index: number): Result<Read, Problem> {
  const { option, flag } = dashed;
  const token = tokens[index];
  if (token === undefined) throw new RangeError('no token at this index');
  const row = optionRow(option);
  if (row.value === 'switch') {
    return dashed.inline
      ? refuse('value_unexpected', { flag, value: clip(dashed.inline, 40) }, token)
      : accept({ value: true, next: index + 1 });
  }
  const valueTokens = tokensOfValue(dashed, tokens, index);
  const first = valueTokens[0];
  const isFlag = first !== undefined && first.start !== token.start && readDashed(first.text, false) !== undefined;
  if (first === undefined || isFlag) {
    return refuse('value_missing', { flag, example: `${flag} ${row.example}` }, token);
  }
  const consumed = (count: number): number => tokens.length - valueTokens.length + count;
  if (row.value === 'text') {
    const { text, count } = readQuoted(valueTokens) ?? readUntilFlag(valueTokens);
    return accept({ value: text, next: consumed(count) });
  }
  if (row.value === 'names') {
    const { text, count } = readNames(valueTokens);
    const read = readValue({ option, flag, text, place: { start: token.start, end: valueTokens[count - 1]?.end ?? first.end } });
    return read.ok ? accept({ value: read.value, next: consumed(count) }) : read;
  }
  const spaced = row.value === 'size' ? readSpacedSize(valueTokens) : undefined;
  const read = readValue({ option, flag, text: spaced ?? first.text, place: { start: token.start, end: first.end } });
  return read.ok ? accept({ value: read.value, next: consumed(spaced === undefined ? 1 : 3) }) : read;
}

/** The words from the value on; a value behind `=` is the first, at the flag's own place. A lone `=` is skipped. */
function tokensOfValue({ inline }: { readonly inline: string | undefined }, tokens: readonly Token[], index: number): readonly Token[] {
  const token = tokens[index];
  const after = tokens.slice(index + 1);
  if (inline && token !== undefined) return [{ ...token, text: inline }, ...after];
  return after[0]?.text === '=' ? after.slice(1) : after;
}

/** A text value runs up to the next flag or `--`. */
function readUntilFlag(tokens: readonly Token[]): { readonly text: string; readonly count: number } {
  const end = tokens.findIndex((token, index) => index > 0 && readDashed(token.text, false) !== undefined);
  const taken = end === -1 ? tokens : tokens.slice(0, end);
  return { text: taken.map((token) => token.text).join(' '), count: taken.length };
}

const quotedName = /["“”„‟«»]([^"“”„‟«»]{1,80})["“”„‟«»](?=[ ,;+]|$)|['‘’‚‛]([^'‘’‚‛]{1,80})['‘’‚‛](?=[ ,;+]|$)/uy;
const bareName = /[^ ,;+]+/uy;
const betweenNames = / ?[,;+][ ,;+]*/uy;

/** One word, a name in quotes, or several with commas between them: `photo, "pixel art", comic`. */
function readNames(tokens: readonly Token[]): { readonly text: string; readonly count: number } {
  const typed = tokens.map(({ text }) => text).join(' ');
  let end = 0;
  const take = (form: RegExp): readonly (string | undefined)[] | undefined => {
    form.lastIndex = end;
    const match = form.exec(typed);
    if (match !== null) end = form.lastIndex;
    return match ?? undefined;
  };
  const isFlag = (): boolean => typed[end - 1] === ' ' && readDashed(wordAt(typed, end), false) !== undefined;
  const names: string[] = [];
  take(betweenNames);
  do {
    if (isFlag()) break;
    const [whole, ...inside] = take(quotedName) ?? take(bareName) ?? [];
    if (whole === undefined) break;
    names.push(inside.find((name) => name !== undefined) ?? whole);
  } while (take(betweenNames) !== undefined);
  return { text: names.join(','), count: typed.slice(0, end).trimEnd().split(' ').length };
}

function wordAt(text: string, start: number): string {
  const end = text.indexOf(' ', start);
  return text.slice(start, end === -1 ? undefined : end);
}

/** `512 x 768` typed as three words. */
function readSpacedSize(tokens: readonly Token[]): string | undefined {
  const [width, times, height] = tokens.map((token) => token.text);
  const isSpaced = /^\d+(px)?$/iu.test(width ?? '') && /^[x×*]$/iu.test(times ?? '') && /^\d+(px)?$/iu.test(height ?? '');
  return isSpaced ? `${width}${times}${height}` : undefined;
}
