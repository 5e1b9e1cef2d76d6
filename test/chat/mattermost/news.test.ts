import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually } from '../matrix/fakes.ts';
import { NewsInTest } from './news-harness.ts';

test('a message of the moment comes once, with what it says', async () => {
  await using room = await NewsInTest.started();
  const id = await room.anna.say(room.channelId, '!img a red fox');
  const event = await room.inbox.waitForText('!img a red fox');
  assert.deepEqual(
    { ...event, receivedAtMs: 0 },
    {
      kind: 'message',
      platform: 'mattermost',
      roomId: room.channelId,
      eventId: id,
      sender: room.anna.userId,
      text: '!img a red fox',
      isAdmin: false,
      isDirect: false,
      receivedAtMs: 0,
    },
  );
  assert.deepEqual(room.news.health(), { ok: true });
});

test('what was said before the first start is not answered, what was said while the bot was down is, once', async () => {
  await using room = await NewsInTest.make();
  await room.anna.say(room.channelId, 'long ago');
  await room.start();
  await room.restart(async () => {
    await room.anna.say(room.channelId, 'while it was down');
  });
  await room.inbox.waitForText('while it was down');
  await room.restart();
  await room.anna.say(room.channelId, 'now');
  await room.inbox.waitForText('now');
  assert.deepEqual(room.texts, ['while it was down', 'now']);
});
