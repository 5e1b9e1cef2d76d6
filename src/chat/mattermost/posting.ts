import { DeliveryError, isDiskFull } from '#core/errors.ts';
import { reach } from '#core/failpoints.ts';
import type { Delivery, ImageStore, PlatformMemory } from '#core/ports.ts';
import { eventId, type EventId } from '#core/types.ts';

import type { Log } from '../common/log.ts';
import { Attempts, type Attempt } from './attempts.ts';
import type { Buttons } from './buttons.ts';
import type { Channels } from './channels.ts';
import type { ServerClient } from './client.ts';
import { EarlierPosts } from './earlier-posts.ts';
import { Files, type FileToSend } from './files.ts';
import { outgoingPost, tellingName, type PostContent } from './outgoing.ts';
import { isId, readPost, type Post } from './post.ts';
import { isNotFound, isRateLimited, isRefusal, ServerError } from './server-error.ts';
import type { ServerLimits } from './server-limits.ts';
import { ThreadRoots } from './thread-roots.ts';

export type PostingOptions = {
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
  readonly limits: ServerLimits;
};

/** So often a post whose file the server has left out is made anew. */
const mostMended = 3;
/**
 * For half a minute the server makes nothing twice of one id: another attempt has to come well within it. Nothing makes it slow, for it is told
 * to fetch no links. Source: app/post.go `pendingPostIDsCacheTTL`.
 */
const longestAttemptMs = 20_000;

/**
 * Makes posts of deliveries, each once. The server knows what a request has made for half a minute, on one node, until it is restarted: so
 * what may have been sent is looked for in its channel, by a mark in its props, before it is sent again, and once more after that.
 */
export class Posting {
  readonly #options: PostingOptions;
  readonly #attempts: Attempts;
  readonly #earlier: EarlierPosts;
  readonly #roots: ThreadRoots;
  readonly #files: Files;

  constructor(options: PostingOptions) {
    this.#options = options;
    const { client, limits, memory, now } = options;
    this.#attempts = new Attempts(memory, now);
    this.#earlier = new EarlierPosts(options);
    this.#roots = new ThreadRoots(client);
    this.#files = new Files({ client, limits });
  }

  /** Resolves with the post's id. Rejects with a `DeliveryError` or with what went wrong. */
  async post(delivery: Delivery, content: PostContent): Promise<EventId> {
    const { transactionId, queuedAtMs } = delivery;
    const known = this.#attempts.get(transactionId);
    if (known?.postId !== undefined) return eventId(known.postId);
    const isRestored = queuedAtMs !== undefined && queuedAtMs < this.#options.queuedBeforeMs;
    if (!isRestored && (known === undefined || known.isUnsent === true)) return this.#make(delivery, content, known);
    const arrived = await this.#arrived(delivery, content, known);
    if (arrived !== undefined) return this.#done(transactionId, this.#attempts.get(transactionId) ?? { mended: 0 }, arrived);
    return this.#makeAgain(delivery, content, known);
  }

