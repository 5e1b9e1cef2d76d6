import type { Inbox, PlatformMemory } from '#core/ports.ts';
import type { IncomingEvent } from '#core/incoming.ts';

import { beginningOf } from './beginning.ts';
import type { Channels } from './channels.ts';
import { ChannelReader, further, pageLength, type Changes, type From } from './channel-reader.ts';
import type { ServerClient } from './client.ts';
import { GivenReactions } from './given-reactions.ts';
import type { Incoming, TakenPost } from './incoming.ts';
import { changedAt, markOf, overlapMs, withChange, withPost, type Mark, type Position } from './positions.ts';
import { deletionId, reactionId, type Reaction } from './post.ts';
import { textAt } from '../common/raw.ts';

export type CatchUpOptions = {
  readonly client: Pick<ServerClient, 'ask'>;
  readonly ownUserId: string;
  readonly inbox: Inbox;
  readonly memory: PlatformMemory;
  readonly channels: Pick<Channels, 'positions' | 'lastPostAtMs'>;
  readonly incoming: Incoming;
  readonly signal: AbortSignal;
  /** Something was stored. */
  readonly onStored: () => void;
};

/**
 * Reads one channel, and stores what it has read, event and position in one transaction. Everything rejects with a `ServerError` where
 * the server could not be asked, and with what the inbox throws; then nothing was passed over, and the same call goes on from there.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #reader: ChannelReader;
  readonly #given: GivenReactions;

  constructor(options: CatchUpOptions) {
    this.#options = options;
    this.#reader = new ChannelReader(options.client);
    this.#given = new GivenReactions(options.memory);
  }

  /**
   * Everything since the channel's position: posts, then reactions and deletions. Where little has happened, as in most channels whenever the
   * connection was lost, one question tells it all.
   */
  async run(channelId: string): Promise<void> {
    await this.#begin(channelId);
    const before = this.#position(channelId);
    // In a conversation that was never read, nothing but posts is to be told.
    const changes = before.changedMs === 0 ? undefined : await this.#reader.changedSince(channelId, fromOf(before));
    if (changes?.isWhole) await this.#takeAll(channelId, changes.posts.filter(isBehind(before)));
    if (changes === undefined || !changes.isWhole || this.#isMoreIn(channelId, changes)) await this.#posts(channelId);
    await this.#changes(channelId, before, changes?.posts ?? []);
  }

  /** A server of several nodes may answer from what it remembers: the list of channels knows better. */
  #isMoreIn(channelId: string, { posts }: Changes): boolean {
    const newestMs = Math.max(this.#position(channelId).tail.at(-1)?.[1] ?? 0, ...posts.map(({ updateAtMs }) => updateAtMs));
    return this.#options.channels.lastPostAtMs(channelId) > newestMs;
  }

  /** Posts as they come, oldest first. @param isLive they came as events of the moment, so that older ones are looked at, too */
  async take(channelId: string, posts: readonly TakenPost[], isLive: boolean): Promise<void> {
    const events: IncomingEvent[] = [];
    let position = this.#position(channelId);
    for (const post of posts) {
      // The anchor itself is never listed; it may be a post that reading began at, which is news all the same.
      const isKnown = position.tail.slice(isLive ? 1 : 0).some(([id]) => id === post.id);
      if (isKnown || (!isLive && post.createAtMs <= position.floorMs)) continue;
      const event = await this.#options.incoming.message(post);
      if (event !== undefined) events.push(event);
      position = withPost(position, markOf(post), event !== undefined);
      // What else has changed until then is known only while it is told as it happens.
      if (isLive) position = changedAt(position, post.createAtMs);
    }
    this.#store(channelId, events, position);
  }

  /** @param isLive told as it was given: one that is there already, and was not taken back, is the same one repeated by a client */
  async takeReaction(channelId: string, reaction: Reaction, isLive: boolean): Promise<void> {
    if (isLive && this.#given.find(reaction) !== undefined) return;
    const event = await this.#options.incoming.reaction(channelId, reaction);
    const mark = [reactionId(reaction), reaction.givenAtMs] as const;
    this.#takeChange(channelId, event, mark, () => this.#given.note(reaction));
  }

  /** A reaction that was stored is not there any more. */
  takeBack(channelId: string, reaction: Pick<Reaction, 'postId' | 'userId' | 'emojiName'>): void {
    const id = this.#given.find(reaction);
    if (id === undefined) return;
    const event = this.#options.incoming.takenBack(channelId, reaction.userId, id);
    this.#takeChange(channelId, event, [event.eventId, this.#position(channelId).changedMs], () => this.#given.forget(reaction));
  }

  /** @param by who deleted it, where that is known */
  takeDeletion(channelId: string, post: TakenPost, by: string | undefined): void {
    const atMs = Math.max(post.deleteAtMs, this.#position(channelId).changedMs);
    this.#takeChange(channelId, this.#options.incoming.deletion(post, by), [deletionId(post.id), atMs]);
  }

  /** The bot is not there any more, or nobody can write there. */
  takeRemoval(channelId: string, why: 'removed' | 'archived', by: string | undefined): void {
    const position = this.#position(channelId);
    if (position.gone !== undefined) return;
    this.#store(channelId, [this.#options.incoming.removal(channelId, by, position.bornMs)], { ...position, gone: why });
  }

  #takeChange(channelId: string, event: IncomingEvent | undefined, mark: Mark, along?: () => void): void {
    const position = this.#position(channelId);
    if (event === undefined || position.changes.some(([id]) => id === mark[0])) return;
    this.#store(channelId, [event], withChange(position, mark), along);
  }

  /** Where reading begins, if that is still to be found out. */
  async #begin(channelId: string): Promise<void> {
    const position = this.#position(channelId);
    if (position.begin === undefined) return;
    const { ownUserId, signal } = this.#options;
    this.#store(channelId, [], await beginningOf({ reader: this.#reader, ownUserId, channelId, signal }, position));
  }

  async #posts(channelId: string): Promise<void> {
    const { tail, floorMs } = this.#position(channelId);
    const [anchor] = tail;
    if (anchor === undefined) return this.#fromFloor(channelId, floorMs);
    let from: From<string> = { anchor: anchor[0], page: 0 };
    let [, anchorMs] = anchor;
    while (!this.#options.signal.aborted) {
      const { posts, isLast } = await this.#reader.page(channelId, 'after', from);
      // Of an anchor that is not there any more, the server says that nothing came after it.
      if (posts.length === 0 && (await this.#reader.isGone(from.anchor))) return this.#fromFloor(channelId, anchorMs - 1);
      await this.take(channelId, posts, false);
      if (isLast) return;
      from = further(from, posts);
      anchorMs = posts.find(({ id }) => id === from.anchor)?.createAtMs ?? anchorMs;
    }
  }

  /** Where there is no anchor: all posts after a time of the server's. */
  async #fromFloor(channelId: string, floorMs: number): Promise<void> {
    await this.#takeAll(channelId, await this.#reader.backTo(channelId, floorMs, () => this.#options.signal.aborted));
  }

  /** In portions, so that each is stored once it has been read. */
  async #takeAll(channelId: string, posts: readonly TakenPost[]): Promise<void> {
    for (let from = 0; from < posts.length; from += pageLength) await this.take(channelId, posts.slice(from, from + pageLength), false);
  }

  /** Reactions and deletions, which no page of posts tells: of more changes than the server lists, some are not told. */
  async #changes(channelId: string, before: Position, posts: readonly TakenPost[]): Promise<void> {
    const sinceMs = sinceOf(before);
    for (const post of posts.filter(({ originalId }) => originalId === undefined)) {
      if (this.#options.signal.aborted) return;
      if (post.deleteAtMs > sinceMs) this.takeDeletion(channelId, post, textAt(post.props, 'deleteBy'));
      else this.#takeBackMissing(channelId, post);
      for (const reaction of post.reactions) if (reaction.givenAtMs > sinceMs) await this.takeReaction(channelId, reaction, false);
    }
    const position = this.#position(channelId);
    const firstMs = before.changedMs === 0 ? (position.tail.at(-1)?.[1] ?? 0) : 0;
    const newestMs = Math.max(firstMs, ...posts.map(({ updateAtMs }) => updateAtMs));
    if (newestMs > position.changedMs) this.#store(channelId, [], changedAt(position, newestMs));
  }

  #takeBackMissing(channelId: string, { id, reactions }: TakenPost): void {
    const isThere = new Set(reactions.map(({ userId, emojiName }) => `${userId} ${emojiName}`));
    for (const given of this.#given.of(id)) if (!isThere.has(`${given.userId} ${given.emojiName}`)) this.takeBack(channelId, given);
  }

  #position(channelId: string): Position {
    const position = this.#options.channels.positions.get(channelId);
    if (position === undefined) throw new TypeError('a channel without a position is not read');
    return position;
  }

  #store(channelId: string, events: readonly IncomingEvent[], position: Position, along?: () => void): void {
    const { inbox, channels, signal, onStored } = this.#options;
    // A closed platform stores nothing: its next instance reads the same again.
    if (signal.aborted) return;
    const known = this.#position(channelId);
    // Read for a membership that has ended meanwhile; what is true of the next one is read anew.
    if (known.bornMs !== position.bornMs) return;
    const isWorthWriting = events.length > 0 || isMoved(known, position);
    if (isWorthWriting) {
      inbox.accept(events, undefined, () => {
        channels.positions.write(channelId, position);
        along?.();
      });
    }
    channels.positions.learn(channelId, position);
    onStored();
  }
}

/** The time of the last change alone is not worth a write: what it saves is asked again. */
const isMoved = (from: Position, to: Position): boolean =>
  from.tail !== to.tail || from.begin !== to.begin || from.gone !== to.gone || to.changedMs - from.changedMs >= overlapMs;

/** From when on changes are of interest: servers of one cluster have clocks of their own. */
const sinceOf = ({ floorMs, changedMs }: Position): number => Math.max(1, floorMs, changedMs - overlapMs);

/** From when on posts are of interest as well. */
const fromOf = (position: Position): number => Math.min(Math.max(position.floorMs, position.tail[0]?.[1] ?? 0), sinceOf(position));

/** Of all that has changed, what pages of posts would list behind the anchor. */
const isBehind =
  ({ tail }: Position) =>
  ({ createAtMs, deleteAtMs, originalId }: TakenPost): boolean =>
    createAtMs > (tail[0]?.[1] ?? 0) && deleteAtMs === 0 && originalId === undefined;
