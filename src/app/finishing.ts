import type { JobId } from '#core/types.ts';

/** Work on pixels that have left the GPU slot: encoding and storing, and the sheet. Several at once, by job. */
export class Finishing {
  readonly #byJob = new Map<JobId, Set<Promise<void>>>();

  /** @param begin calls `done` when the job no longer waits for this, and resolves when nothing more comes of it; does not reject */
  add(id: JobId, begin: (done: () => void) => Promise<void>): void {
    const set = this.#byJob.get(id) ?? new Set();
    this.#byJob.set(id, set);
    const settled = begin(() => {
      set.delete(settled);
      if (set.size === 0) this.#byJob.delete(id);
    });
    set.add(settled);
  }

  has(id: JobId): boolean {
    return this.#byJob.has(id);
  }

  of(id: JobId): readonly Promise<void>[] {
    return [...(this.#byJob.get(id) ?? [])];
  }

  get all(): readonly Promise<void>[] {
    return [...this.#byJob.values()].flatMap((set) => [...set]);
  }
}
