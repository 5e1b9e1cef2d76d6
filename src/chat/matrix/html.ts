import type { Block, RichText, Span } from '#core/rich-text.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** Matrix' `formatted_body` (org.matrix.custom.html): our tags around escaped text, nothing else. */
export function toHtml(text: RichText): string {
  const [only, ...others] = text;
  // Clients put a paragraph's margins around <p>, which a one-line answer doesn't want.
  if (only?.kind === 'paragraph' && others.length === 0) return spansHtml(only.spans);
  return text.map(blockHtml).join('');
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${spansHtml(block.spans)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${spansHtml(item)}</li>`).join('')}</ul>`;
    case 'code':
      return `<pre><code>${escapeHtml(block.text)}</code></pre>`;
    case 'table':
      return `<table><thead>${rowHtml(block.head, 'th')}</thead><tbody>${block.rows.map((row) => rowHtml(row, 'td')).join('')}</tbody></table>`;
  }
}

const rowHtml = (cells: readonly string[], tag: 'th' | 'td'): string =>
  `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;

const spansHtml = (spans: readonly Span[]): string => spans.map(spanHtml).join('');

function spanHtml({ text, style }: Span): string {
  const escaped = escapeHtml(text);
  switch (style) {
    case 'bold':
      return `<strong>${escaped}</strong>`;
    case 'code':
      return `<code>${escaped}</code>`;
    case 'muted':
      return `<span data-mx-color="#808080">${withBreaks(escaped)}</span>`;
    default:
      return withBreaks(escaped);
  }
}

const withBreaks = (escaped: string): string => escaped.replaceAll('\n', '<br>');
