import { InferenceError } from '../errors.ts';
import { createDdim } from './ddim.ts';
import { createDdpm } from './ddpm.ts';
import { createDpmSolverMultistep } from './dpm-solver-multistep.ts';
import { createEulerAncestral } from './euler-ancestral.ts';
import { createEuler } from './euler.ts';
import { createLcm } from './lcm.ts';
import { createPndm } from './pndm.ts';
import { parseSchedulerConfig, type SchedulerClass, type SchedulerConfig } from './scheduler-config.ts';
import type { Scheduler, SchedulerName } from './scheduler.ts';
import { createTcd } from './tcd.ts';
import { createUnipc } from './unipc.ts';

const CREATE = {
  EulerDiscreteScheduler: createEuler,
  EulerAncestralDiscreteScheduler: createEulerAncestral,
  DDIMScheduler: createDdim,
  DDPMScheduler: createDdpm,
  PNDMScheduler: createPndm,
  LCMScheduler: createLcm,
  TCDScheduler: createTcd,
  DPMSolverMultistepScheduler: createDpmSolverMultistep,
  UniPCMultistepScheduler: createUnipc,
} satisfies Record<SchedulerClass, (config: SchedulerConfig, steps: number, strength: number) => Scheduler>;

/** Samplers for the same models that we have no code for: Euler takes their configuration, as diffusers' `_compatibles` allows. */
const RUN_AS_EULER = [
  'LMSDiscreteScheduler', 'HeunDiscreteScheduler', 'DEISMultistepScheduler',
  'KDPM2DiscreteScheduler', 'KDPM2AncestralDiscreteScheduler', 'DPMSolverSinglestepScheduler', 'DPMSolverSDEScheduler',
]; // prettier-ignore

const DPM_2M = { solver_order: 2, algorithm_type: 'dpmsolver++', use_exponential_sigmas: false, use_lu_lambdas: false };

/** What a person's choice of scheduler means: a class, and what it overrides in scheduler_config.json (as `from_config(config, **overrides)`). */
const BY_NAME = {
  euler: { schedulerClass: 'EulerDiscreteScheduler', overrides: {} },
  euler_a: { schedulerClass: 'EulerAncestralDiscreteScheduler', overrides: {} },
  ddim: { schedulerClass: 'DDIMScheduler', overrides: {} },
  lcm: { schedulerClass: 'LCMScheduler', overrides: {} },
  'dpm++_2m': { schedulerClass: 'DPMSolverMultistepScheduler', overrides: { ...DPM_2M, use_karras_sigmas: false } },
  tcd: { schedulerClass: 'TCDScheduler', overrides: {} },
  'dpm++_2m_karras': { schedulerClass: 'DPMSolverMultistepScheduler', overrides: { ...DPM_2M, use_karras_sigmas: true } },
} satisfies Record<SchedulerName, { schedulerClass: SchedulerClass; overrides: Record<string, unknown> }>;

/** The class that runs a folder with this scheduler_config.json. Throws `scheduler_unsupported`. */
export function schedulerClassOf(json: Readonly<Record<string, unknown>>): SchedulerClass {
  const className = String(json['_class_name']);
  if (className === 'PNDMScheduler' && json['skip_prk_steps'] !== true) return 'EulerDiscreteScheduler'; // its Runge-Kutta steps
  if (className === 'UniPCMultistepScheduler' && (json['predict_x0'] === false || json['solver_p'])) return 'EulerDiscreteScheduler';
  if (Object.hasOwn(CREATE, className)) return className as SchedulerClass;
  if (RUN_AS_EULER.includes(className)) return 'EulerDiscreteScheduler';
  throw new InferenceError(
    'scheduler_unsupported',
    `The model's scheduler ${className} is not supported; supported: ${Object.keys(CREATE).join(', ')}.`,
    { scheduler: className },
  );
}

/**
 * A fresh scheduler for one picture.
 * @param json scheduler_config.json, as the pipeline class would have it
 * @param name a person's choice; without it the class that the file names
 * @param strength for LCM alone: the share of the noise that a run from a picture begins with
 */
export function createScheduler(json: Readonly<Record<string, unknown>>, steps: number, name?: SchedulerName, strength = 1): Scheduler {
  const chosen = name !== undefined && Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  if (name !== undefined && chosen === undefined) {
    throw new InferenceError('scheduler_unsupported', `There is no scheduler called ${name}; known: ${Object.keys(BY_NAME).join(', ')}.`, {
      scheduler: name,
    });
  }
  const schedulerClass = chosen?.schedulerClass ?? schedulerClassOf(json);
  const config = parseSchedulerConfig({ ...json, ...chosen?.overrides }, schedulerClass);
  if (!Number.isSafeInteger(steps) || steps < 1 || steps > config.numTrainTimesteps) {
    throw new InferenceError(
      'steps_unsupported',
      `Steps must be a whole number from 1 to ${config.numTrainTimesteps}; ${steps} were asked for.`,
      { steps, max: config.numTrainTimesteps },
    );
  }
  return CREATE[schedulerClass](config, steps, strength);
}
