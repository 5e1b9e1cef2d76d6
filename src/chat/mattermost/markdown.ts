import type { Block, RichText, Span } from '#core/rich-text.ts';

import { codeBlock, codeSpan, escapeCell, escapeLineStart, escapeText, wordJoiner } from './markdown-escape.ts';

/** A message of Mattermost's: our Markdown around escaped text, nothing else. */
export function toMarkdown(text: RichText): string {
  const markdown = text
    .map(blockMarkdown)
    .filter((block) => block !== '')
    .join('\n\n');
  // Clients take what begins like this for a command, when somebody edits or repeats it.
  return markdown.startsWith('/') ? `${wordJoiner}${markdown}` : markdown;
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      // One empty line ends a paragraph, and so do many.
      return linesOf(block.spans)
        .map(lineMarkdown)
        .join('\n')
        .replace(/\n{3,}/g, '\n\n')
        .trim();
    case 'list':
      return block.items.map(itemMarkdown).join('\n');
    case 'code':
      return codeBlock(storable(block.text));
    case 'table':
      return tableMarkdown([block.head, ...block.rows]);
  }
}

/** Its own lines are indented, because an empty or a bare one would end the list. */
function itemMarkdown(spans: readonly Span[]): string {
  const lines = linesOf(spans)
    .map(lineMarkdown)
    .filter((line) => line !== '');
  return `- ${lines.length === 0 ? wordJoiner : lines.join('\n  ')}`;
}

function tableMarkdown(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  if (columns === 0) return '';
  const [head = '', ...others] = rows.map((row) => {
    const cells = Array.from({ length: columns }, (_, column) =>
      escapeCell(
        storable(row[column] ?? '')
          .replace(/\s+/g, ' ')
          .trim(),
      ),
    );
    return `| ${cells.join(' | ')} |`;
  });
  // The web takes a head alone for a line of text, and so it is where a message was cut within it.
  const body = others.length === 0 ? [`|${'  |'.repeat(columns)}`] : others;
  return [head, `|${' --- |'.repeat(columns)}`, ...body].join('\n');
}

/** Mattermost has no colours for text, so what is muted is plain. */
type Piece = { readonly style: 'plain' | 'bold' | 'code'; readonly text: string };

const pieceOf = ({ text, style }: Span): Piece => ({
  // Blanks alone have no style, and what stands on both sides of them is one text.
  style: (style === 'bold' || style === 'code') && storable(text).trim() !== '' ? style : 'plain',
  text: style === 'code' ? storable(text).replaceAll('\n', ' ') : storable(text),
});

/** The pieces of each line; neighbours of one style are one piece, for markers that touch mean something else. */
function linesOf(spans: readonly Span[]): readonly (readonly Piece[])[] {
  const lines: Piece[][] = [[]];
  for (const { style, text } of spans.map(pieceOf)) {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) lines.push([]);
      const line = lines.at(-1)!;
      const last = line.at(-1);
      if (part === '') continue;
      if (last?.style === style && style !== 'code') line.splice(-1, 1, { style, text: last.text + part });
      else line.push({ style, text: part });
    }
  }
  return lines;
}

function lineMarkdown(pieces: readonly Piece[]): string {
  let line = '';
  for (const piece of pieces) {
    // Blanks at the beginning of a line would make code of it.
    const { style, text } = line === '' ? { ...piece, text: piece.text.trimStart() } : piece;
    const markdown = style === 'code' ? codeSpan(text) : style === 'bold' ? strong(text) : escapeText(text);
    const atStart = line === '' && style === 'plain' ? escapeLineStart(markdown) : markdown;
    line += touches(line, atStart) ? `${wordJoiner}${atStart}` : atStart;
  }
  // A backslash at the end would make a line break of the next one's beginning.
  return line.trimEnd().replace(/\\$/, `$&${wordJoiner}`);
}

/** Markers of two pieces that would be read as one. */
const touches = (before: string, after: string): boolean =>
  (before.endsWith('*') && after.startsWith('*')) || (before.endsWith('`') && after.startsWith('`'));

/** Blanks stay outside, and a sign at an edge gets a joiner: markers beside either are none for some parsers. */
function strong(text: string): string {
  const content = text.trim();
  if (content === '') return text;
  const [before = '', after = ''] = text.split(content, 2);
  const inner = escapeText(content)
    .replace(/^(?![\p{L}\p{N}])/u, wordJoiner)
    .replace(/(?<![\p{L}\p{N}])$/u, wordJoiner);
  return `${before}**${inner}**${after}`;
}

/** What a database and a line can hold: no half characters, and no control characters but the end of a line. */
const storable = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ');
