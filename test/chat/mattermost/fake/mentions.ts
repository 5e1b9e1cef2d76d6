/**
 * Whom a message would notify, by the rules of the server's own parser. Source: app/notification.go `getExplicitMentions`,
 * app/mention_parser_standard.go and shared/markdown: text nodes count, wherever they stand; code of any kind and the addresses
 * of links do not; an escape is the character that it stands for.
 */

/** Names behind an @, in lower case, `all`, `channel` and `here` among them; each once. */
export function mentionsIn(message: string): readonly string[] {
  const words = textOf(message).split(/[^\p{L}\p{N}.\-_:@]+/u);
  return [...new Set(words.flatMap(namesIn))].filter((name) => name !== '');
}

/** Source: app/mention_parser_standard.go `ProcessText`: a word that begins with an @ is one name, any other one is taken apart once more. */
function namesIn(found: string): readonly string[] {
  if (/^:.*:$/.test(found)) return [];
  const word = found.replace(/^[.\-_:]+/, '');
  const parts = word.startsWith('@') ? [word.replace(/[.\-_:]+$/, '')] : word.split(/[.\-:]+/);
  return parts.flatMap((part) => (part.startsWith('@') ? [part.slice(1).toLowerCase()] : []));
}

/** What of a message in Markdown is text that people read, code left out. */
function textOf(message: string): string {
  return withoutCodeBlocks(message.split(/\r\n|\r|\n/))
    .map(inlineText)
    .join('\n\n');
}

/** Paragraphs: lines of fenced and indented code are gone, and what stands together stays together, for code spans go over lines. */
function withoutCodeBlocks(lines: readonly string[]): readonly string[] {
  const paragraphs: string[] = [];
  let open: string[] = [];
  let fence: string | undefined;
  const close = (): void => {
    if (open.length > 0) paragraphs.push(open.join('\n'));
    open = [];
  };
  for (const line of lines) {
    const content = line.replace(/^(?: {0,3}>)+ ?/, '');
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(content);
    if (fence !== undefined) {
      if (mark?.[1]?.startsWith(fence) === true && mark[2]!.trim() === '') fence = undefined;
      continue;
    }
    if (mark !== null && !(mark[1]!.startsWith('`') && mark[2]!.includes('`'))) {
      close();
      fence = mark[1]!;
    } else if (content.trim() === '') close();
    else if (!(open.length === 0 && /^(?: {4}|\t)/.test(content))) open.push(content);
  }
  close();
  return paragraphs;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', commat: '@', nbsp: '\u00a0' };

/** A paragraph's text: escapes and entities as what they stand for, code spans and the addresses of links as a gap. */
function inlineText(paragraph: string): string {
  let text = '';
  for (let at = 0; at < paragraph.length;) {
    const rest = paragraph.slice(at);
    const escape = /^\\([!-/:-@[-`{-~])/.exec(rest);
    const entity = /^&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\w+));/.exec(rest);
    const ticks = /^`+/.exec(rest)?.[0];
    const address = /^\]\([^()\s]*(?:\s+"[^"]*")?\)/.exec(rest)?.[0] ?? autolink(rest, paragraph[at - 1]);
    if (escape !== null) {
      text += escape[1]!;
      at += 2;
    } else if (entity !== null && decoded(entity) !== undefined) {
      text += decoded(entity)!;
      at += entity[0].length;
    } else if (ticks !== undefined) {
      const end = closing(paragraph, at + ticks.length, ticks.length);
      text += end === undefined ? ticks : ' ';
      at = end ?? at + ticks.length;
    } else if (address !== undefined) {
      text += ' ';
      at += address.length;
    } else {
      text += rest[0]!;
      at += 1;
    }
  }
  return text;
}

const autolink = (rest: string, before: string | undefined): string | undefined =>
  before === undefined || !/[\p{L}\p{N}]/u.test(before) ? /^(?:(?:https?|ftp):\/\/|www\.)[^\s<]+/i.exec(rest)?.[0] : undefined;

function decoded([, decimal, hexadecimal, name]: RegExpExecArray): string | undefined {
  if (name !== undefined) return entities[name];
  const code = decimal === undefined ? Number.parseInt(hexadecimal!, 16) : Number(decimal);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** Where a code span that was opened by so many backticks ends, or `undefined`. */
function closing(text: string, from: number, length: number): number | undefined {
  const runs = /`+/g;
  runs.lastIndex = from;
  for (let run = runs.exec(text); run !== null; run = runs.exec(text)) if (run[0].length === length) return run.index + length;
  return undefined;
}
