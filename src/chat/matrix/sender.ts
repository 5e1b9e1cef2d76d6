import { DeliveryError } from '#core/errors.ts';
import { reach } from '#core/failpoints.ts';
import type { Content, Delivery } from '#core/ports.ts';
import { eventId, type EventId } from '#core/types.ts';

import type { BotClient } from './client.ts';
import { outgoingEvent, type MediaAddresses, type OutgoingEvent } from './content.ts';
import { deliveryKey, type EarlierMessages } from './earlier-message.ts';
import { HomeserverError, toDeliveryError } from './homeserver-error.ts';
import type { Media } from './media.ts';
import { objectAt, objectsAt, textAt } from '../common/raw.ts';
import type { Rooms } from './rooms.ts';
import type { ThreadRoots } from './threads.ts';
import type { Upgrades } from './upgrades.ts';

export type SenderOptions = {
  readonly client: BotClient;
  readonly ownUserId: string;
  readonly rooms: Rooms;
  readonly media: Media;
  readonly threads: ThreadRoots;
  readonly earlier: EarlierMessages;
  readonly upgrades: Upgrades;
  /** An event as an encrypted room gets it; rejects where that can't be done, and then nothing is sent. */
  readonly encrypt: (roomId: string, event: OutgoingEvent) => Promise<OutgoingEvent>;
};

/** Deliveries → events in rooms, under their own transaction ids. */
export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Resolves with the event id; rejects with a `DeliveryError` only. */
  async send(delivery: Delivery): Promise<EventId> {
    try {
      return await this.#send(delivery).catch(async (error: unknown) => this.#followed(delivery, error));
    } catch (error) {
      throw toDeliveryError(error);
    }
  }

  async #send(delivery: Delivery): Promise<EventId> {
    const { client, rooms, media, threads } = this.#options;
    const { content, roomId } = delivery;
    const isEncrypted = await rooms.isEncrypted(roomId);
    const wasForgotten = this.#options.earlier.mayBeForgotten(delivery);
    const arrived = wasForgotten ? await this.#options.earlier.find(delivery) : undefined;
    if (arrived !== undefined) return arrived;
    const threadRoot = delivery.threadId === undefined ? undefined : await threads.resolve(roomId, delivery.threadId);
    const addresses = await uploaded(content, media, isEncrypted ? roomId : undefined);
    if (addresses !== undefined) reach('media.uploaded');
    const clear = known(outgoingEvent(delivery, { threadRoot, replyTo: delivery.replyTo }, addresses), delivery);
    // No client encrypts reactions: the server has to count them.
    const event = isEncrypted && clear.type !== 'm.reaction' ? await this.#options.encrypt(roomId, clear) : clear;
    // Uploads take minutes, in which the room may have become encrypted: the next attempt uploads and says it anew.
    if (!isEncrypted && clear.type !== 'm.reaction' && (await rooms.isEncrypted(roomId))) throw turnedEncrypted();
    // A machine may sleep for days in the middle of this, or its clock be put right: what the server remembered then it may not now.
    const missed = !wasForgotten && this.#options.earlier.mayBeForgotten(delivery) ? await this.#options.earlier.find(delivery) : undefined;
    if (missed !== undefined) return missed;
    const place = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/${encodeURIComponent(event.type)}`;
    reach('message.before-send');
    try {
      const answer: unknown = await client.doRequest('PUT', `${place}/${encodeURIComponent(delivery.transactionId)}`, null, event.content);
      reach('message.sent');
      const id = textAt(answer, 'event_id');
      if (id === undefined) throw new HomeserverError('the homeserver answered a message without its id');
      return eventId(id);
    } catch (error) {
      const isRepeated = error instanceof HomeserverError && error.errcode === 'M_DUPLICATE_ANNOTATION' && content.kind === 'reaction';
      const existing = isRepeated ? await this.#ownReaction(roomId, content.target, content.emoji) : undefined;
      if (existing === undefined) throw error;
      return existing;
    }
  }

  /** Where the room was replaced by another one, most may not speak there any more: what is left to be said is said in the new one. */
  async #followed(delivery: Delivery, error: unknown): Promise<EventId> {
    const isForbidden = error instanceof HomeserverError && error.errcode === 'M_FORBIDDEN';
    const redirected = isForbidden ? await this.#options.upgrades.redirected(delivery) : undefined;
    if (redirected === undefined || (await this.#wouldUncover(delivery, redirected))) throw error;
    return this.#send(redirected);
  }

  /** What was asked for in an encrypted room is never told in one that isn't, whoever says that the one replaces the other. */
  async #wouldUncover({ roomId: before }: Delivery, { roomId: after }: Delivery): Promise<boolean> {
    const { rooms } = this.#options;
    return (await rooms.isEncrypted(before)) && !(await rooms.isEncrypted(after));
  }

  /** The bot's reaction that is there already, from long ago, under another transaction id. */
  async #ownReaction(roomId: string, target: string, emoji: string): Promise<EventId | undefined> {
    const { client, ownUserId } = this.#options;
    const path = `/_matrix/client/v1/rooms/${encodeURIComponent(roomId)}/relations/${encodeURIComponent(target)}/m.annotation/m.reaction`;
    const answer: unknown = await client.doRequest('GET', path, { limit: 100 });
    const own = objectsAt(answer, 'chunk').find(
      (event) => event['sender'] === ownUserId && textAt(objectAt(objectAt(event, 'content'), 'm.relates_to'), 'key') === emoji,
    );
    const id = textAt(own, 'event_id');
    return id === undefined ? undefined : eventId(id);
  }
}

const turnedEncrypted = (): DeliveryError =>
  new DeliveryError('uncertain', 'the room became encrypted while the message was made ready, so it is made anew');

/** With the mark by which it is found again; a reaction needs none. */
const known = ({ type, content }: OutgoingEvent, { transactionId }: Delivery): OutgoingEvent =>
  type === 'm.reaction' ? { type, content } : { type, content: { ...content, [deliveryKey]: transactionId } };

/** What a message shows must be there before it. */
async function uploaded(content: Content, media: Media, encryptedRoom: string | undefined): Promise<MediaAddresses | undefined> {
  if (content.kind === 'image') return media.addresses(content.image, encryptedRoom);
  return content.kind === 'file' ? media.fileAddress(content.file, encryptedRoom) : undefined;
}
