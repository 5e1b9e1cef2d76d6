/** `RichText` as elements. */
import type { Block, RichText, Span } from '#core/rich-text.ts';
import { el } from './dom.ts';

export function richTextElements(text: RichText): readonly HTMLElement[] {
  return text.map(blockElement);
}

/** The same as one line, for places without structure. */
export const plainLine = (text: RichText): string =>
  text
    .flatMap((block) => {
      if (block.kind === 'paragraph') return [block.spans.map((span) => span.text).join('')];
      if (block.kind === 'list') return block.items.map((item) => item.map((span) => span.text).join(''));
      return block.kind === 'code' ? [block.text] : [];
    })
    .join(' ');

function blockElement(block: Block): HTMLElement {
  switch (block.kind) {
    case 'paragraph':
      return el('p', {}, ...block.spans.map(spanNode));
    case 'list':
      return el('ul', {}, ...block.items.map((item) => el('li', {}, ...item.map(spanNode))));
    case 'code':
      return el('pre', {}, el('code', {}, block.text));
    case 'table':
      return tableElement(block.head, block.rows);
  }
}

function tableElement(head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const headRow = el('tr', {}, ...head.map((cell) => el('th', { scope: 'col' }, cell)));
  const bodyRows = rows.map((row) => el('tr', {}, ...row.map((cell) => el('td', {}, cell))));
  return el('div', { class: 'table-place', tabindex: 0 }, el('table', {}, el('thead', {}, headRow), el('tbody', {}, ...bodyRows)));
}

function spanNode(span: Span): Node | string {
  switch (span.style) {
    case 'bold':
      return el('strong', {}, unbrokenParts(span.text));
    case 'code':
      return el('code', {}, span.text);
    case 'muted':
      return el('span', { class: 'muted' }, span.text);
    default:
      return unbrokenParts(span.text);
  }
}

const divider = ' · ';

/** A line of facts such as the timings breaks between them, never inside one: `denoise 4.9 s` stays together. */
function unbrokenParts(text: string): Node | string {
  const parts = text.split(divider);
  if (parts.length < 3) return text;
  const fragment = document.createDocumentFragment();
  parts.forEach((part, index) => {
    // A part that is a whole sentence may break.
    const short = part.length <= 32;
    // The dot stays with the part before it, so that no line begins with one.
    const text = index === parts.length - 1 ? part : `${part}${divider.trimEnd()}`;
    fragment.append(index === 0 ? '' : ' ', short ? el('span', { class: 'part' }, text) : text);
  });
  return fragment;
}
