import type { Block, RichText, Span } from '#core/rich-text.ts';

import { toMarkdown } from './markdown.ts';

/** As the server counts: characters, not the halves of those that JavaScript counts. Source: model/post.go, `utf8.RuneCountInString`. */
export const runes = (text: string): number => [...text].length;

/**
 * The text as Markdown of at most `limit` runes: where it is longer, a start of it with «…». It is cut before it becomes Markdown, so
 * that whatever begins also ends.
 */
export function fittedMarkdown(text: RichText, limit: number): string {
  const whole = toMarkdown(text);
  if (runes(whole) <= limit) return whole;
  let [fitting, fits, tooMany] = ['…', 0, limit + 1];
  while (tooMany - fits > 1) {
    const count = Math.floor((fits + tooMany) / 2);
    const markdown = toMarkdown(beginning(text, count));
    if (runes(markdown) <= limit) [fitting, fits] = [markdown, count];
    else tooMany = count;
  }
  return fitting;
}

/** The first `count` characters and «…», in their blocks. */
export function beginning(text: RichText, count: number): RichText {
  const left = { count };
  return takeWhile(text, left, takeBlock);
}

type Left = { count: number };

/** What has a beginning within what is left; the rest is not begun. */
function takeWhile<Part>(parts: readonly Part[], left: Left, take: (part: Part, left: Left) => Part): readonly Part[] {
  const taken: Part[] = [];
  for (const part of parts) {
    if (left.count < 0) break;
    taken.push(take(part, left));
  }
  return taken;
}

/** Below 0 is left once something was cut. */
function takeText(text: string, left: Left): string {
  const characters = [...text];
  if (characters.length <= left.count) {
    left.count -= characters.length;
    return text;
  }
  const kept = characters.slice(0, Math.max(0, left.count)).join('');
  left.count = -1;
  return `${kept.trimEnd()}…`;
}

const takeSpan = (span: Span, left: Left): Span => ({ ...span, text: takeText(span.text, left) });
const takeSpans = (spans: readonly Span[], left: Left): readonly Span[] => takeWhile(spans, left, takeSpan);
const takeRow = (cells: readonly string[], left: Left): readonly string[] => takeWhile(cells, left, takeText);

function takeBlock(block: Block, left: Left): Block {
  switch (block.kind) {
    case 'paragraph':
      return { ...block, spans: takeSpans(block.spans, left) };
    case 'list':
      return { ...block, items: takeWhile(block.items, left, takeSpans) };
    case 'code':
      return { ...block, text: takeText(block.text, left) };
    case 'table':
      return { ...block, head: takeRow(block.head, left), rows: takeWhile(block.rows, left, takeRow) };
  }
}
