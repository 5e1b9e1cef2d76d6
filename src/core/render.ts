/** What happens to a job → what the room reads. Every function is data in, `RichText` out. */
import { formatDuration, formatEta, formatPercent, formatSize, pickFor } from '#core/format.ts';
import type { Failure, MessageParams, Voice } from '#core/message-codes.ts';
import { message, problemMessage } from '#core/messages.ts';
import { clip, countCharacters, tokenize } from '#core/prompt-text.ts';
import type { Problem } from '#core/problem.ts';
import { bold, code, muted, paragraph, type Block, type RichText, type Span } from '#core/rich-text.ts';
import type { Size } from '#core/options.ts';
import { cellOf, isBatch, isCommon, perVariant, pictureRequest, variantOf } from '#core/batch.ts';
import type { Enhancement, ImageRequest, JobId, JobTimings, Language, Source, StageTimings, StoredImage, Task } from '#core/types.ts';

const dot = ' · ';

/** `1 picture`, `4 Bilder`. */
export function countPictures(count: number, language: Language): string {
  const pick = pickFor(language);
  return `${count} ${count === 1 ? pick('picture', 'Bild') : pick('pictures', 'Bilder')}`;
}

/** What needs no example command. */
type In = { readonly language: Language };

export type Accepted = Voice & {
  readonly jobId: JobId;
  readonly request: ImageRequest;
  readonly task?: Task | undefined;
  /** The queue is paused by an admin. */
  readonly isPaused?: boolean;
  /** Pictures of all jobs that come first. */
  readonly picturesAhead: number;
  /** Until the last picture of this job; undefined where nothing was measured yet. */
  readonly etaMs?: number | undefined;
};

export function renderAccepted({ jobId, request, task, isPaused, picturesAhead, etaMs, language, prefix }: Accepted): RichText {
  const pick = pickFor(language);
  const ahead = countPictures(picturesAhead, language);
  const starts = isPaused === true ? [] : [pick('starts right away', 'beginnt gleich')];
  const parts = [
    ...what(request, task, language),
    ...(picturesAhead === 0 ? starts : [pick(`${ahead} ahead`, `${ahead} davor`)]),
    ...(etaMs === undefined || isPaused === true ? [] : [`${pick('ready in about', 'fertig in etwa')} ${formatEta(etaMs, language)}`]),
  ];
  // Who waits may want to know how not to.
  const hint = picturesAhead === 0 ? [] : [dot, code(`${prefix} ${pick('cancel', 'abbrechen')} ${jobId}`)];
  const paused = isPaused === true ? [paragraph(...message('queue_is_paused', {}, { language, prefix }))] : [];
  return [paragraph(bold(jobId), ` ${parts.join(dot)}`, ...hint), ...paused];
}

/** What is going to be made: `4 pictures 256×256`, `20 pictures (4 × 5)`, `k7f3/A2 enlarged ×4 to 1024×1024`. */
function what(request: ImageRequest, task: Task | undefined, language: Language): readonly string[] {
  const pick = pickFor(language);
  const size = commonSize(request);
  const seed = `${pick('seed', 'Seed')} ${request.seed}`;
  switch (task?.kind) {
    case 'upscale':
      return [
        pick(
          `${sourceName(task.source, language)} enlarged ×${task.factor} to ${size}`,
          `Vergrößerung ×${task.factor} von ${sourceName(task.source, language)} auf ${size}`,
        ),
      ];
    case 'enhance':
      return [
        pick(
          `contrast and sharpness of ${sourceName(task.source, language)}`,
          `Kontrast und Schärfe von ${sourceName(task.source, language)}`,
        ),
      ];
    case 'replay':
      return [`${countPictures(request.count, language)} ${size}`.trim(), pick(`exactly as ${task.job}`, `genau wie ${task.job}`), seed];
    case 'vary':
      return [
        `${countPictures(request.count, language)} ${size}`.trim(),
        pick(`from ${sourceName(task.source, language)}`, `aus ${sourceName(task.source, language)}`),
        seed,
      ];
    default: {
      const kinds = request.variants?.length ?? 1;
      const inKinds = isBatch(request) && perVariant(request) > 1 ? ` (${kinds} × ${perVariant(request)})` : '';
      return [`${countPictures(request.count, language)}${inKinds} ${size}`.trim(), seed];
    }
  }
}

