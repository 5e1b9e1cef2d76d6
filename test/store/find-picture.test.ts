/** Whose a file is that somebody shows: only within its room, and without reading every picture. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { searchedBy } from '#src/store/find-picture.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { imageKey, jobId, roomId } from '#core/types.ts';
import { image, job } from './fixtures.ts';

const made = { provider: 'cpu', workMs: 1, startedAtMs: 1 };
const key = (digit: string) => imageKey(`${digit.repeat(64)}.png`);

test('a picture is found by its file, else by its watermark, and only in its room; of several, the newest', () => {
  const store = new SqliteStore(':memory:');
  for (const id of ['aaaa', 'bbbb']) {
    store.jobs.add(job(id, '@ada:room', { count: 2 }));
    store.jobs.finishPicture(jobId(id), { ...image(0), key: key('a') }, made);
    store.jobs.finishPicture(jobId(id), { ...image(1), key: key('b'), watermark: '0123456789ab' }, made);
  }
  store.jobs.setSheet(jobId('aaaa'), { ...image(0), index: -1, key: key('c'), watermark: 'ba9876543210' });
  const find = (hash: string, watermark?: string, room = '!room') =>
    store.jobs.withPicture('room', roomId(room), { key: key(hash), ...(watermark === undefined ? {} : { watermark }) });
  assert.deepEqual(find('a'), { job: 'bbbb', index: 0, by: 'file' });
  assert.deepEqual(find('a', '0123456789ab'), { job: 'bbbb', index: 0, by: 'file' });
  assert.deepEqual(find('f', '0123456789ab'), { job: 'bbbb', index: 1, by: 'watermark' });
  assert.deepEqual(find('c'), { job: 'aaaa', by: 'file' });
  assert.deepEqual(find('f', 'ba9876543210'), { job: 'aaaa', by: 'watermark' });
  for (const stranger of [find('f'), find('f', 'ffffffffffff'), find('a', '0123456789ab', '!other')]) assert.equal(stranger, undefined);
  store.close();
});

test('it is looked up in indexes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-find-'));
  const path = join(folder, 'test.sqlite');
  new SqliteStore(path).close();
  const database = new DatabaseSync(path);
  for (const field of ['key', 'watermark'] as const) {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${searchedBy(field)}`).all('x', 'room', '!room');
    const steps = plan.map(({ detail }) => String(detail));
    assert.ok(
      steps.some((step) => step.includes(`pictures_by_${field}`)),
      steps.join('\n'),
    );
    assert.ok(
      steps.some((step) => step.includes('jobs_by_sheet')),
      steps.join('\n'),
    );
    assert.ok(
      steps.every((step) => !/^SCAN (pictures|jobs)/u.test(step)),
      steps.join('\n'),
    );
  }
  database.close();
  rmSync(folder, { recursive: true });
});
