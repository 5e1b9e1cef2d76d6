import assert from 'node:assert/strict';
import { cpSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { InferenceError, type InferenceErrorCode } from '../../src/inference/errors.ts';
import { loadPipeline } from '../../src/inference/pipeline.ts';
import { fixturePath } from '../golden/fixtures.ts';
import { zerosGraph, zerosUnet } from './made-graphs.ts';
import { copyModel, editJson, onnxBytes } from './model-copies.ts';

const CPU = { provider: 'cpu', intraOpThreads: 1 } as const;

type BadFolder = {
  readonly name: string;
  readonly model?: 'sd-epsilon';
  readonly damage: (folder: string) => void;
  readonly code: InferenceErrorCode;
  readonly sentence: RegExp;
};

function exchange(folder: string, one: string, other: string): void {
  renameSync(join(folder, one), join(folder, 'aside'));
  renameSync(join(folder, other), join(folder, one));
  renameSync(join(folder, 'aside'), join(folder, other));
}
const put = (folder: string, file: string, bytes: Uint8Array): void => writeFileSync(join(folder, file), bytes);
const ids = { input_ids: ['int64', ['batch', 20]] } as const;

const BAD_FOLDERS: readonly BadFolder[] = [
  {
    name: 'no second text encoder',
    damage: (folder) => rmSync(join(folder, 'text_encoder_2'), { recursive: true }),
    code: 'model_missing',
    sentence: /^The model folder has no text_encoder_2\/model\.onnx; download the model again\.$/,
  },
  {
    name: 'a second text encoder as safetensors',
    damage: (folder) => renameSync(join(folder, 'text_encoder_2/model.onnx'), join(folder, 'text_encoder_2/model.safetensors')),
    code: 'model_format',
    sentence: /^text_encoder_2\/model\.safetensors holds weights of another format/,
  },
  {
    name: 'no second tokenizer',
    damage: (folder) => rmSync(join(folder, 'tokenizer_2'), { recursive: true }),
    code: 'model_missing',
    sentence: /no tokenizer_2\//,
  },
  {
    name: 'the decoder of Stable Diffusion 1',
    damage: (folder) => editJson(join(folder, 'vae_decoder/config.json'), { scaling_factor: 0.18215 }),
    code: 'model_config',
    sentence: /^vae_decoder is that of Stable Diffusion 1 or 2 .* put an SDXL's VAE there/,
  },
  {
    name: 'exchanged text encoders',
    damage: (folder) => exchange(folder, 'text_encoder', 'text_encoder_2'),
    code: 'model_config',
    sentence: /^text_encoder and text_encoder_2 are exchanged: text_encoder\/model\.onnx makes the text_embeds .+; swap the two folders/,
  },
  {
    name: 'exchanged text encoders that both make text_embeds',
    damage: (folder) => {
      put(folder, 'text_encoder/model.onnx', zerosGraph(ids, { text_embeds: [1, 20], 'hidden_states.1': [1, 20, 24] }));
      put(folder, 'text_encoder_2/model.onnx', zerosGraph(ids, { text_embeds: [1, 16], 'hidden_states.1': [1, 20, 16] }));
    },
    code: 'model_config',
    sentence: /^text_encoder and text_encoder_2 are exchanged/,
  },
  {
    name: 'the first text encoder twice',
    damage: (folder) => cpSync(join(folder, 'text_encoder'), join(folder, 'text_encoder_2'), { recursive: true }),
    code: 'model_config',
    sentence: /^text_encoder_2\/model\.onnx has no output text_embeds, which/,
  },
  {
    name: 'a first text encoder of another model',
    damage: (folder) => cpSync(fixturePath('models/sd-epsilon/text_encoder'), join(folder, 'text_encoder'), { recursive: true }),
    code: 'model_config',
    sentence: /^The text encoders together make 32 \+ 24 = 56 numbers a token and the UNet wants 40: they are not of one model\.$/,
  },
  {
    name: 'a second text encoder of another model',
    damage: (folder) => put(folder, 'text_encoder_2/model.onnx', zerosGraph(ids, { text_embeds: [1, 12], 'hidden_states.1': [1, 20, 24] })),
    code: 'model_config',
    sentence: /^text_encoder_2\/model\.onnx makes text_embeds of 12 numbers and the UNet wants 20: they are not of one model\.$/,
  },
  {
    name: 'a text encoder of another width',
    model: 'sd-epsilon',
    damage: (folder) => cpSync(fixturePath('models/sdxl/text_encoder'), join(folder, 'text_encoder'), { recursive: true }),
    code: 'model_config',
    sentence: /^The text encoder makes 16 numbers a token and the UNet wants 32: they are not of one model\.$/,
  },
  {
    name: 'a UNet of Stable Diffusion',
    damage: (folder) => cpSync(fixturePath('models/sd-epsilon/unet'), join(folder, 'unet'), { recursive: true }),
    code: 'model_family',
    sentence: /^unet\/model\.onnx has no input text_embeds, which an SDXL UNet has: model_index\.json names another family/,
  },
  {
    name: 'a UNet of SDXL in a folder of Stable Diffusion',
    model: 'sd-epsilon',
    damage: (folder) => cpSync(fixturePath('models/sdxl/unet'), join(folder, 'unet'), { recursive: true }),
    code: 'model_family',
    sentence: /^unet\/model\.onnx also wants text_embeds: it is an SDXL UNet, but model_index\.json does not name/,
  },
  {
    name: 'a UNet that wants a ControlNet',
    damage: (folder) => put(folder, 'unet/model.onnx', zerosUnet({ mid_block_additional_residual: ['float32', [1, 16, 4, 4]] })),
    code: 'model_family',
    sentence: /^unet\/model\.onnx also wants mid_block_additional_residual, .+; ControlNet and adapter models are not supported\.$/,
  },
  {
    name: 'the refiner, by its index',
    damage: (folder) => editJson(join(folder, 'model_index.json'), { requires_aesthetics_score: true }),
    code: 'model_family',
    sentence: /^This is the SDXL refiner, which only finishes pictures of another model/,
  },
  {
    name: 'the refiner, by its UNet',
    damage: (folder) => put(folder, 'unet/model.onnx', zerosUnet({ time_ids: ['float32', ['batch', 5]] })),
    code: 'model_family',
    sentence: /^unet\/model\.onnx takes 5 time_ids and SDXL has 6: it is the SDXL refiner\.$/,
  },
  {
    name: 'whole numbers for the latents',
    damage: (folder) => put(folder, 'unet/model.onnx', zerosUnet({ sample: ['int32', ['batch', 4, 'height', 'width']] })),
    code: 'model_config',
    sentence: /^unet\/model\.onnx takes its sample as int32; float32 and float16 are supported: export the model with one of them\.$/,
  },
  {
    name: 'whole numbers for the sizes',
    damage: (folder) => put(folder, 'unet/model.onnx', zerosUnet({ time_ids: ['int64', ['batch', 6]] })),
    code: 'model_config',
    sentence: /^unet\/model\.onnx takes its time_ids as int64; float32 and float16 are supported/,
  },
  {
    name: 'a decoder of whole numbers',
    damage: (folder) =>
      put(folder, 'vae_decoder/model.onnx', zerosGraph({ latent_sample: ['int32', [1, 4, 'h', 'w']] }, { sample: [1, 3, 32, 32] })),
    code: 'model_config',
    sentence: /^vae_decoder\/model\.onnx takes its latent_sample as int32/,
  },
  {
    name: 'a UNet that changes pictures',
    damage: (folder) => put(folder, 'unet/model.onnx', zerosUnet({ sample: ['float32', ['batch', 8, 'height', 'width']] })),
    code: 'model_family',
    sentence: /^The UNet takes 8 channels and the decoder 4: supported are UNets with 4, and with 9 for repainting parts of a picture\.$/,
  },
  {
    name: 'a decoder that scales each channel',
    damage: (folder) => editJson(join(folder, 'vae_decoder/config.json'), { latents_mean: [0, 0, 0, 0], latents_std: [1, 1, 1, 1] }),
    code: 'model_config',
    sentence: /^vae_decoder\/config\.json sets latents_mean for each channel, which is not supported yet\.$/,
  },
  ...['text_encoder_2', 'unet', 'vae_decoder'].map((part): BadFolder => ({
    name: `${part} fused for a GPU`,
    damage: (folder) => put(folder, `${part}/model.onnx`, onnxBytes({ operator: 'GroupNorm', domain: 'com.microsoft' })),
    code: 'model_gpu_fused',
    sentence: new RegExp(`^${part}/model\\.onnx was optimised for a GPU \\(it has GroupNorm\\) and cannot run on the CPU`),
  })),
];

for (const { name, model = 'sdxl', damage, code, sentence } of BAD_FOLDERS)
  test(`${name}: ${code}`, async () => {
    const folder = copyModel(model);
    damage(folder);
    await assert.rejects(loadPipeline(folder, CPU), (error: unknown) => {
      assert.ok(error instanceof InferenceError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, sentence);
      return true;
    });
  });

test('operators of quantised exports are let through', async () => {
  const { openModelFolder } = await import('../../src/inference/model-folder.ts');
  for (const [operator, domain] of [
    ['MatMulNBits', 'com.microsoft'],
    ['GatherBlockQuantized', 'com.microsoft'],
    ['DynamicQuantizeMatMul', 'com.microsoft'],
    ['QAttention', 'com.microsoft'],
    ['MultiHeadAttention', 'com.microsoft'],
    ['FusedMatMul', 'com.microsoft'],
    ['QLinearConv', ''],
    ['MatMulInteger', ''],
    ['DynamicQuantizeLinear', 'ai.onnx'],
  ] as const) {
    const folder = copyModel('sdxl');
    put(folder, 'unet/model.onnx', onnxBytes({ operator, domain }));
    assert.equal(openModelFolder(folder, 'cpu').family, 'sdxl');
  }
});

test('an SDXL folder describes itself, from graphs and configuration', async () => {
  for (const model of ['sdxl', 'sdxl-float16'] as const) {
    const pipeline = await loadPipeline(fixturePath(`models/${model}`), CPU);
    const { weightsBytes, ...description } = pipeline.description;
    assert.deepEqual(description, {
      family: 'sdxl', scheduler: 'EulerDiscreteScheduler', vaeScaleFactor: 4, nativeWidth: 32, nativeHeight: 32, fixedSize: false, sideMultiple: 8, latentChannels: 4, repaints: false, supportsGuidance: true, maxTokens: 20,
    }); // prettier-ignore
    assert.ok(weightsBytes > 590_000 && weightsBytes < 620_000, String(weightsBytes)); // two text encoders, UNet and decoder
    await pipeline.release();
  }
});

test('a decoder without a configuration, and a TAESD without a scaling factor', async () => {
  const { readVaeJson } = await import('../../src/inference/vae-config.ts');
  const folder = copyModel('sdxl');
  rmSync(join(folder, 'vae_decoder/config.json'));
  assert.deepEqual(readVaeJson(folder, 'vae_decoder', 'sdxl'), { scaling_factor: 0.13025 });
  assert.equal(readVaeJson(folder, 'vae_decoder', 'sd'), undefined);
  assert.deepEqual(readVaeJson(folder, 'vae_decoder', 'sd', { scaling_factor: 2 }), { scaling_factor: 2 });
  const tiny = { _class_name: 'AutoencoderTiny', decoder_block_out_channels: [8, 8] };
  writeFileSync(join(folder, 'vae_decoder/config.json'), JSON.stringify(tiny));
  assert.deepEqual(readVaeJson(folder, 'vae_decoder', 'sdxl'), { scaling_factor: 1, block_out_channels: [8, 8], ...tiny });
});
