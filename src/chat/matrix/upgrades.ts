import { DeliveryError } from '#core/errors.ts';
import type { Delivery, PlatformMemory } from '#core/ports.ts';
import { roomId as asRoomId, type RoomId } from '#core/types.ts';

import type { Chores } from '../common/chores.ts';
import type { BotClient } from './client.ts';
import { isRefusal } from './homeserver-error.ts';
import { isAllowed, serverOf, type AllowedInviters } from './invitations.ts';
import type { Log } from '../common/log.ts';
import { isObject, numberAt, objectAt, textAt, type RawObject } from '../common/raw.ts';

/** So long after an upgrade a message may wait until the bot is in the new room: somebody has to invite it there. */
const patienceMs = 15 * 60_000;
const askAgainMs = 5_000;

export type UpgradesOptions = {
  readonly client: BotClient;
  readonly memory: PlatformMemory;
  readonly chores: Chores;
  readonly allowed: AllowedInviters;
  readonly log: Log;
  readonly now: () => number;
};

type Replacement = { readonly roomId: string; readonly by: string; readonly sinceMs: number; readonly isAnswered: boolean };

/** Rooms that were replaced by others («upgraded»), and what still has to be said there. */
export class Upgrades {
  readonly #options: UpgradesOptions;

  constructor(options: UpgradesOptions) {
    this.#options = options;
  }

  /** Looks for the tombstone among what a room has sent, and remembers it. */
  note(roomId: string, events: readonly RawObject[]): void {
    const tombstone = events.findLast((event) => event['type'] === 'm.room.tombstone' && event['state_key'] === '');
    const replacement = textAt(objectAt(tombstone, 'content'), 'replacement_room');
    if (replacement === undefined || !replacement.startsWith('!') || replacement === roomId) return;
    if (this.#read(roomId)?.roomId === replacement) return;
    this.#write(roomId, { roomId: replacement, by: textAt(tombstone, 'sender') ?? '', sinceMs: this.#options.now(), isAnswered: false });
    this.follow(roomId);
  }

  /**
   * Joins the new room in the background, where whoever made it may bring the bot there. Where it takes an invitation,
   * that is waited for.
   */
  follow(roomId: string): void {
    const { allowed, chores, client, log } = this.#options;
    const found = this.#read(roomId);
    if (found === undefined || found.isAnswered) return;
    if (!isAllowed(allowed, { roomId: found.roomId, inviter: found.by })) return;
    chores.add(`upgrade ${roomId}`, 'Following a room to the one that replaces it', async () => {
      try {
        await client.joinRoom(found.roomId, [serverOf(found.by)]);
      } catch (error) {
        if (isRefusal(error)) this.#write(roomId, { ...found, isAnswered: true });
        throw error;
      }
      this.#write(roomId, { ...found, isAnswered: true });
      log.info({ roomId }, 'Followed a room to the one that replaces it');
    });
  }

  /**
   * The same delivery for the room that has replaced its own; `undefined` where none has, or it does not say so itself:
   * nobody can point the answers of one room at another. Rejects with an `uncertain` `DeliveryError` while the bot is
   * not there yet, with a `HomeserverError` where the server could not be asked.
   */
  async redirected(delivery: Delivery): Promise<Delivery | undefined> {
    const { client, now } = this.#options;
    const { roomId } = delivery;
    // What is not kept is not worth a message of its own: progress.
    if (delivery.queuedAtMs === undefined || delivery.content.kind === 'reaction') return undefined;
    this.note(roomId, await this.#tombstone(roomId));
    const found = this.#read(roomId);
    if (found === undefined) return undefined;
    let create: unknown;
    try {
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(found.roomId)}/state/m.room.create/`;
      create = await client.doRequest('GET', path);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.follow(roomId);
      const waitedMs = now() - found.sinceMs;
      if (waitedMs < 0 || waitedMs > patienceMs) return undefined;
      throw new DeliveryError('uncertain', 'the room was replaced by one in which the bot is not yet', {
        retryAfterMs: askAgainMs,
        cause: error,
      });
    }
    return textAt(objectAt(create, 'predecessor'), 'room_id') === roomId ? inRoom(delivery, asRoomId(found.roomId)) : undefined;
  }

  /** As the server has it now: the bot may be told by a refusal before it is told by the sync. */
  async #tombstone(roomId: string): Promise<readonly RawObject[]> {
    if (this.#read(roomId) !== undefined) return [];
    try {
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.tombstone/`;
      const event: unknown = await this.#options.client.doRequest('GET', path, { format: 'event' });
      const whole = isObject(event) && isObject(event['content']) ? event : { content: event };
      return [{ ...whole, type: 'm.room.tombstone', state_key: '' }];
    } catch (error) {
      if (isRefusal(error)) return [];
      throw error;
    }
  }

  #read(roomId: string): Replacement | undefined {
    const stored = this.#options.memory.get(key(roomId));
    const found: unknown = stored === undefined ? undefined : JSON.parse(stored);
    const replacement = textAt(found, 'roomId');
    if (!isObject(found) || replacement === undefined) return undefined;
    const by = textAt(found, 'by') ?? '';
    return { roomId: replacement, by, sinceMs: numberAt(found, 'sinceMs') ?? 0, isAnswered: found['isAnswered'] === true };
  }

  #write(roomId: string, replacement: Replacement): void {
    this.#options.memory.set(key(roomId), JSON.stringify(replacement));
  }
}

const key = (roomId: string): string => `replaced:${roomId}`;

/** What it answers, edits or stands below is in the old room: there it stands for itself. */
function inRoom({ content, threadId: _threadId, replyTo: _replyTo, ...delivery }: Delivery, roomId: RoomId): Delivery {
  return { ...delivery, roomId, content: content.kind === 'edit' ? { kind: 'text', text: content.text } : content };
}
