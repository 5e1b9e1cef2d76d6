import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { parseManifest } from '#src/weights/manifest.ts';
import { isModelFolder, readModelFolder } from '#src/weights/model-folder.ts';
import { fixturePath } from '../golden/fixtures.ts';

const workspace = mkdtempSync(join(tmpdir(), 'weights-z-image-'));
after(() => rmSync(workspace, { recursive: true }));

const copy = (name: string): string => {
  const folder = join(workspace, name);
  cpSync(fixturePath('flow-models/frames'), folder, { recursive: true });
  return folder;
};

test('a published Z-Image folder is a model without a word of configuration', async () => {
  const folder = copy('z-image-turbo');
  assert.ok(await isModelFolder(folder));
  const manifest = await readModelFolder(folder);
  assert.equal(manifest.name, 'z-image-turbo');
  assert.deepEqual(manifest.defaults, { width: 1024, height: 1024, steps: 9, guidanceScale: 1 });
  assert.equal(manifest.guidance, false);
  assert.deepEqual(parseManifest(JSON.parse(JSON.stringify(manifest))), manifest, 'what is guessed could have been written');
});

test('its own blitzbild.json counts, and a model_index.json does no harm', async () => {
  const folder = copy('renamed');
  const own = { ...(await readModelFolder(folder)), name: 'mine', licence: 'Apache-2.0' };
  writeFileSync(join(folder, 'blitzbild.json'), JSON.stringify(own));
  writeFileSync(join(folder, 'model_index.json'), JSON.stringify({ _class_name: 'ZImagePipeline' }));
  assert.equal((await readModelFolder(folder)).name, 'mine');
});

test('what is missing is named', async () => {
  const withoutDecoder = copy('without-decoder');
  rmSync(join(withoutDecoder, 'onnx/vae_decoder_model.onnx'));
  await assert.rejects(readModelFolder(withoutDecoder), /onnx\/vae_decoder_model_q4f16\.onnx .*is missing/);
  const withoutTokenizer = copy('without-tokenizer');
  rmSync(join(withoutTokenizer, 'tokenizer/tokenizer.json'));
  await assert.rejects(readModelFolder(withoutTokenizer), /tokenizer\/tokenizer\.json is missing/);
  const emptyDiffusers = copy('empty-diffusers');
  rmSync(join(emptyDiffusers, 'onnx'), { recursive: true });
  writeFileSync(join(emptyDiffusers, 'model_index.json'), JSON.stringify({ _class_name: 'ZImagePipeline' }));
  await assert.rejects(readModelFolder(emptyDiffusers), /text_encoder\/model\.onnx is missing/);
});

test('a folder whose name is no name says so', async () => {
  await assert.rejects(readModelFolder(copy('ein schöner Name')), /its name is no model name/);
});
