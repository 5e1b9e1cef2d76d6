import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ManifestReader } from '#src/c2pa/reading/manifest-reader.ts';
import { ReaderProcess } from '#src/c2pa/reading/reader-process.ts';
import { nested, withStore } from './bomb.ts';
import { facts, organisation, picture } from './organisation.ts';

const request = { mimeType: 'image/png', anchors: '', trusted: '' };
const child = (name: string): string => join(import.meta.dirname, 'children', `${name}.ts`);

test('a manifest of nested CBOR tags ends the process that reads it, and nothing else', async () => {
  using ours = await organisation();
  await using reader = new ManifestReader({ anchors: () => ours.keys.anchors, trusted: () => [] });
  const good = await ours.signer.sign(await picture('png'), facts('png'));
  assert.equal((await reader.read(good)).state, 'intact');
  const before = reader.pid;
  const bomb = withStore(await picture('png'), nested(100_000));
  const [first, second, third] = await Promise.all([reader.read(good), reader.read(bomb), reader.read(good)]);
  assert.equal(first.state, 'intact');
  assert.deepEqual(second, { state: 'not_checked', reason: 'failed' });
  // Whoever comes after it gets a process of his own.
  assert.equal(third.state, 'intact');
  assert.notEqual(reader.pid, before);
});

test('a process that ended is started once more for its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-reader-'));
  const process = new ReaderProcess({ modulePath: child('dies-once') });
  try {
    const outcome = await process.read({ ...request, file: Buffer.from(join(folder, 'mark')) });
    assert.deepEqual({ ...outcome, id: 0 }, { id: 0, kind: 'unreadable', code: 'Answered' });
  } finally {
    await process.close();
    rmSync(folder, { recursive: true });
  }
});

test('a process that never answers is ended', async () => {
  const process = new ReaderProcess({ modulePath: child('hangs'), timeLimitMs: 300 });
  const startedMs = performance.now();
  const reading = process.read({ ...request, file: Buffer.from('x') });
  await wait(100);
  const { pid } = process;
  assert.ok(pid !== undefined && isThere(pid));
  assert.deepEqual(await reading, { kind: 'failed', reason: 'too_slow' });
  assert.ok(performance.now() - startedMs < 3000);
  await gone(pid);
  await process.close();
});

test('a process that is not there is no answer', async () => {
  const process = new ReaderProcess({ modulePath: child('nowhere') });
  assert.deepEqual(await process.read({ ...request, file: Buffer.from('x') }), { kind: 'failed', reason: 'failed' });
  await process.close();
});

test('the process ends by itself where nobody asks, and comes back', async () => {
  using ours = await organisation();
  await using reader = new ManifestReader({ anchors: () => ours.keys.anchors, trusted: () => [], idleMs: 150 });
  const good = await ours.signer.sign(await picture('jpeg'), facts('jpeg'));
  assert.equal((await reader.read(good)).state, 'intact');
  const { pid } = reader;
  assert.ok(pid !== undefined);
  await gone(pid);
  assert.equal(reader.pid, undefined);
  assert.equal((await reader.read(good)).state, 'intact');
});

test('no process starts where there is no manifest, and a million empty chunks cost little', async () => {
  await using reader = new ManifestReader({ anchors: () => [], trusted: () => [] });
  const empty = Buffer.from('0000000074455874a8eb8b71', 'hex');
  const png = await picture('png');
  const many = Buffer.concat([png.subarray(0, 33), Buffer.alloc(2_000_000 * empty.length, empty), png.subarray(33)]);
  const startedMs = performance.now();
  for (const file of [png, await picture('webp'), many, Buffer.from('a text'), new Uint8Array()])
    assert.deepEqual(await reader.read(file), { state: 'absent' });
  assert.equal(reader.pid, undefined);
  assert.ok(performance.now() - startedMs < 2000, `${performance.now() - startedMs} ms`);
});

test('what is too large is not read, and said not to be', async () => {
  using ours = await organisation();
  await using reader = new ManifestReader({ anchors: () => [], trusted: () => [], mostBytes: 1000 });
  const signed = await ours.signer.sign(await picture('png'), facts('png'));
  assert.deepEqual(await reader.read(signed), { state: 'not_checked', reason: 'too_large' });
  assert.equal(reader.pid, undefined);
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  for (let round = 0; round < 100 && isThere(pid); round += 1) await wait(50);
  assert.ok(!isThere(pid), 'the process has ended');
}
