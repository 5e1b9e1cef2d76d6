import assert from 'node:assert/strict';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { InferenceError } from '../../../src/inference/errors.ts';
import { checkZImageEncoder, isZImageFolder, openZImageFolder } from '../../../src/inference/flow/z-image-folder.ts';
import { fixturePath } from '../../golden/fixtures.ts';
import { asDiffusersFolder, copyZImage, writeJson } from './z-image-copies.ts';

const refused = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof InferenceError && error.code === code && words.test(error.message);

test('the published folder is recognised by its graphs, a Diffusers folder by its pipeline', () => {
  assert.ok(isZImageFolder(copyZImage()));
  assert.ok(isZImageFolder(copyZImage('plain')));
  assert.ok(isZImageFolder(asDiffusersFolder()));
  assert.ok(!isZImageFolder(fixturePath('models/sd-epsilon')));
  assert.ok(!isZImageFolder(join(copyZImage(), 'nowhere')));
  const other = copyZImage();
  writeJson(other, 'model_index.json', { _class_name: 'FluxPipeline' });
  assert.ok(!isZImageFolder(other), 'a folder that says it is something else is something else');
});

test('a folder without configuration has that of Z-Image-Turbo', () => {
  const { schedulerJson, vaeJson, weightsBytes, transformerPath } = openZImageFolder(copyZImage(), 'cpu');
  assert.equal(schedulerJson['shift'], 3);
  assert.equal(vaeJson['scaling_factor'], 0.3611);
  assert.equal(vaeJson['shift_factor'], 0.1159);
  assert.ok(transformerPath.endsWith('transformer_model.onnx'));
  assert.ok(weightsBytes > 600_000, 'the weights beside the transformer are counted');
});

test('configuration that is there counts', () => {
  const folder = asDiffusersFolder();
  writeJson(folder, 'scheduler/scheduler_config.json', { shift: 6 });
  writeJson(folder, 'vae_decoder/config.json', { scaling_factor: 0.5, shift_factor: 0 });
  const opened = openZImageFolder(folder, 'cpu');
  assert.equal(opened.schedulerJson['shift'], 6);
  assert.equal(opened.vaeJson['scaling_factor'], 0.5);
});

test('of several precisions the one that fits most machines is taken', () => {
  const folder = copyZImage();
  renameSync(join(folder, 'onnx/vae_decoder_model.onnx'), join(folder, 'onnx/vae_decoder_model_q4f16.onnx'));
  writeFileSync(join(folder, 'onnx/vae_decoder_model_f32.onnx'), 'another');
  assert.ok(openZImageFolder(folder, 'cpu').vaeDecoderPath.endsWith('vae_decoder_model_q4f16.onnx'));
});

for (const part of ['text_encoder', 'transformer', 'vae_decoder'] as const)
  test(`a published folder without its ${part} is refused by the name of the file`, () => {
    const folder = copyZImage();
    rmSync(join(folder, `onnx/${part}_model.onnx`));
    assert.ok(isZImageFolder(folder));
    assert.throws(() => openZImageFolder(folder, 'cpu'), refused('model_missing', new RegExp(`no onnx/${part}_model_q4f16\\.onnx`)));
  });

test('a Diffusers folder without its transformer is refused in its own words', () => {
  const folder = asDiffusersFolder();
  rmSync(join(folder, 'transformer'), { recursive: true });
  assert.throws(() => openZImageFolder(folder, 'cpu'), refused('model_missing', /no transformer\/model\.onnx/));
});

test('weights beside the transformer must be there, whole, and no link', () => {
  const missing = copyZImage();
  rmSync(join(missing, 'onnx/transformer_model.onnx_data'));
  assert.throws(() => openZImageFolder(missing, 'cpu'), refused('model_missing', /transformer_model\.onnx_data/));
  const short = copyZImage();
  writeFileSync(join(short, 'onnx/transformer_model.onnx_data'), new Uint8Array(100));
  assert.throws(() => openZImageFolder(short, 'cpu'), refused('model_truncated', /ends early/));
  const linked = copyZImage();
  rmSync(join(linked, 'onnx/transformer_model.onnx_data'));
  symlinkSync('/etc/hostname', join(linked, 'onnx/transformer_model.onnx_data'));
  assert.throws(() => openZImageFolder(linked, 'cpu'), refused('model_external_data', /link/));
});

test('only starting from a picture needs the encoder', () => {
  const folder = copyZImage();
  rmSync(join(folder, 'onnx/vae_encoder_model.onnx'));
  const opened = openZImageFolder(folder, 'cpu');
  assert.throws(() => checkZImageEncoder(opened, 'cpu'), refused('model_missing', /cannot start from a picture/));
  assert.ok(checkZImageEncoder(openZImageFolder(copyZImage(), 'cpu'), 'cpu').endsWith('vae_encoder_model.onnx'));
});
