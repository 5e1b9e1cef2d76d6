import type { NoiseGenerator } from '../random.ts';

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
  /** Moves `latents` in place from `timesteps[step]` to the next. Steps must be taken in order, each once. */
  step(modelOutput: Float32Array, step: number, latents: Float32Array, noise: NoiseGenerator): void;
}

export type SchedulerName = 'euler' | 'euler_a' | 'ddim' | 'lcm' | 'dpm++_2m' | 'dpm++_2m_karras';

export type PredictionType = 'epsilon' | 'v_prediction' | 'sample';

/** Copies when a scheduler gives the model its latents as they are. */
export function copyModelInput(latents: Float32Array, target: Float32Array): void {
  target.set(latents);
}
