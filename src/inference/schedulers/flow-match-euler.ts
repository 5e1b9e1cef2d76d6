import { InferenceError } from '../errors.ts';
import type { Json } from '../model-json.ts';
import { parseFlowMatchConfig, type FlowMatchConfig } from './flow-match-config.ts';
import { copyModelInput, type Scheduler } from './scheduler.ts';

const f = Math.fround;

export type FlowMatchOptions = {
  readonly steps: number;
  /** Where the schedule ends before it is shifted: pipelines set 0 (Z-Image). Without it: the lowest sigma of the training, shifted twice. */
  readonly sigmaMin?: number;
  /** How far a schedule with dynamic shifting is shifted; `dynamicShift` computes it. */
  readonly mu?: number;
};

export type FlowMatchScheduler = Scheduler & { readonly sigmas: Float32Array }; // one more than steps: the last is where the run ends

/**
 * Straight paths from noise to picture: x = (1 − σ) · picture + σ · noise, and the model answers with noise − picture.
 * As diffusers scheduling_flow_match_euler_discrete.py. Throws `model_config`, `steps_unsupported`.
 * @param json scheduler_config.json
 */
export function createFlowMatchEuler(json: Json, options: FlowMatchOptions): FlowMatchScheduler {
  const config = parseFlowMatchConfig(json);
  const { timesteps, sigmas } = flowMatchSchedule(config, options);
  return {
    timesteps,
    sigmas,
    initNoiseSigma: 1,
    scaleModelInput: (latents, _step, target) => copyModelInput(latents, target),
    addNoise(latents, step, noise) {
      const sigma = sigmas[step]!;
      const kept = f(1 - sigma);
      for (let i = 0; i < latents.length; i++) latents[i] = f(sigma * noise[i]!) + f(kept * latents[i]!);
    },
    step(modelOutput, step, latents) {
      const dt = f(sigmas[step + 1]! - sigmas[step]!);
      for (let i = 0; i < latents.length; i++) latents[i] = latents[i]! + f(dt * modelOutput[i]!);
    },
  };
}

/** How far a picture of `imageTokens` is shifted: on the line through two sizes of the configuration; `calculate_shift` of diffusers' pipelines. */
export function dynamicShift(json: Json, imageTokens: number): number {
  const { baseShift, maxShift, baseImageTokens, maxImageTokens } = parseFlowMatchConfig(json);
  const slope = (maxShift - baseShift) / (maxImageTokens - baseImageTokens);
  return imageTokens * slope + (baseShift - slope * baseImageTokens);
}

function flowMatchSchedule(
  config: FlowMatchConfig,
  { steps, sigmaMin, mu }: FlowMatchOptions,
): { readonly timesteps: Float64Array; readonly sigmas: Float32Array } {
  const { numTrainTimesteps, shift } = config;
  if (!Number.isSafeInteger(steps) || steps < 1 || steps > numTrainTimesteps)
    throw new InferenceError('steps_unsupported', `Steps must be a whole number from 1 to ${numTrainTimesteps}; ${steps} were asked for.`, {
      steps,
      max: numTrainTimesteps,
    });
  // In float32, and shifted already where the shift is not dynamic: so the constructor leaves them.
  const trained = (sigma: number): number => (config.dynamicShifting ? sigma : f(f(f(shift) * sigma) / f(1 + f(f(shift - 1) * sigma))));
  const [highest, lowest] = [trained(1), sigmaMin ?? trained(f(1 / numTrainTimesteps))];
  let sigmas = linspace(highest * numTrainTimesteps, lowest * numTrainTimesteps, steps).map((t) =>
    shifted(config, t / numTrainTimesteps, mu),
  );
  if (config.shiftTerminal) sigmas = stretched(sigmas, config.shiftTerminal);
  if (config.sigmaSpacing !== 'shifted') sigmas = respaced(config.sigmaSpacing, sigmas);
  const scheduled = Float32Array.from(sigmas, (sigma) => (config.invertSigmas ? f(1 - f(sigma)) : sigma));
  return {
    timesteps: Float64Array.from(scheduled, (sigma) => f(sigma * numTrainTimesteps)),
    sigmas: Float32Array.from([...scheduled, config.invertSigmas ? 1 : 0]),
  };
}

function shifted({ dynamicShifting, shift, timeShiftType }: FlowMatchConfig, sigma: number, mu: number | undefined): number {
  if (!dynamicShifting) return (shift * sigma) / (1 + (shift - 1) * sigma);
  if (mu === undefined) throw new InferenceError('model_config', 'A schedule with dynamic shifting needs to know the size of the picture.');
  const strength = timeShiftType === 'exponential' ? Math.exp(mu) : mu;
  return strength / (strength + (1 / sigma - 1));
}

/** Ends at `terminal` instead of where the shift led. One step alone has no end to move. */
function stretched(sigmas: readonly number[], terminal: number): number[] {
  const scale = (1 - sigmas[sigmas.length - 1]!) / (1 - terminal);
  return scale === 0 ? [...sigmas] : sigmas.map((sigma) => 1 - (1 - sigma) / scale);
}

function respaced(spacing: 'karras' | 'exponential', sigmas: readonly number[]): number[] {
  const [highest, lowest] = [sigmas[0]!, sigmas[sigmas.length - 1]!];
  if (spacing === 'karras') {
    const rho = 7;
    return linspace(highest ** (1 / rho), lowest ** (1 / rho), sigmas.length).map((root) => root ** rho);
  }
  if (lowest > 0) return linspace(Math.log(highest), Math.log(lowest), sigmas.length).map(Math.exp);
  throw new InferenceError(
    'model_config',
    'scheduler_config.json asks for use_exponential_sigmas, which a schedule that ends at 0 cannot have.',
    {
      file: 'scheduler/scheduler_config.json',
      key: 'use_exponential_sigmas',
    },
  );
}

/** As numpy's: `count` values, both ends included, the first alone where there is one. */
function linspace(from: number, to: number, count: number): number[] {
  const step = count > 1 ? (to - from) / (count - 1) : 0;
  return Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? to : i * step + from));
}
