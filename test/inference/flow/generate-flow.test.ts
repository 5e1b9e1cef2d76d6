import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { InferenceError } from '../../../src/inference/errors.ts';
import { loadPipeline, type GeneratedImage, type GenerateRequest } from '../../../src/inference/pipeline.ts';
import { fixturePath } from '../../golden/fixtures.ts';
import { asDiffusersFolder, copyZImage, writeJson } from './z-image-copies.ts';

// What pictures look like is in test/golden/flow.test.ts.
const request: GenerateRequest = { prompt: 'a red fox', width: 48, height: 32, steps: 3, guidanceScale: 1, seed: 7 };
const options = { provider: 'cpu', intraOpThreads: 1 } as const;
const refused = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof InferenceError && error.code === code && words.test(error.message);

async function draw(folder: string, wanted: GenerateRequest): Promise<GeneratedImage> {
  const pipeline = await loadPipeline(folder, options);
  try {
    return await pipeline.generate(wanted);
  } finally {
    await pipeline.release();
  }
}

test('a Z-Image says what it is', async () => {
  const pipeline = await loadPipeline(fixturePath('flow-models/frames'), options);
  const { weightsBytes, ...description } = pipeline.description;
  await pipeline.release();
  assert.deepEqual(description, {
    family: 'z-image',
    scheduler: 'FlowMatchEulerDiscreteScheduler',
    vaeScaleFactor: 8,
    nativeWidth: 1024,
    nativeHeight: 1024,
    fixedSize: false,
    latentChannels: 16,
    supportsGuidance: true,
    maxTokens: 512,
  });
  assert.ok(weightsBytes > 600_000);
});

test('the published folder and a Diffusers folder of the same graphs draw the same bytes', async () => {
  assert.deepEqual((await draw(asDiffusersFolder(), request)).pixels, (await draw(fixturePath('flow-models/frames'), request)).pixels);
});

test('a picture of a batch is the picture alone', async () => {
  const folder = fixturePath('flow-models/plain');
  const pipeline = await loadPipeline(folder, options);
  const batch = await Promise.all([7, 8, 9].map((seed) => pipeline.generate({ ...request, seed })));
  await pipeline.release();
  assert.deepEqual(batch[2]!.pixels, (await draw(folder, { ...request, seed: 9 })).pixels);
  assert.notDeepEqual(batch[2]!.pixels, batch[1]!.pixels);
});

test('the step from 0 to 0 costs no run of the transformer', async () => {
  const pipeline = await loadPipeline(fixturePath('flow-models/frames'), options);
  const seen: Float32Array[] = [];
  await pipeline.generate(request, { onLatents: (latents) => void seen.push(latents.slice()) });
  await pipeline.release();
  assert.equal(seen.length, 3);
  assert.deepEqual(seen[2], seen[1]);
  assert.notDeepEqual(seen[1], seen[0]);
});

test('cancelling ends a picture between two steps', async () => {
  const pipeline = await loadPipeline(fixturePath('flow-models/frames'), options);
  const abort = new AbortController();
  const steps: number[] = [];
  const drawing = pipeline.generate(
    { ...request, steps: 9 },
    {
      signal: abort.signal,
      onStep: (step) => {
        steps.push(step);
        if (step === 2) abort.abort();
      },
    },
  );
  await assert.rejects(drawing, { code: 'cancelled' });
  assert.deepEqual(steps, [1, 2]);
  assert.equal((await pipeline.generate(request)).pixels.length, 48 * 32 * 3);
  await pipeline.release();
});

const badRequests: readonly (readonly [string, Partial<GenerateRequest>, string, RegExp])[] = [
  ['a side that is no multiple of 16', { width: 40 }, 'size_unsupported', /multiples of 16; 40×32/],
  ['a side of nothing', { height: 0 }, 'size_unsupported', /multiples of 16/],
  ['no step', { steps: 0 }, 'steps_unsupported', /from 1 to 1000/],
  ['half a step', { steps: 2.5 }, 'steps_unsupported', /whole number/],
  ['a scheduler for another kind of model', { scheduler: 'euler_a' }, 'scheduler_unsupported', /euler_a is not for flow-matching models/],
  ['a seed below 0', { seed: -1 }, 'request_invalid', /seed/],
  ['guidance that is no number', { guidanceScale: NaN }, 'request_invalid', /guidance/],
  ['no strength', { init: { pixels: new Uint8Array(48 * 32 * 3), strength: 0 } }, 'request_invalid', /strength/],
  ['a part of a picture', { mask: new Uint8Array(48 * 32) }, 'request_invalid', /leave the mask out/],
  ['a start of another size', { init: { pixels: new Uint8Array(3), strength: 0.5 } }, 'request_invalid', /48×32/],
];
test('what cannot be drawn is refused in one sentence', async (t) => {
  const pipeline = await loadPipeline(fixturePath('flow-models/frames'), options);
  for (const [what, change, code, words] of badRequests)
    await t.test(what, () => assert.rejects(pipeline.generate({ ...request, ...change }), refused(code, words)));
  await pipeline.release();
});

test('a folder without an encoder draws, and says why it cannot start from a picture', async () => {
  const folder = copyZImage();
  rmSync(join(folder, 'onnx/vae_encoder_model.onnx'));
  const pipeline = await loadPipeline(folder, options);
  const init = { pixels: new Uint8Array(48 * 32 * 3).fill(128), strength: 0.5 };
  await assert.rejects(pipeline.generate({ ...request, init }), refused('model_missing', /vae_encoder/));
  assert.equal((await pipeline.generate(request)).pixels.length, 48 * 32 * 3);
  await pipeline.release();
});

test('a prompt that is too long is drawn, and what was dropped is told', async () => {
  const { droppedPrompt } = await draw(fixturePath('flow-models/frames'), {
    ...request,
    prompt: 'an old lighthouse by the sea, '.repeat(60),
  });
  assert.match(droppedPrompt ?? '', /by the sea,$/);
});

test('a schedule that we have no code for is refused while loading', async () => {
  const folder = asDiffusersFolder();
  writeJson(folder, 'scheduler/scheduler_config.json', { shift: 3, stochastic_sampling: true });
  await assert.rejects(loadPipeline(folder, options), refused('model_config', /stochastic_sampling: true/));
  writeJson(folder, 'scheduler/scheduler_config.json', { _class_name: 'UniPCMultistepScheduler' });
  await assert.rejects(loadPipeline(folder, options), refused('scheduler_unsupported', /UniPCMultistepScheduler/));
});

test('parts of two models are refused', async () => {
  const folder = copyZImage();
  rmSync(join(folder, 'onnx/vae_decoder_model.onnx'));
  cpSync(fixturePath('models/sd-epsilon/vae_decoder/model.onnx'), join(folder, 'onnx/vae_decoder_model.onnx'));
  await assert.rejects(loadPipeline(folder, options), refused('model_config', /16 channels and the decoder takes 4/));
});
