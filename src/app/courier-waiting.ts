/** No longer than a retry: a clock that was set back would let everything wait until it has caught up. */
const LONGEST_SLEEP_MS = 60_000;

/** Sleeps that end early when there is something to do. */
export class Waiting {
  readonly #wakers = new Set<() => void>();

  wake(): void {
    for (const waker of this.#wakers) waker();
  }

  /** Until `wake`, or for `ms`. */
  async sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = Number.isFinite(ms) ? setTimeout(resolve, Math.min(LONGEST_SLEEP_MS, Math.max(1, ms))) : undefined;
    this.#wakers.add(resolve);
    await promise;
    this.#wakers.delete(resolve);
    clearTimeout(timer);
  }
}
