import { textAt, textsAt } from '../common/raw.ts';
import type { ServerClient } from './client.ts';
import { takePosts, type TakenPost } from './incoming.ts';
import { isRefusal } from './server-error.ts';

/** What the server gives at most. Source: web/params.go. */
export const pageLength = 200;
/** Of changes. Source: sqlstore/post_store.go `GetPostsSince`. */
const mostChanges = 1000;
/** Backwards from the newest; who was away for longer is not answered any more. */
const mostPagesBack = 25;

/** A page as the server made it, oldest first: `isLast` by what it listed, whatever could be read of that. */
export type Page = { readonly posts: readonly TakenPost[]; readonly isLast: boolean };

/** Oldest first; where there were more than the server lists, these are any of them. */
export type Changes = { readonly posts: readonly TakenPost[]; readonly isWhole: boolean };

/** Where a page begins: at a post, or where there is none at the newest. */
export type From<Anchor = string | undefined> = { readonly anchor: Anchor; readonly page: number };

/**
 * Where the next page begins, after posts in the direction of reading. By posts, not by pages, which move when something is deleted; others
 * of the last one's millisecond may stand on the next page.
 */
export function further<Anchor>({ anchor, page }: From<Anchor>, posts: readonly TakenPost[]): From<Anchor | string> {
  const lastMs = posts.at(-1)?.createAtMs;
  const next = posts.findLast(({ createAtMs }) => createAtMs !== lastMs);
  return next === undefined ? { anchor, page: page + 1 } : { anchor: next.id, page: 0 };
}

/** Asks what a channel holds. Everything rejects with a `ServerError` where the server could not be asked. */
export class ChannelReader {
  readonly #client: Pick<ServerClient, 'ask'>;

  constructor(client: Pick<ServerClient, 'ask'>) {
    this.#client = client;
  }

  async newest(channelId: string): Promise<TakenPost | undefined> {
    return (await this.#page(channelId, { per_page: 1 })).posts.at(-1);
  }

  /** A page of what was posted after a post, or before one; nothing of one that is not there any more. */
  async page(channelId: string, direction: 'after' | 'before', { anchor, page }: From): Promise<Page> {
    return this.#page(channelId, { ...(anchor === undefined ? {} : { [direction]: anchor }), page, per_page: pageLength });
  }

  /**
   * Posts that were made, changed or deleted after a time of the server's, or had a reaction, and earlier forms of them.
   * Source: sqlstore/post_store.go `GetPostsSince`.
   */
  async changedSince(channelId: string, ms: number): Promise<Changes> {
    const answer = await this.#ask(channelId, { since: Math.max(1, ms) });
    return { posts: takePosts(answer), isWhole: listed(answer) < mostChanges };
  }

  /**
   * Posts after `floorMs`, oldest first, and the newest ones of before that came with them.
   * @param isEnough of the page that was read last
   */
  async backTo(channelId: string, floorMs: number, isEnough: (posts: readonly TakenPost[]) => boolean): Promise<readonly TakenPost[]> {
    const found = new Map<string, TakenPost>();
    for (let page = 0; page < mostPagesBack; page += 1) {
      const { posts, isLast } = await this.#page(channelId, { page, per_page: pageLength });
      for (const post of posts) found.set(post.id, post);
      if (isLast || (posts[0]?.createAtMs ?? 0) <= floorMs || isEnough(posts)) break;
    }
    return [...found.values()].toSorted((one, other) => one.createAtMs - other.createAtMs);
  }

  async isGone(postId: string): Promise<boolean> {
    try {
      const answer = await this.#client.ask({ method: 'POST', path: '/posts/ids', body: [postId] });
      return !(Array.isArray(answer) && answer.some((post) => textAt(post, 'id') === postId));
    } catch (error) {
      if (isRefusal(error)) return true;
      throw error;
    }
  }

  async #page(channelId: string, query: Readonly<Record<string, string | number>>): Promise<Page> {
    const answer = await this.#ask(channelId, query);
    return { posts: takePosts(answer), isLast: listed(answer) < Number(query['per_page'] ?? 0) };
  }

  async #ask(channelId: string, query: Readonly<Record<string, string | number>>): Promise<unknown> {
    const path = `/channels/${channelId}/posts`;
    return this.#client.ask({ method: 'GET', path, query: { ...query, skipFetchThreads: true } });
  }
}

/** By what the server listed, whatever could be read of it. */
const listed = (answer: unknown): number => textsAt(answer, 'order').length;
