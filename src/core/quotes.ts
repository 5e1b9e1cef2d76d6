/** Quotation marks as phones, word processors and both languages set them. */
import type { Token } from '#core/prompt-text.ts';

const doubles = '"“”„‟«»';
const singles = "'‘’‚‛";
const familyOf = (character: string | undefined): string | undefined =>
  [doubles, singles].find((family) => character !== undefined && character !== '' && family.includes(character));

/**
 * A quoted value at the start of `tokens`, without its quotes, and how many tokens it took. Inside, `\"` is a quote and
 * nothing is a flag. `undefined` where there is no opening quote, or none that closes it.
 */
export function readQuoted(tokens: readonly Token[]): { readonly text: string; readonly count: number } | undefined {
  const family = familyOf(tokens[0]?.text[0]);
  if (family === undefined) return undefined;
  const closing = tokens.findIndex(({ text }, index) => closes(index === 0 ? text.slice(1) : text, family));
  if (closing === -1) return undefined;
  const quoted = tokens
    .slice(0, closing + 1)
    .map((token) => token.text)
    .join(' ');
  return { text: unescapeQuotes(quoted.slice(1, -1)).trim(), count: closing + 1 };
}

export const opensQuote = (text: string): boolean => familyOf(text[0]) !== undefined;

/** Whether the text ends with a quote of the family that no backslash escapes. */
function closes(text: string, family: string): boolean {
  if (text === '' || !family.includes(text.slice(-1))) return false;
  let start = text.length - 1;
  while (text[start - 1] === '\\') start -= 1;
  return (text.length - 1 - start) % 2 === 0;
}

const special = new RegExp(`[\\\\${doubles}]`, 'gu');

/** For a value that must come back as it is: `"…"` with the quotes inside escaped. */
export const quote = (text: string): string => `"${text.replace(special, '\\$&')}"`;

const unescapeQuotes = (text: string): string => text.replace(/\\([\\"“”„‟«»'‘’‚‛])/gu, '$1');

/** A text that is quoted as a whole, without its quotes. */
export function unwrapQuotes(text: string): string {
  const family = familyOf(text[0]);
  if (family === undefined || text.length < 3 || !family.includes(text.at(-1) ?? '')) return text;
  const inner = text.slice(1, -1).trim();
  const isWhole = inner !== '' && !Array.from(inner).some((character) => family.includes(character));
  return isWhole ? inner : text;
}
