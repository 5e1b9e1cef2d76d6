import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { loadCaptionTokenizer } from '../../src/inference/flow/qwen-tokenizer.ts';
import { assertDrawnAs, FLOAT16, FLOAT32 } from './drawing.ts';
import { fixturePath, readJsonFixture, readNpyFixture } from './fixtures.ts';

type FlowCase = {
  id: string;
  layout: 'frames' | 'plain'; // with float32 and with float16 inputs and outputs
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

const workspace = mkdtempSync(join(tmpdir(), 'golden-flow-'));
after(() => rmSync(workspace, { recursive: true }));

for (const expected of readJsonFixture('flow-pictures.json') as FlowCase[]) {
  const { id, layout, steps, guidanceScale, prompt, negativePrompt, width, height, seeds, stepsRun, strength } = expected;
  const from = strength === undefined ? '' : `, strength ${strength}`;
  test(`flow ${id}: ${steps} steps${from}, guidance ${guidanceScale}, ${width}×${height}, seeds ${seeds.join(' ')}`, async () => {
    const init =
      strength === undefined
        ? {}
        : { init: { pixels: readNpyFixture(`flow-pictures/from-${width}x${height}.npy`).values as Uint8Array, strength } };
    await assertDrawnAs(`flow-pictures/${id}`, {
      folder: folderFor(expected),
      request: { prompt, width, height, steps, guidanceScale, ...(negativePrompt === null ? {} : { negativePrompt }), ...init },
      seeds,
      stepsRun,
      tolerance: layout === 'frames' ? FLOAT32 : FLOAT16,
    });
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
