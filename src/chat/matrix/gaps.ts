import { isRefusal } from './homeserver-error.ts';
import { reason } from '../common/log.ts';
import { objectAt, objectsAt, textAt, type RawObject } from '../common/raw.ts';
import { isOwnMembership, pageSize, timelineTypes, type RoomNews, type SyncOptions } from './sync.ts';

/** What is to be read of a room in one step. */
export type RoomBatch = {
  readonly roomId: string;
  /** Oldest first, without what happened before the bot was there; gaps are filled. */
  readonly timeline: readonly RawObject[];
  readonly state: readonly RawObject[];
  /** There was a gap, so state may have changed unseen. */
  readonly limited: boolean;
};

/** 50,000 events in one room while the bot was away: enough, and a bound on what one step can cost. */
const mostPages = 500;

/** A timeline that the server cut short is completed by paging back to `since`, the token that was asked with. */
export async function completed(options: SyncOptions, news: RoomNews, since: string): Promise<RoomBatch> {
  const { roomId, timeline: newest, state, limited, gapEnd } = news;
  const isComplete = !limited || gapEnd === undefined || ownArrival(newest, options.ownUserId) !== -1;
  const older = isComplete ? [] : await pageBack(options, roomId, gapEnd, since);
  return { roomId, timeline: sinceArrival([...older, ...newest], options, roomId), state, limited };
}

/** Several batches, oldest first, with one for each room. */
export function joinedByRoom(batches: readonly RoomBatch[]): readonly RoomBatch[] {
  const rooms = new Map<string, RoomBatch>();
  for (const batch of batches) {
    const before = rooms.get(batch.roomId);
    rooms.set(
      batch.roomId,
      before === undefined
        ? batch
        : {
            roomId: batch.roomId,
            timeline: [...before.timeline, ...batch.timeline],
            state: [...before.state, ...batch.state],
            limited: before.limited || batch.limited,
          },
    );
  }
  return [...rooms.values()];
}

/** The events between two tokens, oldest first. */
async function pageBack(options: SyncOptions, roomId: string, from: string, to: string): Promise<readonly RawObject[]> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages`;
  const filter = JSON.stringify({ types: timelineTypes });
  const newestFirst: RawObject[] = [];
  let position = from;
  for (let page = 0; page < mostPages; page += 1) {
    let answer: unknown;
    try {
      answer = await options.client.doRequest('GET', path, { dir: 'b', from: position, to, limit: pageSize, filter });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      options.log.warn({ roomId, reason: reason(error) }, 'The homeserver refuses to show what was written meanwhile');
      return newestFirst.toReversed();
    }
    const chunk = objectsAt(answer, 'chunk');
    newestFirst.push(...chunk);
    const end = textAt(answer, 'end');
    if (end === undefined || end === position || ownArrival(chunk, options.ownUserId) !== -1) return newestFirst.toReversed();
    position = end;
  }
  options.log.error({ roomId, events: newestFirst.length }, 'Too much was written while the bot was away; the oldest part is skipped');
  return newestFirst.toReversed();
}

/** What was said before the bot came is not for it; between its invitation and its joining people may already talk to it. */
function sinceArrival(events: readonly RawObject[], options: SyncOptions, roomId: string): readonly RawObject[] {
  const joined = ownArrival(events, options.ownUserId);
  if (joined === -1) return events;
  if (options.isOldInvitation(roomId)) return events.slice(joined);
  const invited = events.slice(0, joined).findLastIndex((event) => isOwnMembership(event, options.ownUserId, 'invite'));
  return events.slice(invited === -1 ? joined : invited);
}

/** Index of the newest event by which the bot came into the room; a change of its name is none. */
const ownArrival = (events: readonly RawObject[], ownUserId: string): number =>
  events.findLastIndex(
    (event) =>
      isOwnMembership(event, ownUserId, 'join') && textAt(objectAt(objectAt(event, 'unsigned'), 'prev_content'), 'membership') !== 'join',
  );
