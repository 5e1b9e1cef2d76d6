/** Which files of a repository are taken, and which never are. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseManifest } from '#src/weights/manifest.ts';
import { parseCurated, readCurated } from '#src/weights/store/curated.ts';
import { planCurated, planRepository } from '#src/weights/store/pull-plan.ts';
import { checkPaths, whyUnsafe } from '#src/weights/store/safe-path.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';
import { curated } from './store-world.ts';

const root = join(import.meta.dirname, '../../..');
const listed = (...paths: readonly string[]) => paths.map((path) => ({ path, size: 1, sha256: 'a'.repeat(64) }));
const says = (pattern: RegExp) => (error: unknown) => error instanceof ModelStoreError && pattern.test(error.message);

const unsafe = [
  ['', /0 characters/],
  ['../x', /leaves/],
  ['a/../../x', /leaves/],
  ['a/./b', /leaves/],
  ['a//b', /leaves/],
  ['a/', /leaves/],
  ['/etc/passwd', /absolute/],
  ['C:/x', /drive/],
  ['c:x', /drive/],
  ['a\\..\\b', /character/],
  ['a\u0000b', /character/],
  ['a\nb', /character/],
  ['model:stream', /character/],
  ['what?.json', /character/],
  ['CON', /Windows/],
  ['unet/nul.onnx', /Windows/],
  ['unet/COM1', /Windows/],
  ['unet/lpt9.json', /Windows/],
  ['unet/model.', /dot or a space/],
  ['unet /model', /dot or a space/],
  ['.git/config', /hidden/],
  ['unet/.blitzbild-pull.json', /hidden/],
  ['x'.repeat(300), /300 characters/],
] as const;

for (const [path, reason] of unsafe)
  test(`«${path.slice(0, 30).replaceAll('\u0000', '␀')}» becomes no file`, () => assert.match(whyUnsafe(path) ?? '', reason));

test('usual names are all right', () => {
  for (const path of ['model_index.json', 'unet/model.onnx', 'unet/model.onnx_data', 'tokenizer_2/vocab.json', 'unet/console.json'])
    assert.equal(whyUnsafe(path), undefined, path);
});

test('no path that is let through leaves its folder', () => {
  const part = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('..', '.', '', 'C:', 'nul', 'a', '\\', '..\\'));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const path = parts.join('/');
      if (whyUnsafe(path) !== undefined) return;
      assert.ok(join('/models/x', path).startsWith('/models/x/'), path);
      assert.doesNotMatch(path, /\\|:/);
    }),
  );
});

test('two names that are one file on many systems are refused, in whichever letters', () => {
  assert.throws(() => checkPaths(['unet/Model.onnx', 'unet/model.onnx']), says(/one file on many systems/));
  assert.throws(() => checkPaths(['a/\u00e9.json', 'a/e\u0301.json']), says(/one file/));
});

test('a hub that lists a file outside of the folder gets nothing downloaded', () => {
  const files = listed('model_index.json', 'unet/model.onnx');
  assert.throws(() => planRepository('a/b', [...files, { path: 'tokenizer/nul.json', size: 1 }]), says(/Windows keeps for itself/));
  // What is not of the layout is not even looked at.
  assert.equal(planRepository('a/b', [...files, { path: '../../evil.onnx', size: 1 }]).length, 2);
  assert.throws(() => planCurated(curated({ files: ['unet/model.onnx'] }), listed('unet/MODEL.onnx')), says(/has no unet\/model\.onnx/));
});

test('of any repository the layout of an ONNX export is taken and nothing else', () => {
  const wanted = [
    'model_index.json',
    'scheduler/scheduler_config.json',
    'tokenizer/vocab.json',
    'tokenizer/merges.txt',
    'tokenizer_2/tokenizer.json',
    'text_encoder/model.onnx',
    'text_encoder_2/model.onnx_data',
    'unet/model.onnx',
    'unet/weights.pb',
    'unet/config.json',
    'transformer/model.onnx.data',
    'transformer/model.onnx_data_1',
    'vae/config.json',
    'vae_decoder/model.onnx',
    'vae_encoder/model.onnx',
  ];
  const others = [
    'README.md',
    'unet/model.bin',
    'unet/model.safetensors',
    'safety_checker/model.onnx',
    'run.py',
    'unet/deep/model.onnx',
    '.gitattributes',
  ];
  assert.deepEqual(
    planRepository('a/b', listed(...wanted, ...others)).map(({ to }) => to),
    wanted,
  );
});

test('repositories without an export say what to do instead', () => {
  assert.throws(() => planRepository('a/b', listed('model_index.json', 'unet/model.safetensors')), says(/no ONNX export.*models convert/));
  assert.throws(
    () => planRepository('a/b', listed('model_index.json', 'unet/diffusion_pytorch_model.bin')),
    says(/Python pickles .*never downloaded.*convert/),
  );
  assert.throws(() => planRepository('a/b', listed('model.ckpt')), says(/pickles/));
  assert.throws(() => planRepository('a/b', listed('README.md')), says(/no model folder/));
});

test('a size that the list knows better is believed', () => {
  const model = curated({ files: [{ from: 'unet/model.onnx', bytes: 1000 }] });
  assert.throws(() => planCurated(model, listed('unet/model.onnx')), says(/has 1 bytes, and config\/models\.json knows it with 1000/));
  assert.equal(planCurated(model, [{ path: 'unet/model.onnx', size: 1000 }]).length, 1);
});

test('a pickle is refused even where a list names it', () => {
  for (const path of ['unet/model.bin', 'unet/model.pt', 'model.ckpt', 'x.pth', 'x.pkl'])
    assert.throws(() => planCurated(curated({ files: [path] }), listed(path)), says(/Python pickle, which can run code/));
});

test('a file may be put elsewhere than where it lies', () => {
  const [file] = planCurated(curated({ files: [{ from: 'onnx/unet_model.onnx', to: 'unet/model.onnx' }] }), listed('onnx/unet_model.onnx'));
  assert.deepEqual([file?.from, file?.to, file?.hashSource], ['onnx/unet_model.onnx', 'unet/model.onnx', 'hub']);
});

test('the shipped list is right: sources, licences in words, manifests that can be read', async () => {
  const models = await readCurated(join(root, 'config/models.json'));
  assert.ok(models.length >= 3);
  for (const model of models) {
    assert.ok(model.source.length >= 2 && model.licence.summary.length > 20, model.name);
    assert.equal(parseManifest(model.write['blitzbild.json']).name, model.name);
    const names = model.files.map((file) => (typeof file === 'string' ? file : file.from));
    const isXl = model.name.startsWith('sdxl');
    if (model.name === 'z-image-turbo') continue;
    for (const graph of [
      'text_encoder/model.onnx',
      'unet/model.onnx',
      'vae_decoder/model.onnx',
      ...(isXl ? ['text_encoder_2/model.onnx'] : []),
    ])
      assert.ok(names.includes(graph), `${model.name} ${graph}`);
    const written = [...Object.keys(model.write), ...names];
    for (const json of ['model_index.json', 'scheduler/scheduler_config.json']) assert.ok(written.includes(json), `${model.name} ${json}`);
  }
});

test('a list with mistakes names them', async () => {
  const { models } = JSON.parse(await readFile(join(root, 'config/models.json'), 'utf8')) as { models: object[] };
  const [first = {}] = models;
  const bad =
    (changes: object): (() => unknown) =>
    () =>
      parseCurated({ models: [{ ...first, ...changes }] });
  assert.throws(bad({ files: ['../x'] }), /models\.json: models\.0\.files\.0/);
  assert.throws(bad({ files: [{ from: 'a', sha256: 'short' }] }), /files/);
  assert.throws(bad({ name: 'other' }), /blitzbild\.json of other has another name/);
  assert.throws(bad({ repo: 'no-owner' }), /owner\/name/);
  assert.throws(bad({ colour: 'red' }), /colour/);
  assert.throws(() => parseCurated({ models: [first, first] }), /stands there twice/);
});
