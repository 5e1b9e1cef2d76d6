import { findJob, jobShown } from '#src/app/find-subject.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { refuse, type Problem } from '#core/problem.ts';
import { isOpen, type JobRecord } from '#core/job-store-port.ts';
import type { IncomingRedaction } from '#core/incoming.ts';
import type { JobId } from '#core/types.ts';

export type Cancelled = { readonly jobs: readonly JobRecord[]; readonly anyRunning: boolean; readonly afterCommit: readonly AfterCommit[] };

/** Own jobs, or as the room's admin anybody's in it. */
export function cancelJobs(
  context: HandlerContext,
  event: Asking,
  target: 'mine' | 'subject' | JobId,
  isAdmin: boolean,
): { readonly cancelled: Cancelled } | { readonly problem: Problem } {
  if (target === 'mine') {
    const own = context.store.jobs.open().filter((job) => isOwn(event, job) && job.origin.roomId === event.roomId);
    return own.length === 0 ? refuse('nothing_to_cancel', {}) : { cancelled: stop(context, own) };
  }
  const job = target === 'subject' ? subjectToCancel(context, event) : findJob(context, event, target);
  if (job === undefined) return target === 'subject' ? refuse('nothing_to_cancel', {}) : refuse('unknown_job', { job: target });
  if (!isOpen(job)) return refuse('already_finished', { job: job.id });
  if (!isOwn(event, job) && !isAdmin) return refuse('not_your_job', { job: job.id });
  return { cancelled: stop(context, [job]) };
}

/**
 * The command was deleted: whoever may delete it may stop its job, and nobody need answer what it was asked about any more.
 * A reaction was taken back: so is its star.
 */
export function cancelWithdrawn(context: HandlerContext, event: IncomingRedaction): readonly AfterCommit[] {
  if (context.store.stars.removeGivenBy(event.platform, event.roomId, event.target)) return [];
  const ask = context.store.asks.latestOf(event.platform, event.roomId, event.sender);
  if (ask?.event.eventId === event.target) context.store.asks.close(ask.id);
  const job = context.store.jobs.ofCommand(event.platform, event.target);
  return job === undefined || !isOpen(job) || job.origin.roomId !== event.roomId ? [] : stop(context, [job]).afterCommit;
}

/** `cancel` alone: the job replied to, or the one spoken of, or the newest own one that is not finished yet. */
function subjectToCancel(context: HandlerContext, event: Asking): JobRecord | undefined {
  const subject = findJob(context, event, undefined);
  const replyTo = event.kind === 'message' ? event.replyTo : undefined;
  const isPointedAt = replyTo !== undefined && jobShown(context.store, event.platform, replyTo)?.id === subject?.id;
  if (subject !== undefined && (isOpen(subject) || isPointedAt)) return subject;
  return context.store.jobs.open().findLast((job) => isOwn(event, job) && job.origin.roomId === event.roomId) ?? subject;
}

function stop({ store, runner }: HandlerContext, jobs: readonly JobRecord[]): Cancelled {
  for (const job of jobs) store.jobs.requestCancel(job.id);
  return {
    jobs,
    anyRunning: jobs.some((job) => job.state === 'running'),
    afterCommit: jobs.map((job) => () => runner.cancel(job.id)),
  };
}

const isOwn = (event: Asking, job: JobRecord): boolean => job.requestedBy === event.sender && job.origin.platform === event.platform;
