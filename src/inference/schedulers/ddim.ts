import type { SchedulerConfig } from './scheduler-config.ts';
import { keepingVariance, type Scheduler } from './scheduler.ts';
import { alphasCumprod } from './noise-schedule.ts';
import { roundHalfEven, spacedTimesteps } from './timestep-spacing.ts';

const f = Math.fround;

/** As diffusers scheduling_ddim.py with η = 0 (no noise between steps). */
export function createDdim(config: SchedulerConfig, steps: number): Scheduler {
  const alphas = alphasCumprod(config);
  const timesteps = spacedTimesteps(config, steps).map(roundHalfEven);
  const stride = Math.floor(config.numTrainTimesteps / steps);
  const finalAlpha = config.setAlphaToOne ? 1 : alphas[0]!;
  const range = config.clipSampleRange;
  return {
    ...keepingVariance(alphas, timesteps),
    step(modelOutput, step, latents) {
      const timestep = timesteps[step]!;
      const alpha = alphas[timestep]!;
      const alphaNext = timestep - stride >= 0 ? alphas[timestep - stride]! : finalAlpha;
      const [rootAlpha, rootBeta] = [f(Math.sqrt(alpha)), f(Math.sqrt(f(1 - alpha)))];
      const [rootAlphaNext, rootBetaNext] = [f(Math.sqrt(alphaNext)), f(Math.sqrt(f(1 - alphaNext)))];
      for (let i = 0; i < latents.length; i++) {
        const sample = latents[i]!;
        const output = modelOutput[i]!;
        let predicted = output;
        let epsilon = output;
        if (config.predictionType === 'epsilon') {
          predicted = f(f(sample - f(rootBeta * output)) / rootAlpha);
        } else if (config.predictionType === 'v_prediction') {
          predicted = f(f(rootAlpha * sample) - f(rootBeta * output));
          epsilon = f(f(rootAlpha * output) + f(rootBeta * sample));
        } else {
          epsilon = f(f(sample - f(rootAlpha * output)) / rootBeta);
        }
        if (range !== undefined) predicted = Math.min(range, Math.max(-range, predicted));
        latents[i] = f(rootAlphaNext * predicted) + f(rootBetaNext * epsilon);
      }
    },
  };
}
