import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Fingerprints } from '#src/weights/fingerprint.ts';

let root: string;
let model: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'blitzbild-fingerprint-'));
  model = join(root, 'model');
  await mkdir(join(model, 'unet'), { recursive: true });
  await writeFile(join(model, 'unet/model.onnx'), 'weights');
  await writeFile(join(model, 'model_index.json'), '{}');
});
afterEach(() => rm(root, { recursive: true }));

test('is the same for a copy, also one made of links, and another after any change of name or content', async () => {
  const first = await new Fingerprints().compute(model);
  assert.match(first, /^[0-9a-f]{12}$/);
  await cp(model, join(root, 'copy'), { recursive: true });
  assert.equal(await new Fingerprints().compute(join(root, 'copy')), first);
  await rm(join(root, 'copy/unet/model.onnx'));
  await symlink(join(model, 'unet/model.onnx'), join(root, 'copy/unet/model.onnx'));
  assert.equal(await new Fingerprints().compute(join(root, 'copy')), first);
  await rename(join(model, 'unet'), join(model, 'vae'));
  assert.notEqual(await new Fingerprints().compute(model), first);
});

test('what git and download tools keep in a folder does not count', async () => {
  const first = await new Fingerprints().compute(model);
  await mkdir(join(model, '.cache/huggingface'), { recursive: true });
  await writeFile(join(model, '.cache/huggingface/model.onnx.metadata'), String(Date.now()));
  await writeFile(join(model, 'unet/.DS_Store'), 'x');
  assert.equal(await new Fingerprints().compute(model), first);
});

test('is remembered until a file changes', async () => {
  const fingerprints = new Fingerprints();
  assert.equal(fingerprints.latest(model), undefined);
  const first = await fingerprints.compute(model);
  assert.equal(fingerprints.latest(model), first);
  await writeFile(join(model, 'unet/model.onnx'), 'other weights');
  const second = await fingerprints.compute(model).then(() => fingerprints.compute(model));
  assert.notEqual(second, first);
  assert.equal(fingerprints.latest(model), second);
});

test('a folder that went away has none, and nothing breaks', async () => {
  const fingerprints = new Fingerprints();
  await fingerprints.compute(model);
  await rename(model, join(root, 'elsewhere'));
  fingerprints.latest(model);
  await delay(50);
  assert.equal(fingerprints.latest(model), undefined);
});
