import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { isDiskFull } from '#core/errors.ts';
import { Database } from '#src/store/database.ts';
import { StoreError, StoreInUseError } from '#src/store/store-error.ts';

const pageBytes = 4096;

/** A file with thousands of rows, closed. */
function filled(t: TestContext, rows = 6000): string {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-damage-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'store.sqlite');
  const database = new Database(path);
  database.transaction(() => {
    for (let row = 0; row < rows; row += 1) database.run('INSERT INTO settings (key, value) VALUES (?, ?)', `key ${row}`, 'x'.repeat(1000));
  });
  database.close();
  return path;
}

/** The middle of the file becomes noise. */
function damage(path: string): void {
  const pages = statSync(path).size / pageBytes;
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(20 * pageBytes, 0xa5), 0, 20 * pageBytes, Math.floor(pages / 2) * pageBytes);
  closeSync(file);
}

test('a damaged file is refused at the start, with what to do', (t) => {
  const path = filled(t);
  damage(path);
  assert.throws(
    () => new Database(path),
    (error) => error instanceof StoreError && /is damaged or no database: .*blitzbild restore FOLDER/.test(error.message),
  );
});

test('damage that is met while it is open is told once, and nothing is read or written any more', (t) => {
  const path = filled(t);
  const told: Error[] = [];
  const database = new Database(path, { onBroken: (error) => told.push(error) });
  damage(path);
  const read = (): unknown => database.get('SELECT SUM(LENGTH(value)) AS length FROM settings');
  assert.throws(read, StoreError);
  assert.throws(read, StoreError);
  assert.throws(() => database.run('DELETE FROM settings'), StoreError);
  assert.equal(told.length, 1);
  database.close();
});

test('a full disk is told apart, undoes the transaction, and is over when there is room', () => {
  const told: boolean[] = [];
  const database = new Database(':memory:', { onFull: (isFull) => told.push(isFull) });
  const pages = Number(database.get('PRAGMA page_count')?.['page_count']);
  const write = (key: string): void =>
    database.transaction(() => {
      database.run('INSERT INTO settings (key, value) VALUES (?, ?)', `${key} small`, 'x');
      database.run('INSERT INTO settings (key, value) VALUES (?, ?)', key, 'x'.repeat(100_000));
    });
  database.get(`PRAGMA max_page_count = ${pages + 2}`);
  assert.throws(() => write('a'), isDiskFull);
  assert.throws(() => write('a'), isDiskFull);
  assert.equal(database.isDiskFull, true);
  assert.deepEqual(told, [true], 'told once');
  assert.equal(database.get('SELECT COUNT(*) AS n FROM settings')?.['n'], 0);
  database.get(`PRAGMA max_page_count = ${pages + 1000}`);
  write('a');
  assert.deepEqual(told, [true, false]);
  assert.equal(database.isDiskFull, false);
  database.close();
});

test('a program that reads the file for a while is waited for; one that never lets go is told', { timeout: 60_000 }, async (t) => {
  const path = filled(t, 10);
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    const reader = new DatabaseSync(${JSON.stringify(path)});
    reader.exec('BEGIN'); reader.prepare('SELECT COUNT(*) FROM settings').get();
    console.log('reading');
    setTimeout(() => process.exit(0), Number(process.argv[1]));`;
  for (const [holdsMs, isWaitedFor] of [
    [2000, true],
    [60_000, false],
  ] as const) {
    const reader = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script, String(holdsMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => reader.kill('SIGKILL'));
    await once(reader.stdout, 'data');
    if (isWaitedFor) new Database(path).close();
    else
      assert.throws(
        () => new Database(path),
        (error) => error instanceof StoreInUseError && /in use by another program, which reads it/.test(error.message),
      );
  }
});

test('a snapshot holds all that is stored, while the work goes on', async (t) => {
  const path = filled(t);
  const database = new Database(path);
  const copy = `${path}-copy`;
  let more = 0;
  const timer = setInterval(() => database.run('INSERT INTO settings (key, value) VALUES (?, ?)', `more ${more++}`, 'x'), 1);
  await database.snapshot(copy);
  clearInterval(timer);
  database.close();
  const copied = new DatabaseSync(copy);
  assert.deepEqual({ ...copied.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  assert.ok(Number(copied.prepare('SELECT COUNT(*) AS n FROM settings').get()?.['n']) >= 6000);
  copied.close();
});
