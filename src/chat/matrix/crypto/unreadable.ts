import { createHash } from 'node:crypto';

import type { PlatformMemory } from '#core/ports.ts';

import { isObject, numberAt, objectAt, textAt, type RawObject } from '../raw.ts';

export type Kept = { readonly slot: number; readonly roomId: string; readonly event: RawObject; readonly sinceMs: number };

/** So many wait for their keys at once; where there are more, the oldest is answered early. */
const mostKept = 200;
/** How long keys may take that come after their message: another server may have been out of reach for a moment. */
export const patienceMs = 30_000;
/** So many answers about different sessions one person gets in one room within an hour: sessions are free to make. */
const mostTold = 5;
const toldWindowMs = 3_600_000;

const slotKey = (slot: number): string => `unreadable:${slot}`;

/** Encrypted messages that came before their keys, kept on the disk until they can be read or are answered. */
export class Unreadable {
  readonly #memory: PlatformMemory;
  readonly #kept = new Map<number, Kept>();
  /** When each person of a room was told lately. */
  readonly #told = new Map<string, number[]>();
  /** Sessions that the present step tells of, and whose they are. */
  readonly #telling = new Map<string, string>();

  constructor(memory: PlatformMemory) {
    this.#memory = memory;
    for (let slot = 0; slot < mostKept; slot += 1) {
      const kept = parsed(slot, memory.get(slotKey(slot)));
      if (kept !== undefined) this.#kept.set(slot, kept);
    }
  }

  /** Oldest first. */
  entries(): readonly Kept[] {
    return [...this.#kept.values()].toSorted((one, other) => one.sinceMs - other.sinceMs);
  }

  /** Keeps an event of a room's timeline, each once. False where there is no place: then it must be answered now. */
  keep(roomId: string, event: RawObject, nowMs: number): boolean {
    const id = textAt(event, 'event_id');
    if (this.entries().some((kept) => kept.roomId === roomId && textAt(kept.event, 'event_id') === id)) return true;
    const slot = Array.from({ length: mostKept }, (_, index) => index).find((index) => !this.#kept.has(index));
    if (slot === undefined) return false;
    const kept = { slot, roomId, event: withoutFrills(event), sinceMs: nowMs };
    this.#memory.set(slotKey(slot), JSON.stringify(kept));
    this.#kept.set(slot, kept);
    return true;
  }

  forget(entries: readonly Kept[]): void {
    for (const { slot } of entries) {
      this.#memory.set(slotKey(slot), '');
      this.#kept.delete(slot);
    }
  }

  /** Milliseconds until one of them has waited long enough; `undefined` where none waits. */
  dueInMs(nowMs: number): number | undefined {
    const [oldest] = this.entries();
    return oldest === undefined ? undefined : Math.max(0, oldest.sinceMs + patienceMs - nowMs);
  }

  /** A step begins: what an earlier one wanted to tell and did not store is forgotten. */
  begin(): void {
    this.#telling.clear();
  }

  /** Whether its sender is to be told that messages of this session can't be read: each session once, across restarts. */
  tell(roomId: string, event: RawObject, nowMs: number): boolean {
    const key = toldKey(roomId, event);
    const person = personKey(roomId, event);
    if (this.#telling.has(key) || this.#memory.get(key) !== undefined) return false;
    const others = [...this.#telling.values()].filter((each) => each === person).length;
    if (this.#toldLately(person, nowMs).length + others >= mostTold) return false;
    this.#telling.set(key, person);
    return true;
  }

  /** What `tell` said yes to is on its way for good. */
  stored(nowMs: number): void {
    for (const [key, person] of this.#telling) {
      this.#memory.set(key, 'yes');
      this.#told.set(person, [...this.#toldLately(person, nowMs), nowMs]);
    }
    this.#telling.clear();
  }

  #toldLately(person: string, nowMs: number): readonly number[] {
    return (this.#told.get(person) ?? []).filter((atMs) => Math.abs(nowMs - atMs) < toldWindowMs);
  }
}

const personKey = (roomId: string, event: RawObject): string => `${roomId} ${textAt(event, 'sender') ?? ''}`;

/** A session's name is its sender's to choose, so it is not used as it is. */
function toldKey(roomId: string, event: RawObject): string {
  const session = textAt(objectAt(event, 'content'), 'session_id') ?? '';
  const digest = createHash('sha256')
    .update(`${personKey(roomId, event)} ${session}`)
    .digest('base64url');
  return `unreadable-told:${digest}`;
}

/** What is needed to read it later. */
const withoutFrills = (event: RawObject): RawObject =>
  Object.fromEntries(['type', 'event_id', 'sender', 'origin_server_ts', 'content'].map((key) => [key, event[key]]));

function parsed(slot: number, text: string | undefined): Kept | undefined {
  if (text === undefined || text === '') return undefined;
  const value = JSON.parse(text) as unknown;
  const roomId = textAt(value, 'roomId');
  const sinceMs = numberAt(value, 'sinceMs');
  const event = isObject(value) ? value['event'] : undefined;
  return roomId === undefined || sinceMs === undefined || !isObject(event) ? undefined : { slot, roomId, event, sinceMs };
}
