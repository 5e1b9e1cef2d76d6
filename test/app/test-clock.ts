import type { Timers } from '#src/app/schedules/scheduler.ts';

type Waiting = { readonly atMs: number; readonly work: () => void };

/**
 * A clock that a test sets forward. Between that it runs on like any other, so that what waits a moment for a message goes on;
 * timers fire only when a test lets time pass.
 */
export class TestClock implements Timers {
  #offsetMs: number;
  readonly #waiting = new Set<Waiting>();

  constructor(start: string) {
    this.#offsetMs = Date.parse(start) - Date.now();
  }

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  after(ms: number, work: () => void): () => void {
    const waiting = { atMs: this.now() + ms, work };
    this.#waiting.add(waiting);
    return () => this.#waiting.delete(waiting);
  }

  /** Everything that falls due on the way happens at its time. */
  pass(ms: number): void {
    const endMs = this.now() + ms;
    for (;;) {
      const next = [...this.#waiting].filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#offsetMs += Math.max(0, next.atMs - this.now());
      this.#waiting.delete(next);
      next.work();
    }
    this.#offsetMs += Math.max(0, endMs - this.now());
  }

  passTo(time: string): void {
    this.pass(Date.parse(time) - this.now());
  }

  /** As a machine that slept: nothing happened meanwhile. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
