/** A thread that begins with a message of ours, which has no id of the platform before it was sent: its outbox row stands for it. */
import { eventId, type EventId } from '#core/types.ts';

const PREFIX = 'row:';

export const threadOfRow = (row: number): EventId => eventId(`${PREFIX}${row}`);

/** The outbox row that a thread stands for; `undefined` for one that the platform named. */
export const rowOfThread = (thread: EventId): number | undefined =>
  thread.startsWith(PREFIX) ? Number(thread.slice(PREFIX.length)) : undefined;
