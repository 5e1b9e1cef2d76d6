/** Threats on Mattermost: mentions, links and Markdown in what the bot repeats. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPlainText } from '#core/rich-text.ts';
import { eventId } from '#core/types.ts';
import { toMarkdown } from '#src/chat/mattermost/markdown.ts';
import { fittedMarkdown, runes } from '#src/chat/mattermost/text-limit.ts';
import { testModel, World, type Post } from '../app/world.ts';
import { assertOnlyOurMarkdown } from './only-our-markdown.ts';

/** The words of a post. */
function wordsOf({ delivery: { content } }: Post) {
  switch (content.kind) {
    case 'text':
    case 'edit':
      return content.text;
    case 'image':
    case 'file':
      return content.caption;
    case 'reaction':
      return undefined;
  }
}

const hostile = [
  '@channel @here @all @ada \\@channel &#64;channel &commat;here @@all .@channel: (@here) *@all* @Channel.',
  '[x](https://evil.test) ![x](https://evil.test/x.png) https://evil.test www.evil.test <https://evil.test> ftp://evil.test mailto:a@evil.test javascript:alert(1)',
  '# heading > quote | a | b | --- ``` ~~x~~ **x** __x__ _x_ *x* `x` ``x`` <b>x</b> <!-- x --> &lt;b&gt; &#60;i&#62; \\*x\\* \\\\*x*',
  '#hashtag ~town-square :smile: :+1: :) <3 $x^2$ $$x$$ \\(x\\) /shrug /img [ref]: https://evil.test "x"',
  '- [ ] x 1. x + x === --- ___ *** x\u2424y \u202eexe.gnp\u202c a\u200bb \u001b[31mred\u001b[0m',
];

test('whatever is typed, all that channels are sent is text between the bot’s own Markdown, and notifies nobody', async () => {
  await using world = await World.open({ askAbove: 2 }, [testModel], { styles: true, platform: 'mattermost', admins: ['@ada:room'] });
  for (const text of hostile) {
    const command = await world.asks(`!img ${text} --no ${text.split(' ')[0] ?? ''} --seed 7`);
    const job = world.store.jobs.ofCommand('mattermost', command)?.id ?? '';
    for (const verb of [`info ${job}`, `star ${job}`, `sheet ${job}`, `again ${job}`, `replay ${job}`]) await world.asks(`!img ${verb}`);
    for (const words of [
      `-- ${text}`,
      `find ${text}`,
      `a {${text.replaceAll(/[{},]/gu, ' ')}, y} x`,
      `--style ${text}`,
      `--model ${text}`,
      `--${text} 5`,
      `help ${text}`,
      `lang ${text}`,
      `timezone ${text}`,
      `plan daily 7:00 ${text}`,
      text,
    ])
      await world.asks(`!img ${words}`);
    await world.asks(`!img style set ${text} "{prompt}, ${text.replaceAll('"', '')}"`);
    await world.asks(`!img style set noir "{prompt}, ${text.replaceAll('"', '')}"`);
    world.react('👍', world.platform.posts.at(-1)?.id ?? eventId('$none'));
    await world.settled();
    for (const words of ['style noir', 'styles', 'plans', 'gallery', 'queue', 'style history noir', `a fox --n 5 ${text}`])
      await world.asks(`!img ${words}`);
    await world.asks('!img style import', { file: { name: text.replaceAll(/[/\\]/gu, ''), bytes: Buffer.from('x') } });
  }
  assert.ok(world.platform.posts.length > 120, `${world.platform.posts.length} messages`);
  assert.ok(world.platform.pictures.length > 5);
  const texts = world.platform.posts.flatMap((post) => {
    const words = wordsOf(post);
    return words === undefined ? [] : [words];
  });
  for (const text of texts) assertOnlyOurMarkdown(toMarkdown(text), toPlainText(text));
  assert.ok(
    texts.some((text) => toPlainText(text).includes('@channel')),
    'it was repeated',
  );
  assert.deepEqual(world.errors, []);
});

test('what is too long is cut where nothing stays open', () => {
  for (const text of hostile) {
    const blocks = [
      { kind: 'paragraph', spans: [{ text, style: 'bold' }, { text: text.repeat(3), style: 'code' }, { text }] },
      { kind: 'list', items: [[{ text }], [{ text, style: 'code' }]] },
      { kind: 'code', text },
      { kind: 'table', head: [text, 'x'], rows: [[text, text]] },
    ] as const;
    for (let limit = 1; limit < 700; limit += 7) {
      const markdown = fittedMarkdown(blocks, limit);
      assert.ok(runes(markdown) <= limit, `${runes(markdown)} of ${limit}`);
      assertOnlyOurMarkdown(markdown);
    }
  }
});

test('the judge would find each of them', () => {
  const bad = [
    'hello @channel',
    'hello \\@ada',
    '&#64;here',
    '[x](https://evil.test)',
    '![x](https://evil.test/x.png)',
    'see https://evil.test',
    'see www.evil.test',
    '# big',
    '> said',
    '<b>x</b>',
    '*x*',
    '~~x~~',
    'a #hashtag',
    'in ~town-square',
    'a :smile: b',
    '$x^2$',
    '/shrug',
    '---',
  ];
  for (const markdown of bad) assert.throws(() => assertOnlyOurMarkdown(markdown), markdown);
  assert.throws(() => assertOnlyOurMarkdown('**x**', 'y'));
});
