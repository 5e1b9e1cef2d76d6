import { randomInt } from 'node:crypto';

import type { BotClient } from './client.ts';
import type { KeyChanges } from './crypto/matrix-crypto.ts';
import { isRefusal } from './homeserver-error.ts';
import { reason, type Log } from './log.ts';
import { isObject, objectAt, objectsAt, textAt, textsAt, type RawObject } from './raw.ts';

/**
 * `inviter` is empty where several are named: besides the real invitation, this state holds whatever the inviting server
 * put there, such as an invitation by somebody whom the bot trusts.
 */
export type Invitation = { readonly roomId: string; readonly inviter: string };

export type RoomBatch = {
  readonly roomId: string;
  /** Oldest first, without what happened before the bot was there; gaps are filled. */
  readonly timeline: readonly RawObject[];
  readonly state: readonly RawObject[];
  /** There was a gap, so state may have changed unseen. */
  readonly limited: boolean;
};

export type SyncBatch = {
  readonly next: string;
  readonly rooms: readonly RoomBatch[];
  readonly invitations: readonly Invitation[];
  /** Rooms that the bot is no longer in; `event` is how it went, where the server tells. */
  readonly left: readonly { readonly roomId: string; readonly event: RawObject | undefined }[];
  /** What it says about keys and devices, which is to be stored before anything is decrypted. */
  readonly keys: KeyChanges;
};

const stateTypes = ['m.room.encryption', 'm.room.history_visibility', 'm.room.member', 'm.room.power_levels', 'm.room.tombstone'];
const timelineTypes = [...stateTypes, 'm.room.message', 'm.room.encrypted', 'm.reaction', 'm.room.redaction'];
const nothing = { types: [] };

/** Only what the bot understands: typing, receipts, presence and account data stay on the server. */
const syncFilter = (timelineLimit: number): string =>
  JSON.stringify({
    presence: nothing,
    account_data: nothing,
    room: {
      account_data: nothing,
      ephemeral: nothing,
      state: { types: stateTypes, lazy_load_members: true },
      timeline: { types: timelineTypes, limit: timelineLimit },
    },
  });

const pageSize = 100;
/** 50,000 events in one room while the bot was away: enough, and a bound on what one step can cost. */
const mostPages = 500;
const firstSyncTimeoutMs = 180_000;
/** What an answer may take beyond the wait that was asked for; catching up after a pause takes the server longer. */
const slackMs = (waitMs: number): number => (waitMs === 0 ? 120_000 : 30_000);

export type SyncOptions = {
  readonly client: BotClient;
  readonly ownUserId: string;
  readonly log: Log;
  /** Rooms whose invitation is older than the first start: messages there count from the bot's joining on. */
  readonly isOldInvitation: (roomId: string) => boolean;
};

/** Where the server's stream stands now, and the invitations that wait; no message of the past. */
export async function watermark(options: SyncOptions): Promise<SyncBatch> {
  // Synapse answers the same first question for two minutes as it did before; this one is another each time.
  const query = { filter: syncFilter(1), timeout: randomInt(1000) };
  const answer: unknown = await options.client.doRequest('GET', '/_matrix/client/v3/sync', query, null, firstSyncTimeoutMs);
  return { next: nextToken(answer), rooms: [], invitations: invitationsIn(answer, options.ownUserId), left: [], keys: keysIn(answer) };
}

/**
 * Everything since the token `since`; waits up to `waitMs` for something to happen. Timelines that the server cut
 * short are completed by paging back to `since`, so nothing is missing when the batch is stored.
 */
export async function syncSince(options: SyncOptions, since: string, waitMs: number): Promise<SyncBatch> {
  const query = { filter: syncFilter(pageSize), since, timeout: waitMs };
  const answer: unknown = await options.client.doRequest('GET', '/_matrix/client/v3/sync', query, null, waitMs + slackMs(waitMs));
  const rooms: RoomBatch[] = [];
  for (const [roomId, room] of Object.entries(objectAt(objectAt(answer, 'rooms'), 'join'))) {
    rooms.push(await roomBatch(options, roomId, room, since));
  }
  return {
    next: nextToken(answer),
    rooms,
    invitations: invitationsIn(answer, options.ownUserId),
    left: roomsLeft(answer, options.ownUserId),
    keys: keysIn(answer),
  };
}

async function roomBatch(options: SyncOptions, roomId: string, room: unknown, since: string): Promise<RoomBatch> {
  const timeline = objectAt(room, 'timeline');
  const newest = objectsAt(timeline, 'events');
  const limited = timeline['limited'] === true;
  const gapStart = textAt(timeline, 'prev_batch');
  const isComplete = !limited || gapStart === undefined || ownArrival(newest, options.ownUserId) !== -1;
  const older = isComplete ? [] : await pageBack(options, roomId, gapStart, since);
  const events = sinceArrival([...older, ...newest], options, roomId);
  return { roomId, timeline: events, state: objectsAt(objectAt(room, 'state'), 'events'), limited };
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

const isOwnMembership = (event: RawObject, ownUserId: string, membership: string): boolean =>
  event['type'] === 'm.room.member' && event['state_key'] === ownUserId && textAt(objectAt(event, 'content'), 'membership') === membership;

function roomsLeft(answer: unknown, ownUserId: string): SyncBatch['left'] {
  return Object.entries(objectAt(objectAt(answer, 'rooms'), 'leave')).map(([roomId, room]) => {
    const events = [...objectsAt(objectAt(room, 'state'), 'events'), ...objectsAt(objectAt(room, 'timeline'), 'events')];
    return { roomId, event: events.findLast((event) => event['type'] === 'm.room.member' && event['state_key'] === ownUserId) };
  });
}

function invitationsIn(answer: unknown, ownUserId: string): readonly Invitation[] {
  return Object.entries(objectAt(objectAt(answer, 'rooms'), 'invite')).flatMap(([roomId, room]) => {
    const own = objectsAt(objectAt(room, 'invite_state'), 'events').filter((event) => isOwnMembership(event, ownUserId, 'invite'));
    const inviters = new Set(own.map((event) => textAt(event, 'sender') ?? ''));
    const [inviter] = inviters;
    if (inviter === undefined) return [];
    return [{ roomId, inviter: inviters.size === 1 ? inviter : '' }];
  });
}

/** Filters don't hold for these parts of an answer: they are always there. */
function keysIn(answer: unknown): KeyChanges {
  const counts = Object.entries(objectAt(answer, 'device_one_time_keys_count'));
  const lists = objectAt(answer, 'device_lists');
  return {
    toDevice: objectsAt(objectAt(answer, 'to_device'), 'events'),
    changedUsers: textsAt(lists, 'changed'),
    leftUsers: textsAt(lists, 'left'),
    oneTimeKeys:
      isObject(answer) && isObject(answer['device_one_time_keys_count']) ? Object.fromEntries(counts.filter(isCount)) : undefined,
    unusedFallbackKeys:
      isObject(answer) && Array.isArray(answer['device_unused_fallback_key_types'])
        ? textsAt(answer, 'device_unused_fallback_key_types')
        : undefined,
  };
}

const isCount = (entry: [string, unknown]): entry is [string, number] => Number.isSafeInteger(entry[1]);

function nextToken(answer: unknown): string {
  const next = textAt(answer, 'next_batch');
  if (!isObject(answer) || next === undefined) throw new TypeError('the homeserver answered a sync without a next token');
  return next;
}
