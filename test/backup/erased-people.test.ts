import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ErasedPeopleFile, erasedPeopleFile } from '#src/backup/erased-people.ts';
import { ForgetRequests, requestForgetting, type Forgotten } from '#src/backup/forget-requests.ts';
import { BackupError } from '#src/backup/backup-error.ts';
import { makeBackup } from '#src/backup/make-backup.ts';
import { restoreBackup } from '#src/backup/restore-backup.ts';
import type { Person } from '#core/personal-data-port.ts';
import { userId } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { catalogueOf, testModel } from '../app/world.ts';

const ada: Person = { platform: 'matrix', user: userId('@ada:example.org') };
const bob: Person = { platform: 'matrix', user: userId('@bob:example.org') };
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-erased-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('who was erased is told by their id and the time, and by nothing that stands in the file', async (t) => {
  const folder = newFolder(t);
  const list = new ErasedPeopleFile(folder);
  assert.deepEqual(await list.erasedSince([ada, bob], 0), []);
  await Promise.all([list.note(ada, 1000), list.note({ ...ada, platform: 'room' }, 3000)]);
  assert.deepEqual(await list.erasedSince([ada, bob], 999), [ada]);
  assert.deepEqual(await list.erasedSince([ada, bob], 1000), []);
  await list.note(ada, 2000);
  assert.deepEqual(await new ErasedPeopleFile(folder).erasedSince([ada, bob], 1500), [ada]);
  const path = join(folder, erasedPeopleFile);
  assert.equal(readFileSync(path, 'utf8').includes(ada.user), false);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a backup from before does not bring anybody back: they are erased again with the next start', async (t) => {
  const folder = newFolder(t);
  const dataFolder = join(folder, 'data');
  const store = new SqliteStore(join(dataFolder, 'blitzbild.sqlite'));
  for (const { user } of [ada, bob])
    store.usage.add({ platform: 'matrix', room: '!r:example.org' as never, user, atMs: 1, pictures: 1, workMs: 1 });
  store.close();
  const source = join(folder, 'backup');
  const madeMs = Date.now();
  await makeBackup({ dataFolder, target: source, withPictures: false, nowMs: madeMs });
  await new ErasedPeopleFile(dataFolder).note(ada, madeMs + 1000);
  const { forgotten } = await restoreBackup({
    dataFolder,
    source,
    mayReplace: true,
    resumes: true,
    withOldKeys: false,
    nowMs: madeMs + 2000,
    prefixes: [],
    models: catalogueOf([testModel]),
  });
  assert.equal(forgotten, 1);
  const restored = new SqliteStore(join(dataFolder, 'blitzbild.sqlite'));
  t.after(() => restored.close());
  assert.deepEqual(
    restored.personal.erasures().map(({ user, stage }) => ({ user, stage })),
    [{ user: ada.user, stage: 'stopping' }],
  );
  assert.equal(restored.personal.isBeingErased(bob), false);
});

const done: Forgotten = {
  counts: { stopped: 0, jobs: 3, pictures: 5, plans: 0, files: 9, kept: 0, unclean: 0 },
  tally: {
    bot: { waiting: 0, gone: 4, hidden: 0, missing: 0, failed: 0, media: { gone: 0, kept: 5, failed: 0 } },
    person: { waiting: 0, gone: 0, hidden: 0, missing: 0, failed: 3, media: { gone: 0, kept: 0, failed: 0 } },
  },
};

test('a bot that runs forgets whom it is asked to, and what it can’t do is said', async (t) => {
  const folder = newFolder(t);
  const asked: Person[] = [];
  await using requests = await ForgetRequests.open(
    folder,
    async (person) => {
      if (person.user === bob.user) throw new Error('the disk is full');
      asked.push(person);
      return done;
    },
    log,
  );
  void requests;
  assert.deepEqual(await requestForgetting(folder, ada), done);
  assert.deepEqual(asked, [ada]);
  await assert.rejects(requestForgetting(folder, bob), /the bot could not do it: the disk is full/u);
});

test('where no bot answers, it is said what to do', async (t) => {
  const folder = newFolder(t);
  await assert.rejects(requestForgetting(folder, ada), BackupError);
});
