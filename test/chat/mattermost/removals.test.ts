import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerClient } from '#src/chat/mattermost/client.ts';
import { Removals } from '#src/chat/mattermost/removals.ts';

import { reaction, SenderInTest, text } from './sender-harness.ts';

const { signal } = new AbortController();

function removalsOf({ fake, bot }: SenderInTest, serverUrl = fake.url): Removals {
  const client = new ServerClient({ serverUrl, accessToken: bot.token, signal, timeoutMs: 2000, maxAnswerBytes: 1e7 });
  return new Removals({ client, ownUserId: bot.userId });
}

test('an own post is hidden, its file kept, and the second time it is missing', async () => {
  await using world = await SenderInTest.open();
  const removals = removalsOf(world);
  const id = await world.sender.send(world.delivery(await world.image()));
  const other = await world.sender.send(world.delivery(text('stays'), { transactionId: 'k7f3-2' }));
  assert.deepEqual(await removals.remove(id, signal), { message: 'hidden', media: 'kept' });
  assert.deepEqual(
    (await world.posts()).map((post) => post.id),
    [other],
  );
  assert.deepEqual(await removals.remove(id, signal), { message: 'missing' });
  assert.deepEqual(await removals.remove('not-an-id', signal), { message: 'missing' });
});

test('a post of somebody else is left where the bot may not delete it', async () => {
  await using world = await SenderInTest.open();
  const command = await world.anna.say(world.channelId, '!img a red fox');
  assert.deepEqual(await removalsOf(world).remove(command, signal), { message: 'failed' });
});

test('an own reaction is taken back, another’s is not', async () => {
  await using world = await SenderInTest.open();
  const post = await world.sender.send(world.delivery(text('look')));
  const own = await world.sender.send(world.delivery(reaction(post, '👍'), { transactionId: 'k7f3-3' }));
  assert.deepEqual(await removalsOf(world).remove(own, signal), { message: 'gone' });
  assert.deepEqual(await removalsOf(world).remove(own.replace(world.bot.userId, world.anna.userId), signal), { message: 'failed' });
});

test('a server that is away is asked again later', async () => {
  await using world = await SenderInTest.open();
  const id = await world.sender.send(world.delivery(text('look')));
  assert.deepEqual(await removalsOf(world, 'http://127.0.0.1:9').remove(id, signal), { message: 'later' });
});