/** Empty where the rows of a batch differ in it. */
const commonSize = (request: ImageRequest): string =>
  isCommon(request, 'widthPx') && isCommon(request, 'heightPx') ? formatSize(request.widthPx, request.heightPx) : '';

/** `k7f3/A2`; in German as it stands behind `von` or `aus`. */
export const sourceName = ({ job, index, cell = cellOf({ count: 1 }, index ?? 0) }: Source, language: Language): string =>
  job === undefined ? pickFor(language)('an uploaded picture', 'einem hochgeladenen Bild') : `${job}/${cell}`;

export type Progress = In & {
  readonly jobId: JobId;
  readonly request: ImageRequest;
  readonly task?: Task | undefined;
  /** Of the picture being made. */
  readonly index?: number;
  /** Pictures finished. */
  readonly done: number;
  /** Of the picture being drawn; more than the request's where it is enlarged as well. */
  readonly step: number;
  readonly steps: number;
  readonly etaMs?: number | undefined;
};

export function renderProgress({ jobId, request, task, index = 0, done, step, steps, etaMs, language }: Progress): RichText {
  const pick = pickFor(language);
  const { count } = request;
  const fraction = Math.min(1, (done + (steps > 0 ? step / steps : 0)) / count);
  const current = Math.min(done + 1, count);
  const parts = [
    formatPercent(fraction, language),
    ...(count > 1 ? [pick(`picture ${current} of ${count}`, `Bild ${current} von ${count}`)] : []),
    stepText(pictureRequest(request, index), task, step, steps, language),
    ...(etaMs === undefined ? [] : [pick(`about ${formatEta(etaMs, language)} left`, `noch etwa ${formatEta(etaMs, language)}`)]),
  ];
  return [paragraph(bold(jobId), ` ${progressBar(fraction)} ${parts.join(dot)}`)];
}

/** What comes after the request's own steps is the upscaler's. */
function stepText(
  { upscale, steps: asked }: Pick<ImageRequest, 'upscale' | 'steps'>,
  task: Task | undefined,
  step: number,
  steps: number,
  language: Language,
): string {
  const pick = pickFor(language);
  if (task?.kind === 'upscale') return `${pick('tile', 'Kachel')} ${step}/${steps}`;
  if (task?.kind === 'enhance') return pick('optimising', 'wird optimiert');
  // From a picture, fewer steps are made than asked for.
  const drawn = Math.min(asked, steps);
  if (upscale !== undefined && step >= drawn && step < steps) return pick('enlarging', 'wird vergrößert');
  const [at, of] = upscale === undefined ? [step, steps] : [Math.min(step, drawn), drawn];
  return `${pick('step', 'Schritt')} ${at}/${of}`;
}

const barCells = 10;
const progressBar = (fraction: number): string => {
  const full = Math.floor(fraction * barCells);
  return '▓'.repeat(full) + '░'.repeat(barCells - full);
};

export type Done = Voice & {
  readonly jobId: JobId;
  readonly request: ImageRequest;
  /** Of all pictures of the job together. */
  readonly timings: JobTimings;
  /** Pictures made. */
  readonly images: number;
  /** Pictures that could not be enlarged, and their size. */
  readonly notUpscaled?: { readonly count: number; readonly size: Size } | undefined;
  readonly provider: string;
  readonly modelTitle: string;
  /** Words past the model's limit. */
  readonly droppedPrompt?: string | undefined;
  /** The model has a closed list of things, and the prompt names none of them. */
  readonly unknownSubject?: MessageParams['subject_unknown'] | undefined;
  readonly task?: Task | undefined;
  /** What is said below the line, such as the verdict of a replay. */
  readonly notes?: readonly Note[];
  /** The job began again after a restart. */
  readonly restarted?: boolean | undefined;
};

