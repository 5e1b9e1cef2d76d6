import { createHash } from 'node:crypto';

import type { PlatformMemory } from '#core/ports.ts';

type Told = { readonly person: string; readonly atMs: number };

/** So long nothing more is said about a session; after it, somebody who tries again hears the same again. */
const windowMs = 3_600_000;
/** So many answers about different sessions one person gets in one room within the hour: sessions are free to make. */
const mostTold = 5;

/** Sessions of which their senders were told lately that they can't be read, on the disk for as long as that counts. */
export class ToldSessions {
  readonly #memory: PlatformMemory;
  readonly #told = new Map<string, Told>();
  /** What the present step tells of. */
  readonly #step = new Map<string, Told>();

  constructor(memory: PlatformMemory) {
    this.#memory = memory;
    for (const [place, text] of memory.entries(prefix)) {
      const [time = '', person = ''] = text.split(' ');
      const atMs = Number(time);
      if (person !== '' && Number.isFinite(atMs)) this.#told.set(place, { person, atMs });
      else memory.delete(place);
    }
  }

  /**
   * Whether this person is to be told of this session: once within an hour, and of few sessions, across restarts.
   * @param person a person of a room
   */
  tell(person: string, session: string, nowMs: number): boolean {
    const place = `${prefix}${digest(`${person} ${session}`)}`;
    if (this.#step.has(place) || isRecent(this.#told.get(place), nowMs)) return false;
    const who = digest(person);
    const others = [...this.#told.values(), ...this.#step.values()].filter((told) => told.person === who && isRecent(told, nowMs));
    if (others.length >= mostTold) return false;
    this.#step.set(place, { person: who, atMs: nowMs });
    return true;
  }

  /** A step begins: what an earlier one wanted to tell and did not store is forgotten. */
  begin(): void {
    this.#step.clear();
  }

  /** Writes what the step tells, and drops what no longer counts. */
  store(nowMs: number): void {
    if (this.#step.size === 0) return;
    for (const [place, told] of this.#told) if (!isRecent(told, nowMs)) this.#memory.delete(place);
    for (const [place, { atMs, person }] of this.#step) this.#memory.set(place, `${atMs} ${person}`);
  }

  /** What `store` wrote is on the disk. */
  stored(): void {
    for (const [place, told] of this.#step) {
      for (const [other, { atMs }] of this.#told) if (Math.abs(told.atMs - atMs) >= windowMs) this.#told.delete(other);
      this.#told.set(place, told);
    }
    this.#step.clear();
  }
}

/** A clock that was set back must not silence anybody for long. */
const isRecent = (told: Told | undefined, nowMs: number): boolean => told !== undefined && Math.abs(nowMs - told.atMs) < windowMs;

const prefix = 'unreadable-told:';

/** A session's name is its sender's to choose, so it is not used as it is. */
const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
