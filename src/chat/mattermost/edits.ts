import type { Delivery } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';
import { eventId, type EventId } from '#core/types.ts';

import { objectAt, textAt } from '../common/raw.ts';
import type { ServerClient } from './client.ts';
import type { EditTurns } from './edit-turns.ts';
import { ownProps, readPost } from './post.ts';
import { ServerError } from './server-error.ts';
import type { ServerLimits } from './server-limits.ts';
import { fittedMarkdown } from './text-limit.ts';

export type EditsOptions = { readonly client: Pick<ServerClient, 'ask'>; readonly limits: ServerLimits; readonly turns: EditTurns };

/** Replaces what own posts say. */
export class Edits {
  readonly #options: EditsOptions;

  constructor(options: EditsOptions) {
    this.#options = options;
  }

  /** Resolves with the id of the post, which stays the same. Rejects with a `ServerError`. */
  async edit(delivery: Delivery, target: EventId, text: RichText): Promise<EventId> {
    const message = fittedMarkdown(text, (await this.#options.limits.get()).postRunes);
    return this.#options.turns.of(target, async () =>
      // Progress may be lost, or said twice.
      delivery.queuedAtMs === undefined ? this.#patch(target, { message }) : this.#last(delivery.transactionId, target, message),
    );
  }

  /**
   * The end of a job. The post is marked with it, so that a bot which was restored from a backup, and knows less, does not write over it; and
   * there is nothing left to press.
   */
  async #last(transactionId: string, target: EventId, message: string): Promise<EventId> {
    const post = readPost(await this.#options.client.ask({ method: 'GET', path: `/posts/${target}` }));
    if (post === undefined) throw new ServerError('GET /posts/…: the answer is no post');
    const own = objectAt(post.props, ownProps);
    if (textAt(own, 'edit') === transactionId) return target;
    const { attachments, ...props } = post.props;
    try {
      // A patch replaces all props.
      return await this.#patch(target, { message, props: { ...props, [ownProps]: { ...own, edit: transactionId } } });
    } catch (error) {
      if (attachments !== undefined && isTooLate(error)) await this.#patch(target, { props }).catch(() => {});
      throw error;
    }
  }

  async #patch(target: EventId, patch: object): Promise<EventId> {
    await this.#options.client.ask({ method: 'PUT', path: `/posts/${target}/patch`, body: patch });
    return eventId(target);
  }
}

/** Words may not be changed any more (ServiceSettings.PostEditTimeLimit), props may. Source: api4/post.go `postPatchChecks`. */
const isTooLate = (error: unknown): boolean =>
  error instanceof ServerError && error.id === 'api.post.update_post.permissions_time_limit.app_error';
