import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { InferenceError, type InferenceErrorCode } from '../../src/inference/errors.ts';
import { loadPipeline, type ProviderName } from '../../src/inference/pipeline.ts';
import { copyModel, editJson, onnxBytes } from './model-copies.ts';

type BadFolder = {
  readonly name: string;
  readonly damage: (folder: string) => void;
  readonly code: InferenceErrorCode;
  readonly sentence: RegExp;
  readonly provider?: ProviderName;
};

const unet = (folder: string): string => join(folder, 'unet/model.onnx');
const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';

const BAD_FOLDERS: readonly BadFolder[] = [
  {
    name: 'no folder',
    damage: (folder) => rmSync(folder, { recursive: true }),
    code: 'model_missing',
    sentence: /^There is no model folder .+\.$/,
  },
  {
    name: 'no model_index.json',
    damage: (folder) => rmSync(join(folder, 'model_index.json')),
    code: 'model_missing',
    sentence: /^The model folder has no model_index\.json; download the model again\.$/,
  },
  {
    name: 'a checkpoint file only',
    damage: (folder) => {
      rmSync(join(folder, 'model_index.json'));
      writeFileSync(join(folder, 'dreamy.ckpt'), 'x');
    },
    code: 'model_format',
    sentence: /^dreamy\.ckpt holds weights of another format, which are not loaded; export the model to ONNX/,
  },
  ...['safetensors', 'bin', 'pt', 'pkl'].map((ending): BadFolder => ({
    name: `a UNet as .${ending}`,
    damage: (folder) => {
      rmSync(unet(folder));
      writeFileSync(join(folder, `unet/diffusion_pytorch_model.${ending}`), 'x');
    },
    code: 'model_format',
    sentence: new RegExp(`^unet/diffusion_pytorch_model\\.${ending} holds weights of another format, which are not loaded; export`),
  })),
  {
    name: 'no decoder',
    damage: (folder) => rmSync(join(folder, 'vae_decoder/model.onnx')),
    code: 'model_missing',
    sentence: /^The model folder has no vae_decoder\/model\.onnx; download/,
  },
  {
    name: 'no scheduler',
    damage: (folder) => rmSync(join(folder, 'scheduler'), { recursive: true }),
    code: 'model_missing',
    sentence: /has no scheduler\/scheduler_config\.json/,
  },
  {
    name: 'no merges',
    damage: (folder) => rmSync(join(folder, 'tokenizer/merges.txt')),
    code: 'model_missing',
    sentence: /has no tokenizer\/merges\.txt/,
  },
  {
    name: 'a cut graph',
    damage: (folder) => truncateSync(unet(folder), 100_000),
    code: 'model_truncated',
    sentence: /^unet\/model\.onnx is cut off or damaged \(100000 bytes\); download it again\.$/,
  },
  {
    name: 'an empty graph',
    damage: (folder) => truncateSync(unet(folder), 0),
    code: 'model_truncated',
    sentence: /^unet\/model\.onnx is empty; download it again\.$/,
  },
  {
    name: 'a graph file without a graph',
    damage: (folder) => writeFileSync(unet(folder), Buffer.from([8, 8])),
    code: 'model_truncated',
    sentence: /^unet\/model\.onnx has no whole graph in it/,
  },
  {
    name: 'noise in a graph’s place',
    damage: (folder) => writeFileSync(unet(folder), Buffer.alloc(5000, 0xff)),
    code: 'model_truncated',
    sentence: /^unet\/model\.onnx is cut off or damaged/,
  },
  {
    name: 'a web page',
    damage: (folder) => writeFileSync(unet(folder), '\n<!DOCTYPE html><html>Sign in</html>'),
    code: 'model_truncated',
    sentence: /^unet\/model\.onnx is a web page, not a model/,
  },
  {
    name: 'an LFS pointer',
    damage: (folder) => writeFileSync(unet(folder), LFS),
    code: 'model_truncated',
    sentence: /^unet\/model\.onnx is a Git LFS pointer, not the file itself; run "git lfs pull"/,
  },
  {
    name: 'an LFS pointer for a configuration',
    damage: (folder) => writeFileSync(join(folder, 'model_index.json'), LFS),
    code: 'model_truncated',
    sentence: /^model_index\.json is a Git LFS pointer/,
  },
  {
    name: 'no weights beside the graph',
    damage: (folder) => rmSync(`${unet(folder)}_data`),
    code: 'model_missing',
    sentence: /^unet\/model\.onnx_data, the weights of unet\/model\.onnx, is missing/,
  },
  {
    name: 'cut weights',
    damage: (folder) => truncateSync(`${unet(folder)}_data`, 1000),
    code: 'model_truncated',
    sentence: /^unet\/model\.onnx_data ends early: it has 1000 bytes of \d+/,
  },
  {
    name: 'an LFS pointer for weights',
    damage: (folder) => writeFileSync(`${unet(folder)}_data`, LFS),
    code: 'model_truncated',
    sentence: /^unet\/model\.onnx_data is a Git LFS pointer/,
  },
  {
    name: 'weights behind a link',
    damage: (folder) => {
      renameSync(`${unet(folder)}_data`, join(folder, 'elsewhere'));
      symlinkSync(join(folder, 'elsewhere'), `${unet(folder)}_data`);
    },
    code: 'model_external_data',
    sentence: /^unet\/model\.onnx_data, the weights of unet\/model\.onnx, is a link; put the file itself there\.$/,
  },
  {
    name: 'weights in a linked folder',
    damage: (folder) => {
      renameSync(join(folder, 'unet'), join(dirname(folder), `linked-${process.pid}`));
      symlinkSync(join(dirname(folder), `linked-${process.pid}`), join(folder, 'unet'));
    },
    code: 'model_external_data',
    sentence: /is a link; put the file itself there\.$/,
  },
  ...['../../secret', '/etc/passwd', 'a/../../../secret', 'C:secret', '..\\secret'].map((location): BadFolder => ({
    name: `weights at ${location}`,
    damage: (folder) => writeFileSync(unet(folder), onnxBytes({ operator: 'Conv' }, { location, length: 8 })),
    code: 'model_external_data',
    sentence: /^unet\/model\.onnx names weights outside of its folder \(.+\); they are not loaded\.$/,
  })),
  {
    name: 'operators fused for a GPU',
    damage: (folder) => writeFileSync(unet(folder), onnxBytes({ operator: 'NhwcConv', domain: 'com.microsoft' })),
    code: 'model_gpu_fused',
    sentence: /^unet\/model\.onnx was optimised for a GPU \(it has NhwcConv\) and cannot run on the CPU; take the plain ONNX export\.$/,
  },
  {
    name: 'operators of a library',
    damage: (folder) => writeFileSync(unet(folder), onnxBytes({ operator: 'Evil', domain: 'com.example' })),
    code: 'model_custom_ops',
    sentence: /^unet\/model\.onnx needs the operator com\.example\.Evil of another library; such libraries are never loaded\.$/,
  },
  {
    name: 'an operator nobody knows',
    damage: (folder) => writeFileSync(unet(folder), onnxBytes({ operator: 'Konv' })),
    code: 'model_custom_ops',
    sentence: /^unet\/model\.onnx has operators that onnxruntime does not know/,
  },
  {
    name: 'a ControlNet for SDXL',
    damage: (folder) => editJson(join(folder, 'model_index.json'), { _class_name: 'StableDiffusionXLControlNetPipeline' }),
    code: 'model_family',
    sentence: /^A ControlNet \(StableDiffusionXLControlNetPipeline\) is not supported yet; supported are Stable Diffusion 1 and 2/,
  },
  {
    name: 'FLUX',
    damage: (folder) => editJson(join(folder, 'model_index.json'), { _class_name: 'Flux2Pipeline' }),
    code: 'model_family',
    sentence: /^FLUX \(Flux2Pipeline\) is not supported yet/,
  },
  {
    name: 'a pipeline nobody knows',
    damage: (folder) => editJson(join(folder, 'model_index.json'), { _class_name: 'FancyPipeline' }),
    code: 'model_family',
    sentence: /^FancyPipeline \(FancyPipeline\) is not supported yet/,
  },
  {
    name: 'a UNet of another family',
    damage: (folder) => writeFileSync(unet(folder), readFileSync(join(folder, 'vae_decoder/model.onnx'))),
    code: 'model_family',
    sentence: /^unet\/model\.onnx has the inputs latent_sample; a Stable Diffusion UNet has/,
  },
  {
    name: 'no class name',
    damage: (folder) => editJson(join(folder, 'model_index.json'), { _class_name: null }),
    code: 'model_config',
    sentence: /^model_index\.json does not say _class_name\.$/,
  },
  {
    name: 'broken JSON',
    damage: (folder) => writeFileSync(join(folder, 'unet/config.json'), '{"a":'),
    code: 'model_config',
    sentence: /^unet\/config\.json is not valid JSON/,
  },
  {
    name: 'a list for JSON',
    damage: (folder) => writeFileSync(join(folder, 'unet/config.json'), '[]'),
    code: 'model_config',
    sentence: /^unet\/config\.json does not hold a JSON object\.$/,
  },
  {
    name: 'a folder in a graph’s place, as an example of what cannot be read',
    damage: (folder) => {
      rmSync(unet(folder));
      mkdirSync(unet(folder));
    },
    code: 'model_missing',
    sentence: /^unet\/model\.onnx cannot be read: EISDIR/,
  },
  {
    name: 'an empty tokenizer.json',
    damage: (folder) => writeFileSync(join(folder, 'tokenizer/tokenizer.json'), '{}'),
    code: 'model_config',
    sentence: /^tokenizer\/tokenizer\.json is damaged or not a CLIP tokenizer: /,
  },
  {
    name: 'a class name that every object has',
    damage: (folder) => editJson(join(folder, 'model_index.json'), { _class_name: 'constructor' }),
    code: 'model_family',
    sentence: /^constructor \(constructor\) is not supported yet/,
  },
  {
    name: 'a scheduler name that every object has',
    damage: (folder) => editJson(join(folder, 'scheduler/scheduler_config.json'), { _class_name: 'toString' }),
    code: 'scheduler_unsupported',
    sentence: /^The model's scheduler toString is not supported/,
  },
  {
    name: 'a pad token nobody knows',
    damage: (folder) => editJson(join(folder, 'tokenizer/tokenizer_config.json'), { pad_token: '[PAD]' }),
    code: 'model_config',
    sentence: /^The tokenizer's pad_token \[PAD\] is not in its vocabulary\.$/,
  },
  {
    name: 'a scheduler nobody knows',
    damage: (folder) => editJson(join(folder, 'scheduler/scheduler_config.json'), { _class_name: 'FlowMatchEulerDiscreteScheduler' }),
    code: 'scheduler_unsupported',
    sentence: /^The model's scheduler FlowMatchEulerDiscreteScheduler is not supported; supported: Euler/,
  },
  {
    name: 'a provider of another system',
    damage: () => {},
    provider: process.platform === 'win32' ? 'coreml' : 'dml',
    code: 'provider_unavailable',
    sentence: /^This build of onnxruntime has no provider (dml|coreml) on /,
  },
];

