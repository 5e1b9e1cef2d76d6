/** Short answers of several rooms leave side by side; in each room they keep their order. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChatPlatform, Delivery } from '#core/ports.ts';
import { paragraph } from '#core/rich-text.ts';
import { eventId, roomId } from '#core/types.ts';
import { Courier } from '#src/app/courier.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { ImagesInTest } from '../chat/matrix/fakes.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A courier whose platform holds every message back until the test lets it go. */
function held(t: TestContext) {
  const store = new SqliteStore(':memory:');
  const under = new Map<string, () => void>();
  const arrived: string[] = [];
  const platform: ChatPlatform = {
    name: 'matrix',
    editIntervalMs: 1000,
    start: () => Promise.resolve(),
    send: async ({ transactionId }: Delivery) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      under.set(transactionId, resolve);
      await promise;
      under.delete(transactionId);
      arrived.push(transactionId);
      return eventId(`$${transactionId}`);
    },
    attachment: () => Promise.resolve(undefined),
    isAdmin: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  };
  const courier = new Courier({
    platform,
    store,
    images: new ImagesInTest(),
    studio: new SharpStudio(),
    log: silent,
    now: Date.now,
    voice: { language: 'en', prefix: '!img' },
  });
  store.onQueued = () => queueMicrotask(() => courier.wake());
  t.after(async () => {
    const closed = courier.close();
    while (under.size > 0) {
      for (const release of under.values()) release();
      await delay(5);
    }
    await closed;
    store.close();
  });
  const add = (id: string, room: string, lane: 'now' | 'final' = 'now'): number =>
    store.outbox.add(
      {
        transactionId: id,
        platform: 'matrix',
        roomId: roomId(room),
        lane,
        content: { kind: 'text', text: [paragraph(id)] },
        event: { type: 'text' },
      },
      Date.now(),
    );
  const until = async (ids: readonly string[]): Promise<void> => {
    const deadline = Date.now() + 5000;
    while (ids.join() !== [...under.keys()].toSorted((a, b) => a.localeCompare(b)).join()) {
      assert.ok(Date.now() < deadline, `under way: ${[...under.keys()].join()}, and not ${ids.join()}`);
      await delay(5);
    }
    // Nothing else begins.
    await delay(30);
    assert.equal(under.size, ids.length);
  };
  return { courier, add, until, arrived, release: (id: string) => under.get(id)?.(), store };
}

test('a slow room holds up no other, and gets one message at a time, in order', { timeout: 20_000 }, async (t) => {
  const { courier, add, until, arrived, release } = held(t);
  for (const id of ['a1', 'a2', 'a3']) add(id, '!a');
  add('b1', '!b');
  add('b2', '!b');
  courier.start();
  await until(['a1', 'b1']);
  release('b1');
  await until(['a1', 'b2']);
  release('b2');
  await until(['a1']);
  add('c1', '!c');
  await until(['a1', 'c1']);
  release('a1');
  await until(['a2', 'c1']);
  release('a2');
  await until(['a3', 'c1']);
  assert.deepEqual(arrived, ['b1', 'b2', 'a1', 'a2']);
});

test('many rooms share a few requests', { timeout: 20_000 }, async (t) => {
  const { courier, add, until, release } = held(t);
  for (const room of ['a', 'b', 'c', 'd', 'e', 'f']) add(`${room}1`, `!${room}`);
  courier.start();
  await until(['a1', 'b1', 'c1', 'd1']);
  release('b1');
  await until(['a1', 'c1', 'd1', 'e1']);
});

test('what is not urgent lets a burst of short answers pass, and does not wait for ever', { timeout: 20_000 }, async (t) => {
  const { courier, add, until, release } = held(t);
  for (const room of ['a', 'b', 'c']) add(`${room}1`, `!${room}`);
  courier.start();
  await until(['a1', 'b1', 'c1']);
  add('end1', '!d', 'final');
  await until(['a1', 'b1', 'c1']);
  release('a1');
  await until(['b1', 'c1']);
  release('b1');
  await until(['c1', 'end1']);
  release('end1');

  for (const room of ['a', 'b']) add(`${room}2`, `!${room}`);
  await until(['a2', 'b2', 'c1']);
  const startedAt = performance.now();
  add('end2', '!d', 'final');
  await until(['a2', 'b2', 'c1', 'end2']);
  assert.ok(performance.now() - startedAt > 800, 'it let them pass first');
});
