import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId, roomId, userId } from '#core/types.ts';
import { unreadableCauses, type UnreadableCause } from '#core/incoming.ts';
import { World } from './world.ts';

const said = { platform: 'room', sender: userId('@ada:room'), receivedAtMs: 1 } as const;

function tell(world: World, id: string, cause: UnreadableCause, more: object = {}): void {
  world.accept({ kind: 'unreadable', ...said, roomId: roomId('!room'), eventId: eventId(id), cause, ...more });
}

test('a message that stayed encrypted is answered once, in plain words of its own for each cause', async () => {
  await using world = await World.open();
  for (const cause of unreadableCauses) tell(world, `$${cause}`, cause);
  tell(world, '$key_missing', 'key_missing');
  await world.settled();
  const { posts } = world.platform;
  assert.deepEqual(
    posts.map(({ delivery }) => [delivery.replyTo, delivery.event?.type, delivery.event?.code]),
    unreadableCauses.map((cause) => [`$${cause}`, 'error', 'message_unreadable']),
  );
  assert.equal(new Set(posts.map(({ text }) => text)).size, unreadableCauses.length);
  assert.match(posts[0]?.text ?? '', /can't decrypt.*Send it again/);
});

test('the answer stands in the message’s thread, in the room’s language', async () => {
  await using world = await World.open();
  await world.asks('!img language de', { isAdmin: true });
  const before = world.platform.posts.length;
  tell(world, '$x', 'key_missing', { threadId: eventId('$thread') });
  await world.settled();
  const answers = world.platform.posts.slice(before);
  assert.equal(answers.length, 1);
  assert.equal(answers[0]?.delivery.threadId, '$thread');
  assert.match(answers[0]?.text ?? '', /nicht entschlüsseln/);
});

test('a command in the clear in an encrypted room is refused, whatever it is; what is no command is passed over', async () => {
  await using world = await World.open();
  for (const text of ['!img a red fox', '!img --nonsense', '!img cancel all', 'hello everybody']) {
    world.accept({
      kind: 'message',
      ...said,
      roomId: roomId('!room'),
      eventId: eventId(`$${text}`),
      text,
      isAdmin: true,
      isDirect: false,
      isUnprotected: true,
    });
  }
  await world.settled();
  assert.equal(world.store.jobs.open().length, 0);
  assert.equal(world.engine.made.length, 0);
  assert.deepEqual(
    world.platform.posts.map(({ delivery }) => delivery.event?.code),
    ['message_unprotected', 'message_unprotected', 'message_unprotected'],
  );
  assert.match(world.lastText, /room is encrypted but your message was not/);
});