for (const { name, damage, code, sentence, provider = 'cpu' } of BAD_FOLDERS) {
  test(`${name}: ${code}`, async () => {
    const folder = copyModel();
    damage(folder);
    await assert.rejects(loadPipeline(folder, { provider, intraOpThreads: 1 }), (error: unknown) => {
      assert.ok(error instanceof InferenceError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, sentence);
      return true;
    });
  });
}

test('operators fused for a GPU are let through to a GPU', async () => {
  const folder = copyModel();
  writeFileSync(unet(folder), onnxBytes({ operator: 'NhwcConv', domain: 'com.microsoft' }));
  const { openModelFolder } = await import('../../src/inference/model-folder.ts');
  assert.equal(openModelFolder(folder, 'cuda').unetBytes, readFileSync(unet(folder)).length);
});

test('a configuration with -Infinity, as diffusers writes it, is read', async () => {
  const folder = copyModel();
  writeFileSync(
    join(folder, 'scheduler/scheduler_config.json'),
    '{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "beta_schedule": "scaled_linear"}',
  );
  const pipeline = await loadPipeline(folder, { provider: 'cpu', intraOpThreads: 1 });
  assert.equal(pipeline.description.scheduler, 'DPMSolverMultistepScheduler');
  await pipeline.release();
});

