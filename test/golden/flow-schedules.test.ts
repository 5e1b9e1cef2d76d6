import assert from 'node:assert/strict';
import test from 'node:test';
import { NoiseGenerator } from '../../src/inference/random.ts';
import { createFlowMatchEuler } from '../../src/inference/schedulers/flow-match-euler.ts';
import { maxRelativeDifference, readJsonFixture } from './fixtures.ts';

type ScheduleCase = {
  config: Record<string, unknown>;
  steps: number;
  sigmaMin: number | null;
  mu: number | null;
  timesteps: number[];
  sigmas: number[];
  start: number[];
  noise: number[];
  outputs: number[][];
  samples: number[][];
  noised: number[][];
};

const TOLERANCE = 1e-5;

for (const expected of readJsonFixture('flow-schedules.json') as ScheduleCase[]) {
  const { config, steps, sigmaMin, mu } = expected;
  test(`flow matching ${JSON.stringify(config)}, ${steps} steps, from ${sigmaMin ?? 'its own'} on, mu ${mu ?? 'none'}`, () => {
    const scheduler = createFlowMatchEuler(config, {
      steps,
      ...(sigmaMin === null ? {} : { sigmaMin }),
      ...(mu === null ? {} : { mu }),
    });
    const close = (actual: ArrayLike<number>, wanted: ArrayLike<number>, floor: number): void =>
      assert.ok(
        maxRelativeDifference(actual, wanted, floor) <= TOLERANCE,
        `${Array.from(actual).join(' ')} is not ${Array.from(wanted).join(' ')}`,
      );
    close(scheduler.timesteps, expected.timesteps, 1e-3);
    close(scheduler.sigmas, expected.sigmas, 1e-6);
    assert.equal(scheduler.initNoiseSigma, 1);
    const [latents, noise] = [Float32Array.from(expected.start), Float32Array.from(expected.noise)];
    for (let step = 0; step < steps; step++) {
      const noised = new Float32Array(5).fill(Math.fround(1 / 3));
      scheduler.addNoise(noised, step, noise);
      close(noised, expected.noised[step]!, 1e-2);
      scheduler.step(Float32Array.from(expected.outputs[step]!), step, latents, new NoiseGenerator(0));
      close(latents, expected.samples[step]!, 1e-2);
    }
  });
}
