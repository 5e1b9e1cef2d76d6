import type { SchedulerConfig } from './scheduler-config.ts';
import { keepingVariance, type Scheduler } from './scheduler.ts';
import { alphasCumprod } from './noise-schedule.ts';
import { roundHalfEven, spacedTimesteps } from './timestep-spacing.ts';

const f = Math.fround;

/** As diffusers scheduling_ddpm.py with a fixed variance: the posterior mean of each step, and noise, except at timestep 0. */
export function createDdpm(config: SchedulerConfig, steps: number): Scheduler {
  const alphas = alphasCumprod(config);
  const timesteps = spacedTimesteps(config, steps).map(roundHalfEven);
  const range = config.clipSampleRange;
  let fresh = new Float32Array(0);
  return {
    ...keepingVariance(alphas, timesteps),
    step(modelOutput, step, latents, noise) {
      const timestep = timesteps[step]!;
      const next = timesteps[step + 1];
      const alpha = alphas[timestep]!;
      const alphaNext = next === undefined ? 1 : alphas[next]!;
      const [beta, betaNext] = [f(1 - alpha), f(1 - alphaNext)];
      const [rootAlpha, rootBeta] = [f(Math.sqrt(alpha)), f(Math.sqrt(beta))];
      const alphaStep = f(alpha / alphaNext);
      const betaStep = f(1 - alphaStep);
      const predictedScale = f(f(f(Math.sqrt(alphaNext)) * betaStep) / beta);
      const sampleScale = f(f(f(Math.sqrt(alphaStep)) * betaNext) / beta);
      const variance = config.hasLargeVariance ? betaStep : Math.max(f(1e-20), f(f(betaNext / beta) * betaStep));
      const deviation = f(Math.sqrt(variance));
      const isNoisy = timestep > 0;
      if (isNoisy) {
        if (fresh.length !== latents.length) fresh = new Float32Array(latents.length);
        noise.fillNormal(fresh);
      }
      for (let i = 0; i < latents.length; i++) {
        const sample = latents[i]!;
        let predicted = modelOutput[i]!;
        if (config.predictionType === 'epsilon') predicted = f(f(sample - f(rootBeta * predicted)) / rootAlpha);
        else if (config.predictionType === 'v_prediction') predicted = f(f(rootAlpha * sample) - f(rootBeta * predicted));
        if (range !== undefined) predicted = Math.min(range, Math.max(-range, predicted));
        const mean = f(f(predictedScale * predicted) + f(sampleScale * sample));
        latents[i] = isNoisy ? mean + f(deviation * fresh[i]!) : mean;
      }
    },
  };
}
