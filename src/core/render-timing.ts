/** Where the time of a job went, as a line. */
import { isBatch } from '#core/batch.ts';
import { formatDuration, pickFor } from '#core/format.ts';
import type { Size } from '#core/options.ts';
import { commonSize, dot, sizeText } from '#core/render-words.ts';
import type { ImageRequest, JobTimings, Language, StageTimings, Task } from '#core/types.ts';

export type Timed = {
  readonly request: ImageRequest;
  readonly task?: Task | undefined;
  /** Of all pictures of the job together. */
  readonly timings: JobTimings;
  /** Pictures made. */
  readonly images: number;
  /** Pictures that could not be enlarged, and their size. */
  readonly notUpscaled?: { readonly count: number; readonly size: Size } | undefined;
  readonly provider: string;
  /** Of all models that drew, such as `A + B`. */
  readonly modelTitle: string;
  readonly language: Language;
};

/** `4 images 256×256 in 0.8 s · 0.2 s each · waited 2.1 s · text 12 ms · … · model · CPU`. */
export function timingLine({ request, task, timings, images, notUpscaled, provider, modelTitle, language }: Timed): string {
  const pick = pickFor(language);
  const duration = (ms: number): string => formatDuration(ms, language);
  const noun = images === 1 ? pick('image', 'Bild') : pick('images', 'Bilder');
  const each = duration(timings.workMs / Math.max(1, images));
  const size = notUpscaled?.count === images ? sizeText(notUpscaled.size) : commonSize(request);
  return [
    `${[images, noun, ...(size === '' ? [] : [size])].join(' ')} in ${duration(timings.workMs)}`,
    ...(images > 1 ? [pick(`${each} each`, `je ${each}`)] : []),
    `${pick('waited', 'gewartet')} ${duration(timings.waitedMs)}`,
    ...stageParts(timings, language),
    ...(isBatch(request) ? [slowest(timings, language)] : []),
    ...(task?.kind === 'upscale' || task?.kind === 'enhance' ? [] : [qualityName(request.quality, language), modelTitle]),
    providerTitle(provider),
  ].join(dot);
}

export const qualityName = (quality: ImageRequest['quality'], language: Language): string => {
  const pick = pickFor(language);
  return quality === 'high' ? pick('high quality', 'hohe Qualität') : pick('fast', 'schnell');
};

/** The stage that took most of the time. */
function slowest(timings: StageTimings, language: Language): string {
  const stage = stages.reduce((most, candidate) => ((timings[candidate] ?? 0) > (timings[most] ?? 0) ? candidate : most));
  return `${pickFor(language)('slowest', 'am längsten:')} ${stageNames[language][stage]}`;
}

const stageNames = {
  en: {
    textMs: 'text',
    denoiseMs: 'denoise',
    decodeMs: 'decode',
    upscaleMs: 'upscale',
    enhanceMs: 'enhance',
    checkMs: 'check',
    encodeMs: 'encode',
  },
  de: {
    textMs: 'Text',
    denoiseMs: 'Entrauschen',
    decodeMs: 'Dekodieren',
    upscaleMs: 'Vergrößern',
    enhanceMs: 'Optimieren',
    checkMs: 'Prüfen',
    encodeMs: 'Kodieren',
  },
} as const satisfies Record<Language, Record<keyof StageTimings, string>>;

/** `text 12 ms`, `denoise 4.9 s`, … */
export function stageParts(timings: StageTimings, language: Language): readonly string[] {
  return stages.flatMap((stage) => {
    const ms = timings[stage];
    const isDrawn = timings.denoiseMs > 0 || timings.decodeMs > 0;
    return ms === undefined || (ms === 0 && !isDrawn) ? [] : [`${stageNames[language][stage]} ${formatDuration(ms, language)}`];
  });
}

/** In the order of the work. */
const stages = [
  'textMs',
  'denoiseMs',
  'decodeMs',
  'upscaleMs',
  'enhanceMs',
  'checkMs',
  'encodeMs',
] as const satisfies readonly (keyof StageTimings)[];

/** Milliseconds of all stages of one picture; it is checked while it is encoded. */
export const workOf = (timings: StageTimings): number =>
  stages.reduce((sum, stage) => sum + (timings[stage] ?? 0), 0) - Math.min(timings.checkMs ?? 0, timings.encodeMs);

const providerTitles: Readonly<Record<string, string>> = { cpu: 'CPU', cuda: 'CUDA', webgpu: 'WebGPU', dml: 'DirectML', coreml: 'Core ML' };

export const providerTitle = (provider: string): string => providerTitles[provider.toLowerCase()] ?? provider;
