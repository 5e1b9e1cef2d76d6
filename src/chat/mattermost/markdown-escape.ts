/**
 * Text that people typed, so that no Markdown parser of Mattermost's makes anything else of it: the web's (a fork of an old `marked`), the
 * phones' (commonmark), the server's for mentions (shared/markdown). Where their escapes differ, a word joiner keeps things apart, or an
 * entity stands for the character: all of them read those.
 */

/** U+2060: it has no width, no line breaks at it, and no parser takes it for a part of a name, an address or a smiley. */
export const wordJoiner = '\u2060';

/** What would become something: a joiner goes behind the place. None of it can be escaped everywhere by a backslash. */
const apart: readonly RegExp[] = [
  // Mentions; escapes do not stop the server from notifying. Source: app/mention_parser_standard.go.
  /@(?!\s)/g,
  // Links to channels, and hashtags. Source: model/hashtag.go.
  /~(?!\s)/g,
  /#(?=[\p{L}\p{N}])/gu,
  // Addresses, also those with a scheme that nobody knows.
  /(?<=[A-Za-z][A-Za-z\d.+-]{0,31}):(?=[/\p{L}\d%])/gu,
  /www\d{0,3}(?=\.)/gi,
  /\.\p{L}{2,4}(?=\/)/gu,
  // Emoji by their names, and smileys. Source: webapp utils/emoticons.tsx.
  /:(?=[\w+-]+:)/g,
  /(?<!\w)[:;](?=-?[)(\][@/|$odpsx]|[`'’]-?\()/gi,
  /<(?=\/?3)/g,
  /\bx(?=-d\b)/gi,
  // The web leaves out no backslash before another one that stands before a letter, so none is ever doubled.
  /\\(?=[!-/:-@[-`{-~\u2424]|$)/g,
];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', $: '&#36;', '\u2424': '&#9252;' };

/** One line of text as Markdown, at any place but the beginning of a line. */
export function escapeText(text: string): string {
  const joined = apart.reduce((line, pattern) => line.replace(pattern, `$&${wordJoiner}`), text);
  return joined.replace(/&(?=#?\w)|[<$\u2424]/g, (character) => entities[character] ?? '').replace(/[`*_[\]~|]/g, '\\$&');
}

/** What `escapeText` made, at the beginning of a line, where lists, headings, quotes and tables begin. */
export const escapeLineStart = (escaped: string): string =>
  escaped
    .replace(/^[-+#>]/, '\\$&')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
    .replace(/^[=:](?=[-=|:\s]|$)/, `${wordJoiner}$&`);

/** Between cells a bar is a bar even behind a backslash, for some. */
export const escapeCell = (text: string): string => escapeText(text).replaceAll('\\|', '&#124;');

/** `text` on one line, between as many backticks as it takes; nothing for nothing. */
export function codeSpan(text: string): string {
  const content = withoutNewlineSign(text).replace(/\s+/g, ' ').trim();
  if (content === '') return '';
  const ticks = '`'.repeat(longestRun(content) + 1);
  const pad = content.startsWith('`') || content.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${content}${pad}${ticks}`;
}

/** `text` as a block of code. */
export function codeBlock(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${withoutNewlineSign(text)}\n${fence}`;
}

/** The web's parser takes the sign for what it is a picture of, in code too, where nothing can be escaped: the sign beside it looks the same. */
const withoutNewlineSign = (text: string): string => text.replaceAll('\u2424', '\u240a');

const longestRun = (text: string): number => (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
