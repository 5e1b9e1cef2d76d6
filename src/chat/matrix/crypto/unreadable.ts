import { createHash } from 'node:crypto';

import type { PlatformMemory } from '#core/ports.ts';

import { isObject, numberAt, objectAt, textAt, type RawObject } from '../../common/raw.ts';
import { ToldSessions } from './told-sessions.ts';

/** `order`: in which they came; clocks may be set back. */
export type Kept = { readonly roomId: string; readonly event: RawObject; readonly sinceMs: number; readonly order: number };

/**
 * So many of one person, and of all together, wait for their keys in one room; what comes then is answered at once. More than a
 * team writes while its keys are on the way, and whoever sends what nobody can read takes no place of others, or of other rooms.
 */
const mostOfPerson = 400;
const mostOfRoom = 1600;
/** In characters. Somebody's longest command and a file's description are well below. */
const longestKept = 16_384;
/** How long keys may take that come after their message: another server may have been out of reach for a moment. */
export const patienceMs = 30_000;

/**
 * Encrypted messages that came before their keys, kept on the disk until they can be read or are answered. What a step changes
 * counts at once for the step, and for good when it is stored: `begin`, then changes, then `store` in the transaction of the
 * step's events, then `stored`.
 */
export class Unreadable {
  readonly #memory: PlatformMemory;
  readonly #told: ToldSessions;
  /** By where they stand in the memory. */
  readonly #stored = new Map<string, Kept>();
  /** What the present step keeps, and gives up (`undefined`). */
  readonly #step = new Map<string, Kept | undefined>();
  #nextOrder = 0;

  constructor(memory: PlatformMemory) {
    this.#memory = memory;
    this.#told = new ToldSessions(memory);
    for (const [place, text] of memory.entries(keptPrefix)) {
      const kept = parsed(text);
      if (kept !== undefined && place === placeOf(kept.roomId, kept.event)) this.#stored.set(place, kept);
      else memory.delete(place);
      if (kept !== undefined) this.#nextOrder = Math.max(this.#nextOrder, kept.order + 1);
    }
  }

  /** Oldest first. */
  entries(): readonly Kept[] {
    return [...this.#waiting()].toSorted((one, other) => one.order - other.order);
  }

  /** Keeps an event of a room's timeline, each once. False where there is no place: then it must be answered now. */
  keep(roomId: string, event: RawObject, nowMs: number): boolean {
    const place = placeOf(roomId, event);
    if (this.#step.get(place) !== undefined || (this.#stored.has(place) && !this.#step.has(place))) return true;
    const kept = { roomId, event: withoutFrills(event), sinceMs: nowMs, order: this.#nextOrder };
    if (JSON.stringify(kept).length > longestKept || !this.#hasPlace(roomId, textAt(event, 'sender'))) return false;
    this.#step.set(place, kept);
    this.#nextOrder += 1;
    return true;
  }

  /** Nobody waits for this event any more: it was read or answered, or its sender has deleted it. */
  giveUp(roomId: string, eventId: string | undefined): void {
    const place = placeOf(roomId, { event_id: eventId });
    if (this.#stored.has(place)) this.#step.set(place, undefined);
    else this.#step.delete(place);
  }

  /** The bot has left this room. */
  giveUpRoom(roomId: string): void {
    for (const kept of this.entries()) if (kept.roomId === roomId) this.giveUp(roomId, textAt(kept.event, 'event_id'));
  }

  /** Milliseconds until one of them has waited long enough; `undefined` where none waits. */
  dueInMs(nowMs: number): number | undefined {
    let dueInMs: number | undefined;
    for (const { sinceMs } of this.#waiting()) dueInMs = Math.min(dueInMs ?? Infinity, Math.max(0, sinceMs + patienceMs - nowMs));
    return dueInMs;
  }

  /** Whether its sender is to be told that messages of this session can't be read, as `ToldSessions.tell`. */
  tell(roomId: string, event: RawObject, nowMs: number): boolean {
    const session = textAt(objectAt(event, 'content'), 'session_id') ?? '';
    return this.#told.tell(`${roomId} ${textAt(event, 'sender') ?? ''}`, session, nowMs);
  }

  /** A step begins: what an earlier one changed and did not store is forgotten. */
  begin(): void {
    this.#step.clear();
    this.#told.begin();
  }

  /** Writes what the step changed. */
  store(nowMs: number): void {
    for (const [place, kept] of this.#step) {
      if (kept === undefined) this.#memory.delete(place);
      else this.#memory.set(place, JSON.stringify(kept));
    }
    this.#told.store(nowMs);
  }

  /** What `store` wrote is on the disk. */
  stored(): void {
    for (const [place, kept] of this.#step) {
      if (kept === undefined) this.#stored.delete(place);
      else this.#stored.set(place, kept);
    }
    this.#step.clear();
    this.#told.stored();
  }

  #hasPlace(roomId: string, sender: string | undefined): boolean {
    let [ofRoom, ofPerson] = [0, 0];
    for (const kept of this.#waiting()) {
      if (kept.roomId !== roomId) continue;
      ofRoom += 1;
      if (textAt(kept.event, 'sender') === sender) ofPerson += 1;
    }
    return ofRoom < mostOfRoom && ofPerson < mostOfPerson;
  }

  *#waiting(): Iterable<Kept> {
    for (const [place, kept] of this.#stored) if (!this.#step.has(place)) yield kept;
    for (const kept of this.#step.values()) if (kept !== undefined) yield kept;
  }
}

const keptPrefix = 'unreadable:';

/** An event's id is its server's to choose, so it is not used as it is. */
const placeOf = (roomId: string, event: RawObject): string =>
  `${keptPrefix}${createHash('sha256')
    .update(`${roomId} ${textAt(event, 'event_id') ?? ''}`)
    .digest('base64url')}`;

/** What is needed to read it later. */
const withoutFrills = (event: RawObject): RawObject =>
  Object.fromEntries(['type', 'event_id', 'sender', 'origin_server_ts', 'content'].map((key) => [key, event[key]]));

function parsed(text: string): Kept | undefined {
  const value = json(text);
  const roomId = textAt(value, 'roomId');
  const sinceMs = numberAt(value, 'sinceMs');
  const event = isObject(value) ? value['event'] : undefined;
  const order = numberAt(value, 'order');
  if (roomId === undefined || sinceMs === undefined || order === undefined || !isObject(event)) return undefined;
  return { roomId, event, sinceMs, order };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
