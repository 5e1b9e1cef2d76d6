import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { BackupError } from '#src/backup/backup-error.ts';
import { requestSnapshot, SnapshotRequests, type SnapshotSource } from '#src/backup/snapshot-requests.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-requests-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const writes = (file: string, text: string): SnapshotSource => ({ file, snapshot: async (path) => writeFile(path, text) });

test('a bot that runs makes the copies, in their order, and whoever asked takes them away', async (t) => {
  const folder = newFolder(t);
  const order: string[] = [];
  const noted = (source: SnapshotSource): SnapshotSource => ({
    ...source,
    snapshot: async (path) => {
      order.push(source.file);
      await source.snapshot(path);
    },
  });
  await using bot = await SnapshotRequests.open(
    folder,
    () => [noted(writes('a.sqlite', 'queue')), noted(writes('matrix/b.sqlite', 'keys'))],
    log,
  );
  void bot;
  const snapshots = await Promise.all([requestSnapshot(folder), requestSnapshot(folder)]);
  for (const snapshot of snapshots) {
    assert.equal(readFileSync(join(snapshot.folder, 'a.sqlite'), 'utf8'), 'queue');
    assert.equal(readFileSync(join(snapshot.folder, 'matrix', 'b.sqlite'), 'utf8'), 'keys');
    await snapshot.remove();
    assert.ok(!existsSync(snapshot.folder));
  }
  assert.deepEqual(order, ['a.sqlite', 'matrix/b.sqlite', 'a.sqlite', 'matrix/b.sqlite']);
});

test('what the bot can not copy is told to whoever asked, and the next request is answered', async (t) => {
  const folder = newFolder(t);
  let isBroken = true;
  const source = {
    file: 'a.sqlite',
    snapshot: async (path: string) => (isBroken ? Promise.reject(new Error('the disk is full.')) : writeFile(path, '')),
  };
  await using bot = await SnapshotRequests.open(folder, () => [source], log);
  void bot;
  await assert.rejects(
    requestSnapshot(folder),
    (error) => error instanceof BackupError && error.message === 'the bot could not make the copies: the disk is full.',
  );
  isBroken = false;
  await (await requestSnapshot(folder)).remove();
});

test('a bot that does not answer, one that ends meanwhile, and a program that can not answer are told apart', async (t) => {
  const folder = newFolder(t);
  const refused = async (words: RegExp): Promise<void> =>
    assert.rejects(requestSnapshot(folder, { answerWithinMs: 1000 }), (error) => error instanceof BackupError && words.test(error.message));
  await refused(/in use, but not by a bot that can make a backup/);
  await mkdir(join(folder, 'backup-requests'));
  await refused(/runs but does not answer/);
  const ended = refused(/ended before it had made the copies/);
  setTimeout(() => rmSync(join(folder, 'backup-requests'), { recursive: true }), 300);
  await ended;
});

test('nothing but a request is one, and what an earlier process left is gone', async (t) => {
  const folder = newFolder(t);
  await mkdir(join(folder, 'backup-requests'));
  writeFileSync(join(folder, 'backup-requests', '0123456789abcdef.request'), '');
  let copies = 0;
  const source = { file: 'a.sqlite', snapshot: async () => void (copies += 1) };
  const bot = await SnapshotRequests.open(folder, () => [source], log);
  for (const name of ['x.request', '..request', '0123456789abcdeg.request', '0123456789abcdef.taken'])
    writeFileSync(join(folder, 'backup-requests', name), '');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(copies, 0);
  await bot[Symbol.asyncDispose]();
  assert.ok(!existsSync(join(folder, 'backup-requests')));
});
