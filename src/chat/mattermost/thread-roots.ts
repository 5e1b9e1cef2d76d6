import { DeliveryError } from '#core/errors.ts';

import type { ServerClient } from './client.ts';
import { isId, readPost, type Post } from './post.ts';
import { isForbidden, isNotFound } from './server-error.ts';

const mostKnown = 2000;

/** First posts of threads: an answer stands below one of those, never below another answer. */
export class ThreadRoots {
  readonly #client: Pick<ServerClient, 'ask'>;
  readonly #known = new Map<string, string>();

  constructor(client: Pick<ServerClient, 'ask'>) {
    this.#client = client;
  }

  /** The post itself as far as is known; without asking. */
  assumed(postId: string): string {
    return this.#known.get(postId) ?? postId;
  }

  /** Asks the server. Rejects with a `rejected` `DeliveryError` where the post is not there any more. */
  async look(postId: string): Promise<string> {
    const post = await this.#post(postId);
    const gone = new DeliveryError('rejected', 'what is to be answered is not there any more');
    if (post === undefined) throw gone;
    const rootId = post.rootId ?? post.id;
    if (isId(post.rootId) && (await this.#post(post.rootId)) === undefined) throw gone;
    this.#known.set(postId, rootId);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
    return rootId;
  }

  async #post(postId: string): Promise<Post | undefined> {
    try {
      const post = readPost(await this.#client.ask({ method: 'GET', path: `/posts/${postId}` }));
      return post === undefined || post.deleteAtMs > 0 ? undefined : post;
    } catch (error) {
      // The server tells of a post that was deleted as of one that may not be seen.
      if (isNotFound(error) || isForbidden(error)) return undefined;
      throw error;
    }
  }
}
