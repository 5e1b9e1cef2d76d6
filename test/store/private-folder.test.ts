import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileImageStore } from '#src/store/images-files.ts';
import { makePrivate } from '#src/store/private-folder.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('what others could read in the data folder is closed, links and shared folders are left', (t) => {
  const outside = mkdtempSync(join(tmpdir(), 'blitzbild-outside-'));
  const folder = join(mkdtempSync(join(tmpdir(), 'blitzbild-private-')), 'data');
  t.after(() => {
    for (const each of [outside, join(folder, '..')]) rmSync(each, { recursive: true });
  });
  mkdirSync(join(folder, 'images', 'ab'), { recursive: true });
  mkdirSync(join(folder, 'models'));
  for (const file of ['blitzbild.sqlite', 'images/ab/picture.png', 'models/unet.onnx']) writeFileSync(join(folder, file), 'x');
  writeFileSync(join(outside, 'theirs'), 'x');
  for (const path of [folder, join(folder, 'images'), join(folder, 'images', 'ab'), join(folder, 'models')]) chmodSync(path, 0o755);
  for (const file of ['blitzbild.sqlite', 'images/ab/picture.png', 'models/unet.onnx']) chmodSync(join(folder, file), 0o644);
  chmodSync(join(outside, 'theirs'), 0o644);
  symlinkSync(join(outside, 'theirs'), join(folder, 'link'));
  assert.equal(makePrivate(folder, [join(folder, 'models')]), 5);
  assert.deepEqual(
    ['', 'images', 'images/ab', 'blitzbild.sqlite', 'images/ab/picture.png'].map((path) => modeOf(join(folder, path))),
    ['700', '700', '700', '600', '600'],
  );
  assert.equal(modeOf(join(folder, 'models', 'unet.onnx')), '644');
  assert.equal(modeOf(join(outside, 'theirs')), '644');
  assert.equal(makePrivate(folder, [join(folder, 'models')]), 0);
});

test('new files of the store and of pictures are for their owner alone, whatever the umask', async (t) => {
  const folder = join(mkdtempSync(join(tmpdir(), 'blitzbild-private-')), 'data');
  t.after(() => rmSync(join(folder, '..'), { recursive: true }));
  const before = process.umask(0);
  t.after(() => void process.umask(before));
  const store = new SqliteStore(join(folder, 'blitzbild.sqlite'));
  t.after(() => store.close());
  store.settings.set('key', 'value');
  const images = await FileImageStore.open({ folder: join(folder, 'images'), maxBytes: 1e6 });
  await images.put(Buffer.from('picture'), 'png');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    assert.equal(modeOf(join(entry.parentPath, entry.name)), entry.isDirectory() ? '700' : '600', entry.name);
  assert.equal(modeOf(folder), '700');
});
