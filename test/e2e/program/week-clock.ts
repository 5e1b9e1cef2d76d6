/** A clock that a test sets: it goes on as the real one does, and leaps. */
import type { Clock } from '#src/clock.ts';

export class WeekClock implements Clock {
  #aheadMs: number;
  readonly #due = new Set<{ readonly atMs: number; readonly work: () => void }>();

  constructor(startMs: number) {
    this.#aheadMs = startMs - Date.now();
  }

  readonly now = (): number => Date.now() + this.#aheadMs;

  /** They end when the clock leaps over them; whatever takes less than a leap is not waited for. */
  readonly timers = {
    after: (ms: number, work: () => void): (() => void) => {
      const entry = { atMs: this.now() + ms, work };
      this.#due.add(entry);
      return () => void this.#due.delete(entry);
    },
  };

  /** To this moment, at once: as a laptop that was closed meanwhile. */
  leapTo(ms: number): void {
    if (ms < this.now())
      throw new Error(`The week has no way back to ${new Date(ms).toISOString()}: it is ${new Date(this.now()).toISOString()}.`);
    this.#aheadMs += ms - this.now();
    for (const entry of [...this.#due].filter(({ atMs }) => atMs <= this.now())) {
      this.#due.delete(entry);
      entry.work();
    }
  }
}
