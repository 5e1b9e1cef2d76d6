import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Erasures } from '#src/app/personal-data/erasures.ts';
import { defaultPrefixes } from '#core/command.ts';
import type { Person } from '#core/personal-data-port.ts';
import { roomId, userId } from '#core/types.ts';
import { FileImageStore } from '#src/store/images-files.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

const ada: Person = { platform: 'matrix', user: userId('@ada:example.org') };
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function open(t: TestContext): Promise<{ readonly store: SqliteStore; readonly erasures: Erasures }> {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-twice-'));
  const store = new SqliteStore(join(folder, 'blitzbild.sqlite'));
  t.after(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  store.usage.add({ platform: ada.platform, room: roomId('!r:example.org'), user: ada.user, atMs: 1, pictures: 1, workMs: 1 });
  const images = await FileImageStore.open({ folder: join(folder, 'images'), maxBytes: 1e6 });
  const erasures = new Erasures({
    store,
    images,
    platforms: new Map([['matrix', {}]]),
    couriers: new Map(),
    runner: { cancel: () => {} },
    prefixes: defaultPrefixes,
    log,
    now: Date.now,
  });
  return { store, erasures };
}

test('everybody who asks for the same person to be forgotten hears of it, each once', { timeout: 60_000 }, async (t) => {
  const { store, erasures } = await open(t);
  const told = await Promise.all([erasures.forget(ada), erasures.forget(ada), erasures.forget(ada)]);
  await erasures.finished();
  assert.equal(told.length, 3);
  assert.deepEqual(told[1], told[0]);
  assert.deepEqual(told[2], told[0]);
  assert.equal(store.personal.erasures().length, 0);
  assert.equal(store.personal.people().length, 0);
});

test('whoever asks when all but the last step is done hears of it at once', { timeout: 60_000 }, async (t) => {
  const { store, erasures } = await open(t);
  const id = store.personal.begin({ ...ada, isDirect: false, language: 'en', nowMs: 1 });
  store.personal.proceed(id, 'answering', { jobs: 3 });
  const { counts } = await erasures.forget(ada);
  assert.equal(counts.jobs, 3);
  await erasures.finished();
  assert.equal(store.personal.erasures().length, 0);
});
