import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { eventId, jobId, roomId, userId } from '#core/types.ts';
import { migrations } from '#src/store/schema.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { image, request } from './fixtures.ts';

/** A file as the first schema left it, with a job that is done and one that is half done. */
function writeFirstVersion(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; ${migrations[0]}; PRAGMA user_version = 1`);
  const add = database.prepare(
    `INSERT INTO jobs (id, platform, room_id, event_id, thread_id, user_id, person, language, request, state, queued_at_ms, started_at_ms,
                       finished_at_ms, work_ms, provider)
     VALUES (?, 'room', '!room', ?, ?, '@ada:room', 'room @ada:room', 'de', ?, ?, 1000, 1500, ?, 252, 'cpu')`,
  );
  add.run('k7f3', '$1', '$1', JSON.stringify(request({ prompt: 'ein BÄR', count: 2 })), 'done', 2000);
  add.run('b2x9', '$2', '$2', JSON.stringify(request({ count: 3 })), 'running', null);
  const picture = database.prepare('INSERT INTO pictures (job_id, position, state, image) VALUES (?, ?, ?, ?)');
  for (const [id, count] of [
    ['k7f3', 2],
    ['b2x9', 3],
  ] as const)
    for (let position = 0; position < count; position++) {
      const isDone = id === 'k7f3' || position === 0;
      picture.run(id, position, isDone ? 'done' : 'waiting', isDone ? JSON.stringify(image(position)) : null);
    }
  database.exec(`INSERT INTO rooms (platform, room_id, language) VALUES ('room', '!room', 'de');
                 INSERT INTO turns (person, turn) VALUES ('room @ada:room', 5)`);
  database.close();
}

test('a file of the first schema is taken over with its jobs, and once only', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-migration-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'blitzbild.sqlite');
  writeFirstVersion(path);
  for (const time of ['first', 'second']) {
    const store = new SqliteStore(path);
    const done = store.jobs.get(jobId('k7f3'));
    assert.deepEqual(done?.images, [image(0), image(1)], time);
    assert.equal(done?.request.prompt, 'ein BÄR');
    assert.equal(done?.language, 'de');
    assert.equal(done?.finishedAtMs, 2000);
    assert.equal(done?.provider, 'cpu');
    assert.equal(store.jobs.ofCommand('room', eventId('$2'))?.id, 'b2x9');
    assert.deepEqual(store.jobs.waitingJobs(), [
      { jobId: 'b2x9', person: 'room @ada:room', waiting: 2, lastTurn: 5, count: 3, isPlanned: false },
    ]);
    const search = { platform: 'room', room: roomId('!room'), words: ['bär'], by: userId('@ada:room'), limit: 5 } as const;
    assert.deepEqual(
      store.jobs.find(search).map(({ id }) => id),
      ['k7f3'],
    );
    assert.deepEqual(store.rooms.get('room', roomId('!room')), { language: 'de' });
    assert.equal(store.jobs.timings(jobId('k7f3')).workMs, 252);
    assert.equal(store.retention.isOlder, true, 'nothing of it is erased unasked');
    store.close();
  }
});

test('what refers to a job is whole after the move: foreign keys hold, and are enforced again', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-migration-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'blitzbild.sqlite');
  writeFirstVersion(path);
  const store = new SqliteStore(path);
  const star = { jobId: jobId('nope'), index: 0, starredBy: userId('@ada:room'), atMs: 1 };
  assert.throws(() => store.stars.add('room', roomId('!room'), star), /FOREIGN KEY/);
  store.stars.add('room', roomId('!room'), { ...star, jobId: jobId('k7f3') });
  store.close();
  const database = new DatabaseSync(path);
  assert.deepEqual(database.prepare('PRAGMA foreign_key_check').all(), []);
  assert.deepEqual(
    database
      .prepare(`SELECT DISTINCT "table" AS target FROM pragma_foreign_key_list('pictures')`)
      .all()
      .map((row) => row['target']),
    ['jobs'],
  );
  assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], migrations.length);
  database.close();
});

test('a new file has a limit from the beginning', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-migration-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const store = new SqliteStore(join(folder, 'blitzbild.sqlite'));
  t.after(() => store.close());
  assert.equal(store.retention.isOlder, false);
  assert.equal(store.retention.sweptAtMs, undefined);
});
