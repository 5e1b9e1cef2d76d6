/** Pictures and other files under the hash of their bytes: `ab/cd/abcd….png`. A file that is there is whole. */
import { createHash } from 'node:crypto';
import { lstatSync, unlinkSync } from 'node:fs';
import { lstat, mkdir, open, readFile, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import { fileExtensions, type FileExtension, type ImageStore } from '#core/ports.ts';
import { imageKey } from '#core/types.ts';
import type { ImageKey } from '#core/types.ts';

const name = String.raw`[0-9a-f]{64}\.(?:${fileExtensions.join('|')})`;
const keyForm = new RegExp(`^${name}$`);
const temporaryForm = new RegExp(String.raw`^\.${name}\.\d+\.tmp$`);
const bytesPerMegabyte = 1_000_000;
const hashedAtOnce = 8 * bytesPerMegabyte;
/** Longer than it takes until a row names a file that was written. */
const freshMs = 5000;

type Options = {
  readonly folder: string;
  /** Sum of all files that `put` never exceeds. */
  readonly maxBytes: number;
};

export class FileImageStore implements ImageStore {
  readonly #folder: string;
  readonly #maxBytes: number;
  #usedBytes: number;
  #temporaryFiles = 0;
  /** One write at a time per file: the second of two equal ones waits and finds the file there. */
  readonly #writing = new Map<ImageKey, Promise<void>>();
  /** When files were last written, or found there; by the machine's own clock. */
  readonly #writtenAtMs = new Map<ImageKey, number>();

  private constructor(folder: string, maxBytes: number, usedBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#usedBytes = usedBytes;
  }

  /** Makes the folder where needed, removes what a crash left half written and counts the bytes that are there. */
  static async open({ folder, maxBytes }: Options): Promise<FileImageStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const root = await realpath(folder);
    let usedBytes = 0;
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      if (temporaryForm.test(entry.name)) await rm(path, { force: true });
      else usedBytes += (await stat(path)).size;
    }
    return new FileImageStore(root, maxBytes, usedBytes);
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  async put(bytes: Uint8Array, extension: FileExtension): Promise<ImageKey> {
    const key = imageKey(`${await hashOf(bytes)}.${extension}`);
    const writing = this.#writing.get(key) ?? this.#writeOnce(key, bytes).finally(() => this.#writing.delete(key));
    this.#writing.set(key, writing);
    await writing;
    this.#noteWritten(key);
    return key;
  }

  async remove(key: ImageKey): Promise<'gone' | 'fresh'> {
    const path = this.path(key);
    if (this.#writing.has(key) || this.#isFresh(key)) return 'fresh';
    this.#writtenAtMs.delete(key);
    try {
      // Without a wait between the look and the deed, in which the same bytes might be written anew.
      const { size } = lstatSync(path);
      unlinkSync(path);
      this.#usedBytes -= size;
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
    return 'gone';
  }

  #noteWritten(key: ImageKey): void {
    this.#writtenAtMs.delete(key);
    this.#writtenAtMs.set(key, performance.now());
    for (const old of this.#writtenAtMs.keys()) {
      if (this.#isFresh(old)) break;
      this.#writtenAtMs.delete(old);
    }
  }

  #isFresh(key: ImageKey): boolean {
    return performance.now() - (this.#writtenAtMs.get(key) ?? -Infinity) < freshMs;
  }

  async read(key: ImageKey): Promise<Uint8Array> {
    const path = this.path(key);
    try {
      // A link that somebody put into the folder must not lead the store elsewhere.
      if (!(await realpath(path)).startsWith(this.#folder + sep)) throw new Error('the file lies outside the picture folder');
      return await readFile(path);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) throw new AppError('picture_gone', {}, { cause: error });
      throw new AppError('internal', { detail: `picture ${key.slice(0, 12)}… can't be read` }, { cause: error });
    }
  }

  /** Throws `internal` for anything but a key that `put` returned: keys never become paths unchecked. */
  path(key: ImageKey): string {
    if (!keyForm.test(key)) throw new AppError('internal', { detail: 'not the key of a picture' });
    return resolve(this.#folder, key.slice(0, 2), key.slice(2, 4), key);
  }

  async #writeOnce(key: ImageKey, bytes: Uint8Array): Promise<void> {
    const path = this.path(key);
    if (await isWhole(path, bytes.length)) return;
    // Reserved before the first wait, so that writes at the same time can't pass the limit together.
    if (this.#usedBytes + bytes.length > this.#maxBytes) throw this.#full();
    this.#usedBytes += bytes.length;
    const temporary = join(this.#folder, `.${key}.${this.#temporaryFiles++}.tmp`);
    try {
      await writeDurably(temporary, bytes);
      await makeFolders(this.#folder, dirname(path));
      await rename(temporary, path);
      await syncFolder(dirname(path));
    } catch (error) {
      this.#usedBytes -= bytes.length;
      await rm(temporary, { force: true });
      throw isDiskFull(error) ? new AppError('disk_full', {}, { cause: error }) : error;
    }
  }

  #full(): AppError {
    const megabytes = (bytes: number): number => Math.round(bytes / bytesPerMegabyte);
    return new AppError('image_store_full', { usedMb: megabytes(this.#usedBytes), maxMb: megabytes(this.#maxBytes) });
  }
}

/** Hashed in pieces of some ms each: an archive of hundreds of megabytes must not hold the process up. */
async function hashOf(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let from = 0; from < bytes.length; from += hashedAtOnce) {
    if (from > 0) await setImmediate();
    hash.update(bytes.subarray(from, from + hashedAtOnce));
  }
  return hash.digest('hex');
}

/** A file that a failing disk or a person emptied, and a link in its place, are written anew. */
const isWhole = (path: string, bytes: number): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isFile() && found.size === bytes,
    () => false,
  );

const isDiskFull = (error: unknown): boolean => hasCode(error, 'ENOSPC', 'EDQUOT');

const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.some((code) => code === error.code);

const writeDurably = async (path: string, bytes: Uint8Array): Promise<void> => {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
};

/** Makes `folder` and its parent below `root`, each entry on disk before a file goes in. */
const makeFolders = async (root: string, folder: string): Promise<void> => {
  const parent = dirname(folder);
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) === undefined) return;
  await syncFolder(parent);
  await syncFolder(root);
};

const syncFolder = async (folder: string): Promise<void> => {
  // Windows can't open folders; its journal orders the rename itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
