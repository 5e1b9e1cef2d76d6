import { rowOfThread } from '#src/app/thread-of-row.ts';
import type { Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import { paragraph } from '#core/rich-text.ts';
import { isOpen } from '#core/job-store-port.ts';
import type { OutboxRow } from '#core/outbox-port.ts';
import type { Store } from '#core/store-port.ts';

/** More names would be a wall of letters. */
const MOST_NAMED = 12;

/**
 * Fewer messages where the server counts them. An acknowledgement whose job has ended meanwhile is left out: the end says all of it.
 * Several of one room become one message that says so; what they would have told, the ends tell. Each job keeps exactly one end: where its
 * acknowledgement was never sent, the end is a message of its own instead of an edit.
 *
 * @param row the message that would be sent next
 * @param underWay ids of others that are being sent at this moment, or have arrived
 * @returns whether it was taken out of the outbox; the one that stands for it is there instead
 */
export function gatherAcknowledgements(
  store: Store,
  row: OutboxRow,
  { voice, nowMs, underWay }: { readonly voice: Voice; readonly nowMs: number; readonly underWay: ReadonlySet<number> },
): boolean {
  if (!isGatherable(row)) return false;
  const waiting = store.outbox.pending(row.platform, 'now').filter((other) => isGatherable(other) && !underWay.has(other.id));
  return store.transaction(() => {
    const overtaken = waiting.filter(({ jobId }) => !isOpen(jobId === undefined ? undefined : store.jobs.get(jobId)));
    for (const { id } of overtaken) store.outbox.dropped(id, 'overtaken by the end');
    const together = waiting.filter((other) => other.roomId === row.roomId && !overtaken.includes(other));
    if (together.length > 1) {
      for (const { id } of together) store.outbox.dropped(id, 'gathered');
      store.outbox.add(
        {
          transactionId: `gathered-${row.transactionId}`,
          platform: row.platform,
          roomId: row.roomId,
          lane: 'now',
          content: { kind: 'text', text: [paragraph(...said(store, together, voice))] },
          event: { type: 'text' },
        },
        nowMs,
      );
    }
    return together.length > 1 || overtaken.some(({ id }) => id === row.id);
  });
}

/** One that certainly was never sent (what an earlier process left counts as tried), and begins no thread: what stands in the thread of a run needs its head. */
const isGatherable = ({ event, jobId, attempts, replyTo, threadId, content }: OutboxRow): boolean =>
  event?.type === 'ack' &&
  content.kind === 'text' &&
  jobId !== undefined &&
  attempts === 0 &&
  replyTo !== undefined &&
  threadId !== undefined &&
  rowOfThread(threadId) === undefined;

function said(store: Store, rows: readonly OutboxRow[], voice: Voice): ReturnType<typeof message> {
  const jobs = rows.flatMap(({ jobId }) => (jobId === undefined ? [] : [jobId]));
  const language = (jobs[0] === undefined ? undefined : store.jobs.get(jobs[0])?.language) ?? voice.language;
  const named = jobs.slice(0, MOST_NAMED).join(', ');
  return message(
    'jobs_gathered',
    { count: jobs.length, jobs: named, more: jobs.length - Math.min(jobs.length, MOST_NAMED) },
    { ...voice, language },
  );
}
