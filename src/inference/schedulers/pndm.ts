import type { SchedulerConfig } from './scheduler-config.ts';
import { keepingVariance, type Scheduler } from './scheduler.ts';
import { alphasCumprod } from './noise-schedule.ts';
import { roundHalfEven, spacedTimesteps } from './timestep-spacing.ts';

const f = Math.fround;

/** What is taken of the newest answer and of those before it, newest first, and what the sum is divided by. */
const ADAMS_BASHFORTH = [
  { weights: [1], divisor: 1 },
  { weights: [3, -1], divisor: 2 },
  { weights: [23, -16, 5], divisor: 12 },
  { weights: [55, -59, 37, -9], divisor: 24 },
] as const;

/**
 * As diffusers scheduling_pndm.py with `skip_prk_steps` (PLMS), which Stable Diffusion 1 names. Its second timestep is asked twice, so a run
 * has one more step than was asked for: the second answer only corrects where the first step leads.
 */
export function createPndm(config: SchedulerConfig, steps: number): Scheduler {
  const alphas = alphasCumprod(config);
  const finalAlpha = config.setAlphaToOne ? 1 : alphas[0]!;
  const stride = Math.floor(config.numTrainTimesteps / steps);
  const once = spacedTimesteps(config, steps).map(roundHalfEven);
  const timesteps = steps > 1 ? Float64Array.from([...once.subarray(0, 2), ...once.subarray(1)]) : once;
  const answers: Float32Array[] = []; // newest first, at most four
  let first: Float32Array | undefined; // where the first step began, until it is corrected
  let taken = 0;

  /** Formula (9) of Pseudo Numerical Methods for Diffusion Models on Manifolds, over `latents`. */
  function move(latents: Float32Array, from: number, to: number, outputOf: (i: number) => number, origin: Float32Array): void {
    const alpha = alphas[Math.min(from, alphas.length - 1)]!;
    const alphaTo = to >= 0 ? alphas[to]! : finalAlpha;
    const [beta, betaTo] = [f(1 - alpha), f(1 - alphaTo)];
    const sampleScale = f(Math.sqrt(f(alphaTo / alpha)));
    const divisor = f(f(alpha * f(Math.sqrt(betaTo))) + f(Math.sqrt(f(f(alpha * beta) * alphaTo))));
    const [rootAlpha, rootBeta, gained] = [f(Math.sqrt(alpha)), f(Math.sqrt(beta)), f(alphaTo - alpha)];
    const isVelocity = config.predictionType === 'v_prediction';
    for (let i = 0; i < latents.length; i++) {
      const sample = origin[i]!;
      const output = isVelocity ? f(f(rootAlpha * outputOf(i)) + f(rootBeta * sample)) : outputOf(i);
      latents[i] = f(sampleScale * sample) - f(f(gained * output) / divisor);
    }
  }

  return {
    ...keepingVariance(alphas, timesteps),
    step(modelOutput, step, latents) {
      const timestep = timesteps[step]!;
      const number = taken++;
      if (number === 1 && first) {
        const [before, origin] = [answers[0]!, first];
        first = undefined;
        return move(latents, timestep + stride, timestep, (i) => f(f(modelOutput[i]! + before[i]!) / 2), origin);
      }
      const newest = answers.length === 4 ? answers.pop()! : new Float32Array(latents.length);
      newest.set(modelOutput);
      answers.unshift(newest);
      if (number === 0) first = latents.slice();
      const { weights, divisor } = ADAMS_BASHFORTH[answers.length - 1]!;
      const outputOf = (i: number): number => {
        let sum = f(weights[0] * answers[0]![i]!);
        for (let k = 1; k < weights.length; k++) sum = f(sum + f(weights[k]! * answers[k]![i]!));
        return divisor === 24 ? f(f(1 / 24) * sum) : f(sum / divisor);
      };
      move(latents, timestep, timestep - stride, outputOf, latents);
    },
  };
}
