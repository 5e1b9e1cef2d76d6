import { jobShown } from '#src/app/find-subject.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import type { MessageCode, MessageParams, Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import type { Problem } from '#core/problem.ts';
import { renderProblem } from '#core/render.ts';
import { paragraph } from '#core/rich-text.ts';
import type { Content, JobEventSummary } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';
import type { Store } from '#core/store-port.ts';
import type { EventId, JobId } from '#core/types.ts';

/** Where the answers to an event stand: in its thread, or in one that begins with it; a reaction's where its job stands. */
export const threadOf = (store: Store, event: Asking): EventId =>
  event.kind === 'message'
    ? (event.threadId ?? event.eventId)
    : (jobShown(store, event.platform, event.target)?.origin.threadId ?? event.target);

/**
 * Queues a short answer: in the thread of the command if it has one, else as a reply to it.
 * @returns the outbox row
 */
export function queueReply(
  store: Store,
  event: Asking,
  reply: { readonly text: RichText; readonly event: JobEventSummary; readonly inThread?: boolean },
  nowMs: number,
): number {
  const threadId = event.kind === 'message' && !reply.inThread ? event.threadId : threadOf(store, event);
  return store.outbox.add(
    {
      // Answering the same event again after a crash makes the same id, so nobody reads an answer twice.
      transactionId: answerId(event),
      platform: event.platform,
      roomId: event.roomId,
      ...(threadId === undefined ? {} : { threadId }),
      replyTo: event.kind === 'message' ? event.eventId : event.target,
      lane: 'now',
      content: { kind: 'text', text: reply.text },
      event: reply.event,
      asker: event.sender,
      answers: event.eventId,
      ...(reply.event.jobId === undefined ? {} : { jobId: reply.event.jobId }),
    },
    nowMs,
  );
}

/** Says that an answer takes a moment: at once, outside of the transaction that answers. */
export function queueNotice({ store, now }: HandlerContext, event: Asking, text: RichText): void {
  const threadId = event.kind === 'message' ? event.threadId : threadOf(store, event);
  store.outbox.add(
    {
      transactionId: `${answerId(event)}-notice`,
      platform: event.platform,
      roomId: event.roomId,
      ...(threadId === undefined ? {} : { threadId }),
      replyTo: event.kind === 'message' ? event.eventId : event.target,
      lane: 'now',
      content: { kind: 'text', text },
      event: { type: 'text' },
      asker: event.sender,
    },
    now(),
  );
}

/** A question and what comes of it after a yes are two answers to one message. */
const answerId = (event: Asking): string => `answer-${event.eventId}${event.isConfirmed === true ? '-confirmed' : ''}`;

/** The answer to bad input: one sentence and the place it speaks of. */
export function refuseInRoom(context: HandlerContext, event: Asking, problem: Problem, voice: Voice): readonly AfterCommit[] {
  const text = renderProblem({ problem, ...voice, ...(event.kind === 'message' ? { text: event.text } : {}) });
  queueReply(context.store, event, { text, event: { type: 'error', code: problem.code } }, context.now());
  return [];
}

/** A short answer from the table of messages. */
export function tell<Code extends MessageCode>(
  context: HandlerContext,
  event: Asking,
  code: Code,
  params: MessageParams[Code],
  voice: Voice,
): readonly AfterCommit[] {
  return answer(context, event, [paragraph(...message(code, params, voice))]);
}

export function answer(context: HandlerContext, event: Asking, text: RichText, jobId?: JobId): readonly AfterCommit[] {
  queueReply(context.store, event, { text, event: { type: 'text', ...(jobId === undefined ? {} : { jobId }) } }, context.now());
  return [];
}

/** A picture or a file beside the answer's words, where the answer stands. `part` tells several apart. */
export function queueAttachment(
  { store, now }: HandlerContext,
  event: Asking,
  attachment: {
    readonly content: Content & { kind: 'image' | 'file' };
    readonly part: string;
    readonly event: JobEventSummary;
    readonly pictureIndex?: number;
  },
): void {
  const { content, part, pictureIndex } = attachment;
  const threadId = event.kind === 'message' ? event.threadId : threadOf(store, event);
  const { jobId } = attachment.event;
  store.outbox.add(
    {
      transactionId: `${answerId(event)}-${part}`,
      platform: event.platform,
      roomId: event.roomId,
      ...(threadId === undefined ? {} : { threadId }),
      replyTo: event.kind === 'message' ? event.eventId : event.target,
      lane: 'picture',
      content,
      event: attachment.event,
      asker: event.sender,
      answers: event.eventId,
      ...(jobId === undefined ? {} : { jobId }),
      ...(pictureIndex === undefined ? {} : { pictureIndex }),
    },
    now(),
  );
}
