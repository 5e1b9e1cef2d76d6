/** What is done with models that are here: verifying, removing, licences that were accepted. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCatalogue } from '#src/weights/catalogue.ts';
import { isAccepted, rememberAcceptance } from '#src/weights/store/licences.ts';
import { folderBytes, removeModel } from '#src/weights/store/remove.ts';
import { verifyModel } from '#src/weights/store/verify.ts';
import { openWorld, takenBytes } from './store-world.ts';

test('verify names every file that is missing, has another size or another content', async (t) => {
  const { pull, models } = await openWorld(t);
  const { folder } = await pull();
  assert.deepEqual((await verifyModel(folder)).differences, []);
  const path = join(folder, 'unet/model.onnx');
  const content = await readFile(path);
  content[17] = (content[17] ?? 0) ^ 1;
  await writeFile(path, content);
  await writeFile(join(folder, 'tokenizer/vocab.json'), '{}');
  await rm(join(folder, 'text_encoder/model.onnx'));
  const { differences, receipt, bytes } = await verifyModel(folder);
  assert.deepEqual(
    new Set(differences.map(({ path: file, what }) => `${file} ${what}`)),
    new Set(['unet/model.onnx content', 'tokenizer/vocab.json size', 'text_encoder/model.onnx missing']),
  );
  assert.ok(bytes > takenBytes && receipt?.repo === 'makers/small-model');
  assert.deepEqual(await readdir(models), ['.pulling', 'small']);
});

test('a folder that was put there by hand has nothing to be compared with', async (t) => {
  const { models } = await openWorld(t);
  await mkdir(join(models, 'mine'));
  assert.deepEqual(await verifyModel(join(models, 'mine')), { receipt: undefined, differences: [], bytes: 0 });
});

test('a model is in the catalogue when it is pulled, and gone when it is removed', async (t) => {
  const { pull, models, installed } = await openWorld(t);
  const { folder } = await pull();
  const names = async (): Promise<readonly string[]> =>
    (await openCatalogue({ folders: [models], active: 'small' })).list().map(({ name }) => name);
  assert.deepEqual(await names(), ['small']);
  assert.ok((await folderBytes(folder)) > takenBytes);
  await removeModel(folder);
  assert.deepEqual(await names(), []);
  assert.deepEqual(await installed(), []);
  assert.deepEqual(await readdir(models), ['.pulling'], 'nothing half removed is left');
});

test('what is half removed or half pulled is no model, whole as it may look', async (t) => {
  const { pull, models } = await openWorld(t);
  await pull();
  for (const place of ['.removing/small-7', '.pulling/small/files', '.converting/small']) {
    await mkdir(join(models, place), { recursive: true });
    await writeFile(join(models, place, 'model_index.json'), '{}');
  }
  const catalogue = await openCatalogue({ folders: [models], active: 'small' });
  assert.deepEqual([catalogue.list().length, catalogue.broken], [1, []]);
});

test('a model without a manifest has its own name, and the licence that the hub says', async (t) => {
  const { pull, models } = await openWorld(t);
  await pull({ model: { name: 'no-manifest', repo: 'makers/small-model' } });
  const [info] = (await openCatalogue({ folders: [models], active: 'small' })).list();
  assert.deepEqual([info?.name, info?.licence], ['no-manifest', 'apache-2.0']);
});

test('a licence is accepted once for a model; another licence is asked about again', async (t) => {
  const { models } = await openWorld(t);
  const data = join(models, 'data');
  const acceptance = { model: 'makers/small-model', licence: 'Test licence' };
  assert.equal(await isAccepted(data, acceptance), false);
  await rememberAcceptance(data, acceptance, Date.UTC(2026, 10, 23));
  await rememberAcceptance(data, { model: 'a/b', licence: 'Other' }, 0);
  assert.equal(await isAccepted(data, acceptance), true);
  assert.equal(await isAccepted(data, { ...acceptance, licence: 'Test licence 2' }), false);
  const kept = JSON.parse(await readFile(join(data, 'licences.json'), 'utf8')) as Record<string, unknown>;
  assert.deepEqual(kept['makers/small-model'], { licence: 'Test licence', acceptedAt: '2026-11-23T00:00:00.000Z' });
  await writeFile(join(data, 'licences.json'), 'damaged');
  assert.equal(await isAccepted(data, acceptance), false);
});
