import { eventId, roomId as asRoomId, userId } from '#core/types.ts';
import type { IncomingEvent } from '#core/incoming.ts';

import type { Decrypted } from './crypto/decrypter.ts';
import type { Replays } from './crypto/replays.ts';
import { patienceMs, type Unreadable } from './crypto/unreadable.ts';
import type { RoomBatch } from './gaps.ts';
import { isRefusal } from './homeserver-error.ts';
import { incomingEvent, readEvent, unreadableEvent, type ReadEvent } from './incoming.ts';
import { reason, type Log } from '../common/log.ts';
import { objectAt, textAt, type RawObject } from '../common/raw.ts';
import { isOwnEvent } from './own-event.ts';
import type { Rooms } from './rooms.ts';
import type { ThreadRoots } from './threads.ts';

export type ReceiverOptions = {
  readonly ownUserId: string;
  readonly rooms: Rooms;
  readonly threads: ThreadRoots;
  /** Reads an encrypted event of a room. */
  readonly decrypt: (roomId: string, event: RawObject) => Promise<Decrypted>;
  readonly unreadable: Unreadable;
  readonly replays: Replays;
  readonly log: Log;
  readonly now: () => number;
};

/** What rooms have sent → events for the inbox, encrypted or not. */
export class Receiver {
  readonly #options: ReceiverOptions;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** A step begins; what an earlier one found out and could not store is found out again. */
  begin(): void {
    this.#options.unreadable.begin();
    this.#options.replays.begin();
  }

  /** Writes what is to be known of the step's messages; to be called in the transaction that stores them. */
  store(): void {
    this.#options.unreadable.store(this.#options.now());
    this.#options.replays.store();
  }

  /** What the step has found is in the inbox. */
  stored(): void {
    this.#options.unreadable.stored();
  }

  /** Milliseconds until somebody is to be told that a message can't be read; `undefined` where nobody waits. */
  dueInMs(): number | undefined {
    return this.#options.unreadable.dueInMs(this.#options.now());
  }

  /** Messages that were deleted while they waited for their keys, or whose room the bot has left, wait no longer. Before `late`. */
  giveUp(batches: readonly RoomBatch[], left: readonly string[]): void {
    for (const { roomId, timeline } of batches) for (const event of timeline) this.#deleted(roomId, event);
    for (const roomId of left) this.#options.unreadable.giveUpRoom(roomId);
  }

  /**
   * Rejects when the server could not be asked who administers the room or whether it is direct: then the whole batch
   * is fetched again. With `lenient` such a question is answered with «no» instead, so that one broken room does not
   * silence all others for ever.
   */
  async receive(batch: RoomBatch, lenient: boolean): Promise<readonly IncomingEvent[]> {
    const { rooms } = this.#options;
    rooms.refresh(batch.roomId, [...batch.state, ...batch.timeline], batch.limited);
    if (batch.timeline.length === 0) return [];
    const protectedFrom = await this.#protectedFrom(batch);
    const received: IncomingEvent[] = [];
    for (const [index, event] of batch.timeline.entries()) {
      const isUnprotected = index >= protectedFrom && event['type'] === 'm.room.message';
      const found = await this.#event(batch.roomId, event, { lenient, isUnprotected });
      if (found !== undefined) received.push(found);
    }
    return received;
  }

  /** The bot is no longer in this room. `event` is its membership; an invitation that came to nothing is told in the same way. */
  removed(roomId: string, event: RawObject | undefined): readonly IncomingEvent[] {
    const { ownUserId, now } = this.#options;
    const [id, sender] = [textAt(event, 'event_id'), textAt(event, 'sender')];
    const before = textAt(objectAt(objectAt(event, 'unsigned'), 'prev_content'), 'membership');
    if (id === undefined || sender === undefined || sender === ownUserId || before === 'invite') return [];
    const common = { platform: 'matrix', roomId: asRoomId(roomId), eventId: eventId(id), sender: userId(sender) } as const;
    return [{ kind: 'removal', ...common, receivedAtMs: now() }];
  }

