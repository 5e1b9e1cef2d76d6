import { AppError, DeliveryError, forbidden } from '#core/errors.ts';
import { reach } from '#core/failpoints.ts';
import type { Content, Delivery, ImageStore, PlatformMemory } from '#core/ports.ts';
import { eventId, type EventId } from '#core/types.ts';

import type { Log } from '../common/log.ts';
import { Attempts, type Attempt } from './attempts.ts';
import type { Buttons } from './buttons.ts';
import type { Channels } from './channels.ts';
import type { ServerClient } from './client.ts';
import { EarlierPosts } from './earlier-posts.ts';
import { Edits } from './edits.ts';
import { nameOf } from './emoji.ts';
import { Files, type FileToSend } from './files.ts';
import { outgoingPost, tellingName, type PostContent } from './outgoing.ts';
import { isId, reactionId, readPost, readReaction, type Post } from './post.ts';
import { isNotFound, ServerError, toDeliveryError } from './server-error.ts';
import { ServerLimits } from './server-limits.ts';
import { ThreadRoots } from './thread-roots.ts';

export type SenderOptions = {
  readonly client: Pick<ServerClient, 'ask'>;
  readonly ownUserId: string;
  readonly images: ImageStore;
  readonly memory: PlatformMemory;
  readonly channels: Pick<Channels, 'newestPost'>;
  readonly now: () => number;
  /** What was queued before may have been sent by a bot that knew more, see `sessionSinceMs`. */
  readonly queuedBeforeMs: number;
  readonly buttons?: Buttons;
  readonly log: Log;
};

/** So often a post whose file the server has left out is made anew. */
const mostMended = 3;