/** `4 images 256×256 in 0.8 s · 0.2 s each · waited 2.1 s · text 12 ms · … · model · CPU · k7f3`. */
export function renderDone(done: Done): RichText {
  const { jobId, droppedPrompt, images, unknownSubject, restarted, notUpscaled, notes = [] } = done;
  const line = [timingLine(done), dot];
  return [
    paragraph(...line, bold(jobId)),
    ...(droppedPrompt === undefined || droppedPrompt === '' ? [] : [note('prompt_truncated', { dropped: clip(droppedPrompt, 120) }, done)]),
    ...(unknownSubject === undefined ? [] : [note('subject_unknown', unknownSubject, done)]),
    ...(notUpscaled === undefined
      ? []
      : [note('not_upscaled', { count: notUpscaled.count, images, size: sizeText(notUpscaled.size) }, done)]),
    ...notes.map((text) => footnote(text)),
    ...(restarted === true ? [note('restarted', { job: jobId }, done)] : []),
  ];
}

const sizeText = ({ widthPx, heightPx }: Size): string => formatSize(widthPx, heightPx);

export type Note = readonly Span[];

const footnote = (text: Note): Block => paragraph(...text.map((span) => (span.style === undefined ? muted(span.text) : span)));

/** A footnote. */
function note<Code extends 'prompt_truncated' | 'subject_unknown' | 'not_upscaled' | 'restarted'>(
  messageCode: Code,
  params: MessageParams[Code],
  { language, prefix }: Voice,
): Block {
  return footnote(message(messageCode, params, { language, prefix }));
}

