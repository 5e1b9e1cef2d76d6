/** The organisation's keys in a backup, and brought back from one. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeBackup } from '#src/backup/make-backup.ts';
import { restoreBackup, type Restored } from '#src/backup/restore-backup.ts';
import { makeOrganisationKeys } from '#src/c2pa/keys/make-keys.ts';
import { defaultPrefixes } from '#core/command.ts';
import { createManifestReader, openManifestSigner } from '#src/manifests.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { openWatermarkKey } from '#src/watermark-key.ts';
import { facts, picture } from '../c2pa/organisation.ts';

const nowMs = Date.now();
const models = { active: 'embedded', get: () => undefined, list: () => [] };

function place(t: TestContext): { readonly data: string; readonly keys: string; readonly target: string } {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-key-backup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const data = join(folder, 'data');
  openWatermarkKey(data);
  new SqliteStore(join(data, 'blitzbild.sqlite')).close();
  return { data, keys: join(data, 'keys'), target: join(folder, 'backup') };
}

const init = async (folder: string): Promise<void> => makeOrganisationKeys({ folder, organisation: 'Example Ltd', days: 365, nowMs });
const backUp = async ({ data, target }: { data: string; target: string }) =>
  makeBackup({ dataFolder: data, target, withPictures: false, nowMs });
const restore = async (dataFolder: string, source: string): Promise<Restored> =>
  restoreBackup({ dataFolder, source, mayReplace: true, resumes: false, withOldKeys: false, nowMs, prefixes: defaultPrefixes, models });

const contentOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((file) => [file, readFileSync(join(folder, file), 'hex')]),
  );

function assertPrivate(folder: string): void {
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const file of readdirSync(folder)) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
}

test('a backup holds every key for its owner alone, and another folder gets them from it', async (t) => {
  const [here, there] = [place(t), place(t)];
  await init(here.keys);
  // As a file would lie there that somebody has copied by hand.
  chmodSync(join(here.keys, 'ca.pem'), 0o644);
  const { files } = await backUp(here);
  assert.deepEqual(
    files.map(({ path }) => path),
    ['blitzbild.sqlite', 'keys/ca.key', 'keys/ca.pem', 'keys/signing.key', 'keys/signing.pem', 'keys/watermark.key'],
  );
  assertPrivate(join(here.target, 'keys'));
  const itsOwn = contentOf(there.keys);
  const { aside } = await restore(there.data, here.target);
  assert.deepEqual(contentOf(there.keys), contentOf(here.keys));
  assertPrivate(there.keys);
  assert.ok(aside !== undefined);
  assert.deepEqual(contentOf(join(aside, 'keys')), itsOwn);
  assertPrivate(join(aside, 'keys'));
  const signed = await openManifestSigner({ folder: there.keys, now: Date.now }).signer!.sign(await picture('png'), facts('png'));
  await using reader = createManifestReader({ folder: here.keys });
  const report = await reader.read(signed);
  assert.ok(report.state === 'intact' && report.by === 'ours');
});

test('keys that the backup does not know stay where they are', async (t) => {
  const here = place(t);
  await backUp(here);
  await init(here.keys);
  const before = contentOf(here.keys);
  await restore(here.data, here.target);
  assert.deepEqual(contentOf(here.keys), before);
});

test('signing keys of the backup and of today are never mixed', async (t) => {
  const [here, there] = [place(t), place(t)];
  await init(here.keys);
  rmSync(join(here.keys, 'ca.key'));
  await backUp(here);
  await init(there.keys);
  writeFileSync(join(there.keys, 'trusted.pem'), readFileSync(join(there.keys, 'ca.pem')));
  const { aside } = await restore(there.data, here.target);
  assert.deepEqual(readdirSync(there.keys).sort(), ['ca.pem', 'signing.key', 'signing.pem', 'watermark.key']);
  assert.deepEqual(readdirSync(join(aside!, 'keys')).sort(), [
    'ca.key',
    'ca.pem',
    'signing.key',
    'signing.pem',
    'trusted.pem',
    'watermark.key',
  ]);
  assert.equal(openManifestSigner({ folder: there.keys, now: Date.now }).state(), 'ready');
});

test('a key of the backup that was changed brings nothing back', async (t) => {
  const here = place(t);
  await init(here.keys);
  await backUp(here);
  const before = contentOf(here.keys);
  writeFileSync(join(here.target, 'keys', 'signing.key'), 'something else');
  await assert.rejects(restore(here.data, here.target), /keys\/signing\.key of the backup .* is not as it was/u);
  assert.deepEqual(contentOf(here.keys), before);
});

test('a backup from before there were keys is brought back', async (t) => {
  const here = place(t);
  rmSync(here.keys, { recursive: true });
  await backUp(here);
  const list = join(here.target, 'backup.json');
  const manifest = JSON.parse(readFileSync(list, 'utf8')) as { format: number };
  writeFileSync(list, JSON.stringify({ ...manifest, format: 1 }));
  await restore(here.data, here.target);
  assert.ok(!existsSync(here.keys));
  writeFileSync(list, JSON.stringify({ ...manifest, format: 3 }));
  await assert.rejects(restore(here.data, here.target), /made by a newer Blitzbild/u);
});
