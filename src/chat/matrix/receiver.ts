import type { IncomingEvent } from '#core/types.ts';

import { isRefusal } from './homeserver-error.ts';
import { incomingEvent, readEvent, type ReadEvent } from './incoming.ts';
import { reason, type Log } from './log.ts';
import type { EncryptedRooms } from './encrypted-rooms.ts';
import type { Rooms } from './rooms.ts';
import type { RoomBatch } from './sync.ts';
import type { ThreadRoots } from './threads.ts';

export type ReceiverOptions = {
  readonly ownUserId: string;
  readonly rooms: Rooms;
  readonly encryptedRooms: EncryptedRooms;
  readonly threads: ThreadRoots;
  readonly log: Log;
  readonly now: () => number;
};

/** What one room has sent → events for the inbox. */
export class Receiver {
  readonly #options: ReceiverOptions;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /**
   * Rejects when the server could not be asked who administers the room or whether it is direct: then the whole batch
   * is fetched again. With `lenient` such a question is answered with «no» instead, so that one broken room does not
   * silence all others for ever.
   */
  async receive(batch: RoomBatch, lenient: boolean): Promise<readonly IncomingEvent[]> {
    const { rooms, encryptedRooms, threads, ownUserId } = this.#options;
    rooms.refresh(batch.roomId, [...batch.state, ...batch.timeline], batch.limited);
    if (batch.timeline.length === 0) return [];
    if (await this.#isKnownEncrypted(batch.roomId)) {
      encryptedRooms.consider(batch.roomId, batch.timeline);
      return [];
    }
    const received: IncomingEvent[] = [];
    for (const event of batch.timeline) {
      threads.learn(batch.roomId, event);
      const read = readEvent(event, ownUserId);
      if (read) received.push(await this.#complete(batch.roomId, read, lenient));
    }
    return received;
  }

  /** Where it can't be asked, the command is taken in; the sender asks again and sends nothing while it is unknown. */
  async #isKnownEncrypted(roomId: string): Promise<boolean> {
    try {
      return await this.#options.rooms.isEncrypted(roomId);
    } catch (error) {
      this.#options.log.warn(
        { roomId, reason: reason(error) },
        'It is unknown whether a room is encrypted; nothing is sent there until it is known',
      );
      return false;
    }
  }

  async #complete(roomId: string, read: ReadEvent, lenient: boolean): Promise<IncomingEvent> {
    const { rooms, now } = this.#options;
    const isAdmin = read.kind === 'redaction' ? false : await this.#orNo(rooms.isAdmin(roomId, read.sender), lenient);
    const isDirect = read.kind === 'message' ? await this.#orNo(rooms.isDirect(roomId), lenient) : false;
    return incomingEvent(read, { roomId, isAdmin, isDirect, receivedAtMs: now() });
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