export function timingLine({
  request,
  task,
  timings,
  images,
  notUpscaled,
  provider,
  modelTitle,
  language,
}: Omit<Done, 'jobId' | 'prefix'>): string {
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
  en: { textMs: 'text', denoiseMs: 'denoise', decodeMs: 'decode', upscaleMs: 'upscale', enhanceMs: 'enhance', encodeMs: 'encode' },
  de: {
    textMs: 'Text',
    denoiseMs: 'Entrauschen',
    decodeMs: 'Dekodieren',
    upscaleMs: 'Vergrößern',
    enhanceMs: 'Optimieren',
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
const stages = ['textMs', 'denoiseMs', 'decodeMs', 'upscaleMs', 'enhanceMs', 'encodeMs'] as const satisfies readonly (keyof StageTimings)[];

const providerTitles: Readonly<Record<string, string>> = { cpu: 'CPU', cuda: 'CUDA', webgpu: 'WebGPU', dml: 'DirectML', coreml: 'Core ML' };

export const providerTitle = (provider: string): string => providerTitles[provider.toLowerCase()] ?? provider;

export type Failed = Voice & Failure & { readonly jobId: JobId };

export const renderFailed = ({ jobId, error, params = {}, ...voice }: Failed): RichText => [
  paragraph(...message('job_failed', { job: jobId, error, params }, voice)),
];

export type Cancelled = In & {
  readonly jobId: JobId;
  /** Pictures that were finished before and stay. */
  readonly finished: number;
  /** Pictures asked for. */
  readonly count: number;
};

export function renderCancelled({ jobId, finished, count, language }: Cancelled): RichText {
  const pick = pickFor(language);
  const kept = pick(
    `: ${finished} of ${countPictures(count, language)} finished.`,
    `: ${finished} von ${count} ${count === 1 ? 'Bild' : 'Bildern'} ${finished === 1 ? 'ist' : 'sind'} fertig.`,
  );
  const ending = finished === 0 ? pick(' before a picture was finished.', ', bevor ein Bild fertig war.') : kept;
  return [paragraph(bold(jobId), ` ${pick('cancelled', 'abgebrochen')}${ending}`)];
}

/** The sentence, and the part of the message that it is about. `text` is the message as typed. */
export function renderProblem({
  problem,
  text,
  ...voice
}: Voice & { readonly problem: Problem; readonly text?: string | undefined }): RichText {
  const sentence = paragraph(...problemMessage(problem, voice));
  const pointer = text === undefined || problem.place === undefined ? undefined : pointAt(text, problem.place);
  return pointer === undefined ? [sentence] : [sentence, { kind: 'code', text: pointer }];
}

/** How much of the message is shown on each side of the place, in characters. */
const shownAround = 28;

/** The words around the place, with the place underlined. */
function pointAt(text: string, place: { readonly start: number; readonly end: number }): string {
  const part = (from: number, to: number): string =>
    tokenize(text.slice(from, to))
      .map((token) => token.text)
      .join(' ');
  const before = Array.from(part(0, place.start));
  const after = Array.from(part(place.end, text.length));
  const left = before.length > shownAround ? `…${before.slice(1 - shownAround).join('')}` : before.join('');
  const right = after.length > shownAround ? `${after.slice(0, shownAround - 1).join('')}…` : after.join('');
  const middle = clip(part(place.start, place.end), 60);
  // A place may begin inside a word, such as behind its quotation mark.
  const gap = (at: number): string => (/\S\S/u.test(text.slice(at - 1, at + 1)) ? '' : ' ');
  const start = left === '' ? '' : `${left}${gap(place.start)}`;
  const line = `${start}${middle}${right === '' ? '' : `${gap(place.end)}${right}`}`;
  const indent = countCharacters(start);
  return `${line}\n${' '.repeat(indent)}${'^'.repeat(countCharacters(middle))}`;
}

export type Caption = {
  readonly jobId: JobId;
  readonly cell: string;
  readonly request: ImageRequest;
  readonly task?: Task | undefined;
  readonly image: Pick<StoredImage, 'index' | 'seed' | 'widthPx' | 'heightPx' | 'timings' | 'enhancement'>;
  readonly language: Language;
};

/** Prompt, style, seed, size, time and name, and that a machine made it. */
export function renderCaption({ jobId, cell, request, task, image, language }: Caption): RichText {
  const variant = variantOf(request, image.index);
  const isDrawn = task?.kind !== 'upscale' && task?.kind !== 'enhance';
  const facts = [
    ...(variant?.style === undefined ? [] : [variant.style.name]),
    ...(isDrawn ? [`${pickFor(language)('seed', 'Seed')} ${image.seed}`] : [doneTo(task, image.enhancement, language)]),
    formatSize(image.widthPx, image.heightPx),
    formatDuration(
      stages.reduce((sum, stage) => sum + (image.timings[stage] ?? 0), 0),
      language,
    ),
    isDrawn || (task.source.job !== undefined && task.source.uploaded !== true) ? aiMark(language) : aiEdited(language),
  ];
  const words = clip(variant?.words ?? request.prompt, 200);
  return [paragraph(bold(`${jobId}/${cell}`), words === '' ? ' ' : ` ${words} `, muted(facts.join(dot)))];
}

/** `×4 of k7f3/A2`, `contrast 0.4 → 0.8`. */
function doneTo(task: Task & { kind: 'upscale' | 'enhance' }, enhancement: Enhancement | undefined, language: Language): string {
  const pick = pickFor(language);
  if (task.kind === 'upscale') return pick(`enlarged ×${task.factor}`, `×${task.factor} vergrößert`);
  return enhancement?.isUnchanged === true ? pick('unchanged', 'unverändert') : pick('optimised', 'optimiert');
}

/** Of a picture that somebody uploaded: a machine worked on it. */
const aiEdited = (language: Language): string => pickFor(language)('AI-edited', 'KI-bearbeitet');

/** Of the contact sheet. */
export function renderSheetCaption({
  jobId,
  request,
  made,
  language,
}: Pick<Caption, 'jobId' | 'request' | 'language'> & {
  /** Pictures on it: fewer than asked for where the job was cut short. */
  readonly made: number;
}): RichText {
  const some = `${made} ${pickFor(language)('of', 'von')} ${request.count} ${pickFor(language)('pictures', 'Bildern')}`;
  const count = made === request.count ? countPictures(made, language) : some;
  return [paragraph(bold(jobId), ` ${clip(request.prompt, 200)} `, muted([count, aiMark(language)].join(dot)))];
}

/** What the EU AI Act's «machine-generated» is called in plain words. */
export const aiMark = (language: Language): string => pickFor(language)('AI-generated', 'KI-generiert');

/** For those who can't see it. Without words and a picture to start from, it is somebody's own that was worked on. */
export function altText({
  request,
  language,
}: {
  readonly request: Pick<ImageRequest, 'prompt' | 'init'>;
  readonly language: Language;
}): string {
  const pick = pickFor(language);
  const isEdited = request.prompt === '' && request.init === undefined;
  const kind = isEdited ? pick('AI-edited picture', 'KI-bearbeitetes Bild') : pick('AI-generated picture', 'KI-generiertes Bild');
  return request.prompt === '' ? kind : `${kind}: ${clip(request.prompt, 300)}`;
}
