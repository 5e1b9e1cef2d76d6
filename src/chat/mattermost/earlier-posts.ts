import { DeliveryError } from '#core/errors.ts';

import { ChannelReader, further, type From } from './channel-reader.ts';
import type { ServerClient } from './client.ts';
import { deliveryOf, readPosts, type Post } from './post.ts';
import { isRefusal, ServerError } from './server-error.ts';

/** Ten thousand posts since then, or five thousand back: enough, and a bound on what a search can cost. */
const mostPages = { after: 50, before: 25 } as const;

export type EarlierPostsOptions = { readonly client: Pick<ServerClient, 'ask'>; readonly ownUserId: string };

/** Looks for posts that an earlier attempt may have left in a channel: the server knows an id of ours for half a minute only. */
export class EarlierPosts {
  readonly #options: EarlierPostsOptions;
  readonly #reader: ChannelReader;

  constructor(options: EarlierPostsOptions) {
    this.#options = options;
    this.#reader = new ChannelReader(options.client);
  }

  /**
   * The bot's own posts of this delivery, oldest first. Rejects with an `unknowable` `DeliveryError` where too much was written since, with
   * a `ServerError` where the server can't be asked.
   * @param anchors posts that stood there before the first attempt, the best first
   * @param thread a post of the thread that it belongs to
   */
  async find(channelId: string, transactionId: string, anchors: readonly string[], thread?: string): Promise<readonly Post[]> {
    const { ownUserId } = this.#options;
    const isMine = (post: Post): boolean =>
      post.userId === ownUserId && post.deleteAtMs === 0 && post.originalId === undefined && deliveryOf(post) === transactionId;
    for (const anchor of [...anchors, undefined]) {
      const posts = await this.#listed(channelId, anchor, isMine);
      if (posts === undefined) continue;
      // Behind the anchor is what has a later time: nothing of what was made after the server's clock was put back.
      const found = posts.length === 0 && thread !== undefined ? await this.#inThread(thread, isMine) : posts;
      return found.toSorted((one, other) => one.createAtMs - other.createAtMs);
    }
    return [];
  }

  /** All of a thread, whatever its times are; nothing where it is not there any more. */
  async #inThread(postId: string, isMine: (post: Post) => boolean): Promise<readonly Post[]> {
    try {
      return readPosts(await this.#options.client.ask({ method: 'GET', path: `/posts/${postId}/thread` })).filter(isMine);
    } catch (error) {
      if (isRefusal(error)) return [];
      throw error;
    }
  }

  /** From the anchor on, or from the newest post back; `undefined` where the anchor is not there any more. */
  async #listed(channelId: string, anchor: string | undefined, isMine: (post: Post) => boolean): Promise<readonly Post[] | undefined> {
    const found = new Map<string, Post>();
    const direction = anchor === undefined ? 'before' : 'after';
    let from: From = { anchor, page: 0 };
    for (let pages = 0; pages < mostPages[direction]; pages += 1) {
      const { posts, isLast } = await this.#reader.page(channelId, direction, from);
      for (const post of posts) if (isMine(post)) found.set(post.id, post);
      if (isLast) {
        // Of a post that is not there any more the server says that nothing came after it, or before.
        if (posts.length > 0 || from.anchor === undefined || !(await this.#reader.isGone(from.anchor))) return [...found.values()];
        if (pages === 0) return undefined;
        throw moved();
      }
      from = further(from, direction === 'after' ? posts : posts.toReversed());
    }
    if (direction === 'before' && found.size > 0) return [...found.values()];
    throw tooMuch();
  }
}

const moved = (): ServerError => new ServerError('GET /channels/…/posts: a post vanished while the posts after it were read');
const tooMuch = (): DeliveryError =>
  new DeliveryError('unknowable', 'whether an earlier attempt arrived can not be found out: too much was written since then');
