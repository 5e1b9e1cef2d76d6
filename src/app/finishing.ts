import type { JobId } from '#core/types.ts';

/** Pictures that may wait for encoding while the next one is computed. */
const MOST_PICTURES = 2;
/** Of all of them; a larger picture is finished before the next one begins. Each pixel needs several bytes, more than once. */
const MOST_PIXELS = 16_000_000;

type Options = {
  /** Called when a piece of a job's work has ended, in the same turn in which `has` forgets it. */
  readonly after: (job: JobId) => void;
  readonly onFailure: (error: unknown) => void;
};

/** What is done beside the GPU slot, such as encoding, storing and sheets. */
export class Finishing {
  readonly #options: Options;
  readonly #work = new Map<Promise<void>, { readonly job: JobId; readonly pixels: number }>();

  constructor(options: Options) {
    this.#options = options;
  }

  has(job: JobId): boolean {
    return [...this.#work.values()].some((work) => work.job === job);
  }

  /** Settles when all that is done for this job now has ended. */
  async of(job: JobId): Promise<unknown> {
    return Promise.allSettled([...this.#work].flatMap(([promise, work]) => (work.job === job ? [promise] : [])));
  }

  add(job: JobId, pixels: number, work: Promise<void>): void {
    const forget = (): void => void this.#work.delete(ended);
    const ended: Promise<void> = work
      .then(
        () => {
          forget();
          this.#options.after(job);
        },
        (error: unknown) => {
          forget();
          throw error;
        },
      )
      .catch((error: unknown) => this.#options.onFailure(error));
    this.#work.set(ended, { job, pixels });
  }

  /** Until the next picture may begin. */
  async room(): Promise<void> {
    while (this.#work.size > MOST_PICTURES || this.#pixels > MOST_PIXELS) await Promise.race(this.#work.keys());
  }

  /** Until nothing is done any more, nor begun by what has ended. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work.keys());
  }

  get #pixels(): number {
    let sum = 0;
    for (const { pixels } of this.#work.values()) sum += pixels;
    return sum;
  }
}
