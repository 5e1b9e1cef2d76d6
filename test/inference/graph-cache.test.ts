import assert from 'node:assert/strict';
import {
  renameSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { cachedGraph } from '../../src/inference/graph-cache.ts';
import { OnnxSession } from '../../src/inference/session.ts';
import { copyModel } from './model-copies.ts';

const DAY_MS = 24 * 3600 * 1000;

function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'graph-cache-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'cache');
}

/** What the graph answers, opened with this cache. */
async function answer(path: string, folder: string | undefined, maxBytes = 1e9): Promise<readonly number[]> {
  const graphCache = folder === undefined ? undefined : { folder, maxBytes, leastBytes: 0 };
  const session = await OnnxSession.open(path, { provider: 'cpu', intraOpThreads: 1, graphCache });
  try {
    assert.equal(session.label, 'vae_decoder/model.onnx');
    const values = Float32Array.from({ length: 4 * 8 * 8 }, (_, i) => Math.sin(i));
    const feeds = { latent_sample: { type: 'float32', dims: [1, 4, 8, 8], data: values, location: 'cpu' } } as const;
    return [...[...(await session.run(feeds)).values()][0]!.values];
  } finally {
    await session.release();
  }
}

/** onnxruntime's own, under which the session looks. */
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../node_modules/onnxruntime-node/package.json'), 'utf8')) as {
  version: string;
};
const entryIn = (path: string, folder: string): string =>
  dirname(cachedGraph(path, { folder, maxBytes: 1e9, leastBytes: 0 }, version)!.path);

const decoder = (): string => join(copyModel(), 'vae_decoder/model.onnx');
const entries = (folder: string): string[] => readdirSync(folder).filter((name) => /^[0-9a-f]{32}$/.test(name));
const entryOf = (folder: string): string => join(folder, entries(folder)[0]!);
const setAge = (path: string, ageMs: number): void => utimesSync(path, new Date(Date.now() - ageMs), new Date(Date.now() - ageMs));

test('the second load takes the optimised graph and answers the same', async (t) => {
  const [path, folder] = [decoder(), emptyFolder(t)];
  const plain = await answer(path, undefined);
  assert.deepEqual(await answer(path, folder), plain);
  assert.deepEqual(readdirSync(folder), entries(folder), 'one entry and no draft');
  const graph = join(entryOf(folder), 'graph.onnx');
  const writtenMs = statSync(graph).mtimeMs;
  assert.deepEqual(await answer(path, folder), plain);
  assert.equal(statSync(graph).mtimeMs, writtenMs, 'it was not written again');
  assert.equal(cachedGraph(path, { folder, maxBytes: 1e9, leastBytes: 0 }, 'another version')?.isWhole(), false);
});

test('it is the entry that is opened: with another model in its place, that one answers', async (t) => {
  const [path, folder, otherFolder] = [decoder(), emptyFolder(t), emptyFolder(t)];
  const other = join(copyModel('sd-v-prediction'), 'vae_decoder/model.onnx');
  await answer(path, folder);
  const theirs = await answer(other, otherFolder);
  rmSync(entryOf(folder), { recursive: true });
  renameSync(entryOf(otherFolder), entryIn(path, folder));
  assert.deepEqual(await answer(path, folder), theirs);
});

test('a graph below the size that pays is not kept', async (t) => {
  const [path, folder] = [decoder(), emptyFolder(t)];
  assert.equal(cachedGraph(path, { folder, maxBytes: 1e9 }, '1'), undefined);
  assert.ok(cachedGraph(path, { folder, maxBytes: 1e9, leastBytes: statSync(path).size }, '1'));
});

test('a graph that changed is optimised anew, and its former entry goes', async (t) => {
  const [path, folder] = [decoder(), emptyFolder(t)];
  await answer(path, folder);
  const [before] = entries(folder);
  setAge(path, 1000);
  await answer(path, folder);
  const after = entries(folder);
  assert.equal(after.length, 1);
  assert.notEqual(after[0], before);
});

