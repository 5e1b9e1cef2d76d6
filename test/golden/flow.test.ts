import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { loadCaptionTokenizer } from '../../src/inference/flow/qwen-tokenizer.ts';
import { loadPipeline, type GenerateRequest } from '../../src/inference/pipeline.ts';
import { compare, fixturePath, maxRelativeDifference, readJsonFixture, readNpyFixture } from './fixtures.ts';

type FlowCase = {
  id: string;
  layout: 'frames' | 'plain';
  overrides: Record<string, unknown>; // of scheduler_config.json
  steps: number;
  guidanceScale: number;
  prompt: string;
  negativePrompt: string | null;
  width: number;
  height: number;
  seeds: number[];
  stepsRun: number;
  strength?: number;
};

/** As for the other families: fp32 at most 1 of 255 and 99.9 % equal; fp16 inputs and outputs at most 3 and 99 %. */
const TOLERANCES = {
  frames: { difference: 1, equalShare: 0.999, latents: 1e-4 },
  plain: { difference: 3, equalShare: 0.99, latents: 2e-2 },
};

const workspace = mkdtempSync(join(tmpdir(), 'golden-flow-'));
after(() => rmSync(workspace, { recursive: true }));

for (const expected of readJsonFixture('flow-pictures.json') as FlowCase[]) {
  const { id, layout, steps, guidanceScale, prompt, negativePrompt, width, height, seeds, stepsRun, strength } = expected;
  const from = strength === undefined ? '' : `, strength ${strength}`;
  test(`flow ${id}: ${steps} steps${from}, guidance ${guidanceScale}, ${width}×${height}, seeds ${seeds.join(' ')}`, async () => {
    const tolerance = TOLERANCES[layout];
    const pictures = readNpyFixture(`flow-pictures/${id}.npy`);
    const latents = readNpyFixture(`flow-pictures/${id}.latents.npy`); // [steps, pictures, channels, height, width]
    const pipeline = await loadPipeline(folderFor(expected), { provider: 'cpu', intraOpThreads: 1 });
    try {
      const request: Omit<GenerateRequest, 'seed'> = {
        prompt,
        width,
        height,
        steps,
        guidanceScale,
        ...(negativePrompt === null ? {} : { negativePrompt }),
        ...(strength === undefined
          ? {}
          : { init: { pixels: readNpyFixture(`flow-pictures/from-${width}x${height}.npy`).values as Uint8Array, strength } }),
      };
      for (const [index, seed] of seeds.entries()) {
        const told: number[][] = [];
        const checkLatents = (values: Float32Array, step: number): void => {
          const start = ((step - 1) * seeds.length + index) * values.length;
          const wanted = latents.values.subarray(start, start + values.length);
          const worst = maxRelativeDifference(values, wanted, Math.max(...wanted.map(Math.abs)));
          assert.ok(worst <= tolerance.latents, `latents of seed ${seed} after step ${step} differ by ${worst} of their largest value`);
        };
        const image = await pipeline.generate({ ...request, seed }, { onLatents: checkLatents, onStep: (...step) => void told.push(step) });
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
  });
}

test('flow: token ids of the chat template are those of transformers', () => {
  const tokenizer = loadCaptionTokenizer(fixturePath('flow-models/frames'), undefined);
  const cases = readJsonFixture('flow-token-ids.json') as { prompt: string; ids: number[] }[];
  assert.ok(cases.some(({ ids }) => ids.length === 512));
  for (const { prompt, ids } of cases) assert.deepEqual(tokenizer.encode(prompt).ids, ids, prompt.slice(0, 60));
});

/** The published folder as it is; with a schedule of its own written into a Diffusers folder of the same graphs. */
function folderFor({ id, layout, overrides }: FlowCase): string {
  const published = fixturePath(`flow-models/${layout}`);
  if (Object.keys(overrides).length === 0) return published;
  const folder = join(workspace, id);
  cpSync(published, folder, { recursive: true });
  mkdirSync(join(folder, 'scheduler'));
  writeFileSync(join(folder, 'model_index.json'), JSON.stringify({ _class_name: 'ZImagePipeline' }));
  const scheduler = { _class_name: 'FlowMatchEulerDiscreteScheduler', shift: 3, ...overrides };
  writeFileSync(join(folder, 'scheduler/scheduler_config.json'), JSON.stringify(scheduler));
  return folder;
}
