import { findJob } from '#src/app/find-subject.ts';
import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import { singleRequest } from '#core/batch.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';
import type { ImageRequest, JobId, Task } from '#core/types.ts';

/** What drew the pictures that a command speaks of. */
export type Earlier = {
  readonly job: JobRecord;
  /** The job's, or that of the one picture of it that is meant. */
  readonly request: ImageRequest;
  /** Index in the job of the request's first picture. */
  readonly first: number;
};

/**
 * What drew a picture, whatever was done to it since by enlarging and optimising; `undefined` where somebody uploaded it.
 * @param index the one picture that is meant
 */
export function drawnBy(store: Pick<Store, 'jobs'>, job: JobRecord, index: number): Earlier | undefined {
  const { task } = job;
  if (task?.kind !== 'upscale' && task?.kind !== 'enhance') return { job, request: singleRequest(job.request, index), first: index };
  const { job: from, index: of = 0 } = task.source;
  const source = from === undefined ? undefined : store.jobs.get(from);
  return source === undefined ? undefined : drawnBy(store, source, of);
}

/** The job that is repeated or changed; of a picture that was enlarged or optimised, what drew it. */
export function earlierRequest(context: HandlerContext, event: Asking, named: JobId | undefined): Result<Earlier, Problem> {
  const job = findJob(context, event, named);
  if (job === undefined) return named === undefined ? refuse('nothing_to_repeat', {}) : refuse('unknown_job', { job: named });
  const isDrawn = job.task?.kind !== 'upscale' && job.task?.kind !== 'enhance';
  const earlier = isDrawn ? { job, request: job.request, first: 0 } : drawnBy(context.store, job, 0);
  return earlier === undefined ? refuse('replay_other', { job: job.id }) : accept(earlier);
}

/** The picture that a job started from, also where that was repeated or edited since. */
export function startOf(store: Pick<Store, 'jobs'>, { task }: JobRecord): (Task & { kind: 'vary' }) | undefined {
  if (task?.kind === 'vary') return task;
  if (task?.kind !== 'edit' && task?.kind !== 'replay') return undefined;
  const before = store.jobs.get(task.job);
  return before === undefined ? undefined : startOf(store, before);
}
