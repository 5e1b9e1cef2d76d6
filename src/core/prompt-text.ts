/**
 * Typed text without what nobody sees. Control characters, bidi controls, zero-width characters and tag characters can
 * hide words from the people who read along, or turn a line around; no prompt needs them.
 */

/** Kept where they do something visible: joiners between non-ASCII characters (👩‍🚀, Persian), emoji style after an emoji or digit. */
const invisible =
  /(?<=[^\p{ASCII}\p{Default_Ignorable_Code_Point}]\ufe0f?)[\u200c\u200d](?=[^\p{ASCII}\p{Default_Ignorable_Code_Point}])|(?<=\p{Emoji})[\ufe0e\ufe0f]|[\p{Default_Ignorable_Code_Point}\p{Cs}]|[^\P{Cc}\t-\r\u0085]/gu;

/** What separates words: every kind of space and line end, the non-breaking ones included. */
const space = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const spaces = new RegExp(`[${space}]+`, 'gu');
const words = new RegExp(`[^${space}]+`, 'gu');

/** Removes invisible characters, makes every run of white space one blank, normalises to NFC. Idempotent. */
export function cleanText(text: string): string {
  return stripInvisible(text).replace(spaces, ' ').trim();
}

function stripInvisible(text: string): string {
  // NFC before as well: it turns a few compatibility characters into ASCII, which decides what a joiner stands between.
  const strip = (before: string) => before.normalize('NFC').replace(invisible, (found) => (isKept(found) ? found : '')).normalize('NFC');
  let previous = text;
  let stripped = strip(text);
  while (stripped !== previous) {
    previous = stripped;
    stripped = strip(stripped);
  }
  return stripped;
}
