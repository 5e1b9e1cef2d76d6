import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import type { GenerateRequest, SchedulerName } from '../../src/inference/pipeline.ts';
import { assertDrawnAs, FLOAT16, FLOAT32 } from './drawing.ts';
import { fixturePath, readJsonFixture, readNpyFixture } from './fixtures.ts';

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
    const { prompt, negativePrompt, width, height, steps, guidanceScale, seeds, stepsRun = steps } = expected;
    const { folder, scheduler } = folderFor(expected);
    await assertDrawnAs(`${from}/${expected.id}`, {
      folder,
      request: {
        prompt,
        width,
        height,
        steps,
        guidanceScale,
        ...(negativePrompt === null ? {} : { negativePrompt }),
        ...(scheduler ? { scheduler } : {}),
        ...initOf(from, expected),
      },
      seeds,
      stepsRun,
      tolerance: expected.model.includes('float16') ? FLOAT16 : FLOAT32,
    });
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
