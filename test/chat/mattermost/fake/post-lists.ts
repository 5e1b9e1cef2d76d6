import { ApiError, badParameter, forbidden, noPost } from './errors.ts';
import { prepared } from './post-view.ts';
import { isId, type PostRow, type UserRow } from './rows.ts';
import type { World } from './world.ts';

const maxPerPage = 200;
const maxChanges = 1000;
const maxIds = 1000;

/** Reading posts. Source: api4/post.go, web/params.go, sqlstore/post_store.go. */
export class PostLists {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Source: api4/post.go `getPostsForChannel`: `since` goes before `after`, which goes before `before`. */
  ofChannel(user: UserRow, channelId: string, query: URLSearchParams): object {
    const world = this.#world;
    const channel = world.channels.get(channelId);
    if (channel === undefined) throw new ApiError(404, 'app.channel.get.existing.app_error');
    world.assertCanRead(user, channel);
    if (channel.delete_at > 0 && !world.settings.canViewArchived) {
      throw new ApiError(403, 'api.user.view_archived_channels.get_posts_for_channel.app_error');
    }
    for (const name of ['after', 'before']) if (query.has(name) && !isId(query.get(name))) throw badParameter(name);
    if (query.get('include_deleted') === 'true' && !world.isSystemAdmin(user)) throw forbidden();
    const since = wholeNumber(query, 'since') ?? 0;
    if (since > 0) return this.#since(channelId, since);
    const perPage = Math.min(maxPerPage, wholeNumber(query, 'per_page') ?? 60);
    const page = wholeNumber(query, 'page') ?? 0;
    const anchor = query.get('after') ?? query.get('before') ?? undefined;
    const isAfter = query.has('after');
    const live = this.#world.postsOf(channelId).filter((post) => post.delete_at === 0);
    const order = live.toSorted((one, other) => one.create_at - other.create_at);
    if (anchor === undefined) return this.#list(order.toReversed().slice(page * perPage, (page + 1) * perPage), { prev: '', next: '' });
    // Whether the anchor is deleted or in another channel is not looked at; one that is not there compares to nothing at all.
    const anchorMs = world.posts.get(anchor)?.create_at;
    if (anchorMs === undefined) return this.#list([], isAfter ? { prev: anchor, next: '' } : { prev: '', next: anchor });
    const beyond = isAfter
      ? order.filter((post) => post.create_at > anchorMs)
      : order.filter((post) => post.create_at < anchorMs).toReversed();
    const found = beyond.slice(page * perPage, (page + 1) * perPage);
    const further = found.length < perPage ? '' : (beyond[(page + 1) * perPage]?.id ?? '');
    return isAfter
      ? this.#list(found.toReversed(), { prev: page === 0 ? anchor : (beyond[page * perPage - 1]?.id ?? ''), next: further })
      : this.#list(found, { prev: further, next: page === 0 ? anchor : (beyond[page * perPage - 1]?.id ?? '') });
  }

  /** What changed, earlier versions and deleted posts too, of too many no more than some. Source: sqlstore/post_store.go `GetPostsSince`. */
  #since(channelId: string, since: number): object {
    const changed = this.#world.postsOf(channelId).filter((post) => post.update_at > since);
    const some = changed.slice(0, maxChanges).toSorted((one, other) => other.create_at - one.create_at);
    return this.#list(some, { prev: '', next: '' });
  }

  /** `posts` holds roots and what else stands in the same threads too; only `order` says what was asked for. */
  #list(found: readonly PostRow[], { prev, next }: { readonly prev: string; readonly next: string }): object {
    const world = this.#world;
    const roots = new Set(found.map((post) => post.root_id || post.id));
    const threads = [...world.posts.values()].filter(
      (post) => post.delete_at === 0 && (roots.has(post.id) || (post.root_id !== '' && roots.has(post.root_id))),
    );
    return {
      order: found.map(({ id }) => id),
      posts: Object.fromEntries([...threads, ...found].map((post) => [post.id, prepared(world, post)])),
      next_post_id: next,
      prev_post_id: prev,
      has_next: false,
      first_inaccessible_post_time: 0,
    };
  }

  /** Source: api4/post.go `getPostThread`, sqlstore/post_store.go `Get`, `getPostWithCollapsedThreads`. */
  thread(user: UserRow, postId: string, query: URLSearchParams): object {
    const world = this.#world;
    const post = this.#readable(user, postId);
    const perPage = wholeNumber(query, 'perPage') ?? 0;
    if (perPage > maxPerPage) throw badParameter('perPage');
    const fromMs = wholeNumber(query, 'fromCreateAt');
    const fromId = query.get('fromPost') ?? '';
    if (fromId !== '' && fromMs === undefined) throw badParameter('fromCreateAt');
    const direction = query.get('direction') ?? '';
    const rootId = post.root_id || post.id;
    const root = world.posts.get(rootId)!;
    const replies = [...world.posts.values()].filter((reply) => reply.root_id === rootId && reply.delete_at === 0);
    const isDown = direction !== 'up';
    const sorted = replies.toSorted((one, other) => compare(one, other) * (isDown ? 1 : -1));
    const isBeyond = (reply: PostRow): boolean =>
      fromMs === undefined || compare(reply, { create_at: fromMs, id: fromId }) * (isDown ? 1 : -1) > 0;
    const beyond = sorted.filter(isBeyond);
    const found = perPage === 0 ? beyond : beyond.slice(0, Math.max(0, perPage - 1));
    // Without a direction nobody sorts: here by id, which is by chance.
    const rest = direction === '' ? found.toSorted((one, other) => (one.id < other.id ? -1 : 1)) : found;
    return {
      ...this.#list([root, ...rest], { prev: '', next: '' }),
      posts: Object.fromEntries([root, ...rest].map((each) => [each.id, prepared(world, each)])),
      has_next: found.length < beyond.length,
    };
  }

  one(user: UserRow, postId: string): object {
    return prepared(this.#world, this.#readable(user, postId));
  }

  /** Deleted ones too, blanked; what may not be read is left out. Source: api4/post.go `getPostsByIds`. */
  byIds(user: UserRow, ids: unknown): readonly object[] {
    const world = this.#world;
    if (!Array.isArray(ids) || ids.length === 0) throw badParameter('post_ids');
    if (ids.length > maxIds) throw new ApiError(400, 'api.post.posts_by_ids.invalid_body.request_error');
    const found = [...new Set(ids)]
      .flatMap((id) => (typeof id === 'string' ? (world.posts.get(id) ?? []) : []))
      .toSorted((one, other) => other.create_at - one.create_at);
    if (found.length === 0) throw noPost();
    return found.filter((post) => world.canRead(user, world.channels.get(post.channel_id))).map((post) => prepared(world, post));
  }

  #readable(user: UserRow, postId: string): PostRow {
    const post = this.#world.posts.get(postId);
    if (post === undefined || post.delete_at > 0) throw noPost();
    this.#world.assertCanRead(user, this.#world.channels.get(post.channel_id));
    return post;
  }
}

const compare = (one: Pick<PostRow, 'create_at' | 'id'>, other: Pick<PostRow, 'create_at' | 'id'>): number =>
  one.create_at - other.create_at || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
