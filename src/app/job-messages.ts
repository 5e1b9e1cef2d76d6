import { toErrorCode } from '#core/errors.ts';
import type { ModelCatalogue } from '#core/ports.ts';
import { cellName } from '#core/job-names.ts';
import { altText, renderCancelled, renderCaption, renderDone, renderFailed, type Done } from '#core/render.ts';
import type { JobFailure, JobRecord, Store } from '#core/store-port.ts';
import type { ImageRequest, StoredImage } from '#core/types.ts';
import { unknownSubject } from '#core/vocabulary.ts';

/** Requests with the same name take about the same time. */
export const workload = ({ model, widthPx, heightPx, upscale, steps, guidanceScale }: ImageRequest): string =>
  `${model} ${widthPx}x${heightPx} ${steps} ${guidanceScale > 1 ? 'guided' : 'unguided'}${upscale === undefined ? '' : ` x${upscale}`}`;

/** Unique for every message of a job, also when the data folder is new and the short id comes again. */
const transactionId = (job: JobRecord, part: string): string => `${job.id}-${job.queuedAtMs.toString(36)}-${part}`;

/** Puts one finished picture on its way. Call inside the transaction that stores it. */
export function queuePicture(store: Store, job: JobRecord, image: StoredImage, nowMs: number): void {
  const cell = cellName(image.index);
  store.outbox.add(
    {
      transactionId: transactionId(job, cell),
      platform: job.origin.platform,
      roomId: job.origin.roomId,
      threadId: job.origin.threadId,
      lane: 'picture',
      jobId: job.id,
      pictureIndex: image.index,
      content: {
        kind: 'image',
        image,
        fileName: `${job.id}-${cell}.png`,
        caption: renderCaption({ jobId: job.id, cell, request: job.request, image, language: job.language }),
        altText: altText({ request: job.request, language: job.language }),
      },
      event: { type: 'image', jobId: job.id, timings: image.timings },
    },
    nowMs,
  );
}

/** Such pictures have the size that they were drawn at. */
function notUpscaled(request: ImageRequest, images: readonly StoredImage[]): Done['notUpscaled'] {
  const drawn = images.filter(({ widthPx }) => widthPx !== request.widthPx);
  return drawn[0] === undefined ? undefined : { count: drawn.length, size: drawn[0] };
}

/** The one end of a job: its state and the message that tells it, in one transaction. */
export function endJob(end: {
  readonly store: Store;
  readonly models: ModelCatalogue;
  readonly job: JobRecord;
  /** Of the commands in the text. */
  readonly prefix: string;
  readonly state: 'done' | 'failed' | 'cancelled';
  readonly failure: JobFailure | undefined;
  readonly nowMs: number;
}): void {
  const { store, models, job, prefix, state, failure, nowMs } = end;
  const { id: jobId, request, images } = job;
  const voice = { language: job.language, prefix };
  const model = models.get(request.model);
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
          modelTitle: model?.title ?? request.model,
          unknownSubject: model === undefined ? undefined : unknownSubject(request.prompt, model, models.list(), job.language),
          ...(job.droppedPrompt === undefined ? {} : { droppedPrompt: job.droppedPrompt }),
          restarted: job.crashes > 0,
          ...voice,
        })
      : state === 'cancelled'
        ? renderCancelled({ jobId, finished: images.length, count: request.count, ...voice })
        : renderFailed({ jobId, error: toErrorCode(failure?.code), params: failure?.params ?? {}, ...voice });
  store.transaction(() => {
    store.jobs.end(jobId, state, nowMs, failure);
    store.outbox.add(
      {
        transactionId: transactionId(job, 'end'),
        platform: job.origin.platform,
        roomId: job.origin.roomId,
        threadId: job.origin.threadId,
        lane: 'final',
        jobId,
        content: { kind: 'edit', row: job.statusRow, text },
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
