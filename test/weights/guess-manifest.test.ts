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

type Change = { modelIndex?: object; scheduler?: object; unet?: object; vae?: object };
type Guess = [name: string, size: number, steps: number, hqSteps: number, guidanceScale: number, guidance: boolean];
const xl: Change = {
  modelIndex: { _class_name: 'StableDiffusionXLPipeline', force_zeros_for_empty_prompt: true },
  unet: { sample_size: 128, block_out_channels: [320, 640, 1280], in_channels: 4 },
};
const euler = { _class_name: 'EulerDiscreteScheduler' };
const trailing = { ...euler, timestep_spacing: 'trailing', prediction_type: 'epsilon' };

const FOLDERS: readonly (readonly [what: string, change: Change, expected: Guess])[] = [
  ['SDXL', { ...xl, scheduler: { ...euler, timestep_spacing: 'leading' } }, ['sdxl', 1024, 25, 50, 5, true]],
  [
    'SDXL exported by Optimum',
    { ...xl, modelIndex: { _class_name: 'ORTStableDiffusionXLPipeline' }, scheduler: euler },
    ['sdxl', 1024, 25, 50, 5, true],
  ],
  [
    'SDXL-Turbo',
    { ...xl, scheduler: { ...trailing, _class_name: 'EulerAncestralDiscreteScheduler' }, unet: { ...xl.unet, sample_size: 64 } },
    ['fast', 512, 2, 4, 1, false],
  ],
  ['SDXL-Turbo by its name', { ...xl, scheduler: euler, unet: { ...xl.unet, sample_size: 64 } }, ['sdxl-turbo', 512, 2, 4, 1, false]],
  ['SDXL-Lightning', { ...xl, scheduler: trailing }, ['sdxl-lightning', 1024, 4, 4, 1, false]],
  ['SDXL-Lightning of 8 steps', { ...xl, scheduler: trailing }, ['sdxl-lightning-8step-onnx', 1024, 8, 8, 1, false]],
  ['SDXL-Lightning of 1 step', { ...xl, scheduler: { ...trailing, prediction_type: 'sample' } }, ['lightning', 1024, 1, 1, 1, false]],
  ['Hyper-SD', { ...xl, scheduler: { ...trailing, _class_name: 'DDIMScheduler' } }, ['Hyper-SDXL-2steps', 1024, 2, 2, 1, false]],
  ['Hyper-SD with TCD', { ...xl, scheduler: { _class_name: 'TCDScheduler' } }, ['hyper-sdxl-1-step', 1024, 1, 2, 1, false]],
  ['TCD', { ...xl, scheduler: { _class_name: 'TCDScheduler' } }, ['tcd', 1024, 4, 8, 1, false]],
  [
    'LCM-SDXL',
    { ...xl, scheduler: { _class_name: 'LCMScheduler' }, unet: { ...xl.unet, time_cond_proj_dim: 256 } },
    ['lcm-sdxl', 1024, 4, 8, 8, false],
  ],
  [
    'SDXL of velocity, zero SNR',
    { ...xl, scheduler: { ...trailing, prediction_type: 'v_prediction', rescale_betas_zero_snr: true } },
    ['vpred', 1024, 25, 50, 5, true],
  ],
  ['SD-Turbo', { scheduler: trailing }, ['fast-one', 512, 2, 4, 1, false]],
  [
    'Stable Diffusion 2.1',
    {
      scheduler: { _class_name: 'DDIMScheduler', prediction_type: 'v_prediction', timestep_spacing: 'leading' },
      unet: { ...stableDiffusion.unet, sample_size: 96 },
    },
    ['sd21', 768, 20, 40, 7.5, true],
  ],
  ['a fine-tuned model with DDPM', { scheduler: { _class_name: 'DDPMScheduler' } }, ['mine', 512, 50, 100, 7.5, true]],
  [
    'a TAESD in the decoder’s place',
    { vae: { _class_name: 'AutoencoderTiny', decoder_block_out_channels: [64, 64, 64, 64] } },
    ['taesd', 512, 20, 40, 7.5, true],
  ],
];
for (const [what, change, [name, size, steps, hqSteps, guidanceScale, guidance]] of FOLDERS)
  test(`${what} (${name}): ${size} px, ${steps} and ${hqSteps} steps, guidance ${guidanceScale}`, () => {
    const guess = guessManifest(name, { ...stableDiffusion, ...change });
    assert.deepEqual(guess.defaults, { width: size, height: size, steps, guidanceScale });
    assert.deepEqual([guess.hq.steps, guess.guidance], [hqSteps, guidance]);
    parseManifest(guess);
  });

const REFUSED: readonly (readonly [change: Change, sentence: RegExp])[] = [
  [{ modelIndex: { _class_name: 'FluxPipeline' } }, /^a FluxPipeline is not supported yet; Stable Diffusion 1 and 2, SDXL, /],
  [{ modelIndex: { _class_name: 'StableDiffusion3Pipeline' } }, /^a StableDiffusion3Pipeline is not supported yet/],
  [{ modelIndex: { _class_name: 'StableDiffusionXLControlNetPipeline' } }, /^a StableDiffusionXLControlNetPipeline is not supported yet/],
  [
    { modelIndex: { _class_name: 'StableDiffusionXLImg2ImgPipeline', requires_aesthetics_score: true } },
    /^it is the SDXL refiner, which only/,
  ],
  [{ unet: { ...stableDiffusion.unet, in_channels: 9 } }, /^it is made for repainting parts of a picture .+, which no command does yet/],
  [{ unet: { ...stableDiffusion.unet, in_channels: 8 } }, /^its UNet takes 8 channels: a model that only changes pictures/],
];
for (const [change, sentence] of REFUSED)
  test(`refused in words: ${JSON.stringify(change)}`, () => {
    assert.throws(() => guessManifest('any', { ...stableDiffusion, ...change }), { message: sentence });
  });
