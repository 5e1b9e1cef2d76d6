import type { SchedulerConfig } from './scheduler-config.ts';
import { mixNoise, type Scheduler } from './scheduler.ts';
import { eulerInitNoiseSigma, eulerStep, scaleBySigma } from './euler.ts';
import { finiteAlphasCumprod, sigmasOfAlphas } from './noise-schedule.ts';
import { interpolateAt } from './sigma-schedule.ts';
import { spacedTimesteps } from './timestep-spacing.ts';

const f = Math.fround;

/** As diffusers scheduling_euler_ancestral_discrete.py: an Euler step that goes too far down, then fresh noise up to the next sigma. */
export function createEulerAncestral(config: SchedulerConfig, steps: number): Scheduler & { readonly sigmas: Float32Array } {
  const trainedSigmas = sigmasOfAlphas(finiteAlphasCumprod(config));
  const timesteps: Float64Array = spacedTimesteps(config, steps).map(f);
  const sigmas = Float32Array.from([...timesteps.map((t) => interpolateAt(t, trainedSigmas)), 0]);
  let fresh = new Float32Array(0);
  return {
    timesteps,
    sigmas,
    initNoiseSigma: eulerInitNoiseSigma(config, sigmas),
    scaleModelInput: (latents, step, target) => scaleBySigma(latents, sigmas[step]!, target),
    addNoise: (latents, step, noise) => mixNoise(latents, noise, 1, sigmas[step]!),
    step(modelOutput, step, latents, noise) {
      const [from, to] = [sigmas[step]!, sigmas[step + 1]!];
      const [fromSquared, toSquared] = [f(from * from), f(to * to)];
      const up = f(Math.sqrt(f(f(toSquared * f(fromSquared - toSquared)) / fromSquared)));
      const down = f(Math.sqrt(f(toSquared - f(up * up))));
      eulerStep(config, modelOutput, latents, from, f(down - from));
      if (fresh.length !== latents.length) fresh = new Float32Array(latents.length);
      noise.fillNormal(fresh);
      for (let i = 0; i < latents.length; i++) latents[i] = latents[i]! + f(fresh[i]! * up);
    },
  };
}
