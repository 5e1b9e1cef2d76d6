/**
 * One piece of work on a post at a time, shared by all who edit. The server reads a post, changes it and writes all of it back, and a patch of
 * props replaces them all: of two who read a post and then patch it at the same moment, the later one would bring back what the earlier one
 * replaced. Source: app/post.go `PatchPost`.
 */
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
