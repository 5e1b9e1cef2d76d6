/** What the bot repeats in a channel of Mattermost's: any text in any block, as its Markdown. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toPlainText, type Block, type Span } from '#core/rich-text.ts';
import { toMarkdown } from '#src/chat/mattermost/markdown.ts';
import { fittedMarkdown, runes } from '#src/chat/mattermost/text-limit.ts';
import { assertOnlyOurMarkdown } from '../only-our-markdown.ts';
import { nastyWord } from './nasty.ts';
import { target, type FuzzTarget } from './target.ts';

const sign = fc.constantFrom(
  ...'@~#:/\\*_`|<>&$!()[]{}+-=."\'0 1a\n;^%,?x3Dpä\u2424\u00a0\u2028\u0085\u200b\ufeff\u2060'.split(''),
  'https:',
  'www.',
  '.de/',
  'mailto:',
  'tel:',
  'a@b.de',
  'www2.',
  ':smile:',
  ':-)',
  'x-d',
  '</3',
  '&#64;',
  '![',
  '](',
  '12345678901. ',
  '---',
  '\n- ',
  '\n> ',
  '  \n',
  '@here',
  '1. ',
  '| --- |',
  '\n\n',
  '    ',
  '```',
);
const text = fc.array(fc.oneof({ weight: 2, arbitrary: sign }, nastyWord), { maxLength: 10 }).map((parts) => parts.join(''));

const span: fc.Arbitrary<Span> = fc.oneof(
  text.map((words) => ({ text: words })),
  fc.record({ text, style: fc.constantFrom('bold' as const, 'code' as const, 'muted' as const) }),
);
const spans = fc.array(span, { maxLength: 4 });
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant('paragraph' as const), spans }),
  fc.record({ kind: fc.constant('list' as const), items: fc.array(spans, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('code' as const), text }),
  fc.record({
    kind: fc.constant('table' as const),
    head: fc.array(text, { maxLength: 3 }),
    rows: fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 2 }),
  }),
);

export const mattermostText: FuzzTarget = {
  name: 'markdown',
  what: 'texts that the bot repeats on Mattermost',
  nightly: 30_000,
  bounded: 1500,
  open: async () => ({
    property: target(
      fc.property(fc.array(block, { maxLength: 4 }), fc.integer({ min: 1, max: 200 }), (richText, limit) => {
        assertOnlyOurMarkdown(toMarkdown(richText), toPlainText(richText).toWellFormed());
        const cut = fittedMarkdown(richText, limit);
        assert.ok(runes(cut) <= limit, `${runes(cut)} of ${limit}`);
        assertOnlyOurMarkdown(cut);
      }),
    ),
  }),
};
