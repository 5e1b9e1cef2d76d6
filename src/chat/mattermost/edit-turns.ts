/** One piece of work on a post at a time. */
export class EditTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Settles as `work` does, which begins when those that asked before have settled. */
  async of<Answer>(postId: string, work: () => Promise<Answer>): Promise<Answer> {
    const mine = (this.#last.get(postId) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => {});
    this.#last.set(postId, settled);
    try {
      return await mine;
    } finally {
      if (this.#last.get(postId) === settled) this.#last.delete(postId);
    }
  }
}
