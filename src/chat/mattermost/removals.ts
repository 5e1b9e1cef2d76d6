import type { Removal } from '#core/ports.ts';

import type { ServerClient } from './client.ts';
import { isId, readPost } from './post.ts';
import { isNotFound, isRefusal, ServerError } from './server-error.ts';

export type RemovalsOptions = { readonly client: Pick<ServerClient, 'ask'>; readonly ownUserId: string };

/**
 * Takes posts out of channels. Mattermost keeps what is deleted in its database, and its files too, where administrators can read it. For
 * good it deletes only where `ServiceSettings.EnableAPIPostDeletion` is on, for an account that administers the server.
 * Source: api4/post.go `deletePost`.
 */
export class Removals {
  readonly #options: RemovalsOptions;
  /** Whether posts can be deleted for good; `undefined` until the server was asked. */
  #isForGood: boolean | undefined;

  constructor(options: RemovalsOptions) {
    this.#options = options;
  }

  /** Never rejects. `later` where the server is busy or away. */
  async remove(id: string, signal: AbortSignal): Promise<Removal> {
    try {
      const reaction = /^reaction:([a-z0-9]{26}):([a-z0-9]{26}):([\w+-]+):\d+$/.exec(id);
      if (reaction !== null) return await this.#takeBack(reaction, signal);
      if (!isId(id)) return { message: 'missing' };
      const post = readPost(await this.#options.client.ask({ method: 'GET', path: `/posts/${id}`, signal }));
      const hasFiles = (post?.fileIds.length ?? 0) > 0;
      if (await this.#deletedForGood(id, signal)) return { message: 'gone', ...(hasFiles ? { media: 'gone' } : {}) };
      await this.#options.client.ask({ method: 'DELETE', path: `/posts/${id}`, signal });
      return { message: 'hidden', ...(hasFiles ? { media: 'kept' } : {}) };
    } catch (error) {
      if (isNotFound(error)) return { message: 'missing' };
      if (isRefusal(error)) return { message: 'failed' };
      const askedMs = error instanceof ServerError ? error.retryAfterMs : undefined;
      return { message: 'later', ...(askedMs === undefined ? {} : { retryAfterMs: askedMs }) };
    }
  }

  async #deletedForGood(id: string, signal: AbortSignal): Promise<boolean> {
    if (this.#isForGood === false) return false;
    try {
      await this.#options.client.ask({ method: 'DELETE', path: `/posts/${id}`, query: { permanent: true }, signal });
      this.#isForGood = true;
      return true;
    } catch (error) {
      // 501: nobody may, 403: this account may not.
      const isDenied = error instanceof ServerError && (error.status === 501 || error.status === 403);
      if (!isDenied || this.#isForGood === true) throw error;
      this.#isForGood = false;
      return false;
    }
  }

  /** A reaction can be taken back by whoever gave it, and by nobody else. */
  async #takeBack([, postId = '', userId = '', name = '']: readonly string[], signal: AbortSignal): Promise<Removal> {
    if (userId !== this.#options.ownUserId) return { message: 'failed' };
    await this.#options.client.ask({
      method: 'DELETE',
      path: `/users/${userId}/posts/${postId}/reactions/${encodeURIComponent(name)}`,
      signal,
    });
    return { message: 'gone' };
  }
}
