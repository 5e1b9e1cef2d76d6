import { InferenceError } from './errors.ts';
import type { GenerateRequest } from './generate.ts';
import type { ModelDescription } from './model-description.ts';
import type { Json } from './model-json.ts';
import { createScheduler } from './schedulers/create-scheduler.ts';
import type { Scheduler } from './schedulers/scheduler.ts';

/** A picture to start from. */
export type InitPicture = {
  readonly pixels: Uint8Array; // RGB, [height, width, 3] of the picture that is asked for
  readonly strength: number; // more than 0, which would keep it, up to 1, which keeps nothing of it
};

type Plan = {
  readonly scheduler: Scheduler;
  readonly firstStep: number; // the steps before it are left out
};

/**
 * The schedule, and where a run enters it: `get_timesteps` of StableDiffusionImg2ImgPipeline, which leaves out the first steps (that of the
 * inpainting pipelines, too); or LatentConsistencyModelImg2ImgPipeline's, which takes all of its steps below the strength's noise. Where these refuse a strength
 * for being too small, one step is run. Throws `steps_unsupported`, `scheduler_unsupported`.
 */
export function planSteps(
  { description, schedulerJson }: { readonly description: ModelDescription; readonly schedulerJson: Json },
  { steps, scheduler: name, init, mask }: Pick<GenerateRequest, 'steps' | 'scheduler' | 'init' | 'mask'>,
): Plan {
  if (!init) return { scheduler: createScheduler(schedulerJson, steps, name), firstStep: 0 };
  const isLcm = name === undefined ? description.scheduler === 'LCMScheduler' : name === 'lcm';
  if (isLcm && description.family === 'lcm' && !mask)
    return { scheduler: createScheduler(schedulerJson, steps, name, init.strength), firstStep: 0 };
  const scheduler = createScheduler(schedulerJson, steps, name);
  const leftOut = steps - Math.min(steps, Math.trunc(steps * init.strength));
  return { scheduler, firstStep: Math.min(leftOut, scheduler.timesteps.length - 1) };
}

/** Throws `request_invalid`. */
export function checkInit({ pixels, strength }: InitPicture, { width, height }: { readonly width: number; readonly height: number }): void {
  if (!(strength > 0 && strength <= 1))
    throw new InferenceError('request_invalid', `The strength must be more than 0 and at most 1; ${strength} was given.`, { strength });
  if (pixels.length !== width * height * 3)
    throw new InferenceError(
      'request_invalid',
      `The picture to start from must have the size of the new one, ${width}×${height} in RGB; ${pixels.length} bytes were given.`,
      { width, height },
    );
}
