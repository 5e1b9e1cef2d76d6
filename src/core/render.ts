/** What happens to a job → what the room reads. Every function is data in, `RichText` out. */
import { cellOf, isBatch, perVariant, pictureRequest } from '#core/batch.ts';
import { formatEta, formatPercent, pickFor } from '#core/format.ts';
import type { Failure, Voice } from '#core/message-codes.ts';
import { message, problemMessage } from '#core/messages.ts';
import type { Problem } from '#core/problem.ts';
import { clip, countCharacters, tokenize } from '#core/prompt-text.ts';
import { commonSize, countPictures, dot } from '#core/render-words.ts';
import { bold, code, paragraph, type RichText } from '#core/rich-text.ts';
import type { ImageRequest, JobId, Language, Source, Task } from '#core/types.ts';

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
