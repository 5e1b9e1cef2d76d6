import type { NoiseGenerator } from '../random.ts';

const f = Math.fround;

/**
 * One run's walk from noise to latents, as diffusers' `set_timesteps` and `step`. An instance belongs to one picture: solvers remember
 * what the model said before. Arithmetic follows torch's float32 operation by operation (`f` = Math.fround), because at high
 * noise levels the roundings themselves are visible in the result.
 */
export interface Scheduler {
  /** What the model is asked at each step, highest noise first. Not always whole numbers. */
  readonly timesteps: Float64Array;
  /** Standard deviation that the initial noise is multiplied by. */
  readonly initNoiseSigma: number;
  /** Writes the model's input for step number `step` into `target`; both of one length. */
  scaleModelInput(latents: Float32Array, step: number, target: Float32Array): void;
  /** Noises latents without noise in place, up to where step number `step` begins; as diffusers' `add_noise`. */
  addNoise(latents: Float32Array, step: number, noise: Float32Array): void;
  /** Moves `latents` in place from `timesteps[step]` to the next. Steps must be taken in order, each once; the first ones may be left out. */
  step(modelOutput: Float32Array, step: number, latents: Float32Array, noise: NoiseGenerator): void;
}

export type SchedulerName = 'euler' | 'euler_a' | 'ddim' | 'lcm' | 'dpm++_2m' | 'dpm++_2m_karras' | 'tcd';

export type PredictionType = 'epsilon' | 'v_prediction' | 'sample';

/** latents = signalScale · latents + noiseScale · noise */
export function mixNoise(latents: Float32Array, noise: Float32Array, signalScale: number, noiseScale: number): void {
  for (let i = 0; i < latents.length; i++) latents[i] = f(signalScale * latents[i]!) + f(noiseScale * noise[i]!);
}

/** Copies when a scheduler gives the model its latents as they are. */
export function copyModelInput(latents: Float32Array, target: Float32Array): void {
  target.set(latents);
}

/** What schedulers share whose latents keep the variance of noise at every step: √ᾱ · picture + √(1 − ᾱ) · noise. */
export function keepingVariance(
  alphas: Float32Array,
  timesteps: Float64Array,
): Pick<Scheduler, 'timesteps' | 'initNoiseSigma' | 'scaleModelInput' | 'addNoise'> {
  return {
    timesteps,
    initNoiseSigma: 1,
    scaleModelInput: (latents, _step, target) => copyModelInput(latents, target),
    addNoise(latents, step, noise) {
      const alpha = alphas[timesteps[step]!]!;
      mixNoise(latents, noise, f(Math.sqrt(alpha)), f(Math.sqrt(f(1 - alpha))));
    },
  };
}
