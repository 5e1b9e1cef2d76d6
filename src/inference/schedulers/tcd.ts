import { InferenceError } from '../errors.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { keepingVariance, type Scheduler } from './scheduler.ts';
import { alphasCumprod } from './noise-schedule.ts';
import { distilledTimesteps } from './timestep-spacing.ts';

const f = Math.fround;

/**
 * As diffusers scheduling_tcd.py: each step goes to a timestep s on the way to the next one, and is noised from there up to it. With η = 0,
 * which is what diffusers' pipelines pass, s is the next timestep itself and no noise is added; with η = 1, s is the finished sample.
 * Throws `steps_unsupported` for more steps than the model was distilled with.
 */
export function createTcd(config: SchedulerConfig, steps: number): Scheduler {
  const { originalInferenceSteps, numTrainTimesteps, predictionType, eta } = config;
  if (steps > originalInferenceSteps) {
    throw new InferenceError('steps_unsupported', `TCD takes at most ${originalInferenceSteps} steps; ${steps} were asked for.`, {
      steps,
      max: originalInferenceSteps,
    });
  }
  const alphas = alphasCumprod(config);
  const timesteps = distilledTimesteps(originalInferenceSteps, Math.floor(numTrainTimesteps / originalInferenceSteps), steps);
  let fresh = new Float32Array(0);
  return {
    ...keepingVariance(alphas, timesteps),
    step(modelOutput, step, latents, noise) {
      const next = timesteps[step + 1] ?? 0;
      const [alpha, alphaNext] = [alphas[timesteps[step]!]!, alphas[next]!];
      const alphaS = alphas[Math.floor(f(f(1 - eta) * next))]!;
      const [rootAlpha, rootBeta] = [f(Math.sqrt(alpha)), f(Math.sqrt(f(1 - alpha)))];
      const [rootAlphaS, rootBetaS] = [f(Math.sqrt(alphaS)), f(Math.sqrt(f(1 - alphaS)))];
      const isNoisy = eta > 0 && step < timesteps.length - 1;
      const kept = f(alphaNext / alphaS);
      const [signalScale, noiseScale] = isNoisy ? [f(Math.sqrt(kept)), f(Math.sqrt(f(1 - kept)))] : [1, 0];
      if (isNoisy) {
        if (fresh.length !== latents.length) fresh = new Float32Array(latents.length);
        noise.fillNormal(fresh);
      }
      for (let i = 0; i < latents.length; i++) {
        const sample = latents[i]!;
        const output = modelOutput[i]!;
        let predicted = output;
        let epsilon = output;
        if (predictionType === 'epsilon') {
          predicted = f(f(sample - f(rootBeta * output)) / rootAlpha);
        } else if (predictionType === 'v_prediction') {
          predicted = f(f(rootAlpha * sample) - f(rootBeta * output));
          epsilon = f(f(rootAlpha * output) + f(rootBeta * sample));
        } else {
          epsilon = f(f(sample - f(rootAlpha * output)) / rootBeta);
        }
        const atS = f(f(rootAlphaS * predicted) + f(rootBetaS * epsilon));
        latents[i] = isNoisy ? f(signalScale * atS) + f(noiseScale * fresh[i]!) : atS;
      }
    },
  };
}
