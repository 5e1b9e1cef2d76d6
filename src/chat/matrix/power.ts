import { isObject, numberAt, objectAt, textAt, textsAt, type RawObject } from '../common/raw.ts';

/** Power from which a person administers a room: that of a moderator, who may remove others. */
const adminPower = 50;

/**
 * Whether `user` administers the room, by its `m.room.create` event (whole) and the content of `m.room.power_levels`
 * (absent in a room that never had one).
 *
 * Source: Matrix specification, room version 12: creators stand above all levels and are not listed in them.
 */
export function administers(user: string, createEvent: RawObject, powerLevels: RawObject | undefined): boolean {
  const create = objectAt(createEvent, 'content');
  if (isCreatorAboveAll(user, createEvent)) return true;
  if (powerLevels === undefined && !creatorsHaveInfinitePower(create)) {
    // Version 11 moved the creator from the content to the sender.
    return (textAt(create, 'creator') ?? textAt(createEvent, 'sender')) === user;
  }
  return powerOf(user, powerLevels ?? {}) >= adminPower;
}

/**
 * Whether `user` may send events of this type, such as `m.room.message`, by the same two events. Source: Matrix
 * specification, authorization rules: a type's own level, else `events_default`, else 0.
 */
export function maySend(user: string, type: string, createEvent: RawObject, powerLevels: RawObject | undefined): boolean {
  const levels = powerLevels ?? {};
  const events = objectAt(levels, 'events');
  const needed = Object.hasOwn(events, type) ? power(events, type) : power(levels, 'events_default');
  return isCreatorAboveAll(user, createEvent) || powerOf(user, levels) >= needed;
}

function isCreatorAboveAll(user: string, createEvent: RawObject): boolean {
  const create = objectAt(createEvent, 'content');
  if (!creatorsHaveInfinitePower(create)) return false;
  return textAt(createEvent, 'sender') === user || textsAt(create, 'additional_creators').includes(user);
}

function creatorsHaveInfinitePower(create: RawObject): boolean {
  const version = textAt(create, 'room_version') ?? '1';
  return /^\d+$/.test(version) ? Number(version) >= 12 : version === 'org.matrix.hydra.11';
}

function powerOf(user: string, levels: RawObject): number {
  const users = objectAt(levels, 'users');
  if (Object.hasOwn(users, user)) return power(users, user);
  return isObject(levels) ? power(levels, 'users_default') : 0;
}

/** Old room versions allow a number as text. */
function power(levels: RawObject, key: string): number {
  const asText = textAt(levels, key);
  if (asText !== undefined) return /^\s*[+-]?\d+\s*$/.test(asText) ? Number(asText) : 0;
  return numberAt(levels, key) ?? 0;
}
