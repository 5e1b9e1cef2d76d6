/** Hashes that grow with a file give what hashing the whole file gives, in whatever order its bytes come. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { GrowingHash, sha256Of } from '#src/weights/store/content-hash.ts';
import { bytesOf } from './store-world.ts';

const folder = await mkdtemp(join(tmpdir(), 'blitzbild-hash-'));
after(() => rm(folder, { recursive: true }));
const content = bytesOf(250_000, 3);
const path = join(folder, 'file');
await writeFile(path, content);
const sha256 = createHash('sha256').update(content).digest('hex');
const git = createHash('sha1').update(`blob ${content.byteLength}\0`).update(content).digest('hex');
const { signal } = new AbortController();

const ways: Readonly<Record<string, readonly (readonly [from: number, to: number])[]>> = {
  'all of it, as it came': [
    [0, 100_000],
    [100_000, 250_000],
  ],
  'only the end of it, after an earlier run': [[100_000, 250_000]],
  'a part of it': [[0, 70_000]],
  'begun anew in the middle': [
    [0, 120_000],
    [0, 50_000],
    [50_000, 250_000],
  ],
  'nothing of it': [],
  'with a hole': [
    [0, 10_000],
    [20_000, 250_000],
  ],
};

for (const [way, pieces] of Object.entries(ways))
  test(`${way} was seen`, async () => {
    for (const [kind, hex] of [
      ['sha256', sha256],
      ['git-sha1', git],
    ] as const) {
      const growing = new GrowingHash({ kind, hex }, content.byteLength);
      for (const [from, to] of pieces) growing.add(content.subarray(from, to), from);
      assert.deepEqual(await growing.finish(path, signal), { sha256, found: hex });
    }
  });

test('an empty file has a hash too', async () => {
  const empty = join(folder, 'empty');
  await writeFile(empty, '');
  const { sha256: hex, found } = await new GrowingHash({ kind: 'git-sha1', hex: '' }, 0).finish(empty, signal);
  assert.equal(hex, await sha256Of(empty));
  assert.equal(found, 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391', "git's own hash of nothing");
});
