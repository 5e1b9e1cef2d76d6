import type { SchedulerConfig } from './scheduler-config.ts';
import { mixNoise, type Scheduler } from './scheduler.ts';
import { finiteAlphasCumprod, linspaceFloat32, sigmasOfAlphas } from './noise-schedule.ts';
import { interpolateAt, respacedSigmas, timestepOfSigma } from './sigma-schedule.ts';
import { spacedTimesteps } from './timestep-spacing.ts';

const f = Math.fround;

/** Sigmas (one more than steps: the last is where the run ends) and timesteps of diffusers scheduling_euler_discrete.py. */
function eulerSchedule(config: SchedulerConfig, steps: number): { timesteps: Float64Array; sigmas: Float32Array } {
  const trainedSigmas = sigmasOfAlphas(finiteAlphasCumprod(config));
  const logSigmas = trainedSigmas.map((sigma) => f(Math.log(sigma)));
  let timesteps: Float64Array = spacedTimesteps(config, steps).map(f);
  let sigmas: Float64Array;
  if (config.interpolationType === 'log_linear') {
    sigmas = Float64Array.from(linspaceFloat32(logSigmas[logSigmas.length - 1]!, logSigmas[0]!, steps + 1), (log) => f(Math.exp(log)));
  } else {
    sigmas = timesteps.map((t) => interpolateAt(t, trainedSigmas));
  }
  if (config.sigmaSpacing !== 'timesteps') {
    sigmas = respacedSigmas(config, sigmas[0]!, sigmas[sigmas.length - 1]!, steps);
    timesteps = sigmas.map((sigma) => f(timestepOfSigma(sigma, logSigmas)));
  }
  const last = config.finalSigmasType === 'sigma_min' ? trainedSigmas[0]! : 0;
  const withLast = Float32Array.from([...sigmas, last]);
  if (config.timestepType === 'continuous' && config.predictionType === 'v_prediction') {
    timesteps = Float64Array.from(withLast.subarray(0, -1), (sigma) => f(0.25 * f(Math.log(sigma))));
  }
  return { timesteps, sigmas: withLast };
}

/** Standard deviation of the initial latents, shared with the ancestral sampler. */
export function eulerInitNoiseSigma(config: SchedulerConfig, sigmas: Float32Array): number {
  const highest = sigmas.reduce((a, b) => Math.max(a, b));
  return config.timestepSpacing === 'leading' ? f(Math.sqrt(f(f(highest * highest) + 1))) : highest;
}

/** target = latents / √(σ² + 1) */
export function scaleBySigma(latents: Float32Array, sigma: number, target: Float32Array): void {
  const divisor = f(Math.sqrt(f(f(sigma * sigma) + 1)));
  for (let i = 0; i < latents.length; i++) target[i] = latents[i]! / divisor;
}

/** Moves latents along the straight line away from the predicted sample: from `sigma` to `sigma + dt`. */
export function eulerStep(config: SchedulerConfig, modelOutput: Float32Array, latents: Float32Array, sigma: number, dt: number): void {
  const variance = f(f(sigma * sigma) + 1);
  const outputScale = f(-sigma / f(Math.sqrt(variance)));
  const { predictionType } = config;
  for (let i = 0; i < latents.length; i++) {
    const sample = latents[i]!;
    const output = modelOutput[i]!;
    let predicted = output;
    if (predictionType === 'epsilon') predicted = f(sample - f(sigma * output));
    else if (predictionType === 'v_prediction') predicted = f(f(output * outputScale) + f(sample / variance));
    const derivative = f(f(sample - predicted) / sigma);
    latents[i] = sample + f(derivative * dt);
  }
}

export function createEuler(config: SchedulerConfig, steps: number): Scheduler & { readonly sigmas: Float32Array } {
  const { timesteps, sigmas } = eulerSchedule(config, steps);
  return {
    timesteps,
    sigmas,
    initNoiseSigma: eulerInitNoiseSigma(config, sigmas),
    scaleModelInput: (latents, step, target) => scaleBySigma(latents, sigmas[step]!, target),
    addNoise: (latents, step, noise) => mixNoise(latents, noise, 1, sigmas[step]!),
    step(modelOutput, step, latents) {
      const sigma = sigmas[step]!;
      eulerStep(config, modelOutput, latents, sigma, f(sigmas[step + 1]! - sigma));
    },
  };
}
