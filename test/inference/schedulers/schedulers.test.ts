import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { NoiseGenerator } from '../../../src/inference/random.ts';
import { createScheduler } from '../../../src/inference/schedulers/create-scheduler.ts';
import type { Scheduler, SchedulerName } from '../../../src/inference/schedulers/scheduler.ts';

const STABLE_DIFFUSION = {
  _class_name: 'DDIMScheduler',
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  steps_offset: 1,
  clip_sample: false,
};
const NAMES: readonly SchedulerName[] = ['euler', 'euler_a', 'ddim', 'lcm', 'dpm++_2m', 'dpm++_2m_karras', 'tcd'];
const names = fc.constantFrom(...NAMES);
const spacings = fc.constantFrom('linspace', 'leading', 'trailing');
type WithSigmas = Scheduler & { readonly sigmas?: Float32Array };

test('any number of steps gives that many falling timesteps inside the training range, and sigmas that fall to zero', () => {
  fc.assert(
    fc.property(names, spacings, fc.integer({ min: 1, max: 50 }), fc.boolean(), (name, timestep_spacing, steps, rescale_betas_zero_snr) => {
      const scheduler: WithSigmas = createScheduler(
        { ...STABLE_DIFFUSION, timestep_spacing, rescale_betas_zero_snr, prediction_type: 'v_prediction' },
        steps,
        name,
      );
      assert.equal(scheduler.timesteps.length, steps);
      for (const [i, t] of scheduler.timesteps.entries()) {
        assert.ok(t >= 0 && t <= 1000, `timestep ${t}`);
        // whole timesteps of a Karras run may meet at the bottom
        if (i > 0)
          assert.ok(
            name === 'dpm++_2m_karras' ? t <= scheduler.timesteps[i - 1]! : t < scheduler.timesteps[i - 1]!,
            scheduler.timesteps.join(' '),
          );
      }
      if (!scheduler.sigmas) return;
      assert.equal(scheduler.sigmas.length, steps + 1);
      assert.equal(scheduler.sigmas[steps], 0);
      for (let i = 1; i <= steps; i++) assert.ok(scheduler.sigmas[i]! < scheduler.sigmas[i - 1]!, scheduler.sigmas.join(' '));
    }),
    { numRuns: 300 },
  );
});

test('trailing spacing never asks for a timestep below zero (numpy’s arange does, at 61 steps)', () => {
  for (const name of ['euler', 'euler_a', 'ddim', 'dpm++_2m'] as const) {
    for (let steps = 1; steps <= 500; steps++) {
      const { timesteps } = createScheduler({ ...STABLE_DIFFUSION, timestep_spacing: 'trailing' }, steps, name);
      assert.equal(timesteps.length, steps);
      assert.ok(timesteps[steps - 1]! >= 0);
    }
  }
});

test('a perfect model is followed home: whoever is told the truth at each step ends at the truth', () => {
  const truth = new NoiseGenerator(1).fillNormal(new Float32Array(64));
  fc.assert(
    fc.property(
      fc.constantFrom<SchedulerName>('euler', 'ddim', 'lcm', 'dpm++_2m', 'dpm++_2m_karras'),
      fc.integer({ min: 2, max: 30 }),
      (name, steps) => {
        const scheduler: WithSigmas = createScheduler(
          { ...STABLE_DIFFUSION, prediction_type: 'sample', timestep_spacing: 'trailing' },
          steps,
          name,
        );
        const noise = new NoiseGenerator(2);
        const latents = noise.fillNormal(new Float32Array(64)).map((value) => value * scheduler.initNoiseSigma);
        for (let step = 0; step < steps; step++) scheduler.step(truth, step, latents, noise);
        const worst = Math.max(...latents.map((value, i) => Math.abs(value - truth[i]!)));
        // DDIM counts its strides from each timestep, so a run whose stride leaves a remainder ends just above zero noise (as in diffusers)
        assert.ok(worst < (name === 'ddim' ? 0.2 : 2e-3), `${name}, ${steps} steps: off by ${worst}`);
      },
    ),
    { numRuns: 60 },
  );
});

test('PNDM and UniPC follow a perfect model home, and an unlucky bh1 configuration stays finite', () => {
  const truth = new NoiseGenerator(1).fillNormal(new Float32Array(64));
  for (const [config, steps, prediction_type] of [
    [{ _class_name: 'UniPCMultistepScheduler' }, 8, 'sample'],
    [{ _class_name: 'UniPCMultistepScheduler', solver_type: 'bh1', solver_order: 3 }, 8, 'sample'],
    [{ _class_name: 'UniPCMultistepScheduler', use_karras_sigmas: true }, 20, 'sample'],
    [{ _class_name: 'DDPMScheduler' }, 20, 'sample'],
    [{ _class_name: 'PNDMScheduler', skip_prk_steps: true }, 20, 'epsilon'],
  ] as const) {
    const scheduler = createScheduler({ ...STABLE_DIFFUSION, ...config, prediction_type, timestep_spacing: 'leading' }, steps);
    const noise = new NoiseGenerator(2);
    const start = noise.fillNormal(new Float32Array(64));
    const latents = truth.slice();
    scheduler.addNoise(latents, 0, start);
    // PNDM asks for noise: the truth is what was added, and the same at every step of a straight way.
    const answer = prediction_type === 'sample' ? truth : start;
    for (let step = 0; step < scheduler.timesteps.length; step++) scheduler.step(answer, step, latents, noise);
    const worst = Math.max(...latents.map((value, i) => Math.abs(value - truth[i]!)));
    assert.ok(worst < (prediction_type === 'sample' ? 2e-3 : 0.2), `${JSON.stringify(config)}: off by ${worst}`);
  }
});

