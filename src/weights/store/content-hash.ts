/** What a hub says that a file's content hashes to. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** `git-sha1` is that of a git blob: of `blob SIZE\0` and the content. Source: Pro Git, «Git Objects». */
export type HashKind = 'sha256' | 'git-sha1';
export type ExpectedHash = { readonly kind: HashKind; readonly hex: string };

/** @param size of the content, in bytes; a git blob's hash begins with it */
function startHash(kind: HashKind, size: number): Hash {
  return kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

/** Reads a file into `hashes`, from a byte on. */
async function feedFile(
  path: string,
  hashes: readonly Hash[],
  { from = 0, signal }: { readonly from?: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const stream = createReadStream(path, { highWaterMark: 1 << 20, start: from });
  for await (const piece of stream) {
    signal?.throwIfAborted();
    for (const hash of hashes) hash.update(piece as Buffer);
  }
}

/** SHA-256 of a file, as 64 hexadecimal digits. */
export async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await feedFile(path, [hash], { signal });
  return hash.digest('hex');
}

/** Hashes of a file that grows at its end, so that what was written need not be read again. */
export class GrowingHash {
  readonly #expected: ExpectedHash | undefined;
  readonly #size: number;
  #hashes: Hash[] = [];
  #at = 0;

  /** @param size of the whole file, in bytes */
  constructor(expected: ExpectedHash | undefined, size: number) {
    this.#expected = expected;
    this.#size = size;
    this.#begin();
  }

  #begin(): void {
    const own = this.#expected?.kind === 'git-sha1' ? [startHash('git-sha1', this.#size)] : [];
    this.#hashes = [createHash('sha256'), ...own];
    this.#at = 0;
  }

  /** What was written at `position`; bytes out of turn are left for `finish` to read. */
  add(bytes: Uint8Array, position: number): void {
    if (position === 0 && this.#at > 0) this.#begin();
    if (position !== this.#at) return;
    for (const hash of this.#hashes) hash.update(bytes);
    this.#at += bytes.byteLength;
  }

  /**
   * Reads what was not seen being written.
   * @returns SHA-256, and the hash of the kind that is expected
   */
  async finish(path: string, signal: AbortSignal): Promise<{ readonly sha256: string; readonly found: string }> {
    await feedFile(path, this.#hashes, { from: this.#at, signal });
    const [sha256 = '', own = sha256] = this.#hashes.map((hash) => hash.digest('hex'));
    return { sha256, found: own };
  }
}