const SCHEDULERS: Record<string, [config: Record<string, unknown>, runsAs: string]> = {
  'PNDM, which Stable Diffusion 1.5 names': [
    { _class_name: 'PNDMScheduler', skip_prk_steps: true, set_alpha_to_one: false },
    'PNDMScheduler',
  ],
  'PNDM with its Runge-Kutta steps': [{ _class_name: 'PNDMScheduler' }, 'EulerDiscreteScheduler'],
  'DDPM, which fine-tuned models name': [
    { _class_name: 'DDPMScheduler', variance_type: 'fixed_small', clip_sample: true },
    'DDPMScheduler',
  ],
  UniPC: [
    { _class_name: 'UniPCMultistepScheduler', solver_type: 'bh2', solver_p: null, disable_corrector: [], use_flow_sigmas: false },
    'UniPCMultistepScheduler',
  ],
  'UniPC that predicts noise': [{ _class_name: 'UniPCMultistepScheduler', predict_x0: false }, 'EulerDiscreteScheduler'],
  'DPM++ SDE of another library': [{ _class_name: 'DPMSolverSDEScheduler' }, 'EulerDiscreteScheduler'],
  Heun: [{ _class_name: 'HeunDiscreteScheduler' }, 'EulerDiscreteScheduler'],
  TCD: [{ _class_name: 'TCDScheduler' }, 'TCDScheduler'],
};
for (const [what, [config, runsAs]] of Object.entries(SCHEDULERS))
  test(`${what}, runs as ${runsAs}`, async () => {
    const folder = copyModel();
    editJson(join(folder, 'scheduler/scheduler_config.json'), config);
    const pipeline = await loadPipeline(folder, { provider: 'cpu', intraOpThreads: 1 });
    assert.equal(pipeline.description.scheduler, runsAs);
    await pipeline.generate({ prompt: 'a fox', width: 32, height: 32, steps: 2, guidanceScale: 1, seed: 0 });
    await pipeline.release();
  });

test('folders and files that the pipeline has no use for do no harm', async () => {
  const folder = copyModel();
  for (const name of ['safety_checker', 'feature_extractor', 'vae_encoder']) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'model.onnx'), 'not a graph');
  }
  const pipeline = await loadPipeline(folder, { provider: 'cpu', intraOpThreads: 1 });
  await pipeline.release();
});
