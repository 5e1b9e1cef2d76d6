import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { reactionOf } from '#src/chat/mattermost/buttons.ts';
import { emojiOf, nameOf } from '#src/chat/mattermost/emoji.ts';

import { isSystemEmoji } from './fake/emoji-names.ts';
import { edit, failure, reaction, SenderInTest, text } from './sender-harness.ts';

describe('names of emoji', () => {
  it('every sign that the bot gives or understands has one that every server knows, there and back', () => {
    for (const emoji of [...Object.values(reactionOf), 'ℹ️', '✅', '❓', '👀', '⏳']) {
      const name = nameOf(emoji);
      assert.ok(name !== undefined && isSystemEmoji(name), emoji);
      assert.equal(emojiOf(name), emoji);
      assert.equal(nameOf(emoji.replaceAll('\u{FE0F}', '')), name, 'with and without the sign for colour');
    }
    assert.equal(nameOf('🦊'), undefined);
    assert.equal(nameOf(''), undefined);
  });

  it('hands have two names, and colours', () => {
    for (const name of ['+1', 'thumbsup', 'THUMBSUP']) assert.equal(emojiOf(name), '👍');
    assert.equal(emojiOf('+1_medium_dark_skin_tone'), '👍🏾');
    assert.equal(emojiOf('thumbsdown_light_skin_tone'), '👎🏻');
  });

  it('what means nothing to the bot is nothing', () => {
    for (const name of [
      '',
      'smile',
      'x_light_skin_tone',
      '_light_skin_tone',
      '+1_green_skin_tone',
      '+1_light_skin_tone_x',
      '__proto__',
      'constructor',
    ])
      assert.equal(emojiOf(name), undefined, name);
  });
});

describe('reactions', () => {
  it('are given once, however often they are sent', async () => {
    await using room = await SenderInTest.open();
    const delivery = room.delivery(reaction(room.anchor!, '🔁'));
    room.fake.inject({ method: 'POST', path: '/reactions' }, { kind: 'reset', delivered: true });
    assert.equal((await failure(room.sender.send(delivery))).failure, 'uncertain');
    const first = await room.sender.send(delivery);
    assert.match(first, new RegExp(`^reaction:${room.anchor}:${room.bot.userId}:repeat:\\d+$`));
    await room.another().send(delivery);
    assert.deepEqual(
      (await room.anna.post(room.anchor!)).metadata?.reactions?.map(({ emoji_name: name }) => name),
      ['repeat'],
    );
    assert.deepEqual(room.memory.entries('attempt:'), [], 'nothing is remembered of them');
  });

  it('that the server has no name for, or to what is not there, are refused for good', async () => {
    await using room = await SenderInTest.open();
    assert.equal((await failure(room.sender.send(room.delivery(reaction(room.anchor!, '🦊'))))).failure, 'rejected');
    assert.equal((await failure(room.sender.send(room.delivery(reaction('deletion:x', '🔁'))))).failure, 'rejected');
    await room.anna.delete(room.anchor!);
    assert.equal((await failure(room.sender.send(room.delivery(reaction(room.anchor!, '🔁'))))).failure, 'rejected');
    assert.equal(room.asked('POST', '/reactions'), 2);
  });

  it('and edits in an archived channel are refused as in a place where nobody can write', async () => {
    await using room = await SenderInTest.open();
    const id = await room.sender.send(room.delivery(text('hello')));
    room.fake.archive(room.channelId);
    for (const content of [reaction(id, '🔁'), edit(id, 'done')]) {
      const refused = await failure(room.sender.send(room.delivery(content, { transactionId: content.kind })));
      assert.match(refused.message, /^forbidden: /);
    }
  });
});
