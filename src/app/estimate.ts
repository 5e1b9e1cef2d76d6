import { workload } from '#src/app/job-messages.ts';
import { fairOrder, picturesAhead } from '#core/fair-order.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';
import type { JobId } from '#core/types.ts';

export type QueuePlace = {
  /** Pictures that are made before the first one of the job. */
  readonly picturesAhead: number;
  /** Until its last picture; `undefined` while a kind of picture before it was never measured. */
  readonly etaMs: number | undefined;
};

/** Of the pictures that still wait, by their own kinds of work. */
function meanMs(store: Store, job: JobRecord): number | undefined {
  const rest = Array.from({ length: job.request.count }, (_, index) => index).filter(
    (index) => !job.images.some((image) => image.index === index),
  );
  const kinds = [...new Set(rest.map((index) => workload(job, index)))].map((kind) => store.durations.estimateMs(kind));
  return kinds.some((ms) => ms === undefined) || kinds.length === 0
    ? undefined
    : kinds.reduce<number>((sum, ms) => sum + (ms ?? 0), 0) / kinds.length;
}

/**
 * Where each waiting job stands in the fair order, and when it will be done by measured timings.
 * @param runningMs how long the picture that runs has been at it
 */
export function queuePlaces(store: Store, runningMs: number): ReadonlyMap<JobId, QueuePlace> {
  const open = store.jobs.open();
  const order = fairOrder(store.jobs.waitingJobs());
  const perPictureMs = new Map(open.map((job) => [job.id, meanMs(store, job)]));
  const waiting = new Map(store.jobs.waitingJobs().map((job) => [job.jobId, job.waiting]));
  // A job whose pictures are neither waiting nor finished has one in the GPU slot.
  const running = open.find((job) => job.state === 'running' && job.images.length + (waiting.get(job.id) ?? 0) < job.request.count);
  const restMs = running === undefined ? 0 : Math.max(0, (perPictureMs.get(running.id) ?? NaN) - runningMs);

  const doneAtMs: number[] = [];
  let atMs = restMs;
  for (const id of order) doneAtMs.push((atMs += perPictureMs.get(id) ?? NaN));

  return new Map(
    open.map((job) => {
      const { first, last } = picturesAhead(order, job.id);
      const etaMs = (waiting.get(job.id) ?? 0) === 0 ? restMs : (doneAtMs[last] ?? NaN);
      const ahead = job === running ? 0 : first + (running === undefined ? 0 : 1);
      return [job.id, { picturesAhead: ahead, etaMs: Number.isFinite(etaMs) ? etaMs : undefined }];
    }),
  );
}
