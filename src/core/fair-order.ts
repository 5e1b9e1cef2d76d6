import type { WaitingJob } from '#core/job-store-port.ts';
import type { JobId } from '#core/types.ts';

/**
 * The order in which waiting pictures are made: people take turns, one picture each; whoever had a turn longest ago
 * goes first. Of a person's own jobs the one with fewer pictures goes first, then the older, so that something short
 * need not wait for a batch. What a schedule asked for comes after everybody's own wishes.
 *
 * @param jobs oldest first
 * @returns one job id per waiting picture, next first; the same order that `JobStore.claimNext` follows
 */
export function fairOrder(jobs: readonly WaitingJob[]): JobId[] {
  const left = jobs.map((job) => ({ ...job }));
  const lastTurn = new Map(jobs.map((job) => [job.person, job.lastTurn]));
  let turn = Math.max(0, ...lastTurn.values());
  const order: JobId[] = [];
  for (;;) {
    let next: (typeof left)[number] | undefined;
    for (const job of left) {
      if (job.waiting === 0) continue;
      if (next === undefined || isBefore(job, next, lastTurn)) next = job;
    }
    if (next === undefined) return order;
    order.push(next.jobId);
    next.waiting--;
    lastTurn.set(next.person, ++turn);
  }
}

function isBefore(job: WaitingJob, other: WaitingJob, lastTurn: ReadonlyMap<string, number>): boolean {
  if (job.isPlanned !== other.isPlanned) return other.isPlanned;
  const turns = (lastTurn.get(job.person) ?? 0) - (lastTurn.get(other.person) ?? 0);
  return turns === 0 ? job.count < other.count : turns < 0;
}

/** Pictures that are made before the first and before the last one of this job. */
export function picturesAhead(order: readonly JobId[], job: JobId): { first: number; last: number } {
  return { first: Math.max(0, order.indexOf(job)), last: Math.max(0, order.lastIndexOf(job)) };
}
