/**
 * Typed text without what nobody sees. Control characters, bidi controls, zero-width characters and tag characters can
 * hide words from the people who read along, or turn a line around; no prompt needs them.
 */

/** What a joiner can join: letters and signs beyond ASCII, emoji. Not quotes, which get a backslash in front of them. */
const joined = '(?![\\p{ASCII}\\p{Default_Ignorable_Code_Point}])[\\p{L}\\p{M}\\p{Extended_Pictographic}\\p{Emoji_Modifier}]';
/** Kept because they do something visible: joiners (👩‍🚀, Persian), and the style of an emoji or digit. */
const visible = `(?<=${joined}\\ufe0f?)[\\u200c\\u200d](?=${joined})|(?<=\\p{Emoji})[\\ufe0e\\ufe0f]`;
const invisible = new RegExp(`(${visible})|[\\p{Default_Ignorable_Code_Point}\\p{Cs}]|[^\\P{Cc}\\t-\\r\\u0085]`, 'gu');

/** What separates words: every kind of space and line end, the non-breaking ones included. */
const space = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const spaces = new RegExp(`[${space}]+`, 'gu');
const notSpaces = new RegExp(`[^${space}]+`, 'gu');

/** Removes invisible characters, makes every run of white space one blank, normalises to NFC. Idempotent. */
export function cleanText(text: string): string {
  // Blanks first: a joiner next to any kind of space joins nothing.
  return stripInvisible(text.replace(spaces, ' ')).replace(spaces, ' ').trim();
}

function stripInvisible(text: string): string {
  // NFC before as well: it turns a few compatibility characters into ASCII, which decides what a joiner stands between.
  const strip = (before: string): string => before.normalize('NFC').replace(invisible, '$1').normalize('NFC');
  let previous = text;
  let stripped = strip(text);
  while (stripped !== previous) {
    previous = stripped;
    stripped = strip(stripped);
  }
  return stripped;
}

/** A word of a message, cleaned; `start` and `end` are where it stands in the message as typed, in UTF-16 units. */
export type Token = { readonly text: string; readonly start: number; readonly end: number };

export function tokenize(message: string): readonly Token[] {
  return Array.from(message.matchAll(notSpaces), (match) => ({
    text: cleanText(match[0]),
    start: match.index,
    end: match.index + match[0].length,
  })).filter((token) => token.text !== '');
}

/** Length as people count it: characters, not UTF-16 units. */
export const countCharacters = (text: string): number => Array.from(text).length;

/** At most `limit` characters, with an ellipsis where something was cut. */
export function clip(text: string, limit: number): string {
  const characters = Array.from(text);
  return characters.length <= limit
    ? text
    : `${characters
        .slice(0, limit - 1)
        .join('')
        .trimEnd()}…`;
}
