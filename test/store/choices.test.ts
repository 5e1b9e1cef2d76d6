import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { paragraph } from '#core/rich-text.ts';
import { eventId, jobId, roomId, userId } from '#core/types.ts';
import type { IncomingMessage } from '#core/incoming.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { job } from './fixtures.ts';

const room = roomId('!room');
const other = roomId('!other');
const ada = userId('@ada:room');
const bob = userId('@bob:room');
const dayMs = 24 * 3600 * 1000;

const memory = (t: { after: (work: () => void) => void }): SqliteStore => {
  const store = new SqliteStore(':memory:');
  t.after(() => store.close());
  return store;
};

const message = (id: string, sender = ada): IncomingMessage => ({
  kind: 'message',
  platform: 'room',
  roomId: room,
  eventId: eventId(id),
  sender,
  text: '!img style remove photo',
  isAdmin: true,
  isDirect: false,
  receivedAtMs: 1000,
});

/** A question of ours, sent as `$question-…`. */
function question(store: SqliteStore, id: string, sender = ada): number {
  const row = store.outbox.add(
    { transactionId: `ask-${id}`, platform: 'room', roomId: room, lane: 'now', content: { kind: 'text', text: [paragraph('Sure?')] } },
    1000,
  );
  store.outbox.sent(row, eventId(`$question-${id}`));
  return store.asks.add({ event: message(`$${id}`, sender), row, expiresMs: 5000 });
}

test('a room changes what is named, keeps the rest and takes choices back', (t) => {
  const store = memory(t);
  assert.deepEqual(store.rooms.get('room', room), {});
  store.rooms.set('room', room, { defaultStyle: 'photo', timeZone: 'Europe/Berlin', quiet: { fromMinute: 1320, toMinute: 360 } });
  store.rooms.setLanguage('room', room, 'de');
  const chosen = { language: 'de', defaultStyle: 'photo', timeZone: 'Europe/Berlin', quiet: { fromMinute: 1320, toMinute: 360 } };
  assert.deepEqual(store.rooms.get('room', room), chosen);
  store.rooms.set('room', room, { quiet: undefined, timeZone: 'UTC' });
  assert.deepEqual(store.rooms.get('room', room), { language: 'de', defaultStyle: 'photo', timeZone: 'UTC' });
  store.rooms.set('room', room, { language: undefined, defaultStyle: undefined });
  assert.equal(store.rooms.language('room', room), undefined);
  assert.deepEqual(store.rooms.get('room', other), {});
  assert.deepEqual(store.rooms.get('matrix', room), {});
});

test('a setting of the bot is set, changed and forgotten', (t) => {
  const { settings } = memory(t);
  assert.equal(settings.get('model'), undefined);
  settings.set('model', 'turbo');
  settings.set('model', 'mini');
  assert.equal(settings.get('model'), 'mini');
  settings.set('model', undefined);
  assert.equal(settings.get('model'), undefined);
});

test('a question is found by the message that asked it and by who caused it, until it is closed', (t) => {
  const store = memory(t);
  const first = question(store, '1');
  const second = question(store, '2');
  const third = question(store, '3', bob);
  assert.deepEqual(store.asks.ofMessage('room', eventId('$question-1')), {
    id: first,
    event: message('$1'),
    row: 1,
    expiresMs: 5000,
  });
  assert.equal(store.asks.ofMessage('matrix', eventId('$question-1')), undefined);
  assert.equal(store.asks.ofMessage('room', eventId('$1')), undefined);
  assert.equal(store.asks.latestOf('room', room, ada)?.id, second);
  assert.equal(store.asks.latestOf('room', room, bob)?.id, third);
  assert.equal(store.asks.latestOf('room', other, ada), undefined);
  store.asks.close(second);
  assert.equal(store.asks.latestOf('room', room, ada)?.id, first);
  assert.equal(store.asks.ofMessage('room', eventId('$question-2')), undefined);
  store.asks.close(first);
  assert.equal(store.asks.latestOf('room', room, ada), undefined);
});

test('a question that was not sent yet is known by who caused it alone', (t) => {
  const store = memory(t);
  const row = store.outbox.add(
    { transactionId: 'ask', platform: 'room', roomId: room, lane: 'now', content: { kind: 'text', text: [] } },
    1000,
  );
  const id = store.asks.add({ event: message('$1'), row, expiresMs: 5000 });
  assert.equal(store.asks.ofMessage('room', eventId('$question')), undefined);
  assert.equal(store.asks.latestOf('room', room, ada)?.id, id);
});

test('pruning forgets questions that are closed or long over, and spares the message of an open one', (t) => {
  const store = memory(t);
  const open = question(store, 'open');
  const closed = question(store, 'closed');
  store.asks.close(closed);
  store.prune(4000, 4000);
  assert.equal(store.asks.ofMessage('room', eventId('$question-open'))?.id, open);
  assert.equal(store.outbox.outcome(2), undefined);
  store.prune(5001, 5001);
  assert.equal(store.asks.latestOf('room', room, ada), undefined);
  assert.equal(store.outbox.outcome(1), undefined);
});

