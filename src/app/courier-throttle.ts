/** So long after a refusal what matters most leaves first. */
const THROTTLED_FOR_MS = 60_000;
/** A server that asks for more, or names a time by a clock that is wrong, is asked again after that. */
const LONGEST_PAUSE_MS = 15 * 60_000;
/** One that asks for no time at all, again and again, is not asked all the time. */
const SHORTEST_PAUSE_MS = 50;
const FIRST_OWN_PAUSE_MS = 500;
const LONGEST_OWN_PAUSE_MS = 60_000;

export type ThrottleOptions = {
  readonly now: () => number;
  /** The pause became longer by so much. */
  readonly onExtended: (ms: number) => void;
  readonly onOver: () => void;
};

/** What a server that counts messages has said: for how long it wants none, and that it has lately refused some. */
export class Throttle {
  readonly #options: ThrottleOptions;
  /** Runs while the server wants nothing from us; a timer, because the clock may be set back. */
  #timer: NodeJS.Timeout | undefined;
  /** By the clock that is never set. */
  #pausedUntil = 0;
  #activeUntilMs = 0;
  #sent = 0;
  #refusedInARow = 0;

  constructor(options: ThrottleOptions) {
    this.#options = options;
  }

  /** Nothing may be sent now. */
  get isPaused(): boolean {
    return this.#timer !== undefined;
  }

  /** The server has lately refused a message because there were too many. */
  get isActive(): boolean {
    return this.#options.now() < this.#activeUntilMs;
  }

  /** How long `isActive` stays. */
  get leftMs(): number {
    return this.#activeUntilMs - this.#options.now();
  }

  /** Which of two turns it is. */
  get turn(): 0 | 1 {
    return this.#sent % 2 === 0 ? 0 : 1;
  }

  /** A message was taken. */
  sent(): void {
    this.#refusedInARow = 0;
    if (this.isActive) this.#sent += 1;
  }

  /** Pauses for as long as the server asks, within reason; what several messages were told is one pause, the longest. */
  refused(askedMs: number | undefined): void {
    const firstMs = askedMs === undefined ? FIRST_OWN_PAUSE_MS : SHORTEST_PAUSE_MS;
    const ownMs = Math.min(LONGEST_OWN_PAUSE_MS, firstMs * 2 ** Math.min(this.#refusedInARow, 11));
    if (!this.isPaused) this.#refusedInARow += 1;
    const ms = Math.max(ownMs, Math.min(askedMs ?? 0, LONGEST_PAUSE_MS));
    this.#activeUntilMs = Math.max(this.#activeUntilMs, this.#options.now() + ms + THROTTLED_FOR_MS);
    const nowMs = performance.now();
    const longerMs = nowMs + ms - Math.max(nowMs, this.isPaused ? this.#pausedUntil : 0);
    if (longerMs <= 0) return;
    this.#options.onExtended(longerMs);
    this.#pausedUntil = nowMs + ms;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#options.onOver();
    }, ms);
  }

  /** What was to last until some time lasts no longer than it would have from now. */
  clockSetBack(): void {
    this.#activeUntilMs = Math.min(this.#activeUntilMs, this.#options.now() + THROTTLED_FOR_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