test('two runs do not disturb each other: a scheduler belongs to one picture', () => {
  for (const name of NAMES) {
    const run = (): Float32Array[] => {
      const scheduler = createScheduler(STABLE_DIFFUSION, 5, name);
      const noise = new NoiseGenerator(3);
      const latents = noise.fillNormal(new Float32Array(32));
      return Array.from({ length: 5 }, (_, step) => {
        scheduler.step(new Float32Array(32).fill(0.1 * step), step, latents, noise);
        return latents.slice();
      });
    };
    assert.deepEqual(run(), run());
  }
});

const REFUSED: readonly (readonly [change: Record<string, unknown>, code: string, sentence: RegExp])[] = [
  [{ thresholding: true }, 'model_config', /^scheduler_config\.json: thresholding = true is not supported; allowed: false\.$/],
  [{ use_beta_sigmas: true }, 'model_config', /use_beta_sigmas = true is not supported/],
  [{ use_flow_sigmas: true }, 'model_config', /use_flow_sigmas = true is not supported/],
  [{ variance_type: 'learned_range' }, 'model_config', /variance_type = learned_range is not supported/],
  [
    { prediction_type: 'flow_prediction' },
    'model_config',
    /prediction_type = flow_prediction is not supported; allowed: epsilon, v_prediction, sample\.$/,
  ],
  [{ timestep_spacing: 'wide' }, 'model_config', /timestep_spacing = wide is not supported; allowed: linspace, leading, trailing\.$/],
  [{ beta_schedule: 'sigmoid' }, 'model_config', /beta_schedule = sigmoid is not supported/],
  [{ beta_start: 'low' }, 'model_config', /beta_start = low is not supported; allowed: a number\.$/],
  [{ rescale_betas_zero_snr: 'yes' }, 'model_config', /rescale_betas_zero_snr = yes is not supported; allowed: true, false\.$/],
  [
    { _class_name: 'DPMSolverMultistepScheduler', solver_order: 4 },
    'model_config',
    /solver_order = 4 is not supported; allowed: 1, 2, 3\.$/,
  ],
  [
    { _class_name: 'DPMSolverMultistepScheduler', algorithm_type: 'dpmsolver' },
    'model_config',
    /final_sigmas_type = zero is not supported; allowed: sigma_min\.$/,
  ],
  [
    { _class_name: 'EulerAncestralDiscreteScheduler', prediction_type: 'sample' },
    'model_config',
    /prediction_type = sample is not supported/,
  ],
  [{ _class_name: 'TCDScheduler', eta: 1.5 }, 'model_config', /eta = 1\.5 is not supported; allowed: 0 to 1\.$/],
  [
    { _class_name: 'PNDMScheduler', skip_prk_steps: true, prediction_type: 'sample' },
    'model_config',
    /prediction_type = sample is not supported/,
  ],
  [
    { _class_name: 'UniPCMultistepScheduler', lower_order_final: false },
    'model_config',
    /lower_order_final = false is not supported; allowed: true/,
  ],
  [
    { _class_name: 'UniPCMultistepScheduler', use_karras_sigmas: true, final_sigmas_type: 'sigma_min' },
    'model_config',
    /final_sigmas_type = sigma_min is not supported; allowed: zero/,
  ],
  [{ _class_name: 'DDPMScheduler', variance_type: 'fixed_small_log' }, 'model_config', /variance_type = fixed_small_log is not supported/],
  [
    { _class_name: 'StrangeScheduler' },
    'scheduler_unsupported',
    /^The model's scheduler StrangeScheduler is not supported; supported: Euler/,
  ],
];

for (const [change, code, sentence] of REFUSED) {
  test(`refused in words: ${JSON.stringify(change)}`, () => {
    assert.throws(() => createScheduler({ ...STABLE_DIFFUSION, ...change }, 4), { code, message: sentence });
  });
}

test('steps outside of the range are refused in words', () => {
  for (const steps of [0, -1, 1.5, 1001, Number.NaN]) {
    assert.throws(() => createScheduler(STABLE_DIFFUSION, steps), {
      code: 'steps_unsupported',
      message: /^Steps must be a whole number from 1 to 1000; .+ were asked for\.$/,
    });
  }
  assert.throws(() => createScheduler(STABLE_DIFFUSION, 51, 'lcm'), {
    code: 'steps_unsupported',
    message: 'LCM takes at most 50 steps; 51 were asked for.',
  });
  assert.throws(() => createScheduler(STABLE_DIFFUSION, 51, 'tcd'), {
    code: 'steps_unsupported',
    message: 'TCD takes at most 50 steps; 51 were asked for.',
  });
});
