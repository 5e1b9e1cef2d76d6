/** So many messages, none of which arrived, are the server's trouble and not their own. */
const MESSAGES_FAILED = 3;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** What comes anew was asked for by somebody whom the server let through: that is worth a look, though not at any rate. */
const SOON_MS = 1000;
const FAILURES_PER_LINE = 10;

/**
 * A server that answers nobody: nothing is sent but one message at a time, at growing intervals, until one arrives. One message that
 * fails by itself is no outage, however often it does.
 */
export class Outage {
  readonly #onPauseOver: () => void;
  readonly #failed = new Set<number>();
  #failures = 0;
  /** A timer, because the clock may be set back. */
  #pause: NodeJS.Timeout | undefined;
  #pauseMs = 0;
  #isShortened = false;
  #isProbing = false;

  constructor(onPauseOver: () => void) {
    this.#onPauseOver = onPauseOver;
  }

  get isOn(): boolean {
    return this.#failed.size >= MESSAGES_FAILED;
  }

  /** Nothing is to be tried now: it is too early, or a message is on its way to find out. */
  get isQuiet(): boolean {
    return this.#pause !== undefined || this.#isProbing;
  }

  /** How long the last pause is, or was; 0 where none was needed. */
  get pauseMs(): number {
    return this.#pauseMs;
  }

  /** Looks whether the server is back; the others wait. */
  async probe(send: () => Promise<void>): Promise<void> {
    this.#isProbing = true;
    try {
      await send();
    } finally {
      this.#isProbing = false;
    }
  }

  /** Something new is to be sent. */
  lookSoon(): void {
    if (this.#pause === undefined || this.#isShortened || this.#pauseMs <= SOON_MS) return;
    this.#isShortened = true;
    this.#wait(SOON_MS);
  }

  /**
   * A message did not arrive, or nobody knows whether it did.
   * @returns whether that is worth a line of the log: the first, and every tenth
   */
  failed(row: number): boolean {
    this.#failed.add(row);
    if (this.isOn) {
      this.#isShortened = false;
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(7, this.#failures));
      this.#wait(this.#pauseMs);
    }
    this.#failures += 1;
    return this.#failures % FAILURES_PER_LINE === 1;
  }

  /** @returns whether an outage ends with that */
  answered(): boolean {
    const wasOn = this.isOn;
    this.#failed.clear();
    this.#failures = 0;
    this.#pauseMs = 0;
    this.close();
    return wasOn;
  }

  close(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #wait(ms: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#onPauseOver();
    }, ms);
  }
}
