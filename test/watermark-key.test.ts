import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openMarking } from '#src/marking.ts';
import { openWatermarkKey, readWatermarkKey } from '#src/watermark-key.ts';

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'blitzbild-key-'));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

test('a key is made once, for its owner alone, and is the same at every start', (t) => {
  const data = folder(t);
  assert.equal(readWatermarkKey(data), undefined, 'reading makes none');
  const key = openWatermarkKey(data);
  assert.equal(key.length, 32);
  assert.notDeepEqual(key, openWatermarkKey(folder(t)), 'each organisation has its own');
  assert.deepEqual(openWatermarkKey(data), key);
  assert.deepEqual(new Uint8Array(readFileSync(join(data, 'keys', 'watermark.key'))), key);
  assert.equal(statSync(join(data, 'keys', 'watermark.key')).mode & 0o777, 0o600);
  assert.equal(statSync(join(data, 'keys')).mode & 0o777, 0o700);
});

test('a key that others may read, or that is none, is refused with what helps; the bot starts and says so', async (t) => {
  const data = folder(t);
  openWatermarkKey(data);
  const file = join(data, 'keys', 'watermark.key');
  chmodSync(file, 0o644);
  assert.throws(() => openWatermarkKey(data), /is open to other users \(mode 644\).*chmod 600/u);
  const warned: object[] = [];
  const marks = { manifest: true, watermark: true, prompt: false };
  const log = { warn: (fields: object) => void warned.push(fields) };
  await using marking = openMarking({ dataFolder: data, marks }, { log, now: Date.now, program: 'Blitzbild' });
  assert.equal(marking.marking.hasWatermark, false);
  assert.match(JSON.stringify(warned), /chmod 600/u);
  chmodSync(file, 0o600);
  writeFileSync(file, 'short');
  assert.throws(() => openWatermarkKey(data), /does not hold 32 bytes/u);
});
