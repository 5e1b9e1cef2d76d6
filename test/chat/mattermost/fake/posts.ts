import { setTimeout as delay } from 'node:timers/promises';

import { ApiError, badParameter, forbidden, noPost } from './errors.ts';
import { postedEvent, postEvent } from './notification.ts';
import { prepared, unprepared } from './post-view.ts';
import { newId, type ChannelRow, type PostRow, type Props, type UserRow } from './rows.ts';
import type { World } from './world.ts';

/** How long a `pending_post_id` is known. Source: app/post.go `pendingPostIDsCacheTTL`. */
const pendingMs = 30_000;
/** Source: sqlstore/post_store.go `determineMaxPostSize`. */
export const maxPostRunes = 16_383;
/** Source: model/post.go `PostPropsMaxRunes`, `PostFileidsMaxRunes`. */
const maxPropsRunes = 800_000;
const maxFileIdsRunes = 300;

export type NewPost = {
  readonly channelId: string;
  readonly message?: string;
  readonly rootId?: string;
  readonly type?: string;
  readonly props?: Props;
  readonly fileIds?: readonly string[];
};

/** Source of everything here: api4/post.go, app/post.go, sqlstore/post_store.go. */
export class Posts {
  readonly #world: World;
  /** What was sent a short time ago: the id of its post, empty while it is being made. */
  #pending = new Map<string, { readonly postId: string; readonly untilMs: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  /** What this node keeps in memory is gone with its process. */
  forgetPending(): void {
    this.#pending = new Map();
  }

  /** Source: api4/post.go `createPost`, app/post.go `CreatePostAsUser`, `CreatePost`. */
  async create(user: UserRow, body: Props): Promise<object> {
    const world = this.#world;
    const post = readNewPost(body);
    world.assertMay(user, 'create_post', post.channelId);
    if (post.fileIds.length > 0) world.assertMay(user, 'upload_file', post.channelId);
    const channel = world.channels.get(post.channelId);
    if (post.type.startsWith('system_')) throw new ApiError(400, 'api.context.invalid_param.app_error', 'post.type');
    if (channel === undefined) throw new ApiError(400, 'api.context.invalid_param.app_error', 'post.channel_id');
    if (channel.delete_at > 0) throw new ApiError(400, 'api.post.create_post.can_not_post_to_deleted.error');
    const pendingId = textIn(body, 'pending_post_id');
    if (pendingId === '') return prepared(world, await this.#store(user, channel, post, body, ''));
    const earlier = this.#earlier(user, pendingId);
    if (earlier !== undefined) return unprepared(world, earlier);
    const process = this.#pending;
    try {
      const stored = await this.#store(user, channel, post, body, pendingId);
      this.#remember(pendingId, stored.id);
      return { ...prepared(world, stored), pending_post_id: pendingId };
    } catch (error) {
      process.delete(pendingId);
      throw error;
    }
  }

  /** The post that this id made a short time ago. Source: app/post.go `deduplicateCreatePost`. */
  #earlier(user: UserRow, pendingId: string): PostRow | undefined {
    const world = this.#world;
    const known = this.#pending.get(pendingId);
    if (known === undefined || known.untilMs <= world.clock.elapsed()) {
      this.#remember(pendingId, '');
      return undefined;
    }
    if (known.postId === '') throw new ApiError(500, 'api.post.deduplicate_create_post.pending');
    const post = world.posts.get(known.postId);
    if (post === undefined || post.delete_at > 0) throw new ApiError(500, 'api.post.deduplicate_create_post.failed_to_get');
    return world.canRead(user, world.channels.get(post.channel_id)) ? post : undefined;
  }

