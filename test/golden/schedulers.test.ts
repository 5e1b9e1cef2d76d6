import assert from 'node:assert/strict';
import test from 'node:test';
import { NoiseGenerator } from '../../src/inference/random.ts';
import { createScheduler } from '../../src/inference/schedulers/create-scheduler.ts';
import type { Scheduler } from '../../src/inference/schedulers/scheduler.ts';
import { maxRelativeDifference, readJsonFixture } from './fixtures.ts';

type SchedulerCase = {
  scheduler: string;
  config: Record<string, unknown>;
  steps: number;
  timesteps: number[];
  sigmas?: number[];
  initNoiseSigma: number;
  start: number[];
  outputs: number[][];
  inputs: number[][];
  samples: number[][];
};

const TOLERANCE = 1e-5; // relative
const largest = (values: number[]): number => Math.max(...values.map(Math.abs));

for (const expected of ['schedulers.json', 'xl-schedulers.json'].flatMap((file) => readJsonFixture(file) as SchedulerCase[])) {
  const { scheduler: name, config, steps } = expected;
  const { beta_start: _start, beta_end: _end, ...shown } = config;
  test(`${name}, ${steps} steps, ${JSON.stringify(shown)}`, () => {
    const scheduler: Scheduler & { sigmas?: Float32Array } = createScheduler({ ...config, _class_name: name }, steps);
    assert.ok(
      maxRelativeDifference(scheduler.timesteps, expected.timesteps, 1) <= TOLERANCE,
      `timesteps ${scheduler.timesteps.join(' ')} instead of ${expected.timesteps.join(' ')}`,
    );
    if (expected.sigmas && scheduler.sigmas) {
      const worst = maxRelativeDifference(scheduler.sigmas, expected.sigmas, 1e-6);
      assert.ok(worst <= TOLERANCE, `sigmas ${scheduler.sigmas.join(' ')} instead of ${expected.sigmas.join(' ')}: ${worst}`);
    }
    assert.ok(maxRelativeDifference([scheduler.initNoiseSigma], [expected.initNoiseSigma], 1e-6) <= TOLERANCE);
    const noise = new NoiseGenerator(7);
    const latents = Float32Array.from(expected.start);
    const input = new Float32Array(latents.length);
    for (const [step, output] of expected.outputs.entries()) {
      scheduler.scaleModelInput(latents, step, input);
      checkClose(input, expected.inputs[step]!, `input of step ${step}`);
      scheduler.step(Float32Array.from(output), step, latents, noise);
      checkClose(latents, expected.samples[step]!, `latents after step ${step}`);
      latents.set(expected.samples[step]!); // each step is judged alone
    }
  });
}

/** Relative to the largest of the values: single ones may be near zero. */
function checkClose(actual: Float32Array, expected: number[], what: string): void {
  const worst = maxRelativeDifference(actual, expected, Math.max(1e-3, largest(expected)));
  assert.ok(worst <= TOLERANCE, `${what}: ${actual.join(' ')} instead of ${expected.join(' ')} (relative ${worst})`);
}

const STABLE_DIFFUSION = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', steps_offset: 1 };
const KNOWN: readonly (readonly [what: string, config: Record<string, unknown>, steps: number, timesteps: number[], sigmas?: number[]])[] =
  [
    [
      'Euler trailing',
      { _class_name: 'EulerDiscreteScheduler', timestep_spacing: 'trailing' },
      4,
      [999, 749, 499, 249],
      [14.61465, 4.08173, 1.61289, 0.69321, 0],
    ],
    ['Euler leading', { _class_name: 'EulerDiscreteScheduler', timestep_spacing: 'leading' }, 4, [751, 501, 251, 1]],
    ['LCM', { _class_name: 'LCMScheduler' }, 4, [999, 759, 499, 259]],
    ['DPM++ 2M Karras', { _class_name: 'DPMSolverMultistepScheduler', use_karras_sigmas: true }, 5, [999, 786, 427, 59, 0]],
  ];

for (const [what, config, steps, timesteps, sigmas] of KNOWN) {
  test(`${what}, ${steps} steps: the numbers of Stable Diffusion that everybody knows`, () => {
    const scheduler: Scheduler & { sigmas?: Float32Array } = createScheduler({ ...STABLE_DIFFUSION, ...config }, steps);
    assert.deepEqual([...scheduler.timesteps], timesteps);
    if (sigmas) assert.ok(maxRelativeDifference(scheduler.sigmas!, sigmas, 1) <= TOLERANCE);
  });
}

test('Euler leading begins at 4.23641, and zero-SNR trailing at 4096', () => {
  const leading = createScheduler({ ...STABLE_DIFFUSION, _class_name: 'EulerDiscreteScheduler', timestep_spacing: 'leading' }, 4);
  assert.ok(Math.abs(leading.initNoiseSigma - 4.23641) < 1e-5, String(leading.initNoiseSigma));
  const zeroSnr = {
    ...STABLE_DIFFUSION,
    _class_name: 'EulerDiscreteScheduler',
    timestep_spacing: 'trailing',
    rescale_betas_zero_snr: true,
  };
  assert.equal(Math.round(createScheduler(zeroSnr, 4).initNoiseSigma), 4096);
});
