import { AppError, DeliveryError, forbidden } from '#core/errors.ts';
import type { Delivery } from '#core/ports.ts';
import { eventId, type EventId } from '#core/types.ts';

import type { EditTurns } from './edit-turns.ts';
import { Edits } from './edits.ts';
import { nameOf } from './emoji.ts';
import { isId, reactionId, readReaction } from './post.ts';
import { Posting, type PostingOptions } from './posting.ts';
import { ServerError, toDeliveryError } from './server-error.ts';
import { ServerLimits } from './server-limits.ts';

export type SenderOptions = Omit<PostingOptions, 'limits'> & { readonly turns: EditTurns };

/** Deliveries → posts, edits and reactions, each once. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #posting: Posting;
  readonly #edits: Edits;
  /** By transaction id. */
  readonly #underWay = new Map<string, Promise<EventId>>();

  constructor(options: SenderOptions) {
    this.#options = options;
    const limits = new ServerLimits(options.client);
    this.#posting = new Posting({ ...options, limits });
    this.#edits = new Edits({ client: options.client, limits, turns: options.turns });
  }

  /** Resolves with the post's id, or the reaction's; rejects with a `DeliveryError` only. One that is under way is not begun again. */
  async send(delivery: Delivery): Promise<EventId> {
    const { transactionId } = delivery;
    const underWay = this.#underWay.get(transactionId);
    if (underWay !== undefined) return underWay;
    const sending = this.#send(delivery).finally(() => this.#underWay.delete(transactionId));
    this.#underWay.set(transactionId, sending);
    return sending;
  }

  async #send(delivery: Delivery): Promise<EventId> {
    const { roomId, content } = delivery;
    try {
      if (!isId(roomId)) throw new DeliveryError('rejected', 'there is no such channel on a Mattermost server');
      switch (content.kind) {
        case 'reaction':
          return await this.#react(content.target, content.emoji);
        case 'edit':
          return await this.#edits.edit(delivery, content.target, content.text);
        case 'text':
        case 'image':
        case 'file':
          return await this.#posting.post(delivery, content);
      }
    } catch (error) {
      throw judged(error);
    }
  }

  /** The same one twice is one. Source: sqlstore/reaction_store.go. */
  async #react(target: EventId, emoji: string): Promise<EventId> {
    const name = nameOf(emoji);
    if (name === undefined) throw new DeliveryError('rejected', 'the Mattermost server knows no name for this emoji');
    const body = { user_id: this.#options.ownUserId, post_id: target, emoji_name: name };
    const reaction = readReaction(await this.#options.client.ask({ method: 'POST', path: '/reactions', body }));
    if (reaction === undefined) throw new ServerError('POST /reactions: the answer is no reaction');
    return eventId(reactionId(reaction));
  }
}

/** Nobody can write there any more, or the bot may not. Source: api4/post.go `createPost`, `patchPost`. */
const closedPlaces: ReadonlySet<string | undefined> = new Set([
  'api.post.create_post.can_not_post_to_deleted.error',
  'api.post.create_post.can_not_post_in_restricted_dm.error',
  'api.post.patch_post.can_not_update_post_in_deleted.error',
]);
/** Another request with the same id is under way, such as one that was given up. Source: app/post.go `deduplicateCreatePost`. */
const underWayId = 'api.post.deduplicate_create_post.pending';
const afterUnderWayMs = 1000;

function judged(error: unknown): DeliveryError {
  if (error instanceof AppError && error.code === 'picture_gone')
    return new DeliveryError('rejected', 'the file is not in the image store any more', { cause: error });
  if (error instanceof ServerError && closedPlaces.has(error.id))
    return new DeliveryError('rejected', `${forbidden}${error.message}`, { cause: error });
  if (error instanceof ServerError && error.id === underWayId)
    return new DeliveryError('uncertain', error.message, { cause: error, retryAfterMs: afterUnderWayMs });
  return toDeliveryError(error);
}