  /** The post of an earlier attempt. */
  async #arrived(delivery: Delivery, content: PostContent, known: Attempt | undefined): Promise<Post | undefined> {
    const { transactionId, threadId, replyTo } = delivery;
    const posts = await this.#found(delivery, [known?.anchor, threadId, replyTo]);
    const whole = await this.#keepOldest(posts, content);
    // Its id may still be known to the server, as that of a post which is not there any more.
    if (whole === undefined && posts.length > 0) this.#mend(transactionId, known ?? { mended: 0 });
    return whole;
  }

  async #found({ roomId, transactionId, threadId, replyTo }: Delivery, anchors: readonly (string | undefined)[]): Promise<readonly Post[]> {
    const thread = [threadId, replyTo].find(isId);
    return this.#earlier.find(roomId, transactionId, [...new Set(anchors.filter(isId))], thread);
  }

  /** The oldest one that is whole; the others are taken away. */
  async #keepOldest(posts: readonly Post[], content: PostContent): Promise<Post | undefined> {
    const whole = posts.find((post) => isWhole(post, content));
    for (const post of posts) if (post !== whole) await this.#takeBack(post.id);
    return whole;
  }

  /**
   * A request of an earlier attempt may have been under way all the time, in a server that stood still, and have been carried out as well.
   * People may have seen the older post.
   */
  async #makeAgain(delivery: Delivery, content: PostContent, known: Attempt | undefined): Promise<EventId> {
    const { transactionId } = delivery;
    const made = await this.#make(delivery, content, this.#attempts.get(transactionId));
    if (known?.anchor === undefined) return made;
    try {
      const kept = await this.#keepOldest(await this.#found(delivery, [known.anchor]), content);
      return kept === undefined || kept.id === made ? made : this.#done(transactionId, known, kept);
    } catch {
      // One stands there, that is what counts.
      return made;
    }
  }

  async #make(delivery: Delivery, content: PostContent, begun: Attempt | undefined): Promise<EventId> {
    const { transactionId } = delivery;
    const anchor = begun?.anchor ?? this.#options.channels.newestPost(delivery.roomId);
    const mayBeThere = begun !== undefined && begun.isUnsent !== true;
    let attempt = open({ ...begun, anchor, mended: begun?.mended ?? 0 });
    while (attempt.mended <= mostMended) {
      const ready = await this.#withFile(delivery, content, attempt);
      const body = await this.#body(delivery, content, ready);
      // From here on it may be there.
      if (!mayBeThere || ready !== attempt) this.#attempts.set(transactionId, ready);
      if (ready !== attempt) reach('media.uploaded');
      reach('message.before-send');
      const post = await this.#sent(delivery, body).catch((error: unknown) => {
        if (!mayBeThere && isRateLimited(error)) this.#note(transactionId, { ...ready, isUnsent: true });
        throw error;
      });
      reach('message.sent');
      if (isWhole(post, content)) return this.#done(transactionId, ready, post);
      this.#options.log.warn({ attempt: ready.mended + 1 }, 'The Mattermost server has left the file out of a post, which is made anew');
      await this.#takeBack(post.id);
      attempt = this.#mend(transactionId, ready);
    }
    // Known no more: whoever tries once more begins anew.
    this.#attempts.set(transactionId, open({ anchor, mended: 0 }));
    throw new DeliveryError('rejected', 'the Mattermost server leaves the file out of every post');
  }

  /** With its file on the server. */
  async #withFile({ roomId }: Delivery, content: PostContent, attempt: Open): Promise<Open> {
    if (content.kind === 'text' || attempt.fileId !== undefined) return attempt;
    return { ...attempt, fileId: await this.#files.upload(roomId, fileOf(content, this.#options.images)) };
  }

  async #body(delivery: Delivery, content: PostContent, { mended, fileId }: Open): Promise<object> {
    const { ownUserId, buttons, limits } = this.#options;
    const { postRunes } = await limits.get();
    return {
      channel_id: delivery.roomId,
      // A post that was taken back keeps its id for half a minute, in which nothing can be made under it.
      pending_post_id: `${ownUserId}:${delivery.transactionId}${mended === 0 ? '' : `:${mended}`}`,
      ...outgoingPost(delivery, content, postRunes, buttons?.attachmentsFor(delivery) ?? []),
      ...(fileId === undefined ? {} : { file_ids: [fileId] }),
    };
  }

  /** Below the root of the thread; which that is, is asked where the server does not take what was named. */
  async #sent({ threadId, replyTo, isForRoom }: Delivery, body: object): Promise<Post> {
    const below = isForRoom === true ? undefined : (threadId ?? replyTo);
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
    const query = { set_online: false };
    const post = readPost(await this.#options.client.ask({ method: 'POST', path: '/posts', query, body, mostMs: longestAttemptMs }));
    if (post === undefined) throw new ServerError('POST /posts: the answer is no post');
    return post;
  }

  #done(transactionId: string, { anchor, mended }: Open, { id }: Post): EventId {
    this.#note(transactionId, { ...open({ anchor, mended }), postId: id });
    return eventId(id);
  }

  /** What the server did is done, whether that can be noted or not: on a full disk it can't, and where it is forgotten it is looked for. */
  #note(transactionId: string, attempt: Omit<Attempt, 'atMs'>): void {
    try {
      this.#attempts.set(transactionId, attempt);
    } catch (error) {
      if (!isDiskFull(error)) this.#options.log.warn({ err: error }, 'What became of a message could not be noted');
    }
  }

  /** From here on the delivery is made under another id, with its file uploaded anew. */
  #mend(transactionId: string, { anchor, mended }: Open): Attempt {
    return this.#attempts.set(transactionId, open({ anchor, mended: mended + 1 }));
  }

  async #takeBack(postId: string): Promise<void> {
    try {
      await this.#options.client.ask({ method: 'DELETE', path: `/posts/${postId}` });
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isRefusal(error)) throw error;
      throw new DeliveryError('rejected', 'a post without its file can not be taken back', { cause: error });
    }
  }
}

/** An attempt that may still become a post. */
type Open = Pick<Attempt, 'anchor' | 'fileId' | 'mended'>;

const open = ({ anchor, fileId, mended }: { [Key in keyof Open]: Open[Key] | undefined } & Pick<Open, 'mended'>): Open => ({
  ...(anchor === undefined ? {} : { anchor }),
  ...(fileId === undefined ? {} : { fileId }),
  mended,
});

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
