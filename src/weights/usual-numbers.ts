/**
 * Steps and guidance that suit a model, from what its configuration says; where that is silent, from its folder's name.
 * Sources: the defaults of diffusers' pipelines, and the model cards of SD-Turbo, SDXL-Turbo, SDXL-Lightning, Hyper-SD, LCM and TCD.
 */

export type Numbers = {
  readonly steps: number;
  readonly hqSteps: number;
  readonly maxSteps: number;
  readonly guidanceScale: number;
  readonly guidance: boolean; // false: none is wanted, or it is inside the weights
};

export type Traits = {
  readonly name: string; // the folder's
  readonly isXl: boolean;
  readonly scheduler: string; // its class
  readonly trainedSteps: number | undefined; // of a consistency model
  readonly isTrailing: boolean; // timestep_spacing
  readonly predictionType: string;
  readonly isZeroSnr: boolean;
  readonly hasGuidanceInside: boolean; // the UNet takes the guidance scale
};

const consistencySteps = 4;
const consistencyMaxSteps = 50;
const fullMaxSteps = 100;
const distilledMaxSteps = 8;
/** Guidance of 1 is the prompt alone, in one pass. */
const none = { guidanceScale: 1, guidance: false } as const;

export const usualNumbers = (traits: Traits): Numbers => {
  const { scheduler, trainedSteps, hasGuidanceInside } = traits;
  if (hasGuidanceInside || scheduler === 'LCMScheduler' || scheduler === 'TCDScheduler') {
    const maxSteps = trainedSteps ?? consistencyMaxSteps;
    const steps = Math.min(namedSteps(traits.name) ?? consistencySteps, maxSteps);
    const guidance = hasGuidanceInside ? { guidanceScale: traits.isXl ? 8 : 8.5, guidance: false } : none;
    return { steps, hqSteps: Math.min(2 * steps, maxSteps), maxSteps, ...guidance };
  }
  return distilled(traits) ?? full(traits);
};

/**
 * Models that were distilled to few steps. Their schedulers start at the very last timestep (`trailing`); others that do are trained for
 * that noise (zero terminal SNR) or for velocity, and take their time. A `sample` answer is that of a Lightning made for one step.
 */
const distilled = ({ name, predictionType, isTrailing, isZeroSnr }: Traits): Numbers | undefined => {
  if (predictionType === 'sample') return { steps: 1, hqSteps: 1, maxSteps: 1, ...none };
  const isNamed = /turbo|lightning|hyper[-_]?sd|schnell/i.test(name);
  if (!isNamed && !(isTrailing && predictionType === 'epsilon' && !isZeroSnr)) return undefined;
  const steps = namedSteps(name);
  if (steps !== undefined) return { steps, hqSteps: steps, maxSteps: Math.max(distilledMaxSteps, steps), ...none }; // made for that number
  if (/lightning|hyper[-_]?sd/i.test(name)) return { steps: 4, hqSteps: 4, maxSteps: distilledMaxSteps, ...none };
  return { steps: 2, hqSteps: 4, maxSteps: distilledMaxSteps, ...none };
};

const full = ({ isXl, scheduler }: Traits): Numbers => {
  const steps = scheduler === 'DDPMScheduler' ? 50 : isXl ? 25 : 20; // DDPM adds noise at every step, and needs more of them
  return { steps, hqSteps: Math.min(2 * steps, fullMaxSteps), maxSteps: fullMaxSteps, guidanceScale: isXl ? 5 : 7.5, guidance: true };
};

/** `sdxl-lightning-4step`, `Hyper-SD15-8steps`, `lcm_2-step` */
const namedSteps = (name: string): number | undefined => {
  const steps = Number(/(?:^|[-_.])(\d{1,2})[-_]?steps?(?![a-z])/i.exec(name)?.[1]);
  return steps >= 1 && steps <= consistencyMaxSteps ? steps : undefined;
};
