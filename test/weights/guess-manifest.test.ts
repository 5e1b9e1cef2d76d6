import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guessManifest } from '#src/weights/guess-manifest.ts';
import { parseManifest } from '#src/weights/manifest.ts';

const stableDiffusion = {
  modelIndex: { _class_name: 'StableDiffusionPipeline', _diffusers_version: '0.36.0' },
  scheduler: { _class_name: 'PNDMScheduler' },
  unet: { sample_size: 64, block_out_channels: [320, 640, 1280, 1280], time_cond_proj_dim: null },
  vae: { block_out_channels: [128, 256, 512, 512] },
};

test('Stable Diffusion: the size it was trained at, 20 steps, guidance', () => {
  const manifest = guessManifest('sd15', stableDiffusion);
  assert.deepEqual(manifest.defaults, { width: 512, height: 512, steps: 20, guidanceScale: 7.5 });
  assert.deepEqual(manifest.sizes, { min: 256, max: 1024, multipleOf: 64, maxPixels: 589_824 });
  assert.deepEqual([manifest.guidance, manifest.maxSteps, manifest.hq.steps], [true, 100, 40]);
});

test('latent consistency: 4 steps and no guidance, by its UNet or by its scheduler', () => {
  const inside = guessManifest('lcm', {
    ...stableDiffusion,
    modelIndex: { _class_name: 'LatentConsistencyModelPipeline' },
    scheduler: { _class_name: 'LCMScheduler', original_inference_steps: 50 },
    unet: { ...stableDiffusion.unet, time_cond_proj_dim: 256 },
  });
  assert.deepEqual([inside.defaults.steps, inside.defaults.guidanceScale, inside.guidance, inside.maxSteps], [4, 8.5, false, 50]);
  const merged = guessManifest('lcm-lora', { ...stableDiffusion, scheduler: { _class_name: 'LCMScheduler' } });
  assert.deepEqual([merged.defaults.steps, merged.defaults.guidanceScale, merged.guidance], [4, 1, false]);
});

test('width and height of an oblong model are not swapped', () => {
  const { defaults } = guessManifest('wide', { ...stableDiffusion, unet: { sample_size: [32, 64] } });
  assert.deepEqual([defaults.width, defaults.height], [512, 256]);
});

test('every guess is a manifest that could have been written', () => {
  for (const unet of [
    undefined,
    {},
    { sample_size: null },
    stableDiffusion.unet,
    { sample_size: 9 },
    { sample_size: [40, 64] },
    { sample_size: 8, block_out_channels: [8] },
  ])
    parseManifest(guessManifest('any', { ...stableDiffusion, unet, vae: undefined }));
});

test('high quality never takes more steps than the model allows', () => {
  const scheduler = { _class_name: 'LCMScheduler', original_inference_steps: 6 };
  const guess = guessManifest('short', { ...stableDiffusion, scheduler });
  assert.deepEqual([guess.defaults.steps, guess.hq.steps, guess.maxSteps], [4, 6, 6]);
  parseManifest(guess);
});

test('another family is named', () => {
  const flux = { ...stableDiffusion, modelIndex: { _class_name: 'FluxPipeline' } };
  assert.throws(() => guessManifest('flux', flux), /a FluxPipeline is not supported yet/);
});
