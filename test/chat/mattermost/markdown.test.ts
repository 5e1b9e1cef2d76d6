import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { marked, type Tokens } from 'marked';

import { bold, code, muted, paragraph, toPlainText, type Block, type Span } from '#core/rich-text.ts';
import { toMarkdown } from '#src/chat/mattermost/markdown.ts';
import { fittedMarkdown } from '#src/chat/mattermost/text-limit.ts';

import { assertOnlyOurMarkdown } from '../../hostile/only-our-markdown.ts';
import { mentionsIn } from './fake/mentions.ts';

const joiner = '\u2060';
const plain = (markdown: string): string => markdown.replaceAll(joiner, '');
const shown = (blocks: readonly Block[]): string => marked.parse(toMarkdown(blocks), { gfm: true, breaks: true, async: false });

/** The same words wherever words can stand. */
const everywhere = (words: string): readonly (readonly Block[])[] => [
  [paragraph(words)],
  [paragraph(bold(words))],
  [paragraph(muted(words))],
  [paragraph('a ', bold(words), 'b')],
  [paragraph(code('x'), words, code('y'))],
  [paragraph('a', code(words), 'b')],
  [{ kind: 'code', text: words }],
  [{ kind: 'list', items: [[{ text: words }], [bold(words), { text: words }]] }],
  [{ kind: 'table', head: [words, 'x'], rows: [[words, words]] }],
];

