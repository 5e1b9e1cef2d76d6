/** A line in which one piece of work is done at a time, and that knows how many wait. */
export class HeldLine {
  #last: Promise<unknown> = Promise.resolve();
  #held: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Those that have begun included. */
  get waiting(): number {
    return this.#waiting;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting += 1;
    const mine = this.#last.then(work);
    this.#last = mine.then(
      () => this.#held,
      () => this.#held,
    );
    try {
      return await mine;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Called by work that ends before all is done that it began: the next piece waits for this as well. */
  hold(rest: Promise<unknown>): void {
    this.#held = rest.then(
      () => {},
      () => {},
    );
  }
}
