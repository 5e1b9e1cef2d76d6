import { DeliveryError } from '#core/errors.ts';
import type { Delivery } from '#core/ports.ts';
import { eventId, type EventId } from '#core/types.ts';

import type { BotClient } from './client.ts';
import { isRefusal } from './homeserver-error.ts';
import { numberAt, objectAt, objectsAt, textAt, type RawObject } from '../common/raw.ts';

/** The key in the content of each own message that holds its delivery's id, by which it is known again. */
export const deliveryKey = 'dev.blitzbild.delivery';

/** Homeservers know a transaction id for a day (Synapse: 24 h). An hour is left for clocks that differ. */
const serverRemembersMs = 23 * 3_600_000;
/** By so much a clock may be put right without consequences. */
const clockToleranceMs = 3_000_000;
/** Own and server's clock may be a day apart, and then some. */
const clockSlackMs = 26 * 3_600_000;
const pageSize = 100;
/** 5,000 messages of the bot's own in one room since then: enough, and a bound on what a search can cost. */
const mostPages = 50;

export type EarlierMessagesOptions = {
  readonly client: BotClient;
  readonly ownUserId: string;
  /** Since when the bot sends as the device that it is now: transaction ids of another one count for nothing. */
  readonly sessionSinceMs: number;
  readonly now: () => number;
  /** A clock that nobody puts right; the machine's own where absent. */
  readonly elapsedMs?: () => number;
  /** The clear content of an own event of a room; `undefined` where it can't be read. */
  readonly contentOf: (roomId: string, event: RawObject) => Promise<RawObject | undefined>;
};

/** Looks for a message that an earlier attempt may have left in its room, when the server can no longer know by itself. */
export class EarlierMessages {
  readonly #options: EarlierMessagesOptions;
  /** Of the wall clock, against the one that nobody puts right. */
  #offsetMs: number;
  /** Until then, by the clock that nobody puts right, ages say nothing. */
  #doubtfulUntilMs = -Infinity;

  constructor(options: EarlierMessagesOptions) {
    this.#options = options;
    this.#offsetMs = options.now() - this.#elapsedMs();
  }

  /**
   * Whether an earlier attempt may lie outside of what the server remembers, so that sending could make a second
   * message. A reaction is none: the server refuses the same one twice however old the first is.
   */
  mayBeForgotten({ content, queuedAtMs }: Delivery): boolean {
    const isDoubtful = this.#watchClock();
    if (queuedAtMs === undefined || content.kind === 'reaction') return false;
    const { now, sessionSinceMs } = this.#options;
    const ageMs = now() - queuedAtMs;
    return isDoubtful || ageMs > serverRemembersMs || ageMs < 0 || queuedAtMs < sessionSinceMs;
  }

  /** Once the clock was put right by more than what is left for that, or the machine slept, nobody knows how old a message is. */
  #watchClock(): boolean {
    const elapsedMs = this.#elapsedMs();
    const offsetMs = this.#options.now() - elapsedMs;
    if (Math.abs(offsetMs - this.#offsetMs) > clockToleranceMs) this.#doubtfulUntilMs = elapsedMs + serverRemembersMs;
    this.#offsetMs = offsetMs;
    return elapsedMs < this.#doubtfulUntilMs;
  }

  #elapsedMs(): number {
    return (this.#options.elapsedMs ?? (() => performance.now()))();
  }

  /**
   * The message's id; `undefined` where it is certainly not there. Rejects with an `unknowable` `DeliveryError` where
   * the history can't be read back far enough, with a `HomeserverError` where the server could not be asked.
   */
  async find(delivery: Delivery): Promise<EventId | undefined> {
    const start = await this.#start(delivery);
    const until = Math.min(delivery.queuedAtMs ?? 0, this.#options.now()) - clockSlackMs;
    let isUnreadable = false;
    let from = start?.token;
    for (let page = 0; page < mostPages; page += 1) {
      const { events, next } = await this.#page(delivery.roomId, start === undefined ? 'b' : 'f', from);
      for (const event of events) {
        const content = await this.#options.contentOf(delivery.roomId, event);
        isUnreadable ||= content === undefined;
        const id = textAt(event, 'event_id');
        if (id !== undefined && content?.[deliveryKey] === delivery.transactionId) return eventId(id);
      }
      const isPast = start === undefined && events.some((event) => (numberAt(event, 'origin_server_ts') ?? Infinity) < until);
      if (next === undefined || next === from || isPast) {
        if (isUnreadable) throw unknowable('messages of its own there can not be decrypted any more');
        return undefined;
      }
      from = next;
    }
    throw unknowable('too much was written since then');
  }

  /**
   * A place in the room's order that lies before every attempt: the message that this one answers, edits or stands
   * below. It needs no clock. `undefined` where there is none to be seen.
   */
  async #start({ roomId, content, replyTo, threadId }: Delivery): Promise<{ readonly token: string } | undefined> {
    const anchor = content.kind === 'edit' ? content.target : (replyTo ?? threadId);
    if (anchor === undefined) return undefined;
    try {
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/context/${encodeURIComponent(anchor)}`;
      const token = textAt(await this.#options.client.doRequest('GET', path, { limit: 0 }), 'end');
      return token === undefined ? undefined : { token };
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  /** Own messages; from the newest on where `from` is left out. */
  async #page(
    roomId: string,
    direction: 'b' | 'f',
    from: string | undefined,
  ): Promise<{ readonly events: readonly RawObject[]; readonly next: string | undefined }> {
    const { client, ownUserId } = this.#options;
    const filter = JSON.stringify({ senders: [ownUserId], types: ['m.room.message', 'm.room.encrypted'] });
    const query = { dir: direction, limit: pageSize, filter, ...(from === undefined ? {} : { from }) };
    try {
      const answer: unknown = await client.doRequest('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages`, query);
      // A server that knows no such filter answers with everybody's.
      return { events: objectsAt(answer, 'chunk').filter(({ sender }) => sender === ownUserId), next: textAt(answer, 'end') };
    } catch (error) {
      if (isRefusal(error)) throw unknowable('the homeserver does not show what was written');
      throw error;
    }
  }
}

/** Of a room without encryption, or of what the bot wrote there before it was encrypted. */
export const plainContent = (event: RawObject): RawObject | undefined =>
  event['type'] === 'm.room.encrypted' ? undefined : objectAt(event, 'content');

const unknowable = (why: string): DeliveryError =>
  new DeliveryError('unknowable', `whether a message arrived can not be found out: ${why}`);
