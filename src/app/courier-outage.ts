/** So many messages, none of which arrived, are the server's trouble and not their own. */
const MESSAGES_FAILED = 3;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** What comes anew was asked for by somebody whom the server let through: that is worth a look, though not at any rate. */
const SOONEST_LOOK_MS = 1000;
const FAILURES_PER_LINE = 10;

/**
 * A server that answers nobody: nothing is sent but one message at a time, at growing intervals, until one arrives. One message that
 * fails by itself is no outage, however often it does.
 */
export class Outage {
  readonly #failed = new Set<number>();
  #failures = 0;
  /** By the clock that is never set. */
  #quietUntil = 0;
  #lastTry = 0;
  #isProbing = false;

  get isOn(): boolean {
    return this.#failed.size >= MESSAGES_FAILED;
  }

  /** How long nothing is to be tried; whole. */
  get quietMs(): number {
    return Math.max(0, Math.ceil(this.#quietUntil - performance.now()));
  }

  /** A message is on its way to find out. */
  get isProbing(): boolean {
    return this.#isProbing;
  }

  /** Looks whether the server is back; the others wait. */
  async probe(send: () => Promise<void>): Promise<void> {
    this.#isProbing = true;
    this.#lastTry = performance.now();
    try {
      await send();
    } finally {
      this.#isProbing = false;
    }
  }

  /** Something new is to be sent. */
  lookSoon(): void {
    if (this.isOn) this.#quietUntil = Math.min(this.#quietUntil, Math.max(performance.now(), this.#lastTry + SOONEST_LOOK_MS));
  }

  /**
   * A message did not arrive, or nobody knows whether it did.
   * @returns whether that is worth a line of the log: the first, and every tenth
   */
  failed(row: number): boolean {
    this.#failed.add(row);
    this.#lastTry = performance.now();
    if (this.isOn) this.#quietUntil = this.#lastTry + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(7, this.#failures));
    this.#failures += 1;
    return this.#failures % FAILURES_PER_LINE === 1;
  }

  /** @returns whether an outage ends with that */
  answered(): boolean {
    const wasOn = this.isOn;
    this.#failed.clear();
    this.#failures = 0;
    this.#quietUntil = 0;
    return wasOn;
  }
}
