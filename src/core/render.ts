/** What happens to a job → what the room reads. Every function is data in, `RichText` out. */
import { formatDuration, formatEta, formatPercent, formatSize, pickFor } from '#core/format.ts';
import type { Failure, MessageParams, Voice } from '#core/message-codes.ts';
import { message, problemMessage } from '#core/messages.ts';
import { clip, countCharacters, tokenize } from '#core/prompt-text.ts';
import type { Problem } from '#core/problem.ts';
import { bold, code, muted, paragraph, type Block, type RichText } from '#core/rich-text.ts';
import type { Size } from '#core/options.ts';
import type { ImageRequest, JobId, JobTimings, Language, StageTimings, StoredImage } from '#core/types.ts';

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
  /** Pictures of all jobs that come first. */
  readonly picturesAhead: number;
  /** Until the last picture of this job; undefined where nothing was measured yet. */
  readonly etaMs?: number | undefined;
};

export function renderAccepted({ jobId, request, picturesAhead, etaMs, language, prefix }: Accepted): RichText {
  const pick = pickFor(language);
  const ahead = countPictures(picturesAhead, language);
  const parts = [
    `${countPictures(request.count, language)} ${formatSize(request.widthPx, request.heightPx)}`,
    `${pick('seed', 'Seed')} ${request.seed}`,
    picturesAhead === 0 ? pick('starts right away', 'beginnt gleich') : pick(`${ahead} ahead`, `${ahead} davor`),
    ...(etaMs === undefined ? [] : [`${pick('ready in about', 'fertig in etwa')} ${formatEta(etaMs, language)}`]),
  ];
  // Who waits may want to know how not to.
  const hint = picturesAhead === 0 ? [] : [dot, code(`${prefix} ${pick('cancel', 'abbrechen')} ${jobId}`)];
  return [paragraph(bold(jobId), ` ${parts.join(dot)}`, ...hint)];
}

export type Progress = In & {
  readonly jobId: JobId;
  readonly request: ImageRequest;
  /** Pictures finished. */
  readonly done: number;
  /** Of the picture being drawn; more than the request's where it is enlarged as well. */
  readonly step: number;
  readonly steps: number;
  readonly etaMs?: number | undefined;
};

export function renderProgress({ jobId, request, done, step, steps, etaMs, language }: Progress): RichText {
  const pick = pickFor(language);
  const { count } = request;
  const fraction = Math.min(1, (done + (steps > 0 ? step / steps : 0)) / count);
  const current = Math.min(done + 1, count);
  const parts = [
    formatPercent(fraction, language),
    ...(count > 1 ? [pick(`picture ${current} of ${count}`, `Bild ${current} von ${count}`)] : []),
    stepText(request, step, steps, language),
    ...(etaMs === undefined ? [] : [pick(`about ${formatEta(etaMs, language)} left`, `noch etwa ${formatEta(etaMs, language)}`)]),
  ];
  return [paragraph(bold(jobId), ` ${progressBar(fraction)} ${parts.join(dot)}`)];
}

/** What comes after the request's own steps is the upscaler's. */
function stepText({ upscale, steps: drawn }: ImageRequest, step: number, steps: number, language: Language): string {
  const pick = pickFor(language);
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
  /** The job began again after a restart. */
  readonly restarted?: boolean | undefined;
};

/** `4 images 256×256 in 0.8 s · 0.2 s each · waited 2.1 s · text 12 ms · … · model · CPU · k7f3`. */
export function renderDone(done: Done): RichText {
  const { jobId, droppedPrompt, images, unknownSubject, restarted, notUpscaled } = done;
  const line = [timingLine(done), dot];
  return [
    paragraph(...line, bold(jobId)),
    ...(droppedPrompt === undefined || droppedPrompt === '' ? [] : [note('prompt_truncated', { dropped: clip(droppedPrompt, 120) }, done)]),
    ...(unknownSubject === undefined ? [] : [note('subject_unknown', unknownSubject, done)]),
    ...(notUpscaled === undefined
      ? []
      : [note('not_upscaled', { count: notUpscaled.count, images, size: sizeText(notUpscaled.size) }, done)]),
    ...(restarted === true ? [note('restarted', { job: jobId }, done)] : []),
  ];
}

const sizeText = ({ widthPx, heightPx }: Size): string => formatSize(widthPx, heightPx);

/** A footnote. */
function note<Code extends 'prompt_truncated' | 'subject_unknown' | 'not_upscaled' | 'restarted'>(
  messageCode: Code,
  params: MessageParams[Code],
  { language, prefix }: Voice,
): Block {
  const text = message(messageCode, params, { language, prefix });
  return paragraph(...text.map((span) => (span.style === undefined ? muted(span.text) : span)));
}

export function timingLine({
  request,
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
  const size = notUpscaled?.count === images ? notUpscaled.size : request;
  return [
    `${images} ${noun} ${sizeText(size)} in ${duration(timings.workMs)}`,
    ...(images > 1 ? [pick(`${each} each`, `je ${each}`)] : []),
    `${pick('waited', 'gewartet')} ${duration(timings.waitedMs)}`,
    ...stageParts(timings, language),
    modelTitle,
    providerTitle(provider),
  ].join(dot);
}

const stageNames = {
  en: { textMs: 'text', denoiseMs: 'denoise', decodeMs: 'decode', upscaleMs: 'upscale', encodeMs: 'encode' },
  de: { textMs: 'Text', denoiseMs: 'Entrauschen', decodeMs: 'Dekodieren', upscaleMs: 'Vergrößern', encodeMs: 'Kodieren' },
} as const satisfies Record<Language, Record<keyof StageTimings, string>>;

/** `text 12 ms`, `denoise 4.9 s`, … */
export function stageParts(timings: StageTimings, language: Language): readonly string[] {
  return stages.flatMap((stage) => {
    const ms = timings[stage];
    return ms === undefined ? [] : [`${stageNames[language][stage]} ${formatDuration(ms, language)}`];
  });
}

/** In the order of the work. */
const stages = ['textMs', 'denoiseMs', 'decodeMs', 'upscaleMs', 'encodeMs'] as const satisfies readonly (keyof StageTimings)[];

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
  const line = [left, middle, right].filter((piece) => piece !== '').join(' ');
  const indent = left === '' ? 0 : countCharacters(left) + 1;
  return `${line}\n${' '.repeat(indent)}${'^'.repeat(countCharacters(middle))}`;
}

export type Caption = {
  readonly jobId: JobId;
  readonly cell: string;
  readonly request: ImageRequest;
  readonly image: Pick<StoredImage, 'seed' | 'widthPx' | 'heightPx' | 'timings'>;
  readonly language: Language;
};

/** Prompt, seed, size, time and name, and that a machine made it. */
export function renderCaption({ jobId, cell, request, image, language }: Caption): RichText {
  const facts = [
    `${pickFor(language)('seed', 'Seed')} ${image.seed}`,
    formatSize(image.widthPx, image.heightPx),
    formatDuration(
      stages.reduce((sum, stage) => sum + (image.timings[stage] ?? 0), 0),
      language,
    ),
    aiMark(language),
  ];
  return [paragraph(bold(`${jobId}/${cell}`), ` ${clip(request.prompt, 200)} `, muted(facts.join(dot)))];
}

/** What the EU AI Act's «machine-generated» is called in plain words. */
export const aiMark = (language: Language): string => pickFor(language)('AI-generated', 'KI-generiert');

export const altText = ({ request, language }: Pick<Caption, 'request' | 'language'>): string =>
  `${pickFor(language)('AI-generated picture', 'KI-generiertes Bild')}: ${clip(request.prompt, 300)}`;
