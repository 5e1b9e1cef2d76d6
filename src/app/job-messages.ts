import { toErrorCode } from '#core/errors.ts';
import type { ModelCatalogue } from '#core/ports.ts';
import type { Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import { cellOf, modelsOf, pictureRequest, singleRequest } from '#core/batch.ts';
import type { Size } from '#core/options.ts';
import { endNotes } from '#src/app/end-notes.ts';
import { runHead } from '#src/app/run-head.ts';
import { altText, renderCaption, renderSheetCaption } from '#core/render-caption.ts';
import { renderDone, type Done, type Note } from '#core/render-done.ts';
import { renderCancelled, renderFailed } from '#core/render.ts';
import { paragraph } from '#core/rich-text.ts';
import type { JobFailure, JobRecord } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';
import type { ImageRequest, Job, StoredImage } from '#core/types.ts';
import { unknownSubject } from '#core/vocabulary.ts';

type Made = Pick<Job, 'request' | 'task'>;

/** Pictures with the same name take about the same time. */
export function workload({ request, task }: Made, index: number): string {
  if (task?.kind === 'upscale') return `upscale x${task.factor} ${megapixels(task.source)}`;
  if (task?.kind === 'enhance') return `enhance ${megapixels(task.source)}`;
  const { model, widthPx, heightPx, upscale, steps, guidanceScale } = pictureRequest(request, index);
  const kind = `${model} ${widthPx}x${heightPx} ${stepsMade(request, steps)} ${guidanceScale > 1 ? 'guided' : 'unguided'}`;
  return `${kind}${upscale === undefined ? '' : ` x${upscale}`}`;
}

const megapixels = ({ widthPx, heightPx }: Size): string => `${Math.ceil((widthPx * heightPx) / 250_000) / 4} MP`;

/** From a picture, only the last part of the steps is made. */
const stepsMade = ({ init }: ImageRequest, steps: number): number =>
  init === undefined ? steps : Math.max(1, Math.round(steps * init.strength));

/** Steps that the progress of a picture counts, as far as they are known before it begins. */
export const stepsOf = ({ request, task }: Made, index: number): number =>
  task?.kind === 'upscale' || task?.kind === 'enhance' ? 1 : stepsMade(request, pictureRequest(request, index).steps);

/** Unique for every message of a job, also when the data folder is new and the short id comes again. */
const transactionId = (job: JobRecord, part: string): string => `${job.id}-${job.queuedAtMs.toString(36)}-${part}`;

/**
 * Puts one finished picture on its way, or what is said instead of one that is held back. Call inside the transaction that stores it.
 * @param isReleased it was held back until now, and that has been said
 */
export function queuePicture(store: Store, job: JobRecord, image: StoredImage, voice: Voice, nowMs: number, isReleased = false): void {
  const cell = cellOf(job.request, image.index);
  const { heldBack } = image;
  store.outbox.add(
    {
      transactionId: transactionId(job, isReleased ? `${cell}-released` : cell),
      platform: job.origin.platform,
      roomId: job.origin.roomId,
      threadId: job.origin.threadId,
      lane: 'picture',
      jobId: job.id,
      pictureIndex: image.index,
      content:
        heldBack === undefined
          ? {
              kind: 'image',
              image,
              fileName: `${job.id}-${cell}.png`,
              caption: renderCaption({ jobId: job.id, cell, request: job.request, task: job.task, image, language: job.language }),
              altText: altText({ request: singleRequest(job.request, image.index), language: job.language }),
            }
          : {
              kind: 'text',
              text: [paragraph(...message('picture_held_back', { picture: `${job.id}/${cell}`, job: job.id, why: heldBack }, voice))],
            },
      event: heldBack === undefined ? { type: 'image', jobId: job.id, timings: image.timings } : { type: 'text', jobId: job.id },
    },
    nowMs,
  );
}

/** Puts the contact sheet on its way: before the end, and where the server counts messages, before the pictures. */
export function queueSheet(store: Store, job: JobRecord, sheet: StoredImage, transaction: string, nowMs: number): void {
  const { platform, roomId, eventId, threadId } = job.origin;
  // Whoever asks within a thread talks to those who are in it.
  const isForRoom = threadId === eventId || job.plan !== undefined;
  store.outbox.add(
    {
      transactionId: transaction,
      platform,
      roomId,
      threadId,
      ...(isForRoom ? { isForRoom } : {}),
      lane: 'final',
      jobId: job.id,
      content: {
        kind: 'image',
        image: sheet,
        fileName: `${job.id}-sheet.png`,
        caption: renderSheetCaption({ jobId: job.id, request: job.request, made: job.images.length, language: job.language }),
        altText: altText({ request: job.request, language: job.language }),
      },
      event: { type: 'sheet', jobId: job.id },
    },
    nowMs,
  );
}

/** Such pictures have the size that they were drawn at. */
function notUpscaled(request: ImageRequest, images: readonly StoredImage[]): Done['notUpscaled'] {
  const drawn = images.filter(({ index, widthPx }) => widthPx !== pictureRequest(request, index).widthPx);
  return drawn[0] === undefined ? undefined : { count: drawn.length, size: drawn[0] };
}

/** Of several models, the first that has a closed list of things and finds none of them in the prompt. */
const unknownToModels = ({ request, language }: JobRecord, models: ModelCatalogue): Done['unknownSubject'] =>
  modelsOf(request)
    .flatMap((name) => models.get(name) ?? [])
    .map((model) => unknownSubject(request.prompt, model, models.list(), language))
    .find((unknown) => unknown !== undefined);

/** Made from a picture: its words are somebody's from before, or nobody's. */
const isDerived = ({ task }: JobRecord): boolean => task?.kind === 'upscale' || task?.kind === 'enhance';

/** The one end of a job: its state and the message that tells it, in one transaction. */
export function endJob(end: {
  readonly store: Store;
  readonly models: ModelCatalogue;
  readonly job: JobRecord;
  /** Of the commands in the text. */
  readonly prefix: string;
  /** What its words give reason to say. */
  readonly promptRemarks?: readonly Note[];
  readonly state: 'done' | 'failed' | 'cancelled';
  readonly failure: JobFailure | undefined;
  readonly nowMs: number;
}): void {
  const { store, models, job, prefix, promptRemarks = [], state, failure, nowMs } = end;
  const { id: jobId, request, images } = job;
  const voice = { language: job.language, prefix };
  const timings = store.jobs.timings(jobId);
  const text =
    state === 'done'
      ? renderDone({
          jobId,
          request,
          timings,
          images: images.length,
          notUpscaled: notUpscaled(request, images),
          provider: job.provider ?? '',
          modelTitle: modelsOf(request)
            .map((name) => models.get(name)?.title ?? name)
            .join(' + '),
          task: job.task,
          notes: [...promptRemarks, ...endNotes(store, models, job, voice)],
          unknownSubject: isDerived(job) ? undefined : unknownToModels(job, models),
          ...(job.droppedPrompt === undefined ? {} : { droppedPrompt: job.droppedPrompt }),
          restarted: job.crashes > 0,
          ...voice,
        })
      : state === 'cancelled'
        ? renderCancelled({ jobId, finished: images.length, count: request.count, ...voice })
        : renderFailed({ jobId, error: toErrorCode(failure?.code), params: failure?.params ?? {}, ...voice });
  store.transaction(() => {
    store.jobs.end(jobId, state, nowMs, failure);
    if (state === 'done' && job.sheet !== undefined) queueSheet(store, job, job.sheet, transactionId(job, 'sheet'), nowMs);
    store.outbox.add(
      {
        transactionId: transactionId(job, 'end'),
        platform: job.origin.platform,
        roomId: job.origin.roomId,
        threadId: job.origin.threadId,
        lane: 'final',
        jobId,
        content: { kind: 'edit', row: job.statusRow, text: [...runHead(store, job), ...text] },
        event:
          state === 'failed'
            ? { type: 'error', jobId, code: failure?.code ?? 'internal' }
            : state === 'cancelled'
              ? { type: 'done', jobId, code: 'cancelled' }
              : { type: 'done', jobId, timings },
      },
      nowMs,
    );
  });
}
