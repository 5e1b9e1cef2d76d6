/**
 * Text with the little structure that chat needs. Every platform renders it with its own escaping,
 * so nothing a person typed can become markup.
 */

export type Span = { readonly text: string; readonly style?: 'bold' | 'code' | 'muted' };

export type Block =
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | { readonly kind: 'list'; readonly items: readonly (readonly Span[])[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

export type RichText = readonly Block[];

export const bold = (text: string): Span => ({ text, style: 'bold' });
export const code = (text: string): Span => ({ text, style: 'code' });
export const muted = (text: string): Span => ({ text, style: 'muted' });

/** One paragraph; strings are plain spans. */
export const paragraph = (...parts: readonly (string | Span)[]): Block => ({
  kind: 'paragraph',
  spans: parts.map((part) => (typeof part === 'string' ? { text: part } : part)),
});

/** The same text for a place that shows no markup: a terminal, a notification, Matrix' `body`. */
export function toPlainText(text: RichText): string {
  return text.map(plainBlock).join('\n');
}

function plainBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return plainSpans(block.spans);
    case 'list':
      return block.items.map((item) => `• ${plainSpans(item)}`).join('\n');
    case 'code':
      return block.text;
    case 'table':
      return plainTable([block.head, ...block.rows]);
  }
}

const plainSpans = (spans: readonly Span[]): string => spans.map((span) => span.text).join('');

function plainTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => padTo(cell, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const padTo = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - [...text].length));
