import { pause } from '../common/backoff.ts';

export type LaneOptions = {
  /** Reads what the channel has told since it was read last. */
  readonly catchUp: () => Promise<void>;
  /** Notes a failure, the so-many-th in a row; milliseconds to wait before the same is tried again. */
  readonly failed: (error: unknown, failures: number) => number;
  /** What failed has worked. */
  readonly worked: () => void;
  readonly slots: Slots;
  readonly signal: AbortSignal;
};

/** More than that is rather asked for again than kept. */
const mostWaiting = 2000;

/**
 * One channel's work, one thing after the other: first what was missed, then what happens. What fails is tried again until it works, and
 * what stands behind it waits; other channels have lanes of their own.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #waiting: (() => Promise<void> | void)[] = [];
  #isBehind = true;
  #isHeld = true;
  /** Nothing can be read there any more, so that failing to is nothing to tell. */
  #isEnding = false;
  #running: Promise<void> | undefined;
  #waking = new AbortController();
  readonly #looked = Promise.withResolvers<void>();

  constructor(options: LaneOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#looked.resolve(), { once: true });
  }

  /** Resolves when it was first tried to read the channel. */
  get looked(): Promise<void> {
    return this.#looked.promise;
  }

  /** Something was missed: nothing is taken in until `release`, and then that first. */
  hold(): void {
    this.#isHeld = true;
    this.#isBehind = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#waking.abort();
    this.#start();
  }

  /** Something was missed, which is not known to be much. */
  fallBehind(): void {
    this.#isEnding = false;
    this.#isBehind = true;
    this.#start();
  }

  push(work: () => Promise<void> | void): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#waiting.length = 0;
      this.#isBehind = true;
    }
    this.#waiting.push(work);
    this.#start();
  }

  /** The last thing that is done, now that nothing can be read there any more. */
  end(work: () => void): void {
    this.#isEnding = true;
    this.#waiting.length = 0;
    this.#isBehind = false;
    this.#looked.resolve();
    this.#waiting.push(work);
    this.release();
  }

  async stopped(): Promise<void> {
    await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#hasWork) this.#start();
    });
  }

  get #hasWork(): boolean {
    return !this.#options.signal.aborted && !this.#isHeld && (this.#isBehind || this.#waiting.length > 0);
  }

  async #run(): Promise<void> {
    for (let failures = 0; this.#hasWork;) {
      try {
        await this.#step();
        if (failures > 0) this.#options.worked();
        failures = 0;
      } catch (error) {
        if (this.#options.signal.aborted) return;
        failures += 1;
        const ms = this.#options.failed(error, failures);
        this.#waking = new AbortController();
        await pause(ms, AbortSignal.any([this.#options.signal, this.#waking.signal]));
      }
    }
  }

  async #step(): Promise<void> {
    if (this.#isBehind) return this.#catchUp();
    const [work] = this.#waiting;
    await work?.();
    // Unless everything that waited was dropped meanwhile.
    if (this.#waiting[0] === work) this.#waiting.shift();
  }

  async #catchUp(): Promise<void> {
    const { slots, catchUp } = this.#options;
    await slots.take();
    try {
      if (!this.#isBehind) return;
      this.#isBehind = false;
      await catchUp();
    } catch (error) {
      if (this.#isEnding) return;
      this.#isBehind = true;
      throw error;
    } finally {
      slots.giveBack();
      this.#looked.resolve();
    }
  }
}

/** So many at the same time; the others wait for their turn. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
  }

  giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
