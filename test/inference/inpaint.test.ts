import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import test, { after } from 'node:test';
import { checkMask, hidePainted, maskChannels, restoreKept, shrinkMask } from '../../src/inference/inpaint.ts';
import { loadPipeline, type GenerateRequest, type TextToImagePipeline } from '../../src/inference/pipeline.ts';
import { createScheduler } from '../../src/inference/schedulers/create-scheduler.ts';
import { fixturePath, readNpyFixture } from '../golden/fixtures.ts';
import { assertSameBytes } from '../same-bytes.ts';
import { copyModel } from './model-copies.ts';

const CPU = { provider: 'cpu', intraOpThreads: 1 } as const;
const pixels = readNpyFixture('xl/from-32x32.npy').values as Uint8Array;
const mask = readNpyFixture('xl/mask-32x32.npy').values as Uint8Array;
const REQUEST: GenerateRequest = {
  prompt: 'a fox', width: 32, height: 32, steps: 4, guidanceScale: 1, seed: 5, init: { pixels, strength: 0.75 }, mask,
}; // prettier-ignore

const opened: TextToImagePipeline[] = [];
after(() => Promise.all(opened.map((pipeline) => pipeline.release())));
async function open(folder: string): Promise<TextToImagePipeline> {
  const pipeline = await loadPipeline(folder, CPU);
  opened.push(pipeline);
  return pipeline;
}

test('a mask shrinks to the latents by the first pixel of each square; 128 and more is painted anew', () => {
  const wide = new Uint8Array(8 * 4); // 4 rows of 8 pixels, to 2 rows of 4
  wide[0] = 128;
  wide[2] = 127;
  wide[5] = 255; // not the first of its square
  wide[2 * 8 + 6] = 255;
  assert.deepEqual([...shrinkMask(wide, 2, 4, 2)], [1, 0, 0, 0, 0, 0, 0, 1]);
});

test('what is painted anew is hidden in grey, which is 0 between −1 and 1', () => {
  const seen = hidePainted(Uint8Array.of(1, 2, 3, 4, 5, 6), Uint8Array.of(127, 128));
  assert.deepEqual([...seen], [1, 2, 3, 127.5, 127.5, 127.5]);
  assert.deepEqual([...maskChannels(Uint8Array.of(0, 1), Float32Array.of(5, 6, 7, 8))], [0, 1, 5, 6, 7, 8]);
});

test('what is kept is put back after each step: noised as the next step wants it, at the end as it was', () => {
  const scheduler = createScheduler(
    { _class_name: 'EulerDiscreteScheduler', beta_schedule: 'scaled_linear', timestep_spacing: 'trailing' },
    2,
  );
  const kept = { isPainted: Uint8Array.of(0, 1), latents: Float32Array.of(1, 2, 3, 4), noise: Float32Array.of(1, 1, 1, 1) };
  const latents = Float32Array.of(9, 9, 9, 9);
  const noised = kept.latents.slice();
  scheduler.addNoise(noised, 1, kept.noise);
  restoreKept(latents, kept, scheduler, 1, new Float32Array(4));
  assert.deepEqual([...latents], [noised[0], 9, noised[2], 9]);
  restoreKept(latents, kept, scheduler, 2, new Float32Array(4));
  assert.deepEqual([...latents], [1, 9, 3, 9]);
});

test('nothing painted is the picture through encoder and decoder, whatever the words; all painted is a picture from a picture', async () => {
  for (const model of ['sd-epsilon', 'sdxl']) {
    const pipeline = await open(fixturePath(`models/${model}`));
    const draw = async (change: Partial<GenerateRequest>): Promise<Uint8Array> =>
      (await pipeline.generate({ ...REQUEST, ...change })).pixels;
    const nothing = new Uint8Array(32 * 32);
    assertSameBytes(await draw({ mask: nothing, prompt: 'a castle', steps: 3 }), await draw({ mask: nothing }));
    const { mask: _mask, ...whole } = REQUEST;
    assertSameBytes(await draw({ mask: nothing.fill(255) }), (await pipeline.generate(whole)).pixels);
    assert.notDeepEqual(await draw({}), await draw({ prompt: 'a castle' }));
  }
});

test('a UNet that repaints asks for a picture and a mask, and gives each seed the same picture every time', async () => {
  const folder = copyModel('sdxl');
  cpSync(fixturePath('parts/sdxl-inpaint'), folder, { recursive: true });
  const pipeline = await open(folder);
  assert.equal(pipeline.description.repaints, true);
  const { init: _init, mask: _mask, ...words } = REQUEST;
  const sentence = /^This model only repaints parts of a picture: give it a picture to start from and a mask/;
  await assert.rejects(pipeline.generate(words), { code: 'request_invalid', message: sentence });
  await assert.rejects(pipeline.generate({ ...words, init: REQUEST.init! }), { code: 'request_invalid', message: sentence });
  const guided = { ...REQUEST, guidanceScale: 4, negativePrompt: 'blur' };
  const first = await pipeline.generate(guided);
  assertSameBytes((await pipeline.generate(guided)).pixels, first.pixels);
  const turned = await pipeline.generate({ ...guided, mask: mask.map((value) => 255 - value) });
  assert.notDeepEqual(turned.pixels, first.pixels);
});

test('a mask that makes no sense is refused in words', () => {
  const size = { width: 4, height: 2 };
  checkMask(undefined, { repaints: false, hasInit: false, ...size });
  checkMask(new Uint8Array(8), { repaints: true, hasInit: true, ...size });
  assert.throws(() => checkMask(new Uint8Array(8), { repaints: false, hasInit: false, ...size }), {
    code: 'request_invalid',
    message: 'A mask says which part of a picture to paint anew: give the picture, too.',
  });
  assert.throws(() => checkMask(new Uint8Array(24), { repaints: false, hasInit: true, ...size }), {
    code: 'request_invalid',
    message: 'The mask must have the size of the picture, 4×2 with one byte a pixel; 24 bytes were given.',
  });
});
