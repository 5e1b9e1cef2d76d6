import { rowOfThread } from '#src/app/thread-of-row.ts';
import type { Content, Delivery } from '#core/ports.ts';
import type { OutboxRow } from '#core/outbox-port.ts';
import type { Store } from '#core/store-port.ts';
import type { EventId } from '#core/types.ts';

/** The row as its platform gets it, with the platform's ids of other messages; `undefined` while one of them is still on its way. */
export function deliveryOf(store: Store, row: OutboxRow): Delivery | undefined {
  const content = resolved(store, row);
  const thread = threadOf(store, row);
  if (content === undefined || thread === 'pending') return undefined;
  return {
    transactionId: row.transactionId,
    queuedAtMs: row.createdAtMs,
    roomId: row.roomId,
    ...(thread === undefined ? {} : { threadId: thread }),
    ...(row.replyTo === undefined ? {} : { replyTo: row.replyTo }),
    ...(row.isForRoom === true ? { isForRoom: true } : {}),
    ...(row.event === undefined ? {} : { event: row.event }),
    content,
  };
}

/** An edit of a message that was given up becomes a message. */
function resolved(store: Store, { content }: OutboxRow): Content | undefined {
  if (content.kind !== 'edit') return content;
  const target = store.outbox.outcome(content.row);
  if (target?.state === 'pending') return undefined;
  return target?.eventId === undefined
    ? { kind: 'text', text: content.text }
    : { kind: 'edit', target: target.eventId, text: content.text };
}

/** `pending`: the message of ours that begins it is still on its way. */
function threadOf(store: Store, { threadId }: OutboxRow): EventId | 'pending' | undefined {
  const row = threadId === undefined ? undefined : rowOfThread(threadId);
  if (row === undefined) return threadId;
  const root = store.outbox.outcome(row);
  return root?.state === 'pending' ? 'pending' : root?.eventId;
}
