/** Keys that others may read, as the bot meets them when it starts. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { makeOrganisationKeys } from '#src/c2pa/keys/make-keys.ts';
import { renderVerify } from '#core/render-verify.ts';
import { toPlainText } from '#core/rich-text.ts';
import { readConfig } from '#src/config.ts';
import type { MarkReport } from '#core/marks-port.ts';
import { openCore } from '#src/main.ts';
import { openMarkReader } from '#src/marking.ts';
import { C2paSigner } from '#src/c2pa/writing/signer.ts';
import { readOrganisationKeys } from '#src/c2pa/keys/organisation-keys.ts';
import { facts, picture } from './c2pa/organisation.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test('the start closes the folder of keys, and refuses a key that others may read instead of closing it', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'blitzbild-own-keys-'));
  t.after(() => rmSync(root, { recursive: true }));
  const config = { ...readConfig(root, {}), modelFolders: [] };
  const folder = join(config.dataFolder, 'keys');
  await makeOrganisationKeys({ folder, organisation: 'Example Ltd', days: 365, nowMs: Date.now() });
  writeFileSync(join(folder, 'watermark.key'), Buffer.alloc(32, 7), { mode: 0o600 });
  mkdirSync(join(config.dataFolder, 'images'), { recursive: true });
  writeFileSync(join(config.dataFolder, 'images', 'old'), '');
  chmodSync(join(config.dataFolder, 'images', 'old'), 0o644);
  for (const key of ['signing.key', 'watermark.key']) chmodSync(join(folder, key), 0o644);
  chmodSync(folder, 0o755);

  const said: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => void said.push(line) });
  for (let start = 0; start < 2; start += 1) {
    await using parts = new AsyncDisposableStack();
    const { marks } = await openCore(config, log, parts);
    assert.equal(marks.marking.signing(), 'refused');
    assert.equal(marks.marking.hasWatermark, false);
  }
  assert.equal(modeOf(folder), 0o700);
  assert.equal(modeOf(join(config.dataFolder, 'images', 'old')), 0o600);
  for (const key of ['signing.key', 'watermark.key']) assert.equal(modeOf(join(folder, key)), 0o644, key);
  assert.equal(said.filter((line) => /chmod 600 .*(?:signing|watermark)\.key/u.test(line)).length, 4, said.join(''));

  for (const key of ['signing.key', 'watermark.key']) chmodSync(join(folder, key), 0o600);
  await using parts = new AsyncDisposableStack();
  const { marks } = await openCore(config, log, parts);
  assert.deepEqual([marks.marking.signing(), marks.marking.hasWatermark], ['ready', true]);
});

test('with keys and certificates that can’t be read, nothing is said to be missing or somebody else’s', async (t) => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'blitzbild-own-keys-'));
  t.after(() => rmSync(dataFolder, { recursive: true }));
  const folder = join(dataFolder, 'keys');
  await makeOrganisationKeys({ folder, organisation: 'Example Ltd', days: 365, nowMs: Date.now() });
  const keys = readOrganisationKeys(folder);
  assert.ok(keys !== undefined);
  const signed = await new C2paSigner(keys).sign(await picture('png', 256, 256), facts('png'));
  const read = async (): Promise<MarkReport> => {
    await using reader = openMarkReader({ dataFolder }, { warn: () => {} });
    return reader.markReader.read(signed, { maxPixels: 1e6 });
  };
  const before = await read();
  assert.ok(before.manifest.state === 'intact' && before.manifest.by === 'ours');
  assert.equal(before.watermark.state, 'no_key');

  writeFileSync(join(folder, 'watermark.key'), Buffer.alloc(32, 7));
  chmodSync(join(folder, 'watermark.key'), 0o644);
  writeFileSync(join(folder, 'ca.pem'), 'broken');
  const after = await read();
  assert.ok(after.manifest.state === 'intact' && after.manifest.by === 'unclear');
  assert.equal(after.watermark.state, 'key_refused');
  const told = {
    en: toPlainText(renderVerify({ report: after, language: 'en' })),
    de: toPlainText(renderVerify({ report: after, language: 'de' })),
  };
  assert.match(told.en, /our own certificates can’t be read[^]*our key can’t be used/u);
  assert.match(told.de, /unsere eigenen Zertifikate sind unlesbar[^]*Unser Schlüssel ist unbrauchbar/u);
  assert.doesNotMatch(`${told.en} ${told.de}`, /somebody else|jemand anderem|no key|keinen Schlüssel/u);
});
