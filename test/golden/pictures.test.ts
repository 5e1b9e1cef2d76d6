import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { loadPipeline, type GeneratedImage, type GenerateRequest, type SchedulerName } from '../../src/inference/pipeline.ts';
import { compare, fixturePath, maxRelativeDifference, readJsonFixture, readNpyFixture } from './fixtures.ts';

type PictureCase = {
  id: string;
  model: string;
  scheduler: string | null; // a diffusers class; null: the folder's own
  overrides: Record<string, unknown>;
  steps: number;
  guidanceScale: number;
  prompt: string;
  negativePrompt: string | null;
  width: number;
  height: number;
  seeds: number[];
  /** Where the picture starts from another one. */
  init?: string;
  strength?: number;
  stepsRun?: number;
  /** What of it is painted anew. */
  mask?: string;
  /** What takes the place of the model's own. */
  parts?: { readonly unet?: string; readonly vae?: string };
};

/** fp32: at most 1 of 255 and 99.9 % equal; fp16 inputs and outputs: at most 3 and 99 %. Latents relative to their largest value. */
const FLOAT32 = { difference: 1, equalShare: 0.999, latents: 1e-4 };
const FLOAT16 = { difference: 3, equalShare: 0.99, latents: 2e-2 };

const NAMES: Record<string, SchedulerName> = {
  EulerDiscreteScheduler: 'euler',
  EulerAncestralDiscreteScheduler: 'euler_a',
  DDIMScheduler: 'ddim',
  LCMScheduler: 'lcm',
  DPMSolverMultistepScheduler: 'dpm++_2m',
  TCDScheduler: 'tcd',
};

const workspace = mkdtempSync(join(tmpdir(), 'golden-'));
after(() => rmSync(workspace, { recursive: true }));

const cases = ['pictures', 'image-to-image', 'xl'].flatMap((from) =>
  (readJsonFixture(`${from}.json`) as PictureCase[]).map((expected) => ({ from, expected })),
);
for (const { from, expected } of cases) {
  const strength = expected.strength === undefined ? '' : `, strength ${expected.strength}`;
  test(`${from} ${expected.id}: ${expected.steps} steps${strength}, guidance ${expected.guidanceScale}, ${expected.width}×${expected.height}, seeds ${expected.seeds.join(' ')}`, async () => {
    const tolerance = expected.model.includes('float16') ? FLOAT16 : FLOAT32;
    const { folder, scheduler } = folderFor(expected);
    const pictures = readNpyFixture(`${from}/${expected.id}.npy`);
    const latents = readNpyFixture(`${from}/${expected.id}.latents.npy`); // [steps, pictures, channels, height, width]
    const pipeline = await loadPipeline(folder, { provider: 'cpu', intraOpThreads: 1 });
    try {
      const { prompt, negativePrompt, width, height, steps, guidanceScale } = expected;
      const request = {
        prompt,
        width,
        height,
        steps,
        guidanceScale,
        ...(negativePrompt === null ? {} : { negativePrompt }),
        ...(scheduler ? { scheduler } : {}),
        ...initOf(from, expected),
      };
      for (const [index, seed] of expected.seeds.entries()) {
        const told: number[][] = [];
        const image: GeneratedImage = await pipeline.generate(
          { ...request, seed },
          { onLatents: (values, step) => checkLatents(values, step - 1, index), onStep: (...step) => void told.push(step) },
        );
        const stepsRun = expected.stepsRun ?? steps;
        assert.deepEqual(
          told,
          Array.from({ length: stepsRun }, (_, step) => [step + 1, stepsRun]),
        );
        const bytes = width * height * 3;
        const { maxDifference, equalShare } = compare(image.pixels, pictures.values.subarray(index * bytes, (index + 1) * bytes));
        assert.ok(
          maxDifference <= tolerance.difference && equalShare >= tolerance.equalShare,
          `seed ${seed}: differs by up to ${maxDifference}, ${(equalShare * 100).toFixed(3)} % equal`,
        );
      }
    } finally {
      await pipeline.release();
    }

    function checkLatents(values: Float32Array, step: number, index: number): void {
      const start = (step * expected.seeds.length + index) * values.length;
      const wanted = latents.values.subarray(start, start + values.length);
      const worst = maxRelativeDifference(values, wanted, Math.max(...wanted.map(Math.abs)));
      assert.ok(worst <= tolerance.latents, `latents of picture ${index} after step ${step + 1} differ by ${worst} of their largest value`);
    }
  });
}

/** The picture that it starts from, and the mask. */
function initOf(from: string, { init, strength, mask }: PictureCase): Pick<GenerateRequest, 'init' | 'mask'> {
  if (init === undefined || strength === undefined) return {};
  const bytesOf = (name: string): Uint8Array => readNpyFixture(`${from}/${name}`).values as Uint8Array;
  return { init: { pixels: bytesOf(init), strength }, ...(mask === undefined ? {} : { mask: bytesOf(mask) }) };
}

/** The model's folder; with a case's own parts and scheduler settings in a copy of it. */
function folderFor({ id, model, scheduler, overrides, parts = {} }: PictureCase): { folder: string; scheduler?: SchedulerName } {
  const original = fixturePath(`models/${model}`);
  const replaced = Object.values(parts);
  const folder = join(workspace, id);
  if (replaced.length > 0) {
    cpSync(original, folder, { recursive: true });
    for (const part of replaced) cpSync(fixturePath(`parts/${part}`), folder, { recursive: true });
  }
  const unchanged = replaced.length > 0 ? folder : original;
  if (scheduler === null) return { folder: unchanged };
  const name = NAMES[scheduler];
  if (name && Object.keys(overrides).length === 0) return { folder: unchanged, scheduler: name };
  if (scheduler === 'DPMSolverMultistepScheduler' && overrides['use_karras_sigmas'] === true)
    return { folder: unchanged, scheduler: 'dpm++_2m_karras' };
  if (replaced.length === 0) cpSync(original, folder, { recursive: true });
  const file = join(folder, 'scheduler/scheduler_config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...config, ...overrides, _class_name: scheduler }));
  return { folder };
}
