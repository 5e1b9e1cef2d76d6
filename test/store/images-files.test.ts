import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { AppError } from '#core/errors.ts';
import { fileExtensions } from '#core/ports.ts';
import { imageKey } from '#core/types.ts';
import { FileImageStore } from '#src/store/images-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blitzbild-images-'));
});
afterEach(() => rm(folder, { recursive: true }));

const open = (maxBytes = 1_000_000): Promise<FileImageStore> => FileImageStore.open({ folder, maxBytes });
const files = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const code = (expected: string) => (error: unknown) => error instanceof AppError && error.code === expected;

test('what was put is read again, under the hash of its bytes in two levels of folders', async () => {
  const store = await open();
  const key = await store.put(bytesOf('fox'), 'png');
  const hash = createHash('sha256').update('fox').digest('hex');
  assert.equal(key, `${hash}.png`);
  assert.ok(store.path(key).endsWith(join(hash.slice(0, 2), hash.slice(2, 4), key)));
  assert.deepEqual(Buffer.from(await store.read(key)).toString(), 'fox');
});

test('a large file has the hash of all its bytes, and other work goes on while it is made', async () => {
  const store = await open(100_000_000);
  const bytes = new Uint8Array(40_000_001).map((_, index) => index % 253);
  let breaks = 0;
  let isDone = false;
  const other = (): void => {
    breaks += 1;
    if (!isDone) setImmediate(other);
  };
  // Of equal files one is written, so that all breaks after the first are those of hashing.
  await store.put(bytes, 'zip');
  other();
  const key = await store.put(bytes, 'zip');
  isDone = true;
  assert.equal(key, `${createHash('sha256').update(bytes).digest('hex')}.zip`);
  assert.ok(breaks >= 4, `${breaks} breaks`);
});

test('equal pictures are stored and counted once, also when put at the same time', async () => {
  const store = await open();
  const keys = await Promise.all([1, 2, 3].map(() => store.put(bytesOf('fox'), 'png')));
  assert.equal(new Set([...keys, await store.put(bytesOf('fox'), 'png')]).size, 1);
  assert.equal(store.usedBytes, 3);
  assert.equal((await files()).length, 1);
});

test('the limit holds for writes at the same time, and a refused picture leaves nothing', async () => {
  const store = await open(25);
  const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((letter) => store.put(bytesOf(letter.repeat(10)), 'jpg')));
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(refused.length, 2);
  assert.ok(refused.every((result) => code('image_store_full')(result.reason)));
  assert.equal((await files()).length, 2);
  assert.equal(store.usedBytes, 20);
});

test('a new start counts what is there and removes what a crash left half written', async () => {
  const key = await (await open()).put(bytesOf('0123456789'), 'png');
  await writeFile(join(folder, `.${key}.0.tmp`), 'half');
  const store = await open(15);
  assert.equal(store.usedBytes, 10);
  assert.deepEqual(await files(), [key]);
  await assert.rejects(store.put(bytesOf('abcdef'), 'png'), code('image_store_full'));
  assert.equal(await store.put(bytesOf('0123456789'), 'png'), key);
});

test('a picture that was emptied, cut or replaced by a link is whole again when it is put again', async () => {
  const store = await open();
  const key = await store.put(bytesOf('fox'), 'png');
  const whole = async (): Promise<string> => Buffer.from(await store.read(await store.put(bytesOf('fox'), 'png'))).toString();
  for (const length of [0, 2]) {
    await truncate(store.path(key), length);
    assert.equal(await whole(), 'fox');
  }
  await rm(store.path(key));
  await symlink('/etc/hostname', store.path(key));
  assert.equal(await whole(), 'fox');
});

test('files of every kind are kept under their own extension', async () => {
  const store = await open();
  for (const extension of fileExtensions) {
    const key = await store.put(bytesOf('the same bytes'), extension);
    assert.ok(store.path(key).endsWith(`.${extension}`));
    assert.equal(Buffer.from(await store.read(key)).toString(), 'the same bytes');
    await writeFile(join(folder, `.${key}.0.tmp`), 'half');
  }
  assert.equal((await open()).usedBytes, fileExtensions.length * 14);
});

test('only keys become paths', async () => {
  const store = await open();
  for (const key of ['../../etc/passwd', `${'a'.repeat(64)}.svg`, `/${'a'.repeat(63)}.png`, '', `${'A'.repeat(64)}.png`])
    assert.throws(() => store.path(imageKey(key)), code('internal'));
  await assert.rejects(store.read(imageKey('../secret.png')), code('internal'));
});

test('a link out of the folder is not followed, and a missing picture is said to be missing', async () => {
  const store = await open();
  const key = imageKey(`${'a'.repeat(64)}.png`);
  await assert.rejects(store.read(key), code('picture_gone'));
  const outside = await mkdtemp(join(tmpdir(), 'blitzbild-outside-'));
  try {
    await writeFile(join(outside, 'secret'), 'secret');
    await mkdir(dirname(store.path(key)), { recursive: true });
    await symlink(join(outside, 'secret'), store.path(key));
    await assert.rejects(store.read(key), code('internal'));
  } finally {
    await rm(outside, { recursive: true });
  }
});
