import { randomInt } from 'node:crypto';

import type { BotClient } from './client.ts';
import type { KeyChanges } from './crypto/matrix-crypto.ts';
import type { Log } from '../common/log.ts';
import { isObject, objectAt, objectsAt, textAt, textsAt, type RawObject } from '../common/raw.ts';

/**
 * `inviter` is empty where several are named: besides the real invitation, this state holds whatever the inviting server
 * put there, such as an invitation by somebody whom the bot trusts.
 */
export type Invitation = { readonly roomId: string; readonly inviter: string };

/** What one answer says of a room. */
export type RoomNews = {
  readonly roomId: string;
  /** Oldest first; with a gap in front of it, and perhaps with what happened before the bot was there. See `completed`. */
  readonly timeline: readonly RawObject[];
  readonly state: readonly RawObject[];
  /** There is a gap, so state may have changed unseen. */
  readonly limited: boolean;
  /** Where the gap ends. */
  readonly gapEnd: string | undefined;
};

export type SyncAnswer = {
  readonly next: string;
  readonly rooms: readonly RoomNews[];
  readonly invitations: readonly Invitation[];
  /** Rooms that the bot is no longer in; `event` is how it went, where the server tells. */
  readonly left: readonly { readonly roomId: string; readonly event: RawObject | undefined }[];
  /** What it says about keys and devices, which is to be stored before anything is decrypted. */
  readonly keys: KeyChanges;
};

const stateTypes = ['m.room.encryption', 'm.room.history_visibility', 'm.room.member', 'm.room.power_levels', 'm.room.tombstone'];
export const timelineTypes = [...stateTypes, 'm.room.message', 'm.room.encrypted', 'm.reaction', 'm.room.redaction'];
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

export const pageSize = 100;
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
export async function watermark(options: SyncOptions): Promise<SyncAnswer> {
  // Synapse answers the same first question for two minutes as it did before; this one is another each time.
  const query = { filter: syncFilter(1), timeout: randomInt(1000) };
  const answer: unknown = await options.client.doRequest('GET', '/_matrix/client/v3/sync', query, null, firstSyncTimeoutMs);
  return { next: nextToken(answer), rooms: [], invitations: invitationsIn(answer, options.ownUserId), left: [], keys: keysIn(answer) };
}

/** What happened since the token `since`; waits up to `waitMs` for something to happen. */
export async function syncSince(options: SyncOptions, since: string, waitMs: number): Promise<SyncAnswer> {
  const query = { filter: syncFilter(pageSize), since, timeout: waitMs };
  const answer: unknown = await options.client.doRequest('GET', '/_matrix/client/v3/sync', query, null, waitMs + slackMs(waitMs));
  return {
    next: nextToken(answer),
    rooms: Object.entries(objectAt(objectAt(answer, 'rooms'), 'join')).map(([roomId, room]) => roomNews(roomId, room)),
    invitations: invitationsIn(answer, options.ownUserId),
    left: roomsLeft(answer, options.ownUserId),
    keys: keysIn(answer),
  };
}

function roomNews(roomId: string, room: unknown): RoomNews {
  const timeline = objectAt(room, 'timeline');
  return {
    roomId,
    timeline: objectsAt(timeline, 'events'),
    state: objectsAt(objectAt(room, 'state'), 'events'),
    limited: timeline['limited'] === true,
    gapEnd: textAt(timeline, 'prev_batch'),
  };
}

export const isOwnMembership = (event: RawObject, ownUserId: string, membership: string): boolean =>
  event['type'] === 'm.room.member' && event['state_key'] === ownUserId && textAt(objectAt(event, 'content'), 'membership') === membership;

function roomsLeft(answer: unknown, ownUserId: string): SyncAnswer['left'] {
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
