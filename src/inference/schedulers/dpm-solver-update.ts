import type { SchedulerConfig } from './scheduler-config.ts';

const f = Math.fround;
const exp = (x: number): number => f(Math.exp(x));

/** α, σ and λ = log(α/σ) at one point of the run, where α² + σ² = 1. */
export type NoiseLevel = { readonly alpha: number; readonly sigma: number; readonly lambda: number };

/** next = sample·x + Σ outputs[k]·Dk + noise·z; D0 is the newest converted output m0, D1 and D2 are made of `differences`. */
export type UpdateWeights = {
  readonly sample: number;
  readonly outputs: readonly number[];
  readonly differences: readonly number[]; // [1/r0] · (m0 − m1); third order: [1/r0, 1/r1, r0/(r0+r1), 1/(r0+r1)]
  readonly noise: number;
};

export function noiseLevel(sigma: number): NoiseLevel {
  const alpha = f(1 / f(Math.sqrt(f(f(sigma * sigma) + 1))));
  const scaled = f(sigma * alpha);
  return { alpha, sigma: scaled, lambda: f(f(Math.log(alpha)) - f(Math.log(scaled))) };
}

/** `dpm_solver_first_order_update`: from `now` to `next`. */
export function firstOrder(config: SchedulerConfig, next: NoiseLevel, now: NoiseLevel): UpdateWeights {
  const h = f(next.lambda - now.lambda);
  return { ...commonWeights(config, next, now, h), differences: [] };
}

/** `multistep_dpm_solver_second_order_update`. */
export function secondOrder(config: SchedulerConfig, next: NoiseLevel, now: NoiseLevel, before: NoiseLevel): UpdateWeights {
  const h = f(next.lambda - now.lambda);
  const r0 = f(f(now.lambda - before.lambda) / h);
  const common = commonWeights(config, next, now, h);
  const [first] = common.outputs;
  let second = f(0.5 * first!);
  if (config.solverType === 'heun') {
    if (config.algorithmType === 'dpmsolver++') second = f(next.alpha * f(f(f(exp(-h) - 1) / h) + 1));
    else if (config.algorithmType === 'dpmsolver') second = -f(next.sigma * f(f(f(exp(h) - 1) / h) - 1));
    else second = f(next.alpha * f(f(f(1 - exp(f(-2 * h))) / f(-2 * h)) + 1));
  }
  return { ...common, outputs: [first!, second], differences: [f(1 / r0)] };
}

/** `multistep_dpm_solver_third_order_update` of dpmsolver++. */
export function thirdOrder(next: NoiseLevel, now: NoiseLevel, before: NoiseLevel, earlier: NoiseLevel): UpdateWeights {
  const h = f(next.lambda - now.lambda);
  const r0 = f(f(now.lambda - before.lambda) / h);
  const r1 = f(f(before.lambda - earlier.lambda) / h);
  const fall = f(exp(-h) - 1);
  const outputs = [-f(next.alpha * fall), f(next.alpha * f(f(fall / h) + 1)), -f(next.alpha * f(f(f(fall + h) / f(h * h)) - 0.5))];
  const sum = f(r0 + r1);
  return { sample: f(next.sigma / now.sigma), outputs, differences: [f(1 / r0), f(1 / r1), f(r0 / sum), f(1 / sum)], noise: 0 };
}

function commonWeights(config: SchedulerConfig, next: NoiseLevel, now: NoiseLevel, h: number): Omit<UpdateWeights, 'differences'> {
  switch (config.algorithmType) {
    case 'dpmsolver++':
      return { sample: f(next.sigma / now.sigma), outputs: [-f(next.alpha * f(exp(-h) - 1))], noise: 0 };
    case 'dpmsolver':
      return { sample: f(next.alpha / now.alpha), outputs: [-f(next.sigma * f(exp(h) - 1))], noise: 0 };
    case 'sde-dpmsolver++': {
      const gained = f(1 - exp(f(-2 * h)));
      return {
        sample: f(f(next.sigma / now.sigma) * exp(-h)),
        outputs: [f(next.alpha * gained)],
        noise: f(next.sigma * f(Math.sqrt(gained))),
      };
    }
  }
}
