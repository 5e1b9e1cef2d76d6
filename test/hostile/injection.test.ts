/** Threats: flags and templates injected through prompts; markup and mentions in what the bot repeats. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outgoingEvent } from '#src/chat/matrix/content.ts';
import { cleanText } from '#core/prompt-text.ts';
import { eventId } from '#core/types.ts';
import { testModel, World, type Post } from '../app/world.ts';
import { hasHidden } from './hidden.ts';
import { assertOnlyOurTags } from './only-our-tags.ts';

const media = { picture: 'mxc://small.test/p', thumbnail: 'mxc://small.test/t', file: 'mxc://small.test/f' };

/** What Matrix would be sent for a post, edits included. */
function contentOf({ delivery }: Post): Readonly<Record<string, any>> {
  const place = { threadRoot: undefined, replyTo: delivery.replyTo };
  return outgoingEvent(delivery, place, media).content;
}

const hostile = [
  '<script>alert(1)</script> <img src=x onerror=alert(1)> </code></pre></td></table><h1>owned</h1><!-- @room @channel Ada',
  '<a href="https://evil.test">x</a> &lt;b&gt; &#60;i&#62; <mx-reply>x</mx-reply> [x](javascript:alert(1)) `x` **x** ||x||',
  '\u202eexe.gnp\u202c \u2066x\u2069 a\u200bb \u001b[31mred\u001b[0m \u0007 @ada:small.test',
];

test('whatever is typed, all that rooms are sent is text between the bot’s own tags, and names nobody', async () => {
  await using world = await World.open({ askAbove: 2 }, [testModel], { styles: true, platform: 'matrix', admins: ['@ada:room'] });
  for (const text of hostile) {
    const command = await world.asks(`!img ${text} --no ${text.split(' ')[0] ?? ''} --seed 7`);
    const job = world.store.jobs.ofCommand('matrix', command)?.id ?? '';
    for (const verb of [`info ${job}`, `star ${job}`, `sheet ${job}`, `again ${job}`, `replay ${job}`]) await world.asks(`!img ${verb}`);
    for (const words of [
      `find ${text}`,
      `a {${text}, y} x`,
      `--style ${text}`,
      `--model ${text}`,
      `--${text} 5`,
      `plan daily 7:00 ${text}`,
    ])
      await world.asks(`!img ${words}`);
    await world.asks(`!img style set ${text} "{prompt}, ${text.replaceAll('"', '')}"`);
    await world.asks(`!img style set noir "{prompt}, ${text.replaceAll('"', '')}"`);
    world.react('👍', world.platform.posts.at(-1)?.id ?? eventId('$none'));
    await world.settled();
    for (const words of ['style noir', 'styles', 'plans', 'gallery', 'queue', 'style history noir', `a fox --n 5 ${text}`])
      await world.asks(`!img ${words}`);
    await world.asks(`!img style import`, { file: { name: text.replaceAll(/[/\\]/gu, ''), bytes: Buffer.from('x') } });
  }
  assert.ok(world.platform.posts.length > 60, `${world.platform.posts.length} messages`);
  assert.ok(world.platform.pictures.length > 5);
  for (const post of world.platform.posts) {
    if (post.delivery.content.kind === 'reaction') continue;
    const content = contentOf(post);
    for (const part of [content, content['m.new_content']]) {
      if (part === undefined) continue;
      if (part.formatted_body !== undefined) assertOnlyOurTags(part.formatted_body);
      assert.deepEqual(part['m.mentions'], {});
      assert.ok(!hasHidden(part.body), part.body);
      assert.doesNotMatch(String(part.filename ?? ''), /[/\\\p{Cc}]/u);
    }
  }
  assert.deepEqual(world.errors, []);
});

test('a prompt reaches the model as it was typed: nothing in it is a flag, a template or a command of its own', async () => {
  await using world = await World.open({}, [testModel], { styles: true });
  const prompts = ['$& $1 $` ${prompt} %s <%=x%>', '`id` $(id) ; rm -rf ~ && x | y > z', '{{x}} #{x} !img queue !img admin pause', 'a; --'];
  for (const prompt of prompts) {
    const { length } = world.engine.made;
    await world.asks(`!img -- ${prompt}`);
    assert.equal(world.engine.made[length]?.prompt, cleanText(prompt), prompt);
  }
  const styled = world.engine.made.length;
  await world.asks('!img $& and $1 --style photo');
  const [first] = world.engine.made.slice(styled);
  assert.ok(first?.prompt.includes('$& and $1'), first?.prompt);
  assert.equal(first?.prompt.split('$&').length, 2, 'put in once, as it is');
  assert.deepEqual(world.platform.refusals, []);
});
