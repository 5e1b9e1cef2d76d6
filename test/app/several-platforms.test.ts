/** One bot in several chats: one queue, whose people take turns, and ways of its own for each chat's answers. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { DeliveryError } from '#core/errors.ts';
import type { PlatformName } from '#core/types.ts';
import { World } from './world.ts';

const chats = ['room', 'matrix', 'mattermost'] as const satisfies readonly PlatformName[];

async function open(t: TestContext): Promise<World> {
  const world = await World.open({}, undefined, { beside: ['matrix', 'mattermost'] });
  t.after(() => world[Symbol.asyncDispose]());
  return world;
}

/** Nothing is drawn before all of them are in the queue. */
function holding(world: World): () => void {
  const gate = Promise.withResolvers<void>();
  world.engine.gate = gate.promise;
  return gate.resolve;
}

const isQueued = async (world: World, jobs: number): Promise<void> => {
  while (world.store.jobs.open().length < jobs) await new Promise((resolve) => setTimeout(resolve, 5));
};

test('people take turns, one picture each, whichever chat they are in', async (t) => {
  const world = await open(t);
  const letGo = holding(world);
  // The first is begun by whoever comes first; what counts is the order after that.
  world.say('!img a begun cat', { from: '@cleo:room', on: 'room' });
  await isQueued(world, 1);
  for (const chat of chats) world.say(`!img a fox on ${chat} --n 3`, { from: `@ada:${chat}`, on: chat });
  await isQueued(world, 4);
  letGo();
  await world.settled();
  const order = world.engine.made.map(({ prompt }) => /on (\w+)$/.exec(prompt)?.[1]).filter((chat) => chat !== undefined);
  assert.equal(order.length, 9);
  for (const round of [0, 3, 6]) assert.deepEqual(new Set(order.slice(round, round + 3)), new Set(chats), order.join(' '));
  for (const chat of chats) {
    const pictures = world.chat(chat).pictures.length - (chat === 'room' ? 1 : 0);
    assert.equal(pictures, 3, `${chat} has its own pictures and no other's`);
  }
});

test('the same id in two chats is two people', async (t) => {
  const world = await open(t);
  const letGo = holding(world);
  world.say('!img a begun cat', { from: '@cleo:room', on: 'room' });
  await isQueued(world, 1);
  const id = 'k'.repeat(26);
  for (const chat of ['matrix', 'mattermost'] as const) world.say(`!img a fox on ${chat} --n 2`, { from: id, on: chat });
  await isQueued(world, 3);
  letGo();
  await world.settled();
  const order = world.engine.made.map(({ prompt }) => /on (\w+)$/.exec(prompt)?.[1]).filter((chat) => chat !== undefined);
  assert.deepEqual(order, ['matrix', 'mattermost', 'matrix', 'mattermost']);
});

test('a chat whose server is away has its answers when it is back, and the others theirs at once', async (t) => {
  const world = await open(t);
  const away = Promise.withResolvers<void>();
  world.chat('matrix').onSend = () => away.promise;
  for (const chat of chats) world.say(`!img a fox on ${chat} --n 2`, { from: `@ada:${chat}`, on: chat });
  const isDone = (chat: PlatformName): boolean => world.chat(chat).pictures.length === 2 && world.store.outbox.pendingCount(chat) === 0;
  while (!isDone('room') || !isDone('mattermost')) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(world.chat('matrix').posts, []);
  // Nor does it keep what is said afterwards waiting.
  world.say('!img a late cat', { from: '@ben:mattermost', on: 'mattermost' });
  while (world.chat('mattermost').pictures.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  away.resolve();
  await world.settled();
  assert.equal(world.chat('matrix').pictures.length, 2);
});

test('a server that counts messages, and one that refuses the bot, slow down nobody else', async (t) => {
  const world = await open(t);
  world.chat('matrix').onSend = () => {
    throw new DeliveryError('rate_limited', 'too many', { retryAfterMs: 500 });
  };
  world.chat('mattermost').onSend = () => {
    throw new DeliveryError('unauthorised', 'the token was revoked');
  };
  for (const chat of chats) world.say(`!img a fox on ${chat}`, { from: `@ada:${chat}`, on: chat });
  const startedMs = performance.now();
  while (world.chat('room').pictures.length < 1 || world.store.outbox.pendingCount('room') > 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(performance.now() - startedMs < 5000);
  for (const chat of ['matrix', 'mattermost'] as const) {
    assert.deepEqual(world.chat(chat).posts, []);
    assert.ok(world.store.outbox.pendingCount(chat) > 0, 'nothing is lost');
  }
});
