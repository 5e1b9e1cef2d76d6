import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AppError } from '#core/errors.ts';
import { catalogueOf, openCatalogue } from '#src/weights/catalogue.ts';

const fixtures = join(import.meta.dirname, '../golden/fixtures/models');
const manifest = {
  name: 'own-name',
  title: 'Own',
  licence: 'MIT',
  sizes: [[32, 32]],
  defaults: { width: 32, height: 32, steps: 2, guidanceScale: 2 },
  hq: { steps: 4, guidanceScale: 2 },
  maxSteps: 10,
};

let root: string;
const at = (...parts: string[]): string => join(root, ...parts);
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'blitzbild-models-'));
  const copies = [
    'good',
    'infinite',
    'named',
    'twin',
    'half',
    'no-json',
    'wrong-keys',
    'other-family',
    'torch',
    'bad name',
    'no-words',
    'list',
    'convertible',
  ];
  for (const name of copies) await cp(join(fixtures, 'sd-epsilon'), at('models', name), { recursive: true });
  await mkdir(at('models/train'));
  await writeFile(at('models/readme.txt'), 'no model');
  await writeFile(at('models/named/blitzbild.json'), JSON.stringify(manifest));
  await writeFile(at('models/twin/blitzbild.json'), JSON.stringify(manifest));
  await unlink(at('models/half/unet/model.onnx'));
  const dpm = '{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity}';
  await writeFile(at('models/infinite/scheduler/scheduler_config.json'), dpm);
  await writeFile(at('models/torch/model_index.json'), JSON.stringify({ _class_name: 'StableDiffusionXLPipeline' }));
  await unlink(at('models/torch/unet/model.onnx'));
  await writeFile(at('models/no-json/model_index.json'), '<html>');
  await unlink(at('models/no-words/tokenizer/merges.txt'));
  await rm(at('models/no-words/tokenizer/tokenizer.json'), { force: true });
  await writeFile(at('models/list/model_index.json'), '[]');
  await rename(at('models/convertible/unet/model.onnx'), at('models/convertible/unet/model.safetensors'));
  await writeFile(at('models/wrong-keys/blitzbild.json'), JSON.stringify({ ...manifest, name: 'x y' }));
  await writeFile(at('models/other-family/model_index.json'), JSON.stringify({ _class_name: 'FluxPipeline' }));
});
after(() => rm(root, { recursive: true }));

const open = (...folders: string[]) => openCatalogue({ folders: folders.map((folder) => at(folder)), active: 'good' });

test('models are listed by name, with and without a manifest; other folders are no models', async () => {
  const catalogue = await open('models');
  assert.deepEqual(
    catalogue.list().map(({ name }) => name),
    ['good', 'infinite', 'own-name'],
  );
  assert.equal(catalogue.get('own-name')?.title, 'Own');
  assert.equal(catalogue.folder('own-name'), at('models/named'));
  assert.equal(catalogue.active, 'good');
});

test('folders that can not be used are listed with the reason', async () => {
  const { broken } = await open('models');
  const reasons = Object.fromEntries(broken.map(({ name, reason }) => [name, reason]));
  assert.deepEqual(Object.keys(reasons).toSorted(), [
    'bad name',
    'convertible',
    'half',
    'list',
    'no-json',
    'no-words',
    'other-family',
    'torch',
    'twin',
    'wrong-keys',
  ]);
  assert.equal(reasons['no-words'], 'tokenizer/merges.txt is missing; copy the folder again, whole');
  assert.equal(reasons['list'], 'model_index.json: file: Invalid input: expected object, received array');
  assert.match(
    reasons['convertible']!,
    /^unet\/model\.onnx is missing; unet\/model\.safetensors is for PyTorch, .*blitzbild models convert/,
  );
  assert.match(reasons['half']!, /^unet\/model\.onnx is missing; the model must be an ONNX export/);
  assert.match(reasons['no-json']!, /model_index\.json is no JSON/);
  assert.match(reasons['wrong-keys']!, /blitzbild\.json: name: letters, digits/);
  assert.match(reasons['other-family']!, /FluxPipeline is not supported/);
  assert.match(reasons['torch']!, /^unet\/model\.onnx is missing; the model must be an ONNX export/);
  assert.match(reasons['twin']!, /name own-name is taken by .*: give one of the two another name/);
  assert.match(reasons['bad name']!, /its name is no model name: rename it/);
});

test('a hidden folder is no model, whatever its manifest calls it', async () => {
  await mkdir(at('put-away'));
  await cp(at('models/named'), at('put-away/.named'), { recursive: true });
  const catalogue = await open('put-away');
  assert.deepEqual([catalogue.list(), catalogue.broken], [[], []]);
});

test('a name never becomes a path', async () => {
  const catalogue = await open('models');
  for (const name of ['../models/good', 'models/good', at('models/good'), '.', 'named', '__proto__', 'constructor'])
    assert.deepEqual([catalogue.get(name), catalogue.folder(name), catalogue.fingerprint(name)], [undefined, undefined, undefined], name);
});

test('a listed folder may be a model itself, and one that is missing holds none', async () => {
  const catalogue = await open('models/good', 'missing');
  assert.deepEqual(
    catalogue.list().map(({ name }) => name),
    ['good'],
  );
  assert.deepEqual(catalogue.broken, []);
});

test('a single folder is the active model, or fails with a code', async () => {
  const catalogue = await catalogueOf(at('models/named'));
  assert.equal(catalogue.active, 'own-name');
  assert.equal(catalogue.list().length, 1);
  const code = (expected: string) => (error: unknown) => error instanceof AppError && error.code === expected;
  await assert.rejects(catalogueOf(at('missing')), code('model_missing'));
  await assert.rejects(catalogueOf(at('models/half')), code('model_broken'));
  await assert.rejects(catalogueOf(at('models/train')), code('model_broken'));
});
