import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Database } from '#src/store/database.ts';
import { StoreInUseError } from '#src/store/store-error.ts';

function opened(t: TestContext): { readonly database: Database; readonly path: string; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-rewrite-'));
  const path = join(folder, 'blitzbild.sqlite');
  const database = new Database(path);
  t.after(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
  return { database, path, folder };
}

/** Rows of many lengths that are changed later, as jobs and pictures are: pages split, and rows move. */
function fill(database: Database, rows: number): void {
  for (let from = 0; from < rows; from += 100)
    database.transaction(() => {
      for (let at = from; at < from + 100; at++) {
        const name = at % 5 === 0 ? 'CANARY-WORDS' : 'other words';
        // A multiplicative generator: the same lengths and keys in every run.
        const scattered = (at * 7919) % 10_007;
        database.run('INSERT INTO memory (platform, key, value) VALUES (?, ?, ?)', 'room', `k${scattered}`, name);
        database.run(
          'UPDATE memory SET value = ? WHERE platform = ? AND key = ?',
          `${name} ${'x'.repeat(scattered % 900)} ${name}`,
          'room',
          `k${scattered}`,
        );
      }
    });
}

/** How often these bytes stand in any file of the folder. */
function traces(folder: string, words: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + readFileSync(join(folder, name), 'latin1').split(words).length - 1, 0);
}

const count = (database: Database, where = ''): number => Number(database.get(`SELECT COUNT(*) AS rows FROM memory ${where}`)?.['rows']);

test('nothing of a deleted row is left in a file that was written anew, and everything else is', async (t) => {
  const { database, folder, path } = opened(t);
  fill(database, 4000);
  assert.ok(traces(folder, 'CANARY-WORDS') > 100, 'the words are there before');
  database.run(`DELETE FROM memory WHERE value LIKE 'CANARY%'`);
  await database.rewrite();
  assert.equal(traces(folder, 'CANARY-WORDS'), 0);
  assert.equal(count(database), 3200);
  assert.equal(database.get('PRAGMA integrity_check')?.['integrity_check'], 'ok');
  assert.deepEqual(
    readdirSync(folder).filter((name) => /copy|anew/u.test(name)),
    [],
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('what is stored while the file is written anew is in it: rows that come, change, move and go', async (t) => {
  const { database } = opened(t);
  fill(database, 3000);
  database.run(`INSERT INTO plans (platform, room_id, event_id, created_by, language, schedule, text, created_at_ms)
                VALUES ('room', '!r', '$1', '@ada:room', 'en', '{}', 'a', 1)`);
  const progress = { isDone: false };
  const rewriting = database.rewrite().finally(() => {
    progress.isDone = true;
  });
  let written = 0;
  while (!progress.isDone) {
    database.transaction(() => {
      database.run('INSERT INTO memory (platform, key, value) VALUES (?, ?, ?)', 'matrix', `new${written}`, 'first');
      database.run(`UPDATE memory SET value = ? WHERE platform = 'matrix' AND key = ?`, `value ${written}`, `new${written}`);
      database.run(`UPDATE memory SET value = ? WHERE platform = 'room' AND key = 'k7919'`, `changed ${written}`);
      database.run(
        `DELETE FROM memory WHERE platform = 'room' AND rowid = (SELECT MIN(rowid) FROM memory WHERE platform = 'room' AND key <> 'k7919')`,
      );
    });
    written += 1;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await rewriting;
  assert.ok(written > 3, `${written} transactions came while the file was written`);
  assert.equal(count(database, `WHERE platform = 'matrix'`), written);
  assert.equal(count(database, `WHERE platform = 'room'`), 3000 - written);
  for (let at = 0; at < written; at++)
    assert.equal(database.get(`SELECT value FROM memory WHERE platform = 'matrix' AND key = ?`, `new${at}`)?.['value'], `value ${at}`);
  assert.equal(database.get(`SELECT value FROM memory WHERE key = 'k7919'`)?.['value'], `changed ${written - 1}`);
  // An id is never given twice.
  database.run('DELETE FROM plans');
  const { id } = database.run(`INSERT INTO plans (platform, room_id, event_id, created_by, language, schedule, text, created_at_ms)
                               VALUES ('room', '!r', '$1', '@ada:room', 'en', '{}', 'a', 1)`);
  assert.equal(id, 2);
});

test('the file stays this process’s own, and copies of it may be made at the same time', async (t) => {
  const { database, path, folder } = opened(t);
  fill(database, 1000);
  await Promise.all([
    database.snapshot(join(folder, 'first')),
    database.rewrite(),
    database.snapshot(join(folder, 'second')),
    database.rewrite(),
  ]);
  assert.throws(() => new Database(path), StoreInUseError);
  database.run(`DELETE FROM memory`);
  assert.equal(count(database), 0);
});

test('a process that ends in the middle leaves the old file whole, and the next one removes what it left', async (t) => {
  const { folder } = opened(t);
  const gone = new Database(join(folder, 'gone.sqlite'));
  fill(gone, 1000);
  const rewriting = gone.rewrite();
  gone.close();
  await rewriting.catch(() => {});
  const again = new Database(join(folder, 'gone.sqlite'));
  t.after(() => again.close());
  assert.equal(count(again), 1000);
  assert.deepEqual(
    readdirSync(folder).filter((name) => /copy|anew/u.test(name)),
    [],
  );
});
