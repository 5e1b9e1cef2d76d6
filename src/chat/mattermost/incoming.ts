import { eventId, roomId, userId } from '#core/types.ts';
import type { AttachmentInfo, IncomingEvent } from '#core/incoming.ts';

import { readFileInfo } from './attachments.ts';
import type { ChannelKind } from './channels.ts';
import type { ServerClient } from './client.ts';
import { emojiOf } from './emoji.ts';
import type { People } from './people.ts';
import { deletionId, isId, reactionId, readPost, readPosts, type Post, type Reaction } from './post.ts';
import { isRefusal } from './server-error.ts';
import type { SignedCommands } from './signed-command.ts';
import { objectAt, objectsAt, textAt } from '../common/raw.ts';

/** A post, and what it says of its first file, which the server tells beside it. */
export type TakenPost = Post & { readonly file: AttachmentInfo | undefined };

export function takePost(value: unknown): TakenPost | undefined {
  const post = readPost(value);
  if (post === undefined) return undefined;
  const files = objectsAt(objectAt(value, 'metadata'), 'files');
  const first = files.find((file) => textAt(file, 'id') === post.fileIds[0]);
  return { ...post, file: first === undefined ? undefined : readFileInfo(first) };
}

/** A list of posts, oldest first, as `readPosts`. */
export function takePosts(answer: unknown): readonly TakenPost[] {
  const posts = objectAt(answer, 'posts');
  return readPosts(answer).flatMap(({ id }) => takePost(posts[id]) ?? []);
}

export type IncomingOptions = {
  readonly client: Pick<ServerClient, 'ask'>;
  readonly ownUserId: string;
  readonly people: Pick<People, 'isBot' | 'isAdmin'>;
  readonly kindOf: (channelId: string) => ChannelKind | undefined;
  readonly now: () => number;
  /** Where absent, the bot's own posts are nobody's commands. */
  readonly commands?: Pick<SignedCommands, 'read'>;
};

const mostRoots = 1000;

/** What a channel has told → events for the inbox. Rejects with a `ServerError` where the server had to be asked and could not be. */
export class Incoming {
  readonly #options: IncomingOptions;
  /** Whether the root of a thread carries a file. */
  readonly #roots = new Map<string, boolean>();

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  /** `undefined` for what no person has written: posts of bots, of webhooks, of the server, and the bot's own. */
  async message(post: TakenPost): Promise<IncomingEvent | undefined> {
    this.#learnRoot(post.id, post.fileIds.length > 0);
    const said = await this.#said(post);
    if (said === undefined) return undefined;
    const { people, kindOf } = this.#options;
    const carrying = said.isTyped ? post.fileIds[0] : undefined;
    const [isAdmin, replyTo, attachment] = await Promise.all([
      people.isAdmin(post.channelId, said.sender, false),
      this.#pictureAnswered(post),
      carrying === undefined ? undefined : (post.file ?? this.#fileInfo(carrying)),
    ]);
    return {
      ...this.#common(post.channelId, post.id, said.sender),
      kind: 'message',
      text: said.text,
      ...(post.rootId === undefined ? {} : { threadId: eventId(post.rootId) }),
      ...(replyTo === undefined ? {} : { replyTo: eventId(replyTo) }),
      ...(attachment === undefined ? {} : { attachment }),
      isAdmin,
      isDirect: kindOf(post.channelId) === 'D',
    };
  }

  /** `undefined` for the bot's own, those of other bots, and emojis that mean nothing to it. */
  async reaction(channelId: string, reaction: Reaction): Promise<IncomingEvent | undefined> {
    const { ownUserId, people } = this.#options;
    const emoji = emojiOf(reaction.emojiName);
    if (emoji === undefined || reaction.userId === ownUserId || (await people.isBot(reaction.userId))) return undefined;
    return {
      ...this.#common(channelId, reactionId(reaction), reaction.userId),
      kind: 'reaction',
      target: eventId(reaction.postId),
      emoji,
      isAdmin: await people.isAdmin(channelId, reaction.userId, false),
    };
  }

  /** @param by who deleted it; its author where the server does not tell */
  deletion(post: Post, by: string | undefined): IncomingEvent | undefined {
    const { ownUserId, commands } = this.#options;
    const isCommand = post.userId !== ownUserId || commands?.read(post) !== undefined;
    if (!isCommand || post.type !== '') return undefined;
    const sender = isId(by) ? by : post.userId;
    return { ...this.#common(post.channelId, deletionId(post.id), sender), kind: 'redaction', target: eventId(post.id) };
  }

  /** @param target the id that the reaction was stored under */
  takenBack(channelId: string, by: string, target: string): IncomingEvent {
    return { ...this.#common(channelId, `taken-back:${target}`, by), kind: 'redaction', target: eventId(target) };
  }

  /** @param bornMs of the membership that ends */
  removal(channelId: string, by: string | undefined, bornMs: number): IncomingEvent {
    const sender = isId(by) ? by : this.#options.ownUserId;
    return { ...this.#common(channelId, `removal:${channelId}:${bornMs}`, sender), kind: 'removal' };
  }

  async #said(post: Post): Promise<{ readonly sender: string; readonly text: string; readonly isTyped: boolean } | undefined> {
    const { ownUserId, people, commands } = this.#options;
    if (post.deleteAtMs > 0 || post.originalId !== undefined || post.type !== '') return undefined;
    if (post.userId === ownUserId) {
      const command = commands?.read(post);
      return command === undefined ? undefined : { ...command, isTyped: false };
    }
    // A webhook's posts bear the name of whoever made it. People can set this as well: it silences nobody but themselves.
    const byWebhook = post.props['from_webhook'];
    if (byWebhook === 'true' || byWebhook === true || (await people.isBot(post.userId))) return undefined;
    return { sender: post.userId, text: post.message, isTyped: true };
  }

  /** Whoever writes below a picture speaks of it. */
  async #pictureAnswered({ rootId }: Post): Promise<string | undefined> {
    if (!isId(rootId)) return undefined;
    const known = this.#roots.get(rootId);
    if (known === undefined) this.#learnRoot(rootId, await this.#carriesFile(rootId));
    return this.#roots.get(rootId) === true ? rootId : undefined;
  }

  async #carriesFile(postId: string): Promise<boolean> {
    const post = readPost(await this.#told(`/posts/${postId}`));
    return post !== undefined && post.fileIds.length > 0;
  }

  #learnRoot(postId: string, carriesFile: boolean): void {
    this.#roots.delete(postId);
    this.#roots.set(postId, carriesFile);
    const [oldest] = this.#roots.keys();
    if (this.#roots.size > mostRoots && oldest !== undefined) this.#roots.delete(oldest);
  }

  async #fileInfo(fileId: string): Promise<AttachmentInfo> {
    return readFileInfo(await this.#told(`/files/${fileId}/info`)) ?? { name: 'file' };
  }

  /** `undefined` where the server does not tell the bot. */
  async #told(path: string): Promise<unknown> {
    try {
      return await this.#options.client.ask({ method: 'GET', path });
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  #common(channelId: string, id: string, sender: string) {
    return {
      platform: 'mattermost',
      roomId: roomId(channelId),
      eventId: eventId(id),
      sender: userId(sender),
      receivedAtMs: this.#options.now(),
    } as const;
  }
}
