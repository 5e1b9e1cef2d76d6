import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Database } from '#src/store/database.ts';
import { leasePath } from '#src/store/lease.ts';
import { StoreInUseError } from '#src/store/store-error.ts';

function newPath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-lease-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'store.sqlite');
}

const elsewhere = JSON.stringify({ owner: 'another', machine: 'another machine', pid: 1 });
const count = (database: Database): unknown => database.get('SELECT COUNT(*) AS n FROM settings')?.['n'];

test('the lease lies beside the file while it is open, for nobody else to read, and is gone afterwards', (t) => {
  const path = newPath(t);
  const database = new Database(path);
  assert.equal((JSON.parse(readFileSync(leasePath(path), 'utf8')) as { pid: number }).pid, process.pid);
  database.close();
  assert.ok(!existsSync(leasePath(path)));
});

test('whoever was overtaken by another machine writes nothing more, and is told once', (t) => {
  const path = newPath(t);
  const told: string[] = [];
  const database = new Database(path, { onBroken: ({ message }) => told.push(message) });
  database.run('INSERT INTO settings (key, value) VALUES (?, ?)', 'a', '1');
  assert.throws(
    () =>
      database.transaction(() => {
        database.run('INSERT INTO settings (key, value) VALUES (?, ?)', 'b', '2');
        // As if this process had slept here for minutes.
        writeFileSync(leasePath(path), elsewhere);
      }),
    StoreInUseError,
  );
  assert.throws(() => database.run('INSERT INTO settings (key, value) VALUES (?, ?)', 'c', '3'), StoreInUseError);
  assert.throws(() => database.get('SELECT 1'), StoreInUseError);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /in use by a Blitzbild process of another machine, which took it over/);
  database.close();
  assert.equal(readFileSync(leasePath(path), 'utf8'), elsewhere, 'the other one keeps its lease');
  rmSync(leasePath(path));
  const after = new Database(path);
  assert.equal(count(after), 1, 'what was in the open transaction is not there');
  after.close();
});

test('another machine that shows life is not overtaken', (t) => {
  const path = newPath(t);
  writeFileSync(leasePath(path), elsewhere);
  const heart = new Worker(
    `const { utimesSync } = require('node:fs'); setInterval(() => utimesSync(${JSON.stringify(leasePath(path))}, new Date(), new Date()), 100);`,
    { eval: true },
  );
  t.after(async () => heart.terminate());
  assert.throws(
    () => new Database(path),
    (error) => error instanceof StoreInUseError && error.message.endsWith('in use by a Blitzbild process of another machine'),
  );
});

test('a lease that nobody holds any more is taken: at once from this machine, after a while from another', (t) => {
  const path = newPath(t);
  const machine = (JSON.parse(readLeaseOf(path)) as { machine: string }).machine;
  writeFileSync(leasePath(path), JSON.stringify({ owner: 'killed', machine, pid: 2 ** 22 - 1 }));
  const startedAt = performance.now();
  new Database(path).close();
  assert.ok(performance.now() - startedAt < 3000);
  writeFileSync(leasePath(path), elsewhere);
  // Clocks differ: that it looks old, or lies in the future, says nothing.
  utimesSync(leasePath(path), new Date(), new Date(Date.now() + 3600_000));
  const waitedFrom = performance.now();
  new Database(path).close();
  assert.ok(performance.now() - waitedFrom > 5000);
});

function readLeaseOf(path: string): string {
  const database = new Database(path);
  const text = readFileSync(leasePath(path), 'utf8');
  database.close();
  return text;
}

test('a lease that can not be read counts as none', (t) => {
  const path = newPath(t);
  writeFileSync(leasePath(path), 'half a li');
  const database = new Database(path);
  database.run('INSERT INTO settings (key, value) VALUES (?, ?)', 'a', '1');
  rmSync(leasePath(path));
  database.run('INSERT INTO settings (key, value) VALUES (?, ?)', 'b', '2');
  assert.equal(count(database), 2, 'removed by hand, it has gone to nobody');
  database.close();
});