describe('what people typed shows literally, wherever it stands', () => {
  for (const [what, words] of [
    ['names', '@ada @channel @all @here @HERE \\@channel &#64;channel &commat;all @@here (@ada) *@ada* @ada.'],
    ['channels and hashtags', '~town-square \\~town ~~town~~ #fox #1 a#b &num;fox'],
    [
      'addresses',
      'https://a.test/x http:a ftp://a mailto:a@b.test tel:123 a.test/x www.a.test WWW.a.test www2.a xwww.a javascript:x a_b:c',
    ],
    ['addresses behind letters', 'äwww.a.test _www.a.test .www.a.test 1www.a.test'],
    ['emoji by names', ':smile: :+1: :a_b: ::smile:: :smile :--x:'],
    ['smileys', ":) :-) ;) :o :-O :] :D x-d X-D :p :@ :[ :( :'( :’( :/ :s :| :$ :-x <3 </3 (:)"],
    ['emphasis', '*a* **a** _a_ __a__ ~~a~~ `a` ``a`` ***a*** a*b*c'],
    ['links and pictures', '[a](https://a.test) ![a](https://a.test/x.png) [a][b] [a]: https://a.test <https://a.test> !\\[a](b)'],
    ['tags and entities', '<b>a</b> <!-- a --> <img src=x> </table> &lt;b&gt; &amp; & &#x40;channel &; &nbsp;'],
    ['formulas', '$x^2$ $$x$$ \\$x\\$ \\(x\\)'],
    ['backslashes', '\\ \\\\ \\\\\\ \\* \\a \\` \\| \\\u2424 a\\ \nb \\'],
    ['bars', 'a | b || c \\| d |---|'],
  ] as const) {
    it(what, () => {
      for (const blocks of everywhere(words)) {
        const markdown = toMarkdown(blocks);
        assert.deepEqual(mentionsIn(markdown), []);
        assertOnlyOurMarkdown(markdown, toPlainText(blocks));
      }
    });
  }

  it('at the beginning of a line too', () => {
    for (const line of [
      '# a',
      '## a',
      '> a',
      '- a',
      '* a',
      '+ a',
      '1. a',
      '1) a',
      '12345678901. a',
      '---',
      '***',
      '___',
      '===',
      '=',
      '- - -',
      '    code',
      '\tcode',
      '\u00a0\u00a0\u00a0\u00a0code',
      '```js',
      '~~~',
      '| a |\n| --- |',
      'a | b\n--- | ---',
      'a\n:---',
      'a\n-',
      '[ ] a',
      '[a]: b',
      '/shrug',
      '<div>',
      '![a](b)',
      '$$\nx\n$$',
    ])
      for (const words of [line, `a\n${line}`, `a\n\n${line}\nb`, `\n \n${line}`, `\u2424${line}`])
        for (const blocks of everywhere(words)) assertOnlyOurMarkdown(toMarkdown(blocks), toPlainText(blocks));
  });

  it('also on both sides of what is nothing', () => {
    for (const nothing of [code(' \n'), bold('\u2028'), code(''), muted('')])
      for (const [before, after] of [
        [':--', 'https:'],
        ['@', 'ada'],
        ['&#6', '4;ada'],
        ['www', '.a.test'],
        ['a\\', '*b*'],
      ] as const) {
        const blocks = [paragraph(before, nothing, after)];
        assertOnlyOurMarkdown(toMarkdown(blocks), toPlainText(blocks));
      }
  });

  it('where two texts of different kinds meet', () => {
    const texts = [
      '*',
      '`',
      '_',
      '~',
      ':',
      '\\',
      '@',
      '#',
      '&',
      '<',
      '!',
      '[',
      '1',
      '.',
      ' ',
      '',
      '\n',
      'a',
      '**a',
      '``',
      ':a',
      'ada',
      'here',
      '64;',
      '(x)',
    ];
    const styles: readonly ((text: string) => Span)[] = [(words) => ({ text: words }), bold, code, muted];
    const span = fc.tuple(fc.constantFrom(...texts), fc.constantFrom(...styles)).map(([words, style]) => style(words));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 6 }), fc.boolean(), (spans, isList) => {
        const blocks: readonly Block[] = isList ? [{ kind: 'list', items: [spans, spans] }] : [paragraph(...spans)];
        assertOnlyOurMarkdown(toMarkdown(blocks), toPlainText(blocks));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the bot’s own Markdown', () => {
  it('paragraphs, bold, code, lists, tables and blocks of code are what they are', () => {
    const markdown = toMarkdown([
      paragraph('Job ', code('k7f3'), ' of ', bold('Ada'), muted(' (small)')),
      { kind: 'list', items: [[{ text: 'one' }], [bold('two'), { text: '\nin two lines' }]] },
      { kind: 'table', head: ['A', 'B'], rows: [['1'], ['2', '3']] },
      { kind: 'code', text: 'a\n  b' },
    ]);
    assert.equal(
      plain(markdown),
      'Job `k7f3` of **Ada** (small)\n\n- one\n- **two**\n  in two lines\n\n| A | B |\n| --- | --- |\n| 1 |  |\n| 2 | 3 |\n\n```\na\n  b\n```',
    );
  });

  it('bold beside letters, blanks and signs is bold', () => {
    for (const [before, words, after] of [
      ['a', 'b', 'c'],
      ['a ', ' b ', ' c'],
      ['', '(b)', 'c'],
      ['a', '«b»', ''],
      ['*', '*b*', '*'],
      ['狐', '狐', '狐'],
      ['', '🦊', ''],
    ] as const) {
      const html = shown([paragraph(before, bold(words), after)]).replaceAll(joiner, '');
      assert.equal(/<strong>(.*?)<\/strong>/u.exec(html)?.[1], words.trim(), html);
    }
  });

  it('line breaks stay, an empty line ends a paragraph, and more of them do the same', () => {
    assert.equal(shown([paragraph('one\ntwo\r\nthree\rfour')]).trim(), '<p>one<br>two<br>three<br>four</p>');
    assert.equal(plain(toMarkdown([paragraph('one\n\n\n \n\ntwo\n')])), 'one\n\ntwo');
    assert.equal(plain(toMarkdown([paragraph('one  \ntwo\\\nthree')])), 'one\ntwo\\\nthree');
  });

  it('nothing is nothing, and nothing in a list is an empty item', () => {
    assert.equal(toMarkdown([]), '');
    assert.equal(toMarkdown([paragraph(''), paragraph(bold(' '), code('')), { kind: 'table', head: [], rows: [] }]), '');
    assert.equal(plain(toMarkdown([{ kind: 'list', items: [[], [{ text: 'a' }]] }])), '- \n- a');
  });

  // The web's parser wants a row, the phones' one does not mind an empty one. Source: webapp's fork of marked, lib/marked.js `table`.
  it('a table without rows, such as one that was cut in its head, is a table', () => {
    const asked = /^ *\|(.+)\n *\|( *[-:]+[-| :]*)\n((?: *\|.*(?:\n|$))*)\n*/;
    const long: Block = { kind: 'table', head: ['a', 'b '.repeat(50)], rows: [['c', 'd']] };
    for (const table of [toMarkdown([{ kind: 'table', head: ['a', 'b'], rows: [] }]), fittedMarkdown([long], 60)]) {
      assert.match(table, asked);
      assert.match(marked.parse(table, { gfm: true, async: false }), /^<table>/);
    }
  });

  it('code is safe against any run of backticks, and shows what was in it', () => {
    const ticks = fc.array(fc.constantFrom('`', '``', '```', '````````', 'a', ' ', '~~~', '@here', '\n', '*', '\\'), { maxLength: 12 });
    fc.assert(
      fc.property(
        ticks.map((parts) => parts.join('')).filter((words) => words.trim() !== ''),
        (words) => {
          const inline = [paragraph('a', code(words), 'b')];
          assertOnlyOurMarkdown(toMarkdown(inline), toPlainText(inline));
          assert.deepEqual(mentionsIn(toMarkdown(inline)), []);
          const block: readonly Block[] = [paragraph('before'), { kind: 'code', text: words }, paragraph('after')];
          assert.deepEqual(mentionsIn(toMarkdown(block)), []);
          const tokens = marked.lexer(toMarkdown(block)).filter(({ type }) => type !== 'space');
          assert.deepEqual(
            tokens.map(({ type }) => type),
            ['paragraph', 'code', 'paragraph'],
          );
          // Empty lines at its end are the parser's.
          assert.equal((tokens[1] as Tokens.Code).text.trimEnd(), words.trimEnd());
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('what no line can hold is a blank: control characters and halves of characters', () => {
    assert.equal(plain(toMarkdown([paragraph('a\u0000b\u001b[31mc\td\ud800e')])), 'a b \\[31mc d\ufffde');
    assert.ok(toMarkdown([{ kind: 'code', text: '\ud83e\u0000' }]).isWellFormed());
  });

  it('very much of what has to be escaped takes no time', () => {
    for (const sign of ['`', ' `', '*', '@', ':', '\\', '[', 'a:', 'www.', '.de/', '<3', '\n', '- ', '1', '|', '~']) {
      const words = sign.repeat(Math.ceil(100_000 / sign.length));
      const startedMs = performance.now();
      toMarkdown([paragraph(words, code(words)), { kind: 'code', text: words }, { kind: 'table', head: [words], rows: [] }]);
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs < 3000, `${sign}: ${Math.round(tookMs)} ms`);
    }
  });
});
