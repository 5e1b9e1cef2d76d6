import { DeliveryError } from '#core/errors.ts';

import { textAt, textsAt } from '../common/raw.ts';
import type { ServerClient } from './client.ts';
import { deliveryOf, readPosts, type Post } from './post.ts';
import { isRefusal } from './server-error.ts';

/** What the server gives at most. Source: web/params.go. */
const pageLength = 200;
/** Ten thousand posts since then, or five thousand back: enough, and a bound on what a search can cost. */
const mostPages = { forward: 50, back: 25 } as const;

export type EarlierPostsOptions = { readonly client: Pick<ServerClient, 'ask'>; readonly ownUserId: string };

/** Looks for posts that an earlier attempt may have left in a channel: the server knows an id of ours for half a minute only. */
export class EarlierPosts {
  readonly #options: EarlierPostsOptions;

  constructor(options: EarlierPostsOptions) {
    this.#options = options;
  }

  /**
   * The bot's own posts of this delivery, oldest first. Rejects with an `unknowable` `DeliveryError` where too much was written since, with
   * a `ServerError` where the server can't be asked.
   * @param anchors posts that stood there before the first attempt, the best first
   */
  async find(channelId: string, transactionId: string, anchors: readonly string[]): Promise<readonly Post[]> {
    const { ownUserId } = this.#options;
    const isMine = (post: Post): boolean =>
      post.userId === ownUserId && post.deleteAtMs === 0 && post.originalId === undefined && deliveryOf(post) === transactionId;
    const anchor = await this.#firstThere(anchors);
    const posts = anchor === undefined ? await this.#backwards(channelId, isMine) : await this.#after(channelId, anchor, isMine);
    return posts.toSorted((one, other) => one.createAtMs - other.createAtMs);
  }

  /** Of an anchor that is not there any more the server says that nothing came after it. */
  async #firstThere(anchors: readonly string[]): Promise<string | undefined> {
    if (anchors.length === 0) return undefined;
    try {
      const answer = await this.#options.client.ask({ method: 'POST', path: '/posts/ids', body: anchors });
      const there = new Set(Array.isArray(answer) ? answer.map((post) => textAt(post, 'id')) : []);
      return anchors.find((id) => there.has(id));
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  async #after(channelId: string, firstAnchor: string, isMine: (post: Post) => boolean): Promise<readonly Post[]> {
    const found = new Map<string, Post>();
    let [anchor, page] = [firstAnchor, 0];
    for (let pages = 0; pages < mostPages.forward; pages += 1) {
      const { posts, isLast } = await this.#page(channelId, { after: anchor, page });
      for (const post of posts) if (isMine(post)) found.set(post.id, post);
      if (isLast) return [...found.values()];
      // By posts, not by pages: those move when something is deleted. Others of the last one's millisecond may stand on the next page.
      const lastMs = posts.at(-1)?.createAtMs ?? 0;
      const next = posts.findLast(({ createAtMs }) => createAtMs < lastMs);
      [anchor, page] = next === undefined ? [anchor, page + 1] : [next.id, 0];
    }
    throw tooMuch();
  }

  async #backwards(channelId: string, isMine: (post: Post) => boolean): Promise<readonly Post[]> {
    const found = new Map<string, Post>();
    for (let page = 0; page < mostPages.back; page += 1) {
      const { posts, isLast } = await this.#page(channelId, { page });
      for (const post of posts) if (isMine(post)) found.set(post.id, post);
      if (isLast) return [...found.values()];
    }
    if (found.size > 0) return [...found.values()];
    throw tooMuch();
  }

  async #page(channelId: string, query: Readonly<Record<string, string | number>>): Promise<{ posts: readonly Post[]; isLast: boolean }> {
    const path = `/channels/${channelId}/posts`;
    const answer = await this.#options.client.ask({
      method: 'GET',
      path,
      query: { ...query, per_page: pageLength, skipFetchThreads: true },
    });
    return { posts: readPosts(answer), isLast: textsAt(answer, 'order').length < pageLength };
  }
}

const tooMuch = (): DeliveryError =>
  new DeliveryError('unknowable', 'whether an earlier attempt arrived can not be found out: too much was written since then');
