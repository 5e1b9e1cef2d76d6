import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginAtThePresent } from '#src/backup/after-restore.ts';
import { sessionSinceMs } from '#src/chat/common/session.ts';
import { defaultPrefixes } from '#core/command.ts';
import { toPlainText } from '#core/rich-text.ts';
import { eventId, jobId, roomId, userId, type Job, type PlatformName } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { job as roomJob } from '../store/fixtures.ts';

const madeMs = Date.parse('2026-11-20T08:00:00Z');
const nowMs = Date.parse('2026-11-23T09:30:00Z');
const models = { active: 'embedded', get: () => undefined, list: () => [] };
const prefixes = defaultPrefixes;

const matrixRoom = roomId('!r:example.org');
const job = (id: string, platform: PlatformName): Job => {
  const made = roomJob(id, '@ada:example.org', { queuedAtMs: madeMs });
  return { ...made, origin: { ...made.origin, platform, ...(platform === 'matrix' ? { roomId: matrixRoom } : {}) } };
};

/** As a bot left it at its backup: one job of each platform under way, a command that waits, two schedules. */
function backup(): SqliteStore {
  const store = new SqliteStore(':memory:');
  const command = (platform: PlatformName, id: string) => ({
    kind: 'message' as const,
    platform,
    roomId: matrixRoom,
    eventId: eventId(id),
    sender: userId('@ada:example.org'),
    text: '!img a fox',
    isAdmin: false,
    isDirect: false,
    receivedAtMs: madeMs,
  });
  store.inbox('matrix').accept([command('matrix', '$m')], 's42');
  store.inbox('room').accept([command('room', '$r')], undefined);
  store.memory('matrix').set('session', JSON.stringify({ id: '@bot:example.org DEVICE', sinceMs: 0 }));
  for (const [id, platform] of [
    ['aaaa', 'matrix'],
    ['bbbb', 'room'],
  ] as const) {
    store.jobs.add(job(id, platform));
    const row = store.outbox.add(
      {
        transactionId: `answer-${id}`,
        platform,
        roomId: matrixRoom,
        lane: 'now',
        jobId: jobId(id),
        content: { kind: 'text', text: [] },
      },
      madeMs,
    );
    store.jobs.setStatusRow(jobId(id), row);
  }
  const plan = {
    roomId: matrixRoom,
    eventId: eventId('$plan'),
    createdBy: userId('@ada:example.org'),
    language: 'en' as const,
    text: 'a fox',
    createdAtMs: madeMs,
    schedule: { when: { kind: 'repeat' as const, crons: ['0 9 * * *'] }, timeZone: 'UTC', text: 'daily at 9' },
  };
  for (const platform of ['matrix', 'room'] as const) store.plans.add({ ...plan, platform, nextRunMs: Date.parse('2026-11-21T09:00:00Z') });
  return store;
}

test('in rooms of a server a restored bot begins at the present, and what it still says was there before the restoring', () => {
  const store = backup();
  assert.deepEqual(beginAtThePresent(store, { nowMs, prefixes, models }), { endedJobs: 1, forgottenCommands: 1 });
  assert.equal(store.inbox('matrix').cursor(), undefined);
  assert.deepEqual(
    store.unhandled().map(({ event }) => event.eventId),
    ['$r'],
  );
  const ended = store.jobs.get(jobId('aaaa'));
  assert.equal(ended?.state, 'failed');
  assert.equal(ended.failure?.code, 'restored');
  const rows = [store.outbox.next('matrix', [['now']], nowMs), store.outbox.next('matrix', [['final']], nowMs)];
  const since = sessionSinceMs(store.memory('matrix'), '@bot:example.org DEVICE', nowMs + 5000);
  assert.equal(since, nowMs, 'the same device, whose messages from before the restoring are looked for');
  for (const row of rows) assert.ok(row !== undefined && row.createdAtMs < since, 'each would be looked for before it is sent');
  const [, end] = rows;
  assert.equal(end?.transactionId, `aaaa-${madeMs.toString(36)}-end`, 'as the end that the job may have had since');
  assert.match(
    end.content.kind === 'edit' ? toPlainText(end.content.text) : '',
    /restored from a backup .* !img again starts it once more/,
  );
  assert.equal(store.plans.list('matrix')[0]?.nextRunMs, Date.parse('2026-11-24T09:00:00Z'), 'what was due meanwhile is not made up');
  store.close();
});

test('the local room, whose history came with the backup, goes on where that ends', () => {
  const store = backup();
  beginAtThePresent(store, { nowMs, prefixes, models });
  assert.equal(store.jobs.get(jobId('bbbb'))?.state, 'waiting');
  assert.equal(store.plans.list('room')[0]?.nextRunMs, Date.parse('2026-11-21T09:00:00Z'));
  store.close();
});

test('a backup from before the bot ever was on a server has nothing to begin with', () => {
  const store = new SqliteStore(':memory:');
  assert.deepEqual(beginAtThePresent(store, { nowMs, prefixes, models }), { endedJobs: 0, forgottenCommands: 0 });
  store.close();
});
