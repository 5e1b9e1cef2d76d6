import type { Ask } from './crypto/identity-upload.ts';
import type { Finding } from '../common/finding.ts';
import { isNotFound, isRefusal } from './homeserver-error.ts';
import { reason } from '../common/log.ts';
import { maySend } from './power.ts';
import { isObject, textAt, textsAt, type RawObject } from '../common/raw.ts';

/** A bot with more rooms than this is looked at in part: each takes three questions. */
const mostRooms = 200;
/** So many are named; who mends one of them knows how to mend the others. */
const mostNamed = 5;
const atOnce = 4;
/** The only one there is for rooms. */
const knownAlgorithm = 'm.megolm.v1.aes-sha2';

type RoomTrouble = { readonly roomId: string; readonly kind: 'power' | 'reactions' | 'algorithm' | 'unreadable' };

export type RoomsAccount = {
  readonly userId: string;
  /** The bot puts reactions under its messages, so it needs the power for them too. */
  readonly seedsReactions: boolean;
};

/** Whether the bot may say in its rooms what it has to say. Sends nothing. Never rejects. */
export async function checkRooms(ask: Ask, account: RoomsAccount): Promise<readonly Finding[]> {
  let rooms: readonly string[];
  try {
    rooms = textsAt(await ask({ method: 'GET', path: '/_matrix/client/v3/joined_rooms' }), 'joined_rooms').filter(isRoomId);
  } catch (error) {
    return [{ ok: false, what: `The bot’s rooms could not be listed: ${reason(error)}`, advice: 'Try again in a minute' }];
  }
  const looked = rooms.slice(0, mostRooms);
  const troubles: RoomTrouble[] = [];
  for (let from = 0; from < looked.length; from += atOnce) {
    const found = await Promise.all(looked.slice(from, from + atOnce).map(async (room) => troublesOf(ask, room, account)));
    troubles.push(...found.flat());
  }
  const findings = findingsOf(troubles);
  if (findings.length > 0) return findings;
  if (rooms.length === 0) return [{ ok: true, what: 'The bot is in no room yet', advice: 'Invite it, see docs/matrix.md' }];
  const count = looked.length === 1 ? 'its room' : `its ${looked.length} rooms`;
  const part = rooms.length > looked.length ? ` (of ${rooms.length})` : '';
  return [{ ok: true, what: `The bot may write in ${count}${part}` }];
}

async function troublesOf(ask: Ask, roomId: string, { userId, seedsReactions }: RoomsAccount): Promise<readonly RoomTrouble[]> {
  try {
    const [create, levels, encryption] = await Promise.all([
      stateOf(ask, roomId, 'm.room.create', { format: 'event' }),
      stateOf(ask, roomId, 'm.room.power_levels'),
      stateOf(ask, roomId, 'm.room.encryption'),
    ]);
    const may = (type: string): boolean => maySend(userId, type, create ?? {}, levels);
    const troubles: RoomTrouble[] = [];
    if (!may(encryption === undefined ? 'm.room.message' : 'm.room.encrypted')) troubles.push({ roomId, kind: 'power' });
    else if (seedsReactions && !may('m.reaction')) troubles.push({ roomId, kind: 'reactions' });
    if (encryption !== undefined && textAt(encryption, 'algorithm') !== knownAlgorithm) troubles.push({ roomId, kind: 'algorithm' });
    return troubles;
  } catch {
    return [{ roomId, kind: 'unreadable' }];
  }
}

async function stateOf(ask: Ask, roomId: string, type: string, query?: Readonly<Record<string, string>>): Promise<RawObject | undefined> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/${type}/`;
  try {
    const state = await ask({ method: 'GET', path, ...(query === undefined ? {} : { query }) });
    return isObject(state) ? state : {};
  } catch (error) {
    // Some servers hide what isn't there.
    if (isNotFound(error) || (type !== 'm.room.encryption' && isRefusal(error))) return undefined;
    throw error;
  }
}

function findingsOf(troubles: readonly RoomTrouble[]): readonly Finding[] {
  const finding = (kind: RoomTrouble['kind'], what: (where: string) => string, advice: string): Finding[] => {
    const rooms = troubles.filter((trouble) => trouble.kind === kind).map(({ roomId }) => roomId);
    return rooms.length === 0 ? [] : [{ ok: false, what: what(named(rooms)), advice }];
  };
  return [
    ...finding(
      'power',
      (where) => `The bot may not write in ${where}: it lacks the power there`,
      'Somebody who administers the room raises the bot’s power level to what sending messages needs (room settings, permissions), or invites it elsewhere',
    ),
    ...finding(
      'reactions',
      (where) => `The bot may not react in ${where}, though matrix.seedsReactions is set`,
      'Somebody who administers the room allows reactions for its power level; everything else works without',
    ),
    ...finding(
      'algorithm',
      (where) => `Nothing can be encrypted in ${where}: the room asks for an algorithm that Blitzbild does not know`,
      `Make a new room with the usual encryption (${knownAlgorithm}); a room’s can not be changed. Until then the bot sends nothing there`,
    ),
    ...finding(
      'unreadable',
      (where) => `The homeserver does not say how things are in ${where}`,
      'Try again in a minute; if it stays like that, look at the homeserver’s log',
    ),
  ];
}

function named(rooms: readonly string[]): string {
  const more = rooms.length - mostNamed;
  const list = rooms.slice(0, mostNamed).join(', ');
  return more > 0 ? `${list} and ${more} more` : list;
}

/** They are printed on a terminal: no other characters than ids have. */
const isRoomId = (text: string): boolean => /^![\w.~=+/:[\]-]{1,254}$/.test(text);
