/** A server that answers nobody, one that names strange times, and what an earlier process left. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, DeliveryError } from '#core/errors.ts';
import type { Meter } from '#core/operations-port.ts';
import type { ChatPlatform, Delivery } from '#core/ports.ts';
import { paragraph } from '#core/rich-text.ts';
import { eventId, roomId } from '#core/types.ts';
import { Courier } from '#src/app/courier.ts';
import { SharpStudio } from '#src/finish/sharp-studio.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { ImagesInTest } from '../chat/matrix/fakes.ts';

function open(t: TestContext) {
  const store = new SqliteStore(':memory:');
  const tried: string[] = [];
  const arrived: string[] = [];
  const logged: string[] = [];
  let throttledMs = 0;
  const server: { answer: (delivery: Delivery) => void; takesMs: number } = { answer: () => {}, takesMs: 0 };
  const platform: ChatPlatform = {
    name: 'matrix',
    editIntervalMs: 1000,
    start: () => Promise.resolve(),
    send: async (delivery) => {
      tried.push(delivery.transactionId);
      await delay(server.takesMs);
      server.answer(delivery);
      arrived.push(delivery.transactionId);
      return eventId(`$${delivery.transactionId}`);
    },
    attachment: () => Promise.resolve(undefined),
    isAdmin: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  };
  const meter: Meter = {
    sendTried: () => {},
    throttled: (_, ms) => (throttledMs += ms),
    jobEnded: () => {},
    pictureMade: () => {},
    pictureHeldBack: () => {},
    promptRefused: () => {},
  };
  const note = (_: object, sentence: string): void => void logged.push(sentence);
  const courier = new Courier({
    platform,
    store,
    images: new ImagesInTest(),
    studio: new SharpStudio(),
    log: { debug: () => {}, info: note, warn: note, error: note },
    now: Date.now,
    voice: { language: 'en', prefix: '!img' },
    meter,
  });
  store.onQueued = () => queueMicrotask(() => courier.wake());
  t.after(async () => {
    await courier.close();
    store.close();
  });
  const add = (id: string, room: string): number =>
    store.outbox.add(
      {
        transactionId: id,
        platform: 'matrix',
        roomId: roomId(room),
        lane: 'now',
        content: { kind: 'text', text: [paragraph(id)] },
        event: { type: 'text' },
      },
      Date.now(),
    );
  const until = async (condition: () => boolean, what: string): Promise<void> => {
    const deadline = Date.now() + 8000;
    while (!condition()) {
      assert.ok(Date.now() < deadline, `waited in vain for: ${what}`);
      await delay(5);
    }
  };
  return { store, courier, server, tried, arrived, logged, add, until, throttledMs: () => throttledMs };
}

const uncertain = (): never => {
  throw new DeliveryError('uncertain', 'ECONNREFUSED');
};

test(
  'a server that is away is asked by one message at a time; when it is back, everything arrives in order',
  { timeout: 30_000 },
  async (t) => {
    const { courier, server, store, tried, arrived, logged, add, until } = open(t);
    server.takesMs = 5;
    server.answer = uncertain;
    for (let room = 0; room < 50; room++) for (const part of ['1', '2', '3']) add(`${room}-${part}`, `!${room}`);
    courier.start();
    await delay(2500);
    assert.ok(tried.length <= 12, `${tried.length} attempts for 150 messages`);
    assert.ok(new Set(tried).size >= 3, 'not always the same');
    assert.ok(logged.length <= 2, logged.join('\n'));

    server.answer = () => {};
    const triedBefore = tried.length;
    // Somebody asks: the server has let that through.
    await until(() => tried.length > triedBefore || (add(`new-${Math.random()}`, '!new'), true), 'something new');
    await until(() => store.outbox.pendingCount('matrix') === 0, 'all of them');
    for (let room = 0; room < 50; room++)
      assert.deepEqual(
        arrived.filter((id) => id.startsWith(`${room}-`)),
        ['1', '2', '3'].map((part) => `${room}-${part}`),
      );
    assert.ok(logged.includes('The server takes messages again'));
  },
);

test('one message that always fails keeps nobody else waiting, and its own room not for long', { timeout: 60_000 }, async (t) => {
  const { courier, server, store, arrived, add, until } = open(t);
  server.answer = ({ transactionId }) => void (transactionId === 'poison' && uncertain());
  add('poison', '!a');
  add('behind', '!a');
  courier.start();
  for (let count = 0; count < 10; count++) {
    await delay(100);
    const startedAt = performance.now();
    add(`b${count}`, '!b');
    await until(() => arrived.includes(`b${count}`), 'another room');
    assert.ok(performance.now() - startedAt < 300, 'at once');
  }
  assert.ok(!arrived.includes('behind'));
  // As after half a minute.
  for (let attempt = 0; attempt < 6; attempt++) store.outbox.retry(1, 0);
  await until(() => arrived.includes('behind'), 'what was said after it');
});

test('short answers of a room keep their order over a failure', { timeout: 20_000 }, async (t) => {
  const { courier, server, store, arrived, add, until } = open(t);
  let failures = 2;
  server.answer = () => void (failures-- > 0 && uncertain());
  for (const id of ['m1', 'm2', 'm3']) add(id, '!a');
  courier.start();
  await until(() => store.outbox.pendingCount('matrix') === 0, 'all of them');
  assert.deepEqual(arrived, ['m1', 'm2', 'm3']);
});

test('one pause of a server is counted once, and a shorter one does not end it', { timeout: 20_000 }, async (t) => {
  const { courier, server, arrived, add, throttledMs } = open(t);
  server.takesMs = 20;
  const asked = [1000, 1000, 100, 1000];
  server.answer = () => {
    const retryAfterMs = asked.shift();
    if (retryAfterMs !== undefined) throw new DeliveryError('rate_limited', 'too many', { retryAfterMs });
  };
  for (let room = 0; room < 8; room++) add(`m${room}`, `!${room}`);
  courier.start();
  await delay(700);
  assert.deepEqual([asked, arrived], [[], []]);
  assert.ok(throttledMs() >= 1000 && throttledMs() < 1200, `${throttledMs()} ms`);
  await delay(500);
  assert.ok(arrived.length > 0);
});

for (const retryAfterMs of [0, -5, 1, 99_999_999_000])
  test(`a server that asks for ${retryAfterMs} ms is not asked all the time`, { timeout: 20_000 }, async (t) => {
    const { courier, server, tried, add, throttledMs } = open(t);
    server.answer = () => {
      throw new DeliveryError('rate_limited', 'too many', { retryAfterMs });
    };
    add('m', '!a');
    courier.start();
    await delay(1000);
    assert.ok(tried.length <= 6, `${tried.length} attempts`);
    assert.ok(throttledMs() <= 15 * 60_000, 'and not for ever');
  });

test('what an earlier process left counts as tried and is due, as far as the disk allows to note it', { timeout: 20_000 }, async (t) => {
  const { courier, server, store, tried, add, until } = open(t);
  const row = add('left', '!a');
  store.outbox.postpone(row, Date.now() + 3600_000);
  const takeOver = store.outbox.takeOver.bind(store.outbox);
  let isFull = true;
  store.outbox.takeOver = (platform) => {
    if (isFull) throw new AppError('disk_full');
    takeOver(platform);
  };
  let attempts: number | undefined;
  server.answer = () => {
    attempts = store.outbox.next('matrix', [['now']], Date.now())?.attempts;
  };
  courier.start();
  await delay(100);
  assert.deepEqual(tried, [], 'nothing leaves whose state is not known to the store');
  isFull = false;
  await until(() => store.outbox.outcome(row)?.state === 'sent', 'it');
  assert.equal(attempts, 1);
});

test('what the server has taken is not sent again because the store could not note it', { timeout: 20_000 }, async (t) => {
  const { courier, store, tried, add, until } = open(t);
  const sent = store.outbox.sent.bind(store.outbox);
  let full = 1;
  store.outbox.sent = (...args) => {
    if (full-- > 0) throw new AppError('disk_full');
    sent(...args);
  };
  const row = add('m', '!a');
  courier.start();
  await until(() => store.outbox.outcome(row)?.state === 'sent', 'it');
  assert.deepEqual(tried, ['m']);
});
