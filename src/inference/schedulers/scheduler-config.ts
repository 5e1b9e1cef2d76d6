import { InferenceError } from '../errors.ts';
import type { PredictionType } from './scheduler.ts';

/** What scheduler_config.json says, with the defaults of the class that will run (they differ: diffusers schedulers/scheduling_*.py). */
export type SchedulerConfig = {
  readonly numTrainTimesteps: number;
  readonly betaStart: number;
  readonly betaEnd: number;
  readonly betaSchedule: 'linear' | 'scaled_linear' | 'squaredcos_cap_v2';
  readonly trainedBetas: readonly number[] | undefined;
  readonly predictionType: PredictionType;
  readonly timestepSpacing: TimestepSpacing;
  readonly stepsOffset: number;
  readonly rescaleBetasZeroSnr: boolean;
  readonly finalSigmasType: 'zero' | 'sigma_min';
  readonly sigmaSpacing: 'timesteps' | 'karras' | 'exponential' | 'lu';
  readonly sigmaMin: number | undefined;
  readonly sigmaMax: number | undefined;
  readonly interpolationType: 'linear' | 'log_linear';
  readonly timestepType: 'discrete' | 'continuous';
  readonly setAlphaToOne: boolean;
  readonly clipSampleRange: number | undefined; // undefined: predicted samples are not clipped
  readonly originalInferenceSteps: number;
  readonly timestepScaling: number;
  readonly solverOrder: number;
  readonly solverType: 'midpoint' | 'heun' | 'bh1' | 'bh2'; // the latter two are UniPC's
  readonly algorithmType: 'dpmsolver' | 'dpmsolver++' | 'sde-dpmsolver++';
  readonly lowerOrderFinal: boolean;
  readonly eulerAtFinal: boolean;
  readonly lambdaMinClipped: number;
  readonly eta: number; // TCD: how much of each step is noise. No class's setting: diffusers has it as an argument, 0 in its pipelines
  readonly hasLargeVariance: boolean; // DDPM
  readonly disabledCorrectors: readonly number[]; // UniPC: steps whose end is not corrected
};

type TimestepSpacing = 'linspace' | 'leading' | 'trailing';
export type SchedulerClass =
  | 'EulerDiscreteScheduler'
  | 'EulerAncestralDiscreteScheduler'
  | 'DDIMScheduler'
  | 'DDPMScheduler'
  | 'PNDMScheduler'
  | 'LCMScheduler'
  | 'TCDScheduler'
  | 'DPMSolverMultistepScheduler'
  | 'UniPCMultistepScheduler';
type Json = Readonly<Record<string, unknown>>;

/** Switches that change the result and that we have no code for: silence would be a wrong picture. */
const REFUSED = ['thresholding', 'use_beta_sigmas', 'use_flow_sigmas', 'use_dynamic_shifting'] as const;
/** Models that answer with a variance beside the noise. The fixed kinds (DDPM's) only matter to the sampler that wrote them. */
const REFUSED_VARIANCES: readonly unknown[] = ['learned', 'learned_range'];

