import type { OutboxRow } from '#core/outbox-port.ts';
import type { RoomId } from '#core/types.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;
/** A server that asks for more is asked again after that. */
const LONGEST_ASKED_MS = 15 * 60_000;
/** About half a minute. One that can't be sent at all would silence its room for good. */
const ATTEMPTS_IN_ORDER = 6;
/** One that waits for longer, as its server asked, is overtaken. */
const LONGEST_HOLD_MS = 30_000;

/** How long a message waits that has failed before; never longer than a server may reasonably ask for. */
export const retryInMs = (attempts: number, askedMs: number | undefined): number =>
  askedMs === undefined
    ? Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 10))
    : Math.ceil(Math.min(LONGEST_ASKED_MS, Math.max(FIRST_RETRY_MS, askedMs)));

/** Rooms whose oldest short answer waits for its next attempt: what was said after it is not to be read before it. */
export class HeldRooms {
  readonly #rooms = new Map<RoomId, { readonly row: number; readonly untilMs: number }>();

  /** It failed, and is due then. */
  hold({ id, lane, roomId, attempts }: OutboxRow, dueMs: number, nowMs: number): void {
    const untilMs = Math.min(dueMs, nowMs + LONGEST_HOLD_MS);
    if (lane === 'now' && attempts < ATTEMPTS_IN_ORDER) this.#rooms.set(roomId, { row: id, untilMs });
    else this.settled(id, roomId);
  }

  /** It was sent, or given up. */
  settled(id: number, roomId: RoomId): void {
    if (this.#rooms.get(roomId)?.row === id) this.#rooms.delete(roomId);
  }

  clear(): void {
    this.#rooms.clear();
  }

  at(nowMs: number): RoomId[] {
    return [...this.#rooms].flatMap(([room, { untilMs }]) => (untilMs > nowMs ? [room] : []));
  }
}
