/** What became of the files, counted, and told as it happens where somebody should look at it. */
import { NoWorkError } from '#src/cli/references/read-work.ts';
import { SidecarError } from '#src/cli/references/sidecar.ts';
import type { Outcome } from '#src/cli/references/take-in.ts';

/** Files that should have become works and did not; each was named. */
export class ReferencesError extends Error {
  override readonly name = 'ReferencesError';
}

export class Tally {
  readonly #say: (line: string) => void;
  readonly #counts = { added: 0, renewed: 0, described: 0, moved: 0, unchanged: 0, duplicate: 0, skipped: 0, failed: 0 };

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  took(path: string, outcome: Outcome): void {
    this.#counts[outcome.kind] += 1;
    if (outcome.kind === 'duplicate')
      this.#say(`duplicate  ${path}: the same ${outcome.isSameFile ? 'file' : 'picture'} as work ${outcome.of.id}, ${outcome.of.path}`);
  }

  skipped(path: string, reason: string): void {
    this.#counts.skipped += 1;
    this.#say(`skipped    ${path}: ${reason}`);
  }

  /** @throws what neither the file nor the disk is to blame for */
  failed(path: string, error: unknown): void {
    if (error instanceof NoWorkError && error.isHarmless) return this.skipped(path, error.message);
    const known = error instanceof NoWorkError || error instanceof SidecarError ? error.message : ofSystem(error);
    if (known === undefined) throw error;
    this.#counts.failed += 1;
    this.#say(`failed     ${path}: ${known}`);
  }

  /** Such as `2 added, 1 duplicate`. */
  get summary(): string {
    const { added, renewed, described, moved, unchanged, duplicate, skipped, failed } = this.#counts;
    const words = [
      [added, 'added'],
      [renewed, 'read anew'],
      [described, 'described anew'],
      [moved, 'found in another place'],
      [unchanged, 'unchanged'],
      [duplicate, duplicate === 1 ? 'duplicate' : 'duplicates'],
      [skipped, 'skipped'],
      [failed, 'failed'],
    ] as const;
    const said = words.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
    return said.length === 0 ? 'no files' : said.join(', ');
  }

  /** @throws ReferencesError where a picture could not be taken in */
  assertAll(): void {
    const { failed } = this.#counts;
    if (failed > 0)
      throw new ReferencesError(
        `${failed} ${failed === 1 ? 'file is' : 'files are'} not in the library; the reasons stand above, and the rest is.`,
      );
  }
}

/** What the system said about a file, for one line; `undefined` for any other error. */
const ofSystem = (error: unknown): string | undefined => {
  const { code, syscall, errno } = error as NodeJS.ErrnoException;
  // SQLite's errors have a number and no call of the system: where the library can't be written, nothing can go on.
  if (code === undefined || syscall === undefined || typeof errno !== 'number') return undefined;
  if (code === 'ENOENT') return 'is gone';
  return code === 'EACCES' || code === 'EPERM' ? "can't be opened: check its permissions" : `can't be read (${code})`;
};
