/** Draws what diffusers drew, and holds every step and every picture to it. */
import assert from 'node:assert/strict';
import { loadPipeline, type GenerateRequest } from '../../src/inference/pipeline.ts';
import { compare, maxRelativeDifference, readNpyFixture } from './fixtures.ts';

/** Of pictures: the largest difference of 255, and the share of equal values. Latents: relative to their largest value. */
type Tolerance = { readonly difference: number; readonly equalShare: number; readonly latents: number };
export const FLOAT32: Tolerance = { difference: 1, equalShare: 0.999, latents: 1e-4 };
export const FLOAT16: Tolerance = { difference: 3, equalShare: 0.99, latents: 2e-2 };

/**
 * @param golden name of `*.npy` [pictures, height, width, 3] and `*.latents.npy` [steps, pictures, channels, height, width]
 * @param seeds one per picture
 * @param stepsRun fewer than asked for where a picture is started from
 */
export async function assertDrawnAs(
  golden: string,
  {
    folder,
    request,
    seeds,
    stepsRun,
    tolerance,
  }: {
    readonly folder: string;
    readonly request: Omit<GenerateRequest, 'seed'>;
    readonly seeds: readonly number[];
    readonly stepsRun: number;
    readonly tolerance: Tolerance;
  },
): Promise<void> {
  const pictures = readNpyFixture(`${golden}.npy`);
  const latents = readNpyFixture(`${golden}.latents.npy`);
  const everyStep = Array.from({ length: stepsRun }, (_, step) => step + 1);
  const pipeline = await loadPipeline(folder, { provider: 'cpu', intraOpThreads: 1 });
  try {
    for (const [index, seed] of seeds.entries()) {
      const told: number[][] = [];
      const looked: number[] = [];
      const onLatents = (values: Float32Array, step: number): void => {
        looked.push(step);
        const start = ((step - 1) * seeds.length + index) * values.length;
        const wanted = latents.values.subarray(start, start + values.length);
        const worst = maxRelativeDifference(values, wanted, Math.max(...wanted.map(Math.abs)));
        assert.ok(worst <= tolerance.latents, `latents of seed ${seed} after step ${step} differ by ${worst} of their largest value`);
      };
      const image = await pipeline.generate({ ...request, seed }, { onLatents, onStep: (...step) => void told.push(step) });
      assert.deepEqual(
        told,
        everyStep.map((step) => [step, stepsRun]),
      );
      assert.deepEqual(looked, everyStep);
      const bytes = request.width * request.height * 3;
      const { maxDifference, equalShare } = compare(image.pixels, pictures.values.subarray(index * bytes, (index + 1) * bytes));
      assert.ok(
        maxDifference <= tolerance.difference && equalShare >= tolerance.equalShare,
        `seed ${seed}: differs by up to ${maxDifference}, ${(equalShare * 100).toFixed(3)} % equal`,
      );
    }
  } finally {
    await pipeline.release();
  }
}