/**
 * Deliveries → posts, edits and reactions, each once. The server knows what a request has made for half a minute, on one node, until it is
 * restarted: so what may have been sent is looked for in its channel, by a mark in its props, before it is sent again.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #limits: ServerLimits;
  readonly #attempts: Attempts;
  readonly #earlier: EarlierPosts;
  readonly #roots: ThreadRoots;
  readonly #files: Files;
  readonly #edits: Edits;

  constructor(options: SenderOptions) {
    this.#options = options;
    const { client, memory, now } = options;
    this.#limits = new ServerLimits(client);
    this.#attempts = new Attempts(memory, now);
    this.#earlier = new EarlierPosts(options);
    this.#roots = new ThreadRoots(client);
    this.#files = new Files({ client, limits: this.#limits });
    this.#edits = new Edits({ client, limits: this.#limits });
  }

  /** Resolves with the post's id, or the reaction's; rejects with a `DeliveryError` only. */
  async send(delivery: Delivery): Promise<EventId> {
    try {
      return await this.#send(delivery, delivery.content);
    } catch (error) {
      throw judged(error);
    }
  }

  async #send(delivery: Delivery, content: Content): Promise<EventId> {
    if (!isId(delivery.roomId)) throw new DeliveryError('rejected', 'there is no such channel on a Mattermost server');
    switch (content.kind) {
      case 'reaction':
        return this.#react(content.target, content.emoji);
      case 'edit':
        return this.#edits.edit(delivery, content.target, content.text);
      case 'text':
      case 'image':
      case 'file':
        return this.#post(delivery, content);
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

  async #post(delivery: Delivery, content: PostContent): Promise<EventId> {
    const { transactionId, queuedAtMs } = delivery;
    const known = this.#attempts.get(transactionId);
    if (known?.postId !== undefined) return eventId(known.postId);
    const isRestored = queuedAtMs !== undefined && queuedAtMs < this.#options.queuedBeforeMs;
    const arrived = known === undefined && !isRestored ? undefined : await this.#arrived(delivery, content, known);
    if (arrived !== undefined) return this.#done(transactionId, known, arrived);
    return this.#make(delivery, content, this.#attempts.get(transactionId) ?? this.#begin(delivery));
  }

  #begin({ transactionId, roomId }: Delivery): Attempt {
    const anchor = this.#options.channels.newestPost(roomId);
    return this.#attempts.set(transactionId, { ...(anchor === undefined ? {} : { anchor }), mended: 0 });
  }

  /** The post of an earlier attempt, if it is whole; what is left of others is taken away. */
  async #arrived(delivery: Delivery, content: PostContent, known: Attempt | undefined): Promise<Post | undefined> {
    const { roomId, transactionId, threadId, replyTo } = delivery;
    const anchors = [known?.anchor, threadId, replyTo].filter(isId);
    const posts = await this.#earlier.find(roomId, transactionId, [...new Set(anchors)]);
    const whole = posts.find((post) => isWhole(post, content));
    for (const post of posts) if (!isWhole(post, content)) await this.#takeBack(post.id);
    // Its id may still be known to the server, as that of a post which is not there any more.
    if (whole === undefined && posts.length > 0) this.#mend(transactionId, known ?? this.#begin(delivery));
    return whole;
  }

  async #make(delivery: Delivery, content: PostContent, begun: Attempt): Promise<EventId> {
    const { transactionId } = delivery;
    for (let attempt = begun; attempt.mended <= mostMended;) {
      const { attempt: ready, body } = await this.#ready(delivery, content, attempt);
      reach('message.before-send');
      const post = await this.#sent(delivery, body);
      reach('message.sent');
      if (isWhole(post, content)) return this.#done(transactionId, ready, post);
      this.#options.log.warn({ attempt: ready.mended + 1 }, 'The Mattermost server has left the file out of a post, which is made anew');
      await this.#takeBack(post.id);
      attempt = this.#mend(transactionId, ready);
    }
    // Known no more: whoever tries once more begins anew.
    this.#attempts.set(transactionId, { ...(begun.anchor === undefined ? {} : { anchor: begun.anchor }), mended: 0 });
    throw new DeliveryError('rejected', 'the Mattermost server leaves the file out of every post');
  }

  /** With its file on the server. */
  async #ready(delivery: Delivery, content: PostContent, attempt: Attempt): Promise<{ attempt: Attempt; body: object }> {
    const { transactionId, roomId } = delivery;
    const { ownUserId, buttons } = this.#options;
    const { postRunes } = await this.#limits.get();
    let ready = attempt;
    if (content.kind !== 'text' && attempt.fileId === undefined) {
      const fileId = await this.#files.upload(roomId, fileOf(content, this.#options.images));
      ready = this.#attempts.set(transactionId, { ...attempt, fileId });
      reach('media.uploaded');
    }
    const body = {
      channel_id: roomId,
      // A post that was taken back keeps its id for half a minute, in which nothing can be made under it.
      pending_post_id: `${ownUserId}:${transactionId}${ready.mended === 0 ? '' : `:${ready.mended}`}`,
      ...outgoingPost(delivery, content, postRunes, buttons?.attachmentsFor(delivery) ?? []),
      ...(ready.fileId === undefined ? {} : { file_ids: [ready.fileId] }),
    };
    return { attempt: ready, body };
  }

  /** Below the root of the thread; which that is, is asked where the server does not take what was named. */
  async #sent({ threadId, replyTo }: Delivery, body: object): Promise<Post> {
    const below = threadId ?? replyTo;
    if (below === undefined) return this.#create(body);
    if (!isId(below)) throw new DeliveryError('rejected', 'what is to be answered is no post of a Mattermost server');
    const rootId = this.#roots.assumed(below);
    try {
      return await this.#create({ ...body, root_id: rootId });
    } catch (error) {
      if (!(error instanceof ServerError && error.id === 'api.post.create_post.root_id.app_error')) throw error;
      const found = await this.#roots.look(below);
      if (found === rootId) throw error;
      return this.#create({ ...body, root_id: found });
    }
  }

  async #create(body: object): Promise<Post> {
    // A bot that is drawing is not «online» for a person's sake.
    const post = readPost(await this.#options.client.ask({ method: 'POST', path: '/posts', query: { set_online: false }, body }));
    if (post === undefined) throw new ServerError('POST /posts: the answer is no post');
    return post;
  }

  #done(transactionId: string, attempt: Attempt | undefined, post: Post): EventId {
    const anchor = attempt?.anchor;
    this.#attempts.set(transactionId, { ...(anchor === undefined ? {} : { anchor }), mended: attempt?.mended ?? 0, postId: post.id });
    return eventId(post.id);
  }

  /** From here on the delivery is made under another id, with its file uploaded anew. */
  #mend(transactionId: string, { anchor, mended }: Attempt): Attempt {
    return this.#attempts.set(transactionId, { ...(anchor === undefined ? {} : { anchor }), mended: mended + 1 });
  }

  async #takeBack(postId: string): Promise<void> {
    try {
      await this.#options.client.ask({ method: 'DELETE', path: `/posts/${postId}` });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** The server stores a post without a file that it does not find, and says so by nothing but the answer. Source: app/post.go `attachFilesToPost`. */
const isWhole = ({ fileIds }: Post, { kind }: PostContent): boolean => kind === 'text' || fileIds.length > 0;

function fileOf(content: Exclude<PostContent, { kind: 'text' }>, images: ImageStore): FileToSend {
  if (content.kind === 'file') {
    const { key, name, mimeType, bytes } = content.file;
    return { name, mimeType, bytes, read: async () => images.read(key) };
  }
  const { key, mimeType, bytes } = content.image;
  return { name: tellingName(content.fileName, content.altText), mimeType, bytes, read: async () => images.read(key) };
}

/** Nobody can write there any more, or the bot may not. Source: api4/post.go `createPost`. */
const closedPlaces: ReadonlySet<string | undefined> = new Set([
  'api.post.create_post.can_not_post_to_deleted.error',
  'api.post.create_post.can_not_post_in_restricted_dm.error',
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
