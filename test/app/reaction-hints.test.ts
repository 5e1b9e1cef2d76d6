import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { DeliveryError } from '#core/errors.ts';
import type { ChatPlatform, Delivery, JobEventSummary } from '#core/ports.ts';
import { paragraph } from '#core/rich-text.ts';
import type { QueuedDelivery } from '#core/outbox-port.ts';
import { eventId, jobId, roomId } from '#core/types.ts';
import { Courier } from '#src/app/courier.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { ImagesInTest } from '../chat/matrix/fakes.ts';

const nothing = (): void => {};

/** A courier to a platform that notes what it is sent. */
function setUp(t: TestContext, platform: Partial<ChatPlatform>) {
  const store = new SqliteStore(':memory:');
  const sent: Delivery[] = [];
  const matrix: ChatPlatform = {
    name: 'matrix',
    editIntervalMs: 1000,
    start: () => Promise.resolve(),
    send: (delivery) => {
      sent.push(delivery);
      return Promise.resolve(eventId(`$${delivery.transactionId}`));
    },
    attachment: () => Promise.resolve(undefined),
    isAdmin: () => Promise.resolve(false),
    close: () => Promise.resolve(),
    ...platform,
  };
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const parts = { images: new ImagesInTest(), studio: new SharpStudio() };
  const courier = new Courier({ platform: matrix, store, ...parts, log, now: () => 1000, voice: { language: 'en', prefix: '!img' } });
  store.onQueued = () => queueMicrotask(() => courier.wake());
  t.after(async () => {
    await courier.close();
    store.close();
  });
  courier.start();
  const say = (type: JobEventSummary['type'], more: Partial<QueuedDelivery> = {}): number =>
    store.outbox.add(
      {
        transactionId: type,
        platform: 'matrix',
        roomId: roomId('!room'),
        lane: 'now',
        content: { kind: 'text', text: [paragraph('words')] },
        event: { type },
        ...more,
      },
      1000,
    );
  const settled = async (): Promise<void> => {
    while (store.outbox.pendingCount('matrix') > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const reactions = () =>
    sent.flatMap(({ content, roomId: room, threadId }) => (content.kind === 'reaction' ? [{ ...content, room, threadId }] : []));
  return { store, say, settled, reactions, sent };
}

test('a picture and a question get the reactions that do something with them', async (t) => {
  const { say, settled, reactions } = setUp(t, { seedsReactions: true });
  for (const type of ['image', 'ask', 'sheet', 'text', 'done', 'error'] as const) say(type);
  await settled();
  assert.deepEqual(
    reactions().map(({ target, emoji }) => `${target} ${emoji}`),
    ['$image 🔁', '$image ⬆️', '$image ⭐', '$ask 👍', '$ask 👎'],
  );
  assert.ok(reactions().every(({ room, threadId }) => room === '!room' && threadId === undefined));
});

test('a platform that may not have them gets none', async (t) => {
  const { say, settled, reactions } = setUp(t, {});
  for (const type of ['image', 'ask', 'ack'] as const) say(type);
  await settled();
  assert.deepEqual(reactions(), []);
});

test('a job that has ended is not offered to be stopped', async (t) => {
  const { say, settled, reactions, sent } = setUp(t, { seedsReactions: true });
  say('ack', { jobId: jobId('k7f3') });
  await settled();
  assert.equal(sent.length, 1);
  assert.deepEqual(reactions(), []);
});

test('where the server counts messages after all, hints are given up', async (t) => {
  const sent: Delivery[] = [];
  const { say, settled, store } = setUp(t, {
    seedsReactions: true,
    send: (delivery) => {
      sent.push(delivery);
      return delivery.content.kind === 'reaction'
        ? Promise.reject(new DeliveryError('rate_limited', 'too many', { retryAfterMs: 20 }))
        : Promise.resolve(eventId(`$${delivery.transactionId}`));
    },
  });
  const row = say('image');
  await settled();
  assert.equal(store.outbox.outcome(row)?.state, 'sent');
  const before = sent.length;
  say('ask');
  await settled();
  assert.deepEqual(
    sent.slice(before).map(({ content }) => content.kind),
    ['text'],
    'no more of them',
  );
});
