import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { marked } from 'marked';

import { bold, code, paragraph, toPlainText, type Block, type RichText, type Span } from '#core/rich-text.ts';
import { toMarkdown } from '#src/chat/mattermost/markdown.ts';
import { beginning, fittedMarkdown, runes } from '#src/chat/mattermost/text-limit.ts';

import { assertOnlyOurMarkdown } from '../../hostile/only-our-markdown.ts';

const limit = 16_383;

test('characters are counted as the server counts them', () => {
  assert.equal(runes('aä狐🦊'), 4);
  assert.equal(runes('👩‍🚀'), 3);
});

test('what fits is left as it is, to the last character', () => {
  for (const sign of ['a', '🦊', '狐']) {
    const words = sign.repeat(limit);
    assert.equal(fittedMarkdown([paragraph(words)], limit), words);
    const cut = fittedMarkdown([paragraph(`${words}${sign}`)], limit);
    assert.equal(cut, `${sign.repeat(limit - 1)}…`);
  }
});

test('signs that need more room than they take are counted with it', () => {
  for (const sign of ['*', '@', '|', '`', '<', '$', '\\', ':', '\u2424', 'https://a ', '\ud800', '\u0000'])
    for (const make of [
      (words: string): Block => paragraph(words),
      (words: string): Block => paragraph(bold(words)),
      (words: string): Block => paragraph(code(words)),
      (words: string): Block => ({ kind: 'list', items: [[{ text: words }], [code(words)]] }),
      (words: string): Block => ({ kind: 'code', text: words }),
      (words: string): Block => ({ kind: 'table', head: ['a', 'b'], rows: [[words, words], [words]] }),
    ]) {
      const cut = fittedMarkdown([make(sign.repeat(2000))], 1999);
      assert.ok(runes(cut) <= 1999, `${JSON.stringify(sign)}: ${runes(cut)}`);
      assertOnlyOurMarkdown(cut);
    }
});

const words = fc.array(fc.constantFrom('fox ', '🦊', '**', '`', '``', '|', '@here', '\n', '&lt;', '\\', 'https://a.test/', ' '), {
  maxLength: 12,
});
const span: fc.Arbitrary<Span> = fc.record({ text: words.map((parts) => parts.join('')), style: fc.constantFrom('bold', 'code', 'muted') });
const spans = fc.array(span, { maxLength: 3 });
const cell = words.map((parts) => parts.join(''));
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('paragraph' as const), spans }),
  fc.record({ kind: fc.constant('list' as const), items: fc.array(spans, { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constant('code' as const), text: cell }),
  fc.record({ kind: fc.constant('table' as const), head: fc.tuple(cell, cell), rows: fc.array(fc.tuple(cell, cell), { maxLength: 3 }) }),
);

test('whatever is cut, whatever began has its end, and what is shown is how it begins', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 300 }), (text: RichText, most) => {
      const whole = toMarkdown(text);
      const cut = fittedMarkdown(text, most);
      assert.ok(runes(cut) <= most);
      if (runes(whole) <= most) return assert.equal(cut, whole);
      assert.ok(cut.includes('…'), cut);
      assertOnlyOurMarkdown(cut);
      const visible = (html: string): string => html.replaceAll(/[\s•…\p{Cc}]+/gu, '');
      for (const count of [0, 1, most]) {
        const begun = visible(toPlainText(beginning(text, count)));
        assert.ok(visible(toPlainText(text)).startsWith(begun), begun);
        assertOnlyOurMarkdown(toMarkdown(beginning(text, count)), toPlainText(beginning(text, count)));
      }
    }),
    { numRuns: 500 },
  );
});

test('bold, code and tables that are cut are still that', () => {
  const of = (text: RichText): string => marked.parse(fittedMarkdown(text, 60), { gfm: true, breaks: true, async: false });
  assert.match(of([paragraph(bold('fox '.repeat(100)))]), /^<p><strong>[fox ]+…\u2060<\/strong><\/p>\n$/u);
  assert.match(of([paragraph(code('fox '.repeat(100)))]), /^<p><code>[fox ]+…<\/code><\/p>\n$/u);
  assert.match(of([{ kind: 'code', text: 'fox\n'.repeat(100) }]), /^<pre><code>[fox\n]+…\n<\/code><\/pre>\n$/u);
  const table = of([{ kind: 'table', head: ['A', 'B'], rows: Array.from({ length: 50 }, () => ['fox', 'hen']) }]);
  assert.match(table, /<table>[\s\S]*<td>[^<]*…<\/td>[\s\S]*<\/table>\n$/u);
});