  /**
   * Messages that came before their keys and can be read now, or have waited long enough.
   * @param isWorthLooking keys or lists of devices came, so any of them may have become readable
   */
  async late(isWorthLooking: boolean, lenient: boolean): Promise<readonly IncomingEvent[]> {
    const { unreadable, decrypt, now } = this.#options;
    const received: IncomingEvent[] = [];
    for (const kept of unreadable.entries()) {
      const waitedMs = now() - kept.sinceMs;
      // Where the clock was set back, nobody knows how long it was.
      const isDue = waitedMs >= patienceMs || waitedMs < 0;
      if (!isWorthLooking && !isDue) continue;
      const decrypted = await decrypt(kept.roomId, kept.event);
      if (decrypted.kind === 'unreadable' && !isDue) continue;
      unreadable.giveUp(kept.roomId, textAt(kept.event, 'event_id'));
      const found = await this.#decrypted(kept.roomId, kept.event, decrypted, lenient);
      if (found !== undefined) received.push(found);
    }
    return received;
  }

  async #event(
    roomId: string,
    event: RawObject,
    { lenient, isUnprotected }: { readonly lenient: boolean; readonly isUnprotected: boolean },
  ): Promise<IncomingEvent | undefined> {
    const { decrypt, unreadable, ownUserId, now } = this.#options;
    this.#deleted(roomId, event);
    if (event['type'] !== 'm.room.encrypted') return this.#clear(roomId, event, lenient, isUnprotected);
    if (isOwnEvent(event, ownUserId) || event['state_key'] !== undefined) return undefined;
    const decrypted = await decrypt(roomId, event);
    if (decrypted.kind === 'unreadable' && decrypted.mayPass && unreadable.keep(roomId, event, now())) return undefined;
    return this.#decrypted(roomId, event, decrypted, lenient);
  }

  #deleted(roomId: string, event: RawObject): void {
    const { unreadable, ownUserId } = this.#options;
    if (event['type'] !== 'm.room.redaction') return;
    const read = readEvent(event, ownUserId);
    if (read?.kind === 'redaction') unreadable.giveUp(roomId, read.target);
  }

  async #decrypted(roomId: string, event: RawObject, decrypted: Decrypted, lenient: boolean): Promise<IncomingEvent | undefined> {
    const { unreadable, replays, log, now } = this.#options;
    switch (decrypted.kind) {
      case 'clear': {
        const brought = replays.look(roomId, event);
        if (brought === 'new') return this.#clear(roomId, decrypted.event, lenient, false);
        const what = brought === 'again' ? 'was brought a second time' : 'is not spelt as its sender wrote it';
        log.warn({ roomId }, `An encrypted message ${what}; it is passed over`);
        return undefined;
      }
      case 'refused':
        log.info({ roomId, why: decrypted.why }, 'An encrypted event is passed over');
        return undefined;
      case 'unreadable': {
        if (!unreadable.tell(roomId, event, now())) return undefined;
        log.warn({ roomId, cause: decrypted.cause }, 'An encrypted message can not be read; its sender is told');
        return unreadableEvent(event, roomId, decrypted.cause, now());
      }
    }
  }

  async #clear(roomId: string, event: RawObject, lenient: boolean, isUnprotected: boolean): Promise<IncomingEvent | undefined> {
    const { threads, ownUserId } = this.#options;
    threads.learn(roomId, event);
    const read = readEvent(event, ownUserId);
    return read === undefined ? undefined : this.#complete(roomId, read, lenient, isUnprotected);
  }

  /**
   * The index from which on a message in the clear is not to be trusted; beyond the end where there is none. Where it
   * can't be asked, the command is taken in; the sender asks again and sends nothing while it is unknown.
   */
  async #protectedFrom({ roomId, timeline }: RoomBatch): Promise<number> {
    const { rooms, log } = this.#options;
    try {
      if (!(await rooms.isEncrypted(roomId))) return timeline.length;
      const began = rooms.encryptionBegan(roomId);
      return Math.max(
        0,
        timeline.findIndex((event) => event['event_id'] === began),
      );
    } catch (error) {
      log.warn({ roomId, reason: reason(error) }, 'It is unknown whether a room is encrypted; nothing is sent there until it is known');
      return timeline.length;
    }
  }

  async #complete(roomId: string, read: ReadEvent, lenient: boolean, isUnprotected: boolean): Promise<IncomingEvent> {
    const { rooms, now } = this.#options;
    const isAdmin = read.kind === 'redaction' ? false : await this.#orNo(rooms.isAdmin(roomId, read.sender), lenient);
    const isDirect = read.kind === 'message' ? await this.#orNo(rooms.isDirect(roomId), lenient) : false;
    return incomingEvent(read, { roomId, isAdmin, isDirect, isUnprotected, receivedAtMs: now() });
  }

  async #orNo(question: Promise<boolean>, lenient: boolean): Promise<boolean> {
    try {
      return await question;
    } catch (error) {
      if (!lenient && !isRefusal(error)) throw error;
      return false;
    }
  }
}
