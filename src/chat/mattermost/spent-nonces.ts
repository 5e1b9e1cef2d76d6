import type { PlatformMemory } from '#core/ports.ts';

const pruneEveryMs = 24 * 3600 * 1000;

/** What was signed for one use, once it was used; forgotten when what was signed does not count any more. */
export class SpentNonces {
  readonly #memory: PlatformMemory;
  readonly #prefix: string;
  readonly #now: () => number;
  #prunedAtMs = -Infinity;

  /** @param now milliseconds, by a clock that goes on across restarts */
  constructor(memory: PlatformMemory, prefix: string, now: () => number) {
    this.#memory = memory;
    this.#prefix = prefix;
    this.#now = now;
  }

  /** Where it was used; `undefined` where it was not. */
  placeOf(nonce: string): string | undefined {
    const note = this.#memory.get(this.#prefix + nonce);
    return note?.slice(note.indexOf(' ') + 1);
  }

  /**
   * With it goes, once a day, what has expired.
   * @param expires milliseconds of the same clock
   */
  spend(nonce: string, expires: number, place: string): void {
    const now = this.#now();
    const isTime = now - this.#prunedAtMs >= pruneEveryMs;
    if (isTime) this.#prunedAtMs = now;
    const old = isTime ? this.#memory.entries(this.#prefix).filter(([, note]) => !(Number(note.split(' ')[0]) > now)) : [];
    this.#memory.together(() => {
      this.#memory.set(this.#prefix + nonce, `${expires} ${place}`);
      for (const [key] of old) this.#memory.delete(key);
    });
  }
}
