import assert from 'node:assert/strict';
import { openSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { InferenceError } from '../../src/inference/errors.ts';
import { loadPipeline, type GenerateRequest, type TextToImagePipeline } from '../../src/inference/pipeline.ts';
import { vaeSettings } from '../../src/inference/vae-decoder.ts';
import { fixturePath } from '../golden/fixtures.ts';
import { copyModel, editJson } from './model-copies.ts';
import { assertSameBytes } from '../same-bytes.ts';

const CPU = { provider: 'cpu', intraOpThreads: 1 } as const;
const REQUEST: GenerateRequest = { prompt: 'a photo of a red fox', width: 32, height: 32, steps: 4, guidanceScale: 4, seed: 5 };
let pipeline: TextToImagePipeline;
before(async () => {
  pipeline = await loadPipeline(fixturePath('models/sd-epsilon'), CPU);
});
after(() => pipeline.release());

test('a pipeline describes itself', async () => {
  const { weightsBytes, ...description } = pipeline.description;
  assert.deepEqual(description, {
    family: 'sd', scheduler: 'EulerDiscreteScheduler', vaeScaleFactor: 4, nativeWidth: 32, nativeHeight: 32, fixedSize: false, sideMultiple: 8, latentChannels: 4, repaints: false, supportsGuidance: true, maxTokens: 20,
  }); // prettier-ignore
  assert.ok(weightsBytes > 900_000 && weightsBytes < 2_000_000, String(weightsBytes));
  const lcm = await loadPipeline(fixturePath('models/lcm'), CPU);
  assert.equal(lcm.description.family, 'lcm');
  assert.equal(lcm.description.supportsGuidance, false);
  await lcm.release();
});

test('a picture is the same alone, in a batch, and among others', async () => {
  for (const scheduler of ['euler', 'euler_a', 'dpm++_2m'] as const) {
    const alone = await pipeline.generate({ ...REQUEST, scheduler, seed: 7 });
    const batch = await Promise.all([5, 6, 7].map((seed) => pipeline.generate({ ...REQUEST, scheduler, seed })));
    assertSameBytes(batch[2]!.pixels, alone.pixels);
    assert.notDeepEqual(batch[1]!.pixels, alone.pixels);
    assert.equal(alone.seed, 7);
  }
});

test('guidance of 1 or less is the prompt alone, whatever the negative prompt', async () => {
  const pixels = async (guidanceScale: number, negativePrompt = ''): Promise<Uint8Array> =>
    (await pipeline.generate({ ...REQUEST, guidanceScale, negativePrompt })).pixels;
  const alone = await pixels(1);
  for (const scale of [0, 0.5, 1]) assertSameBytes(await pixels(scale, 'blur'), alone);
  assert.notDeepEqual(await pixels(1.5), alone);
  assert.notDeepEqual(await pixels(1.5, 'blur'), await pixels(1.5));
});

test('steps are told, and timings add up', async () => {
  const told: string[] = [];
  const { timings } = await pipeline.generate(REQUEST, { onStep: (step, steps) => told.push(`${step}/${steps}`) });
  assert.deepEqual(told, ['1/4', '2/4', '3/4', '4/4']);
  assert.ok(Math.abs(timings.textMs + timings.denoiseMs + timings.decodeMs - timings.totalMs) < 1e-6);
  assert.ok(timings.sessionRunMs > 0 && timings.sessionRunMs <= timings.totalMs);
});

test('a signal stops between steps, with the code cancelled', async () => {
  const controller = new AbortController();
  let steps = 0;
  const run = pipeline.generate(
    { ...REQUEST, steps: 50 },
    { signal: controller.signal, onStep: () => void (++steps === 3 && controller.abort(new Error('enough'))) },
  );
  await assert.rejects(
    run,
    (error: unknown) => error instanceof InferenceError && error.code === 'cancelled' && (error.cause as Error).message === 'enough',
  );
  assert.equal(steps, 3);
  await assert.rejects(pipeline.generate(REQUEST, { signal: AbortSignal.abort() }), {
    code: 'cancelled',
    message: 'The picture was cancelled.',
  });
  await pipeline.generate(REQUEST); // and the next one is made
});

test('the event loop turns between steps, so that a message that cancels can arrive', async () => {
  const controller = new AbortController();
  let steps = 0;
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(pipeline.generate({ ...REQUEST, steps: 1000 }, { signal: controller.signal, onStep: () => void steps++ }), {
    code: 'cancelled',
  });
  assert.ok(steps > 0 && steps < 1000, String(steps));
});

test('what does not fit into the tokens is reported', async () => {
  const fits = await pipeline.generate({ ...REQUEST, steps: 1 });
  assert.equal(fits.droppedPrompt, undefined);
  const long = await pipeline.generate({
    ...REQUEST,
    steps: 1,
    prompt: 'a photo of a red fox in the snow, a blue bicycle on a green hill at night, and a lighthouse by the sea',
  });
  assert.match(long.droppedPrompt ?? '', /a lighthouse by the sea$/);
  assert.doesNotMatch(long.droppedPrompt ?? '', /red fox/);
});

const REFUSED: readonly (readonly [change: Partial<GenerateRequest>, code: string, message: string | RegExp])[] = [
  [{ width: 30 }, 'size_unsupported', 'Width and height must be multiples of 4; 30×32 was asked for.'],
  [{ height: 0 }, 'size_unsupported', 'Width and height must be multiples of 4; 32×0 was asked for.'],
  [{ width: 36 }, 'size_unsupported', 'unet/model.onnx cannot make a picture of 36×32; sides that are multiples of 8 always fit.'],
  [{ steps: 0 }, 'steps_unsupported', 'Steps must be a whole number from 1 to 1000; 0 were asked for.'],
  [{ seed: -1 }, 'request_invalid', /^The seed must be a whole number from 0 to 9007199254740991; -1 was given\.$/],
  [{ seed: 0.5 }, 'request_invalid', /0\.5 was given\.$/],
  [{ guidanceScale: Number.NaN }, 'request_invalid', 'The guidance scale must be a number; NaN was given.'],
  [
    { scheduler: 'best' as 'euler' },
    'scheduler_unsupported',
    /^There is no scheduler called best; known: euler, euler_a, ddim, lcm, dpm\+\+_2m, tcd, dpm\+\+_2m_karras\.$/,
  ],
];

for (const [change, code, message] of REFUSED) {
  test(`refused in words: ${JSON.stringify(change)}`, async () => {
    await assert.rejects(pipeline.generate({ ...REQUEST, ...change }), { name: 'InferenceError', code, message });
  });
}

test('what StableDiffusionPipeline corrects in old folders makes no difference here either', async () => {
  const pictureOf = async (settings: Record<string, unknown>): Promise<Uint8Array> => {
    const folder = copyModel();
    editJson(join(folder, 'scheduler/scheduler_config.json'), { _class_name: 'DDIMScheduler', ...settings });
    const edited = await loadPipeline(folder, CPU);
    const { pixels } = await edited.generate(REQUEST);
    await edited.release();
    return pixels;
  };
  const corrected = await pictureOf({ steps_offset: 1, clip_sample: false });
  assert.deepEqual(await pictureOf({ steps_offset: 0, clip_sample: true }), corrected);
  assert.notDeepEqual(await pictureOf({ steps_offset: 1, clip_sample: false, timestep_spacing: 'trailing' }), corrected);
});

test('a decoder configuration from before scaling_factor means 0.18215', () => {
  assert.deepEqual(vaeSettings({}), { scalingFactor: 0.18215, shiftFactor: 0 });
  assert.deepEqual(vaeSettings({ scaling_factor: 0.5, shift_factor: 0.1 }), { scalingFactor: 0.5, shiftFactor: 0.1 });
});

test('a UNet that answers NaN is an error that names it, never a black picture', async () => {
  const folder = copyModel();
  const file = openSync(join(folder, 'unet/model.onnx_data'), 'r+');
  writeSync(file, new Uint8Array(new Float32Array(4096).fill(Number.NaN).buffer), 0, undefined, 0);
  closeSync(file);
  await rejectsOnce(
    folder,
    /^unet\/model\.onnx answered with NaN or infinity at timestep \d+; float16 weights that overflow are the usual cause/,
  );
});

test('a decoder that answers NaN is an error that names it', async () => {
  const folder = copyModel();
  editJson(join(folder, 'vae_decoder/config.json'), { scaling_factor: 1e-38 });
  await rejectsOnce(
    folder,
    /^vae_decoder\/model\.onnx answered with NaN or infinity; a float16 VAE that overflows is the usual cause: use its float32 export\.$/,
  );
});

test('a decoder whose configuration is of another model is found out', async () => {
  const folder = copyModel();
  editJson(join(folder, 'vae_decoder/config.json'), { block_out_channels: [8, 16] });
  const broken = await loadPipeline(folder, CPU);
  await assert.rejects(broken.generate(REQUEST), {
    code: 'model_config',
    message: /^vae_decoder\/model\.onnx made \[1, 3, 64, 64\] instead of \[1, 3, 32, 32\]/,
  });
  await broken.release();
});

test('a released pipeline says so, and can be released twice', async () => {
  const other = await loadPipeline(fixturePath('models/sd-v-prediction'), CPU);
  const running = other.generate(REQUEST);
  await other.release(); // waits for the picture
  assert.equal((await running).pixels.length, 32 * 32 * 3);
  await other.release();
  await assert.rejects(other.generate(REQUEST), { code: 'run_failed', message: 'The pipeline was released.' });
});

async function rejectsOnce(folder: string, message: RegExp): Promise<void> {
  const broken = await loadPipeline(folder, CPU);
  try {
    await assert.rejects(broken.generate(REQUEST), { code: 'nan', message });
  } finally {
    await broken.release();
  }
}