test('the gallery lists each picture once, where its first star put it, newest first', (t) => {
  const store = memory(t);
  store.jobs.add(job('k7f3', '@ada:room', { count: 4 }));
  const star = (index: number, by: typeof ada, atMs: number, where = room): void =>
    store.stars.add('room', where, { jobId: jobId('k7f3'), index, starredBy: by, atMs });
  star(0, ada, 1000);
  star(1, bob, 2000);
  star(0, bob, 3000);
  star(0, ada, 4000);
  star(2, ada, 2000);
  star(3, ada, 9000, other);
  const listed = (limit = 10): unknown[] => store.stars.list('room', room, limit).map((each) => [each.index, each.starredBy, each.atMs]);
  assert.deepEqual(listed(), [
    [2, ada, 2000],
    [1, bob, 2000],
    [0, ada, 1000],
  ]);
  assert.deepEqual(listed(1), [[2, ada, 2000]]);
  store.stars.remove('room', room, jobId('k7f3'), 0, ada);
  store.stars.remove('room', room, jobId('k7f3'), 1, ada);
  assert.deepEqual(listed(), [
    [0, bob, 3000],
    [2, ada, 2000],
    [1, bob, 2000],
  ]);
  store.stars.remove('room', room, jobId('k7f3'), 0, bob);
  assert.equal(listed().length, 2);
});

test('usage is summed per person over all rooms and per room over all people', (t) => {
  const store = memory(t);
  const use = (user: typeof ada, where: typeof room, atMs: number, pictures: number): void =>
    store.usage.add({ platform: 'room', room: where, user, atMs, pictures, workMs: pictures * 100.5 });
  use(ada, room, 1000, 1);
  use(ada, other, 2000, 2);
  use(bob, room, 3000, 4);
  assert.deepEqual(store.usage.since({ platform: 'room', user: ada }, 0), { pictures: 3, workMs: 301.5 });
  assert.deepEqual(store.usage.since({ platform: 'room', user: ada }, 1001), { pictures: 2, workMs: 201 });
  assert.deepEqual(store.usage.since({ platform: 'room', room }, 1000), { pictures: 5, workMs: 502.5 });
  assert.deepEqual(store.usage.since({ platform: 'room', room, user: bob }, 0), { pictures: 4, workMs: 402 });
  assert.deepEqual(store.usage.since({ platform: 'room' }, 0), { pictures: 7, workMs: 703.5 });
  assert.deepEqual(store.usage.since({ platform: 'matrix', user: ada }, 0), { pictures: 0, workMs: 0 });
  assert.equal(store.usage.oldestSince({ platform: 'room', user: ada }, 1001), 2000);
  assert.equal(store.usage.oldestSince({ platform: 'room', room }, 0), 1000);
  assert.equal(store.usage.oldestSince({ platform: 'room', room }, 3001), undefined);
});

test('usage is kept for two days, of which quotas count one', (t) => {
  const store = memory(t);
  const pictures = (): number => store.usage.since({ platform: 'room' }, 0).pictures;
  for (const day of [0, 1, 14, 40]) store.usage.add({ platform: 'room', room, user: ada, atMs: day * dayMs, pictures: 1, workMs: 1 });
  store.prune(0, 2 * dayMs);
  assert.equal(pictures(), 4);
  store.prune(0, 2.5 * dayMs);
  assert.equal(pictures(), 3);
  store.prune(0, 41 * dayMs);
  assert.equal(pictures(), 1);
});

/** One of each. */
function chooseAll(store: SqliteStore): void {
  store.rooms.set('room', room, { defaultStyle: 'photo' });
  store.settings.set('model', 'turbo');
  question(store, '1');
  store.jobs.add(job('k7f3', '@ada:room'));
  store.stars.add('room', room, { jobId: jobId('k7f3'), index: 0, starredBy: ada, atMs: 1 });
  store.usage.add({ platform: 'room', room, user: ada, atMs: 1, pictures: 1, workMs: 100 });
}

const chosen = (store: SqliteStore): unknown[] => [
  store.rooms.get('room', room).defaultStyle,
  store.settings.get('model'),
  store.asks.ofMessage('room', eventId('$question-1'))?.event.eventId,
  store.jobs.get(jobId('k7f3'))?.id,
  store.stars.list('room', room, 5).length,
  store.usage.since({ platform: 'room', user: ada }, 0).pictures,
];

test('a throw undoes all of it', (t) => {
  const store = memory(t);
  assert.throws(() =>
    store.transaction(() => {
      chooseAll(store);
      throw new Error('power cut');
    }),
  );
  assert.deepEqual(chosen(store), [undefined, undefined, undefined, undefined, 0, 0]);
  assert.equal(store.outbox.pendingCount('room'), 0);
});

test('all of it is there after a restart', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-choices-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'blitzbild.sqlite');
  const store = new SqliteStore(path);
  chooseAll(store);
  store.close();
  const again = new SqliteStore(path);
  assert.deepEqual(chosen(again), ['photo', 'turbo', '$1', 'k7f3', 1, 1]);
  again.close();
});
