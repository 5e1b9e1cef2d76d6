import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginAtThePresent, lookBeforeSending } from '#src/backup/after-restore.ts';
import { sessionSinceMs } from '#src/chat/common/session.ts';
import { accountKey, positionAt, Positions } from '#src/chat/mattermost/positions.ts';
import { defaultPrefixes } from '#core/command.ts';
import { toPlainText } from '#core/rich-text.ts';
import { eventId, jobId, roomId, userId, type Job } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { job as roomJob } from '../store/fixtures.ts';

const madeMs = Date.parse('2026-11-20T08:00:00Z');
const nowMs = Date.parse('2026-11-23T09:30:00Z');
const models = { active: 'embedded', get: () => undefined, list: () => [] };
const prefixes = defaultPrefixes;
const bot = 'b7f3q1xh3bmbyh7p5o1ebs7uwe';

const matrixRoom = roomId('!r:example.org');
const channel = 'c4n8fy1xh3bmbyh7p5o1ebs7ua';
const roomOf = { matrix: matrixRoom, mattermost: roomId(channel), room: roomId('room') };
type Chat = keyof typeof roomOf;
const job = (id: string, platform: Chat): Job => {
  const made = roomJob(id, '@ada:example.org', { queuedAtMs: madeMs });
  return { ...made, origin: { ...made.origin, platform, roomId: roomOf[platform] } };
};

/** As a bot left it at its backup: one job of each platform under way, a command that waits, a schedule. */
function backup(): SqliteStore {
  const store = new SqliteStore(':memory:');
  const command = (platform: Chat, id: string) => ({
    kind: 'message' as const,
    platform,
    roomId: roomOf[platform],
    eventId: eventId(id),
    sender: userId('@ada:example.org'),
    text: '!img a fox',
    isAdmin: false,
    isDirect: false,
    receivedAtMs: madeMs,
  });
  store.inbox('matrix').accept([command('matrix', '$m')], 's42');
  store.inbox('mattermost').accept([command('mattermost', 'post')], 'began');
  store.inbox('room').accept([command('room', '$r')], undefined);
  store.memory('matrix').set('session', JSON.stringify({ id: '@bot:example.org DEVICE', sinceMs: 0 }));
  const known = store.memory('mattermost');
  known.set('session', JSON.stringify({ id: bot, sinceMs: 0 }));
  new Positions(known).write(channel, { ...positionAt(undefined, madeMs), floorMs: madeMs, tail: [['post', madeMs]] });
  known.set(accountKey, bot);
  known.set('sent:answer-mmmm', 'post');
  for (const [id, platform] of [
    ['aaaa', 'matrix'],
    ['mmmm', 'mattermost'],
    ['bbbb', 'room'],
  ] as const) {
    store.jobs.add(job(id, platform));
    const row = store.outbox.add(
      {
        transactionId: `answer-${id}`,
        platform,
        roomId: roomOf[platform],
        lane: 'now',
        jobId: jobId(id),
        content: { kind: 'text', text: [] },
      },
      madeMs,
    );
    store.jobs.setStatusRow(jobId(id), row);
  }
  const plan = {
    eventId: eventId('$plan'),
    createdBy: userId('@ada:example.org'),
    language: 'en' as const,
    text: 'a fox',
    createdAtMs: madeMs,
    schedule: { when: { kind: 'repeat' as const, crons: ['0 9 * * *'] }, timeZone: 'UTC', text: 'daily at 9' },
  };
  for (const platform of ['matrix', 'mattermost', 'room'] as const)
    store.plans.add({ ...plan, platform, roomId: roomOf[platform], nextRunMs: Date.parse('2026-11-21T09:00:00Z') });
  return store;
}

test('in rooms of a server a restored bot begins at the present, and what it still says was there before the restoring', () => {
  const store = backup();
  assert.deepEqual(beginAtThePresent(store, { nowMs, prefixes, models }), { endedJobs: 2, forgottenCommands: 2 });
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

test('on Mattermost it begins there in every channel, and what it has sent before is still known', () => {
  const store = backup();
  const memory = store.memory('mattermost');
  beginAtThePresent(store, { nowMs, prefixes, models });
  assert.equal(memory.get(accountKey), undefined, 'as at the first start');
  assert.equal(memory.get('sent:answer-mmmm'), 'post');
  assert.equal(store.jobs.get(jobId('mmmm'))?.failure?.code, 'restored');
  assert.equal(
    sessionSinceMs(memory, bot, nowMs + 5000),
    nowMs,
    'the same account, whose messages from before the restoring are looked for',
  );
  const rows = [store.outbox.next('mattermost', [['now']], nowMs), store.outbox.next('mattermost', [['final']], nowMs)];
  for (const row of rows) assert.ok(row !== undefined && row.createdAtMs < nowMs, 'each would be looked for before it is sent');
  assert.equal(rows[1]?.transactionId, `mmmm-${madeMs.toString(36)}-end`);
  assert.equal(store.plans.list('mattermost')[0]?.nextRunMs, Date.parse('2026-11-24T09:00:00Z'));
  store.close();
});

test('where it goes on where the backup was made, no channel is read anew, and what may have been sent is looked for all the same', () => {
  const store = backup();
  lookBeforeSending(store, nowMs);
  const memory = store.memory('mattermost');
  assert.deepEqual([memory.get(accountKey), new Positions(memory).ids()], [bot, [channel]]);
  assert.equal(sessionSinceMs(memory, bot, nowMs + 5000), nowMs);
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
