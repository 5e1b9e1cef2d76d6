import assert from 'node:assert/strict';
import { cpSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { InferenceError, type InferenceErrorCode } from '../../src/inference/errors.ts';
import { planSteps } from '../../src/inference/image-to-image.ts';
import { loadPipeline, type GenerateRequest, type SchedulerName, type TextToImagePipeline } from '../../src/inference/pipeline.ts';
import { fixturePath, readNpyFixture } from '../golden/fixtures.ts';
import { assertSameBytes } from '../same-bytes.ts';
import { averagingEncoder } from './made-graphs.ts';
import { copyModel } from './model-copies.ts';

const CPU = { provider: 'cpu', intraOpThreads: 1 } as const;
const pixels = readNpyFixture('image-to-image/from-32x32.npy').values as Uint8Array;
const REQUEST: GenerateRequest = { prompt: 'a fox', width: 32, height: 32, steps: 6, guidanceScale: 1, seed: 5 };
const varied = (strength: number): GenerateRequest => ({ ...REQUEST, init: { pixels, strength } });

const opened: TextToImagePipeline[] = [];
after(() => Promise.all(opened.map((pipeline) => pipeline.release())));
async function open(folder: string): Promise<TextToImagePipeline> {
  const pipeline = await loadPipeline(folder, CPU);
  opened.push(pipeline);
  return pipeline;
}

const thrown = (code: InferenceErrorCode, message: RegExp) => (error: unknown) =>
  error instanceof InferenceError && error.code === code && message.test(error.message);

describe('a folder without a VAE encoder', () => {
  test('draws from words, says what it lacks to whoever gives it a picture, and takes an encoder that comes later', async () => {
    const folder = copyModel();
    rmSync(join(folder, 'vae_encoder'), { recursive: true });
    const pipeline = await open(folder);
    const drawn = await pipeline.generate(REQUEST);
    await assert.rejects(pipeline.generate(varied(0.5)), (error: unknown) => {
      assert.ok(thrown('model_missing', /no vae_encoder\/model\.onnx, without which it cannot start from a picture/)(error));
      assert.equal((error as InferenceError).detail['file'], 'vae_encoder');
      return true;
    });
    assertSameBytes((await pipeline.generate(REQUEST)).pixels, drawn.pixels);
    cpSync(join(fixturePath('models/sd-epsilon'), 'vae_encoder'), join(folder, 'vae_encoder'), { recursive: true });
    const { pixels: made } = await pipeline.generate(varied(0.5));
    assertSameBytes(made, (await (await open(fixturePath('models/sd-epsilon'))).generate(varied(0.5))).pixels);
  });

  test('is told from one whose encoder is damaged, of another format, or of another model', async () => {
    const damaged = copyModel();
    truncateSync(join(damaged, 'vae_encoder/model.onnx'), 1000);
    await assert.rejects((await open(damaged)).generate(varied(0.5)), thrown('model_truncated', /^vae_encoder\/model\.onnx is cut off/));
    const foreign = copyModel();
    rmSync(join(foreign, 'vae_encoder/model.onnx'));
    writeFileSync(join(foreign, 'vae_encoder/diffusion_pytorch_model.safetensors'), 'x');
    await assert.rejects((await open(foreign)).generate(varied(0.5)), thrown('model_format', /vae_encoder\/diffusion_pytorch_model/));
    const other = copyModel();
    writeFileSync(join(other, 'vae_encoder/model.onnx'), averagingEncoder());
    const message = /made \[1, 3, 8, 8\] instead of \[1, 4, 8, 8\] or \[1, 8, 8, 8\]: it is not of this model/;
    await assert.rejects((await open(other)).generate(varied(0.5)), thrown('model_config', message));
  });
});

describe('a request', () => {
  test('is refused for a strength or a picture that makes no sense', async () => {
    const pipeline = await open(fixturePath('models/sd-epsilon'));
    for (const strength of [0, -0.1, 1.1, Number.NaN])
      await assert.rejects(pipeline.generate(varied(strength)), thrown('request_invalid', /strength must be more than 0 and at most 1/));
    const small = { ...REQUEST, init: { pixels: pixels.subarray(3), strength: 0.5 } };
    await assert.rejects(pipeline.generate(small), thrown('request_invalid', /32×32 in RGB; 3069 bytes/));
  });

  test('gives the same picture every time, another one with another seed, picture or strength', async () => {
    const pipeline = await open(fixturePath('models/lcm'));
    const picture = async (change: Partial<GenerateRequest> = {}): Promise<Uint8Array> =>
      (await pipeline.generate({ ...varied(0.5), ...change })).pixels;
    const first = await picture();
    assertSameBytes(await picture(), first);
    const turned = pixels.toReversed();
    for (const change of [{ seed: 6 }, { init: { pixels: turned, strength: 0.5 } }, { init: { pixels, strength: 0.7 } }])
      assert.notDeepEqual(await picture(change), first);
  });

  test('can be cancelled while it runs', async () => {
    const pipeline = await open(fixturePath('models/sd-epsilon'));
    const abort = new AbortController();
    const onStep = (): void => abort.abort();
    await assert.rejects(pipeline.generate(varied(1), { signal: abort.signal, onStep }), { code: 'cancelled' });
  });
});

describe('the steps that are run', () => {
  const plan = (family: 'sd' | 'lcm', className: string, steps: number, strength: number, scheduler?: SchedulerName) => {
    const description = { family, scheduler: className } as Parameters<typeof planSteps>[0]['description'];
    const request = { steps, init: { pixels, strength }, ...(scheduler === undefined ? {} : { scheduler }) };
    const { scheduler: made, firstStep } = planSteps({ description, schedulerJson: { _class_name: className } }, request);
    return [...made.timesteps].slice(firstStep);
  };

  test('are at least one, however small the strength', () => {
    assert.equal(plan('sd', 'DDIMScheduler', 6, 0.01).length, 1);
    assert.deepEqual(plan('lcm', 'LCMScheduler', 4, 0.01), [19]);
    assert.deepEqual(plan('lcm', 'LCMScheduler', 4, 0.05), [39, 19]);
    assert.equal(plan('sd', 'DDIMScheduler', 100, 0.29).length, 28); // 100 · 0.29 is 28.999999999999996, for Python too
  });

  test('are cut out of a schedule, or lie below the strength where the pipeline is that of LCM and the scheduler too', () => {
    const whole = plan('lcm', 'LCMScheduler', 4, 1);
    assert.deepEqual(plan('sd', 'LCMScheduler', 4, 0.5), whole.slice(2));
    assert.deepEqual(plan('lcm', 'LCMScheduler', 4, 0.5), [499, 379, 259, 139]);
    assert.deepEqual(plan('lcm', 'EulerDiscreteScheduler', 4, 0.5, 'lcm'), [499, 379, 259, 139]);
    assert.equal(plan('lcm', 'LCMScheduler', 4, 0.5, 'euler').length, 2);
    assert.equal(plan('lcm', 'EulerDiscreteScheduler', 4, 0.5).length, 2);
  });
});