  #remember(pendingId: string, postId: string): void {
    this.#pending.set(pendingId, { postId, untilMs: this.#world.clock.elapsed() + pendingMs });
  }

  async #store(user: UserRow, channel: ChannelRow, post: Required<NewPost>, body: Props, pendingId: string): Promise<PostRow> {
    const world = this.#world;
    const process = this.#pending;
    const root = post.rootId === '' ? undefined : world.posts.get(post.rootId);
    if (post.rootId !== '' && (root === undefined || root.delete_at > 0 || root.root_id !== '' || root.original_id !== '')) {
      throw new ApiError(400, 'api.post.create_post.root_id.app_error');
    }
    if (root !== undefined && root.channel_id !== channel.id) throw new ApiError(400, 'api.post.create_post.channel_root_id.app_error');
    if (world.settings.postTakesMs > 0) await delay(world.settings.postTakesMs);
    // The process that was asked has ended meanwhile: nobody hears of it.
    if (process !== this.#pending) throw new ApiError(500, 'app.post.save.app_error');
    if (textIn(body, 'id') !== '') throw new ApiError(400, 'app.post.save.existing.app_error');
    const atMs =
      world.isSystemAdmin(user) && typeof body['create_at'] === 'number' && body['create_at'] > 0 ? body['create_at'] : undefined;
    const stored = this.add(user, post, { ...(atMs === undefined ? {} : { atMs }), pendingId });
    return stored;
  }

  /** Stores a post and tells the channel's members, nothing asked: what the server itself posts comes in here. */
  add(user: UserRow, post: NewPost, options: { readonly atMs?: number; readonly pendingId?: string } = {}): PostRow {
    const world = this.#world;
    const channel = world.channels.get(post.channelId)!;
    const atMs = options.atMs ?? world.clock.now();
    const row: PostRow = {
      id: newId(),
      create_at: atMs,
      update_at: atMs,
      edit_at: 0,
      delete_at: 0,
      is_pinned: false,
      user_id: user.id,
      channel_id: channel.id,
      root_id: post.rootId ?? '',
      original_id: '',
      message: post.message ?? '',
      type: post.type ?? '',
      props: { ...withActionIds(post.props ?? {}), ...(user.is_bot ? { from_bot: 'true' } : {}) },
      hashtags: hashtagsIn(post.message ?? ''),
      file_ids: [...new Set(post.fileIds)],
    };
    assertValid(row);
    world.posts.set(row.id, row);
    row.file_ids = this.#attach(user, row);
    channel.last_post_at = Math.max(channel.last_post_at, atMs);
    channel.total_msg_count += 1;
    const root = world.posts.get(row.root_id);
    // Whoever asks for changes gets the root with every reply. Source: sqlstore/post_store.go `SaveMultiple`.
    if (root !== undefined) root.update_at = Math.max(root.update_at, atMs);
    if (channel.delete_at === 0) world.publish(postedEvent(world, row, options.pendingId ?? '', true));
    return row;
  }

  /** Files that are not there, are somebody else's or in another post are left out without a word. Source: app/post.go `attachFilesToPost`. */
  #attach(user: UserRow, row: PostRow): readonly string[] {
    const world = this.#world;
    if (row.file_ids.length === 0) return row.file_ids;
    if (user.is_bot && world.fileIdDropsLeft > 0) {
      world.fileIdDropsLeft -= 1;
      return [];
    }
    return row.file_ids.filter((id) => {
      const file = world.files.get(id);
      if (file === undefined || file.post_id !== '' || file.user_id !== user.id || file.delete_at > 0) return false;
      file.post_id = row.id;
      file.channel_id = row.channel_id;
      return true;
    });
  }

  /** Source: api4/post.go `patchPost`, `postPatchChecks`; app/post.go `PatchPost`, `UpdatePost`. */
  async patch(user: UserRow, postId: string, patch: Props): Promise<object> {
    const world = this.#world;
    const post = world.posts.get(postId);
    // A post that can't be found is told as one that may not be touched.
    if (post === undefined || post.delete_at > 0) throw forbidden();
    if (post.user_id === user.id) world.assertMay(user, 'edit_post', post.channel_id);
    else if (!world.isSystemAdmin(user)) throw forbidden();
    if (post.type.startsWith('system_')) throw new ApiError(400, 'api.post.update_post.system_message.app_error');
    if (world.channels.get(post.channel_id)!.delete_at > 0)
      throw new ApiError(400, 'api.post.patch_post.can_not_update_post_in_deleted.error');
    const limitS = world.settings.postEditTimeLimitS;
    if (typeof patch['message'] === 'string' && limitS >= 0 && world.clock.now() > post.create_at + limitS * 1000) {
      throw new ApiError(400, 'api.post.update_post.permissions_time_limit.app_error');
    }
    // All of the post is written back as it was read: of two changes at once, the later one undoes the earlier one.
    const { message, props } = post;
    if (world.settings.editTakesMs > 0) await delay(world.settings.editTakesMs);
    this.change(post, {
      message: typeof patch['message'] === 'string' ? patch['message'] : message,
      props: isProps(patch['props']) ? patch['props'] : props,
    });
    return prepared(world, post);
  }

  /** The earlier version stays, as a row of its own. Source: sqlstore/post_store.go `Update`. */
  change(post: PostRow, { message, props }: { readonly message?: string; readonly props?: Props }): void {
    const world = this.#world;
    const atMs = world.clock.now();
    const before: PostRow = { ...post, id: newId(), original_id: post.id, delete_at: atMs, update_at: atMs };
    const isBot = world.users.get(post.user_id)?.is_bot === true;
    const after: PostRow = {
      ...post,
      ...(message === undefined ? {} : { message, hashtags: hashtagsIn(message) }),
      ...(props === undefined ? {} : { props: { ...withActionIds(props), ...(isBot ? { from_bot: 'true' } : {}) } }),
    };
    assertValid(after);
    const isEdit =
      after.message !== post.message || JSON.stringify(after.props['attachments']) !== JSON.stringify(post.props['attachments']);
    Object.assign(post, after, { update_at: atMs, ...(isEdit ? { edit_at: atMs } : {}) });
    world.posts.set(before.id, before);
    const channel = world.channels.get(post.channel_id)!;
    channel.last_post_at = Math.max(channel.last_post_at, atMs);
    world.publish(postEvent('post_edited', world, post));
  }

  /** Source: api4/post.go `deletePost`, app/post.go `DeletePost`, sqlstore/post_store.go `Delete`. */
  delete(user: UserRow, postId: string): void {
    const world = this.#world;
    const post = world.posts.get(postId);
    if (post === undefined || post.delete_at > 0) throw noPost();
    const channel = world.channels.get(post.channel_id)!;
    if (post.user_id === user.id ? !world.may(user, 'delete_post', channel.id) : !world.mayDeleteOthers(user, channel)) throw forbidden();
    if (channel.delete_at > 0) throw new ApiError(400, 'api.post.delete_post.can_not_delete_post_in_deleted.error');
    // One event for the post, none for its replies, and in it the post stands as it was.
    const snapshot = postEvent('post_deleted', world, post);
    const atMs = world.clock.now();
    for (const row of world.posts.values()) {
      if (row.delete_at > 0 || (row.id !== postId && row.root_id !== postId)) continue;
      Object.assign(row, { delete_at: atMs, update_at: atMs, props: { ...row.props, deleteBy: user.id } });
      for (const id of row.file_ids) if (world.files.has(id)) world.files.get(id)!.delete_at = atMs;
    }
    world.publish({ ...snapshot, broadcast: { ...snapshot.broadcast, contains_sanitized_data: true } });
    world.publish({
      ...snapshot,
      data: { ...snapshot.data, delete_by: user.id },
      broadcast: { ...snapshot.broadcast, contains_sensitive_data: true },
    });
  }
}

