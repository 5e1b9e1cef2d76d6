import { jobShown } from '#src/app/find-subject.ts';
import type { JobEventSummary } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';
import type { Store } from '#core/store-port.ts';
import type { EventId, IncomingMessage, IncomingReaction } from '#core/types.ts';

/** Where the answers to an event stand: in its thread, or in one that begins with it; a reaction's where its job stands. */
export const threadOf = (store: Store, event: IncomingMessage | IncomingReaction): EventId =>
  event.kind === 'message'
    ? (event.threadId ?? event.eventId)
    : (jobShown(store, event.platform, event.target)?.origin.threadId ?? event.target);

/**
 * Queues a short answer: in the thread of the command if it has one, else as a reply to it.
 * @returns the outbox row
 */
export function queueReply(
  store: Store,
  event: IncomingMessage | IncomingReaction,
  reply: { readonly text: RichText; readonly event: JobEventSummary; readonly inThread?: boolean },
  nowMs: number,
): number {
  const threadId = event.kind === 'message' && !reply.inThread ? event.threadId : threadOf(store, event);
  return store.outbox.add(
    {
      // Answering the same event again after a crash makes the same id, so nobody reads an answer twice.
      transactionId: `answer-${event.eventId}`,
      platform: event.platform,
      roomId: event.roomId,
      ...(threadId === undefined ? {} : { threadId }),
      replyTo: event.kind === 'message' ? event.eventId : event.target,
      lane: 'now',
      content: { kind: 'text', text: reply.text },
      event: reply.event,
      ...(reply.event.jobId === undefined ? {} : { jobId: reply.event.jobId }),
    },
    nowMs,
  );
}