/** Reads scheduler_config.json for `schedulerClass`. Throws `model_config` naming the key, its value and what is allowed. */
export function parseSchedulerConfig(json: Json, schedulerClass: SchedulerClass): SchedulerConfig {
  for (const key of REFUSED) {
    const value = json[key];
    if (value !== undefined && value !== null && value !== false) throw unsupported(key, value, ['false']);
  }
  const variance = json['variance_type'];
  if (REFUSED_VARIANCES.includes(variance)) throw unsupported('variance_type', variance, ['fixed_small', 'fixed_large']);
  const isLcm = schedulerClass === 'LCMScheduler' || schedulerClass === 'TCDScheduler'; // Stable Diffusion's numbers by default
  const isDdpm = schedulerClass === 'DDPMScheduler';
  const clipsByDefault = schedulerClass === 'DDIMScheduler' || isDdpm;
  const mayClip = clipsByDefault || schedulerClass === 'LCMScheduler';
  const isPndm = schedulerClass === 'PNDMScheduler';
  const isLeading = isLcm || clipsByDefault || isPndm;
  const isDpm = schedulerClass === 'DPMSolverMultistepScheduler';
  const isEuler = schedulerClass === 'EulerDiscreteScheduler';
  const isUnipc = schedulerClass === 'UniPCMultistepScheduler';
  const disabled = json['disable_corrector'];
  const trainedBetas = json['trained_betas'];
  const clips = boolean(json, 'clip_sample', clipsByDefault);
  const config: SchedulerConfig = {
    numTrainTimesteps: number(json, 'num_train_timesteps', 1000),
    betaStart: number(json, 'beta_start', isLcm ? 0.00085 : 0.0001),
    betaEnd: number(json, 'beta_end', isLcm ? 0.012 : 0.02),
    betaSchedule: oneOf(json, 'beta_schedule', ['linear', 'scaled_linear', 'squaredcos_cap_v2'], isLcm ? 'scaled_linear' : 'linear'),
    trainedBetas: Array.isArray(trainedBetas) ? trainedBetas.map(Number) : undefined,
    predictionType: oneOf(json, 'prediction_type', ['epsilon', 'v_prediction', 'sample'], 'epsilon'),
    timestepSpacing: oneOf(json, 'timestep_spacing', ['linspace', 'leading', 'trailing'], isLeading ? 'leading' : 'linspace'),
    stepsOffset: number(json, 'steps_offset', 0),
    rescaleBetasZeroSnr: !isPndm && boolean(json, 'rescale_betas_zero_snr', false),
    finalSigmasType: oneOf(json, 'final_sigmas_type', ['zero', 'sigma_min'], 'zero'),
    sigmaSpacing: isDpm || isEuler || isUnipc ? sigmaSpacing(json, isDpm) : 'timesteps',
    sigmaMin: isEuler || isDpm ? optionalNumber(json, 'sigma_min') : undefined,
    sigmaMax: isEuler || isDpm ? optionalNumber(json, 'sigma_max') : undefined,
    interpolationType: isEuler ? oneOf(json, 'interpolation_type', ['linear', 'log_linear'], 'linear') : 'linear',
    timestepType: isEuler ? oneOf(json, 'timestep_type', ['discrete', 'continuous'], 'discrete') : 'discrete',
    setAlphaToOne: boolean(json, 'set_alpha_to_one', !isPndm),
    clipSampleRange: clips && mayClip ? number(json, 'clip_sample_range', 1) : undefined,
    originalInferenceSteps: number(json, 'original_inference_steps', 50),
    timestepScaling: number(json, 'timestep_scaling', 10),
    solverOrder: isDpm || isUnipc ? number(json, 'solver_order', 2) : 2,
    solverType: isUnipc ? unipcType(json) : isDpm ? solverType(json) : 'midpoint',
    algorithmType: isDpm ? algorithmType(json) : 'dpmsolver++',
    lowerOrderFinal: boolean(json, 'lower_order_final', true),
    eulerAtFinal: boolean(json, 'euler_at_final', false),
    lambdaMinClipped: number(json, 'lambda_min_clipped', -Infinity),
    eta: schedulerClass === 'TCDScheduler' ? number(json, 'eta', 0) : 0,
    hasLargeVariance: isDdpm && oneOf(json, 'variance_type', ['fixed_small', 'fixed_large'], 'fixed_small') === 'fixed_large',
    disabledCorrectors: isUnipc && Array.isArray(disabled) ? disabled.map(Number) : [],
  };
  if (!(config.eta >= 0 && config.eta <= 1)) throw unsupported('eta', config.eta, ['0 to 1']);
  if (isPndm && config.predictionType === 'sample') throw unsupported('prediction_type', 'sample', ['epsilon', 'v_prediction']);
  if (schedulerClass === 'EulerAncestralDiscreteScheduler' && config.predictionType === 'sample')
    throw unsupported('prediction_type', 'sample', ['epsilon', 'v_prediction']);
  if ((isDpm || isUnipc) && ![1, 2, 3].includes(config.solverOrder)) throw unsupported('solver_order', config.solverOrder, ['1', '2', '3']);
  if (isDpm && config.solverOrder === 3 && config.algorithmType !== 'dpmsolver++') throw unsupported('solver_order', 3, ['1', '2']);
  if (isDpm && config.algorithmType === 'dpmsolver' && config.finalSigmasType === 'zero')
    throw unsupported('final_sigmas_type', 'zero', ['sigma_min']);
  if (isUnipc && config.sigmaSpacing !== 'timesteps' && config.finalSigmasType === 'sigma_min')
    throw unsupported('final_sigmas_type', 'sigma_min', ['zero']); // a step of no length
  if (isUnipc && !config.lowerOrderFinal && config.finalSigmasType === 'zero' && config.solverOrder > 1)
    throw unsupported('lower_order_final', false, ['true']); // the last step would divide by infinity
  return config;
}

function sigmaSpacing(json: Json, isDpm: boolean): SchedulerConfig['sigmaSpacing'] {
  if (boolean(json, 'use_karras_sigmas', false)) return 'karras';
  if (isDpm && boolean(json, 'use_lu_lambdas', false)) return 'lu';
  if (boolean(json, 'use_exponential_sigmas', false)) return 'exponential';
  return 'timesteps';
}

function solverType(json: Json): SchedulerConfig['solverType'] {
  const given = json['solver_type'];
  // Names of DEIS and UniPC that diffusers takes for midpoint when it converts their configuration.
  if (given === 'logrho' || given === 'bh1' || given === 'bh2') return 'midpoint';
  return oneOf(json, 'solver_type', ['midpoint', 'heun'], 'midpoint');
}

function unipcType(json: Json): SchedulerConfig['solverType'] {
  // Names of DPM-Solver and DEIS, which the class takes for bh2.
  return json['solver_type'] === 'bh1' ? 'bh1' : 'bh2';
}

function algorithmType(json: Json): SchedulerConfig['algorithmType'] {
  if (json['algorithm_type'] === 'deis') return 'dpmsolver++';
  return oneOf(json, 'algorithm_type', ['dpmsolver', 'dpmsolver++', 'sde-dpmsolver++'], 'dpmsolver++');
}

function number(json: Json, key: string, fallback: number): number {
  return optionalNumber(json, key) ?? fallback;
}

function optionalNumber(json: Json, key: string): number | undefined {
  const value = json[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') throw unsupported(key, value, ['a number']);
  return value;
}

function boolean(json: Json, key: string, fallback: boolean): boolean {
  const value = json[key];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'boolean') throw unsupported(key, value, ['true', 'false']);
  return value;
}

function oneOf<const T extends string>(json: Json, key: string, allowed: readonly T[], fallback: NoInfer<T>): T {
  const value = json[key];
  if (value === undefined || value === null) return fallback;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw unsupported(key, value, allowed);
  return found;
}

function unsupported(key: string, value: unknown, allowed: readonly string[]): InferenceError {
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return new InferenceError('model_config', `scheduler_config.json: ${key} = ${shown} is not supported; allowed: ${allowed.join(', ')}.`, {
    file: 'scheduler/scheduler_config.json',
    key,
    value: shown,
    allowed: allowed.join(', '),
  });
}