const isProps = (value: unknown): value is Props => typeof value === 'object' && value !== null && !Array.isArray(value);
const textIn = (body: Props, key: string): string => (typeof body[key] === 'string' ? body[key] : '');

function readNewPost(body: Props): Required<NewPost> {
  const fileIds = body['file_ids'] ?? [];
  if (textIn(body, 'channel_id') === '' || !Array.isArray(fileIds)) throw badParameter('post');
  return {
    channelId: textIn(body, 'channel_id'),
    message: textIn(body, 'message'),
    rootId: textIn(body, 'root_id'),
    type: textIn(body, 'type'),
    props: isProps(body['props']) ? body['props'] : {},
    fileIds: fileIds.filter((id) => typeof id === 'string'),
  };
}

const runes = (text: string): number => [...text].length;

/** Source: model/post.go `IsValid`. */
function assertValid(post: PostRow): void {
  if (runes(post.message) > maxPostRunes) throw new ApiError(400, 'model.post.is_valid.message_length.app_error');
  if (!/^(?:|custom_.*|system_.*|me|slack_attachment|reminder)$/.test(post.type))
    throw new ApiError(400, 'model.post.is_valid.type.app_error');
  if (runes(JSON.stringify(post.props)) > maxPropsRunes) throw new ApiError(400, 'model.post.is_valid.props.app_error');
  if (runes(JSON.stringify(post.file_ids)) > maxFileIdsRunes) throw new ApiError(400, 'model.post.is_valid.file_ids.app_error');
}

/** A button without an id gets one. Source: model/post.go `GenerateActionIds`. */
function withActionIds(props: Props): Props {
  if (!Array.isArray(props['attachments'])) return props;
  const attachments = props['attachments'].map((attachment: unknown) => {
    if (!isProps(attachment) || !Array.isArray(attachment['actions'])) return attachment;
    const actions = attachment['actions'].map((action: unknown) =>
      isProps(action) && textIn(action, 'id') === '' ? { ...action, id: newId() } : action,
    );
    return { ...attachment, actions };
  });
  return { ...props, attachments };
}

/** In code too. Source: model/hashtag.go `ParseHashtags`. */
const hashtagsIn = (message: string): string =>
  message
    .split(/\s+/)
    .map((word) => word.replace(/^[^\w#]+|[^\w]+$/g, ''))
    .filter((word) => /^#\p{L}[\p{L}\p{N}\-_.]*$/u.test(word))
    .join(' ')
    .slice(0, 1000);
