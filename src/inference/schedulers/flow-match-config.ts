import { InferenceError } from '../errors.ts';
import type { Json } from '../model-json.ts';

/** scheduler_config.json of a FlowMatchEulerDiscreteScheduler, with the defaults of diffusers 0.36. */
export type FlowMatchConfig = {
  readonly numTrainTimesteps: number;
  readonly shift: number;
  readonly dynamicShifting: boolean;
  readonly timeShiftType: 'exponential' | 'linear';
  readonly baseShift: number;
  readonly maxShift: number;
  readonly baseImageTokens: number;
  readonly maxImageTokens: number;
  readonly shiftTerminal: number | undefined;
  readonly sigmaSpacing: 'shifted' | 'karras' | 'exponential';
  readonly invertSigmas: boolean;
};

/** Switches that change the result and that we have no code for: silence would be a wrong picture. */
const REFUSED = ['use_beta_sigmas', 'stochastic_sampling'] as const;

/** Throws `model_config` naming the key, its value and what is allowed; `scheduler_unsupported` for another class. */
export function parseFlowMatchConfig(json: Json): FlowMatchConfig {
  const className = json['_class_name'] ?? 'FlowMatchEulerDiscreteScheduler';
  if (className !== 'FlowMatchEulerDiscreteScheduler') {
    const scheduler = typeof className === 'string' ? className : JSON.stringify(className);
    throw new InferenceError(
      'scheduler_unsupported',
      `The model's scheduler ${scheduler} is not supported for flow matching; supported: FlowMatchEulerDiscreteScheduler.`,
      { scheduler },
    );
  }
  for (const key of REFUSED) if (flag(json, key)) throw wrong(key, true, 'false');
  const timeShiftType = json['time_shift_type'] ?? 'exponential';
  if (timeShiftType !== 'exponential' && timeShiftType !== 'linear') throw wrong('time_shift_type', timeShiftType, 'exponential, linear');
  return {
    numTrainTimesteps: positive(json, 'num_train_timesteps', 1000),
    shift: positive(json, 'shift', 1),
    dynamicShifting: flag(json, 'use_dynamic_shifting'),
    timeShiftType,
    baseShift: positive(json, 'base_shift', 0.5),
    maxShift: positive(json, 'max_shift', 1.15),
    baseImageTokens: positive(json, 'base_image_seq_len', 256),
    maxImageTokens: positive(json, 'max_image_seq_len', 4096),
    shiftTerminal: json['shift_terminal'] ? positive(json, 'shift_terminal', 0) : undefined,
    sigmaSpacing: flag(json, 'use_karras_sigmas') ? 'karras' : flag(json, 'use_exponential_sigmas') ? 'exponential' : 'shifted',
    invertSigmas: flag(json, 'invert_sigmas'),
  };
}

function positive(json: Json, key: string, usual: number): number {
  const value = json[key] ?? usual;
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw wrong(key, value, 'a number above 0');
}

function flag(json: Json, key: string): boolean {
  const value = json[key] ?? false;
  if (typeof value === 'boolean') return value;
  throw wrong(key, value, 'true, false');
}

function wrong(key: string, value: unknown, allowed: string): InferenceError {
  const shown = JSON.stringify(value);
  return new InferenceError('model_config', `scheduler_config.json has ${key}: ${shown}, which is not supported; allowed: ${allowed}.`, {
    file: 'scheduler/scheduler_config.json',
    key,
    value: shown,
  });
}
