/** Works one after another; what one of them breaks stops none behind it. */
export class Line {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves, or rejects, as `work` does, which begins when everything that came before has ended. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}

/** A line of its own for each room. */
export class LinePerRoom {
  readonly #lines = new Map<string, { readonly line: Line; waiting: number }>();

  async run<Result>(roomId: string, work: () => Promise<Result>): Promise<Result> {
    let entry = this.#lines.get(roomId);
    if (entry === undefined) this.#lines.set(roomId, (entry = { line: new Line(), waiting: 0 }));
    entry.waiting += 1;
    try {
      return await entry.line.run(work);
    } finally {
      entry.waiting -= 1;
      if (entry.waiting === 0) this.#lines.delete(roomId);
    }
  }
}
