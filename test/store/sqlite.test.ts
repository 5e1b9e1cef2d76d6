import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { paragraph } from '#core/rich-text.ts';
import { eventId, jobId, roomId, userId } from '#core/types.ts';
import type { IncomingMessage } from '#core/incoming.ts';
import { StoreError, StoreInUseError } from '#src/store/store-error.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

const message = (id: string): IncomingMessage => ({
  kind: 'message',
  platform: 'matrix',
  roomId: roomId('!r:example.org'),
  eventId: eventId(id),
  sender: userId('@ada:example.org'),
  text: '!img a fox',
  isAdmin: false,
  isDirect: false,
  receivedAtMs: 1000,
});

const queued = (id: string, lane: 'now' | 'picture' | 'final' | 'extra') => ({
  transactionId: id,
  platform: 'matrix' as const,
  roomId: roomId('!r:example.org'),
  lane,
  content: { kind: 'text' as const, text: [paragraph(id)] },
});

test('events and the cursor are stored together, and an event that comes twice counts once', () => {
  const store = new SqliteStore(':memory:');
  let calls = 0;
  store.onAccepted = () => calls++;
  const inbox = store.inbox('matrix');
  assert.equal(inbox.cursor(), undefined);
  inbox.accept([message('$1'), message('$2')], 's1');
  inbox.accept([message('$2'), message('$3')], 's2');
  assert.equal(inbox.cursor(), 's2');
  assert.equal(calls, 2);
  assert.deepEqual(
    store.unhandled().map(({ event }) => event.eventId),
    ['$1', '$2', '$3'],
  );
  for (const { id } of store.unhandled()) store.markHandled(id);
  inbox.accept([message('$1')], 's3');
  assert.deepEqual(store.unhandled(), []);
  store.close();
});

test('what a platform remembers along with events is stored with them or not at all', () => {
  const store = new SqliteStore(':memory:');
  const inbox = store.inbox('matrix');
  const memory = store.memory('matrix');
  inbox.accept([message('$1')], 's1', () => memory.set('read:1', 'yes'));
  assert.throws(
    () =>
      inbox.accept([message('$2')], 's2', () => {
        memory.set('read:2', 'yes');
        throw new Error('power cut');
      }),
    /power cut/,
  );
  assert.deepEqual([inbox.cursor(), store.unhandled().length, memory.get('read:1'), memory.get('read:2')], ['s1', 1, 'yes', undefined]);
  store.close();
});

test('a platform finds what it remembers by the beginning of its keys, and forgets it', () => {
  const store = new SqliteStore(':memory:');
  const memory = store.memory('matrix');
  for (const key of ['a:1', 'a:2', 'a:ü%_', 'a', 'b:1', 'A:3']) memory.set(key, `at ${key}`);
  store.memory('room').set('a:4', 'another platform’s');
  memory.delete('a:1');
  memory.delete('a:nothing');
  assert.deepEqual(
    memory.entries('a:').toSorted(([one], [other]) => (one < other ? -1 : 1)),
    [
      ['a:2', 'at a:2'],
      ['a:ü%_', 'at a:ü%_'],
    ],
  );
  assert.equal(memory.get('a:1'), undefined);
  store.close();
});

test('a throw undoes the whole transaction, the nested ones too', () => {
  const store = new SqliteStore(':memory:');
  assert.throws(() =>
    store.transaction(() => {
      store.inbox('matrix').accept([message('$1')], 's1');
      store.outbox.add(queued('a', 'now'), 1000);
      throw new Error('power cut');
    }),
  );
  assert.deepEqual(store.unhandled(), []);
  assert.equal(store.inbox('matrix').cursor(), undefined);
  assert.equal(store.outbox.pendingCount('matrix'), 0);
  store.close();
});

test('the outbox gives the first group of lanes first and the oldest of a group', () => {
  const store = new SqliteStore(':memory:');
  store.outbox.add(queued('extra', 'extra'), 1000);
  store.outbox.add(queued('picture', 'picture'), 1000);
  const final = store.outbox.add(queued('final', 'final'), 1000);
  const next = (...groups: ('now' | 'picture' | 'final' | 'extra')[][]): string | undefined =>
    store.outbox.next('matrix', groups, 2000)?.transactionId;
  assert.equal(next(['picture', 'final'], ['extra']), 'picture');
  assert.equal(next(['final'], ['picture'], ['extra']), 'final');
  assert.equal(next(['now']), undefined);
  store.outbox.retry(final, 5000);
  assert.equal(next(['final'], ['picture']), 'picture');
  assert.equal(store.outbox.nextDueMs('matrix', [['final']]), 5000);
  assert.equal(store.outbox.next('matrix', [['final']], 5000)?.attempts, 1);
  store.close();
});

