/** The server's time: the wall clock that it writes into posts, and the time that goes by for what it keeps for a while. */
export class ServerClock {
  /** How far the server's wall clock is ahead of this machine's. */
  offsetMs = 0;
  /** While set, every moment is this one: many things happen within one millisecond. */
  frozenAtMs: number | undefined;
  #passedMs = 0;

  /** The wall clock. */
  now(): number {
    return this.frozenAtMs ?? Math.floor(Date.now() + this.offsetMs + this.#passedMs);
  }

  /** What only goes forward. */
  elapsed(): number {
    return performance.now() + this.#passedMs;
  }

  /** So much time goes by at once. */
  pass(ms: number): void {
    this.#passedMs += ms;
  }
}