for (const [damage, doDamage] of Object.entries<(entry: string) => void>({
  'weights that end early': (entry) => truncateSync(join(entry, 'weights.bin'), 100),
  'weights that are gone': (entry) => rmSync(join(entry, 'weights.bin')),
  'weights with other bytes and the same size and time': (entry) => {
    const path = join(entry, 'weights.bin');
    const { mtime, size } = statSync(path);
    writeFileSync(path, Buffer.alloc(size));
    utimesSync(path, mtime, mtime);
  },
  'a graph that is none': (entry) => writeFileSync(join(entry, 'graph.onnx'), 'nothing'),
  'no note': (entry) => rmSync(join(entry, 'entry.json')),
  'a note that ends early': (entry) => truncateSync(join(entry, 'entry.json'), 20),
})) {
  test(`a damaged entry is noticed and made again: ${damage}`, async (t) => {
    const [path, folder] = [decoder(), emptyFolder(t)];
    const plain = await answer(path, folder);
    const entry = entryOf(folder);
    doDamage(entry);
    assert.deepEqual(await answer(path, folder), plain);
    assert.ok(cachedGraph(path, { folder, maxBytes: 1e9, leastBytes: 0 }, version)!.isWhole());
  });
}

test('what a process that died left half done is removed, and not tried again for an hour', async (t) => {
  const [path, folder] = [decoder(), emptyFolder(t)];
  const key = basename(entryIn(path, folder));
  const draft = join(folder, `draft-${key}-4194999-ab`);
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'weights.bin'), 'half');
  await answer(path, folder);
  assert.deepEqual(readdirSync(folder), [`failed-${key}`]);
  await answer(path, folder);
  assert.deepEqual(entries(folder), []);
  setAge(join(folder, `failed-${key}`), 2 * 3600 * 1000);
  await answer(path, folder);
  assert.deepEqual(readdirSync(folder), [key]);
});

test('the draft of another process that works on it is left alone', async (t) => {
  const [path, folder] = [decoder(), emptyFolder(t)];
  const draft = join(folder, `draft-${'0'.repeat(32)}-${process.ppid}-ab`);
  mkdirSync(draft, { recursive: true });
  await answer(path, folder);
  assert.ok(existsSync(draft));
  assert.equal(entries(folder).length, 1);
});

test('nothing is kept where it would be too much, and the model loads all the same', async (t) => {
  const [path, folder] = [decoder(), emptyFolder(t)];
  assert.equal((await answer(path, folder, 1000)).length, 3 * 32 * 32);
  assert.deepEqual(readdirSync(folder), []);
});

test('a folder that can not be written to is no reason not to load', async (t) => {
  const [path, folder] = [decoder(), emptyFolder(t)];
  writeFileSync(folder, 'a file in its place');
  assert.equal((await answer(path, folder)).length, 3 * 32 * 32);
});

test('when it is full, entries that were not used for a day go, and those in use stay', async (t) => {
  const [first, second, folder] = [decoder(), decoder(), emptyFolder(t)];
  setAge(second, 5000); // or both would be the same graph
  await answer(first, folder);
  const entry = entryOf(folder);
  const bytes = ['graph.onnx', 'weights.bin'].reduce((sum, name) => sum + statSync(join(entry, name)).size, 0);
  await answer(second, folder, 1.5 * bytes);
  assert.deepEqual(
    entries(folder).map((name) => join(folder, name)),
    [entry],
    'used today',
  );
  setAge(join(entry, 'entry.json'), 2 * DAY_MS);
  await answer(second, folder, 1.5 * bytes);
  assert.equal(entries(folder).length, 1);
  assert.notEqual(entryOf(folder), entry);
});

test('the entry of a model that is gone goes with the next one that is written', async (t) => {
  const [first, second, folder] = [decoder(), decoder(), emptyFolder(t)];
  setAge(second, 5000);
  await answer(first, folder);
  rmSync(first);
  await answer(second, folder);
  assert.equal(entries(folder).length, 1);
});

test('a graph that can not be loaded is explained as without the cache', async (t) => {
  const [path, folder] = [decoder(), emptyFolder(t)];
  writeFileSync(path, readFileSync(path).subarray(0, 5000));
  await assert.rejects(answer(path, folder), { code: 'model_truncated' });
  assert.ok(!existsSync(folder) || entries(folder).length === 0);
});
