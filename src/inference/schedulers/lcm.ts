import { InferenceError } from '../errors.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { keepingVariance, type Scheduler } from './scheduler.ts';
import { alphasCumprod } from './noise-schedule.ts';
import { distilledTimesteps } from './timestep-spacing.ts';

const f = Math.fround;
const SIGMA_DATA = 0.5;

/**
 * As diffusers scheduling_lcm.py: each step predicts the finished sample, then noises it down to the next timestep.
 * @param strength how much of the distillation schedule is used, from its lowest noise up; with too little for `steps`, as many as there are
 * Throws `steps_unsupported` for more steps than the model was distilled with.
 */
export function createLcm(config: SchedulerConfig, steps: number, strength = 1): Scheduler {
  const { originalInferenceSteps, numTrainTimesteps, timestepScaling, predictionType } = config;
  if (steps > originalInferenceSteps) {
    throw new InferenceError('steps_unsupported', `LCM takes at most ${originalInferenceSteps} steps; ${steps} were asked for.`, {
      steps,
      max: originalInferenceSteps,
    });
  }
  const alphas = alphasCumprod(config);
  const finalAlpha = config.setAlphaToOne ? 1 : alphas[0]!;
  const stride = Math.floor(numTrainTimesteps / originalInferenceSteps);
  const distilled = Math.max(1, Math.trunc(originalInferenceSteps * strength));
  const timesteps = distilledTimesteps(distilled, stride, Math.min(steps, distilled));
  const range = config.clipSampleRange;
  let fresh = new Float32Array(0);
  return {
    ...keepingVariance(alphas, timesteps),
    step(modelOutput, step, latents, noise) {
      const timestep = timesteps[step]!;
      const next = timesteps[step + 1] ?? timestep;
      const alpha = alphas[timestep]!;
      const alphaNext = next >= 0 ? alphas[next]! : finalAlpha;
      const [rootAlpha, rootBeta] = [f(Math.sqrt(alpha)), f(Math.sqrt(f(1 - alpha)))];
      const [rootAlphaNext, rootBetaNext] = [f(Math.sqrt(alphaNext)), f(Math.sqrt(f(1 - alphaNext)))];
      const scaled = f(timestep * f(timestepScaling));
      const boundary = f(f(scaled * scaled) + SIGMA_DATA ** 2);
      const [skip, out] = [f(SIGMA_DATA ** 2 / boundary), f(scaled / f(Math.sqrt(boundary)))];
      const isLast = step === timesteps.length - 1;
      if (!isLast) {
        if (fresh.length !== latents.length) fresh = new Float32Array(latents.length);
        noise.fillNormal(fresh);
      }
      for (let i = 0; i < latents.length; i++) {
        const sample = latents[i]!;
        let predicted = modelOutput[i]!;
        if (predictionType === 'epsilon') predicted = f(f(sample - f(rootBeta * predicted)) / rootAlpha);
        else if (predictionType === 'v_prediction') predicted = f(f(rootAlpha * sample) - f(rootBeta * predicted));
        if (range !== undefined) predicted = Math.min(range, Math.max(-range, predicted));
        const denoised = f(f(out * predicted) + f(skip * sample));
        latents[i] = isLast ? denoised : f(rootAlphaNext * denoised) + f(rootBetaNext * fresh[i]!);
      }
    },
  };
}