test('a sent message is known by its platform id and forgets its text', () => {
  const store = new SqliteStore(':memory:');
  const id = store.outbox.add({ ...queued('a', 'picture'), jobId: jobId('k7f3'), pictureIndex: 2 }, 1000);
  assert.deepEqual(store.outbox.outcome(id), { state: 'pending' });
  store.outbox.sent(id, eventId('$sent'));
  assert.deepEqual(store.outbox.outcome(id), { state: 'sent', eventId: '$sent' });
  assert.deepEqual(store.outbox.subjectOf('matrix', eventId('$sent')), { jobId: 'k7f3', pictureIndex: 2 });
  assert.equal(store.outbox.subjectOf('room', eventId('$sent')), undefined);
  assert.ok(store.outbox.knows('matrix', eventId('$sent')));
  assert.ok(!store.outbox.knows('room', eventId('$sent')) && !store.outbox.knows('matrix', eventId('$other')));
  assert.equal(store.outbox.next('matrix', [['picture']], 2000), undefined);
  store.close();
});

test('the same transaction id is queued once', () => {
  const store = new SqliteStore(':memory:');
  store.outbox.add(queued('a', 'now'), 1000);
  assert.throws(() => store.outbox.add(queued('a', 'now'), 1000), /UNIQUE/);
  store.close();
});

test('room events keep their order and a repeated transaction returns the first event', () => {
  const store = new SqliteStore(':memory:');
  const first = store.history.append({ transactionId: 't1', atMs: 1, body: { text: 'one' } });
  const second = store.history.append({ transactionId: 't2', atMs: 2, body: { text: 'two' } });
  assert.deepEqual(store.history.append({ transactionId: 't1', atMs: 9, body: { text: 'again' } }), first);
  assert.deepEqual(store.history.after(first.sequence, 10), [second]);
  assert.deepEqual(store.history.latest(1), [second]);
  assert.deepEqual(store.history.get(first.eventId), first);
  store.close();
});

test('what was stored is there after the file was opened again, and a second process is refused', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'sub', 'blitzbild.sqlite');
  const store = new SqliteStore(path);
  store.inbox('matrix').accept([message('$1')], 's1');
  store.durations.record('w', 100);
  store.durations.record('w', 200);
  store.rooms.setLanguage('matrix', roomId('!r'), 'de');
  assert.throws(() => new SqliteStore(path), StoreInUseError);
  store.close();
  const again = new SqliteStore(path);
  assert.equal(again.inbox('matrix').cursor(), 's1');
  assert.equal(again.unhandled().length, 1);
  assert.equal(again.durations.estimateMs('w'), 130);
  assert.equal(again.rooms.language('matrix', roomId('!r')), 'de');
  again.close();
});

test('a process that is killed loses nothing that it had stored', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'blitzbild.sqlite');
  const script = `
    const { SqliteStore } = await import('#src/store/sqlite.ts');
    const store = new SqliteStore(${JSON.stringify(path)});
    for (let i = 0; ; i++) {
      store.history.append({ transactionId: 't' + i, atMs: i, body: { i } });
      process.stdout.write(i + '\\n');
    }`;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.split('\n').length > 30) child.kill('SIGKILL');
  }
  const confirmed = printed.split('\n').slice(0, -1).length;
  const store = new SqliteStore(path);
  const kept = store.history.after(0, 10_000);
  assert.ok(confirmed >= 30);
  assert.ok(kept.length >= confirmed, `${kept.length} kept of ${confirmed} confirmed`);
  store.close();
});

test('a file that can not be used is refused with what to do about it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const refused = (path: string, sentence: RegExp): void => {
    assert.throws(
      () => new SqliteStore(path),
      (error) => error instanceof StoreError && sentence.test(error.message),
    );
  };
  const newer = new DatabaseSync(join(folder, 'newer.sqlite'));
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  refused(join(folder, 'newer.sqlite'), /written by a newer Blitzbild .* update Blitzbild/);
  writeFileSync(join(folder, 'letter.sqlite'), 'Dear database, '.repeat(500));
  refused(join(folder, 'letter.sqlite'), /damaged or no database/);
  refused(join(folder, 'letter.sqlite', 'blitzbild.sqlite'), /can't be written: .* BLITZBILD_DATA/);
});
