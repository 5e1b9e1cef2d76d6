import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { loadPipeline, type GenerateRequest, type TextToImagePipeline } from '../../src/inference/pipeline.ts';
import { fixturePath } from '../golden/fixtures.ts';
import { assertSameBytes } from '../same-bytes.ts';
import { copyModel, editJson } from './model-copies.ts';

const CPU = { provider: 'cpu', intraOpThreads: 1 } as const;
const REQUEST: GenerateRequest = { prompt: 'a photo of a red fox', width: 32, height: 32, steps: 3, guidanceScale: 4, seed: 5 };

const opened: TextToImagePipeline[] = [];
after(() => Promise.all(opened.map((pipeline) => pipeline.release())));
async function open(folder = fixturePath('models/sdxl')): Promise<TextToImagePipeline> {
  const pipeline = await loadPipeline(folder, CPU);
  opened.push(pipeline);
  return pipeline;
}
/** A folder with parts of others in the place of its own. */
function assembled(...parts: string[]): string {
  const folder = copyModel('sdxl');
  for (const part of parts) cpSync(fixturePath(`parts/${part}`), folder, { recursive: true });
  return folder;
}

test('a picture of three is the one drawn alone, with every kind of scheduler', async () => {
  const pipeline = await open();
  for (const scheduler of ['euler', 'euler_a', 'tcd', 'lcm', 'dpm++_2m_karras'] as const) {
    const alone = await pipeline.generate({ ...REQUEST, scheduler, seed: 7 });
    const batch = await Promise.all([5, 6, 7].map((seed) => pipeline.generate({ ...REQUEST, scheduler, seed })));
    assertSameBytes(batch[2]!.pixels, alone.pixels);
    assert.notDeepEqual(batch[1]!.pixels, alone.pixels);
  }
});

test('guidance of 1 or less is one pass, without the negative prompt; more listens to it', async () => {
  const pipeline = await open();
  const draw = (change: Partial<GenerateRequest>) => pipeline.generate({ ...REQUEST, ...change });
  const alone = await draw({ guidanceScale: 1 });
  for (const guidanceScale of [0, 0.5, 1]) assertSameBytes((await draw({ guidanceScale, negativePrompt: 'blur' })).pixels, alone.pixels);
  assert.notDeepEqual((await draw({})).pixels, alone.pixels);
  assert.notDeepEqual((await draw({ negativePrompt: 'blur' })).pixels, (await draw({})).pixels);
});

test('an empty negative prompt is zeros, unless model_index.json says otherwise', async () => {
  const folder = copyModel('sdxl');
  editJson(join(folder, 'model_index.json'), { force_zeros_for_empty_prompt: false });
  const silent = copyModel('sdxl');
  editJson(join(silent, 'model_index.json'), { force_zeros_for_empty_prompt: undefined });
  const zeros = await (await open()).generate(REQUEST);
  assert.notDeepEqual((await (await open(folder)).generate(REQUEST)).pixels, zeros.pixels);
  assertSameBytes((await (await open(silent)).generate(REQUEST)).pixels, zeros.pixels); // the pipeline's own default
});

test('with guidance inside the UNet there is one pass, and the scale is heard', async () => {
  const pipeline = await open(assembled('sdxl-lcm'));
  assert.equal(pipeline.description.supportsGuidance, false);
  const draw = (change: Partial<GenerateRequest>) => pipeline.generate({ ...REQUEST, scheduler: 'lcm', guidanceScale: 8, ...change });
  const first = await draw({});
  assertSameBytes((await draw({ negativePrompt: 'blur' })).pixels, first.pixels);
  assert.notDeepEqual((await draw({ guidanceScale: 2 })).pixels, first.pixels);
});

test('odd sides are drawn where the UNet takes them, and refused in words where no decoder could make them', async () => {
  const pipeline = await open();
  for (const [width, height] of [
    [36, 44],
    [20, 60],
    [4, 4],
  ] as const)
    // prettier-ignore
    assert.equal((await pipeline.generate({ ...REQUEST, width, height })).pixels.length, width * height * 3);
  await assert.rejects(pipeline.generate({ ...REQUEST, width: 34 }), {
    code: 'size_unsupported',
    message: 'Width and height must be multiples of 4; 34×32 was asked for.',
  });
});

test('a TAESD decodes and encodes what the UNet has, without a scaling factor', async () => {
  const pipeline = await open(assembled('tiny'));
  const drawn = await pipeline.generate(REQUEST);
  const varied = await pipeline.generate({ ...REQUEST, init: { pixels: drawn.pixels, strength: 0.5 } });
  assert.equal(varied.pixels.length, 32 * 32 * 3);
  assert.notDeepEqual((await (await open()).generate(REQUEST)).pixels, drawn.pixels);
});

test('encoders of 4 and of 8 bits draw nearly the same picture', async () => {
  const exact = await (await open()).generate(REQUEST);
  const rounded = await (await open(assembled('quantised'))).generate(REQUEST);
  const difference = rounded.pixels.reduce((sum, value, i) => sum + Math.abs(value - exact.pixels[i]!), 0) / exact.pixels.length;
  assert.ok(difference > 0 && difference < 12, `differs by ${difference} on average`);
  const other = await (await open()).generate({ ...REQUEST, prompt: 'a castle by the sea' });
  const elsewhere = other.pixels.reduce((sum, value, i) => sum + Math.abs(value - exact.pixels[i]!), 0) / exact.pixels.length;
  assert.ok(elsewhere > 1.5 * difference, `other words differ by ${elsewhere}, rounding by ${difference}`);
});
