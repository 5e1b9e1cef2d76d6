import type { ChannelReader } from './channel-reader.ts';
import type { TakenPost } from './incoming.ts';
import { membershipIn } from './membership.ts';
import { markOf, withChange, type Position } from './positions.ts';
import { reactionId } from './post.ts';

export type Beginner = {
  readonly reader: ChannelReader;
  readonly ownUserId: string;
  readonly channelId: string;
  readonly signal: AbortSignal;
};

/** The position at which reading begins, where that is still to be found out. Rejects with a `ServerError` where the server could not be asked. */
export async function beginningOf(beginner: Beginner, position: Position): Promise<Position> {
  if (position.begin === undefined) return position;
  const { begin: _, ...found } = position.begin === 'present' ? await atPresent(beginner, position) : await atJoining(beginner, position);
  return found;
}

async function atPresent({ reader, channelId }: Beginner, position: Position): Promise<Position> {
  const newest = await reader.newest(channelId);
  if (newest === undefined) return position;
  const floorMs = newest.createAtMs;
  // Reactions that are there already are as old as the posts.
  const { posts } = await reader.changedSince(channelId, floorMs);
  const old = posts.flatMap((post) => post.reactions.map((reaction) => [reactionId(reaction), reaction.givenAtMs] as const));
  const changedMs = Math.max(floorMs, ...posts.map(({ updateAtMs }) => updateAtMs));
  const begun: Position = { ...position, floorMs, changedMs, tail: [markOf(newest)], changes: [] };
  return old.reduce(withChange, begun);
}

/**
 * Right behind the post that says that the bot has joined. Where there is none, an archived channel that was restored is read on, every
 * other one begins at the present.
 */
async function atJoining(beginner: Beginner, position: Position): Promise<Position> {
  const { reader, ownUserId, channelId, signal } = beginner;
  const tellsMembership = (post: TakenPost): boolean => membershipIn(post, ownUserId) !== undefined;
  const knownMs = position.tail.at(-1)?.[1] ?? 0;
  const posts = await reader.backTo(channelId, Math.max(position.floorMs, knownMs), (page) => signal.aborted || page.some(tellsMembership));
  const joined = posts.findLast(tellsMembership);
  if (joined === undefined || membershipIn(joined, ownUserId) === 'left') {
    return position.begin === 'restored' && joined === undefined ? position : atPresent(beginner, position);
  }
  // What has the same millisecond is rather read than passed over, so the anchor must be older.
  const earlier = posts.findLast(({ createAtMs }) => createAtMs < joined.createAtMs);
  const floorMs = joined.createAtMs - 1;
  return { ...position, floorMs, changedMs: joined.createAtMs, tail: earlier === undefined ? [] : [markOf(earlier)], changes: [] };
}
