/** A post as the server tells it, by REST or in an event. */
import { isObject, numberAt, objectAt, objectsAt, textAt, textsAt, type RawObject } from '../common/raw.ts';

/** Ids of everything: 26 letters and digits. */
export const isId = (text: string | undefined): text is string => text !== undefined && /^[a-z0-9]{26}$/.test(text);

export type Post = {
  readonly id: string;
  readonly channelId: string;
  /** Who wrote it. */
  readonly userId: string;
  /** The first post of its thread; `undefined` outside of threads. */
  readonly rootId: string | undefined;
  /** Empty for what people write; `system_…` for what the server does. */
  readonly type: string;
  readonly message: string;
  /** Anybody may write anything here. */
  readonly props: RawObject;
  readonly fileIds: readonly string[];
  /** By the server's clock. */
  readonly createAtMs: number;
  readonly updateAtMs: number;
  /** 0 while it is there. */
  readonly deleteAtMs: number;
  /** An earlier form of the post with this id, kept by the server: it is no post of its own. */
  readonly originalId: string | undefined;
  readonly reactions: readonly Reaction[];
};

export type Reaction = {
  readonly userId: string;
  readonly postId: string;
  readonly emojiName: string;
  /**
   * By the server's clock, as its events, its answers and its posts tell it alike: one that was taken away and given again keeps the time of its
   * first creation in the database. Source: sqlstore/reaction_store.go.
   */
  readonly givenAtMs: number;
};

/** `undefined` for what is no post. */
export function readPost(value: unknown): Post | undefined {
  const [id, channelId, userId] = [textAt(value, 'id'), textAt(value, 'channel_id'), textAt(value, 'user_id')];
  if (!isId(id) || !isId(channelId) || !isId(userId)) return undefined;
  return {
    id,
    channelId,
    userId,
    rootId: textAt(value, 'root_id') || undefined,
    type: textAt(value, 'type') ?? '',
    message: textAt(value, 'message') ?? '',
    props: objectAt(value, 'props'),
    fileIds: textsAt(value, 'file_ids').filter(isId),
    createAtMs: numberAt(value, 'create_at') ?? 0,
    updateAtMs: numberAt(value, 'update_at') ?? 0,
    deleteAtMs: numberAt(value, 'delete_at') ?? 0,
    originalId: textAt(value, 'original_id') || undefined,
    reactions: objectsAt(objectAt(value, 'metadata'), 'reactions').flatMap((reaction) => readReaction(reaction) ?? []),
  };
}

export function readReaction(value: unknown): Reaction | undefined {
  const [userId, postId, emojiName] = [textAt(value, 'user_id'), textAt(value, 'post_id'), textAt(value, 'emoji_name')];
  if (!isId(userId) || !isId(postId) || emojiName === undefined || emojiName === '') return undefined;
  return { userId, postId, emojiName, givenAtMs: numberAt(value, 'update_at') || (numberAt(value, 'create_at') ?? 0) };
}

/**
 * A list of posts, oldest first: those that are named in its order, for the server adds roots and others that nobody asked for.
 * Source: api4/post.go `getPostsForChannel`.
 */
export function readPosts(answer: unknown): readonly Post[] {
  const posts = objectAt(answer, 'posts');
  return textsAt(answer, 'order')
    .flatMap((id) => (isObject(posts[id]) ? (readPost(posts[id]) ?? []) : []))
    .toReversed();
}

/** What the bot puts into the props of its own posts, where nobody else's count. */
export const ownProps = 'blitzbild';

/** The delivery that a post of the bot's own came from. */
export const deliveryOf = ({ props }: Post): string | undefined => textAt(objectAt(props, ownProps), 'delivery');

// Events of ours for what has no id of its own on the server, made so that the same thing has the same id however it was learned.

/** A reaction that was taken away and put there again is another one. */
export const reactionId = ({ postId, userId, emojiName, givenAtMs }: Reaction): string =>
  `reaction:${postId}:${userId}:${emojiName}:${givenAtMs}`;

/** A post is deleted once. */
export const deletionId = (postId: string): string => `deletion:${postId}`;
