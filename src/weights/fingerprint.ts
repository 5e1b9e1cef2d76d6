/** A short name for the exact weights: people compare it, and a replay tells by it whether the model is still the same. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

const shortLength = 12;
/** Every picture asks; nobody changes files that often. */
const trustedMs = 5000;

type File = { readonly path: string; readonly name: string; readonly bytes: number; readonly modifiedMs: number };

/** Hashes folders in the background and again when a file's size or time has changed. */
export class Fingerprints {
  readonly #known = new Map<string, { readonly state: string; readonly fingerprint: string }>();
  readonly #running = new Map<string, Promise<string>>();
  /** When the files were looked at, on the monotonic clock. */
  readonly #lookedMs = new Map<string, number>();

  /** The last one known; `undefined` until the first hashing is done, which this starts. */
  latest(folder: string): string | undefined {
    const lookedMs = this.#lookedMs.get(folder);
    if (lookedMs === undefined || performance.now() - lookedMs > trustedMs) {
      this.#lookedMs.set(folder, performance.now());
      this.compute(folder).catch(() => this.#known.delete(folder));
    }
    return this.#known.get(folder)?.fingerprint;
  }

  /** First 12 hex digits of the SHA-256 over names and SHA-256 of all files below `folder`, hidden ones left out. */
  compute(folder: string): Promise<string> {
    const running = this.#running.get(folder) ?? this.#compute(folder).finally(() => this.#running.delete(folder));
    this.#running.set(folder, running);
    return running;
  }

  async #compute(folder: string): Promise<string> {
    const files = await listFiles(folder);
    const state = files.map(({ name, bytes, modifiedMs }) => `${name}\0${bytes}\0${modifiedMs}`).join('\n');
    const known = this.#known.get(folder);
    if (known?.state === state) return known.fingerprint;
    const total = createHash('sha256');
    for (const { path, name } of files) total.update(`${name}\0${await hashFile(path)}\n`);
    const fingerprint = total.digest('hex').slice(0, shortLength);
    this.#known.set(folder, { state, fingerprint });
    return fingerprint;
  }
}

const listFiles = async (folder: string): Promise<readonly File[]> => {
  const files: File[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).replaceAll('\\', '/');
    // What git and download tools note for themselves (.git, .cache) is no part of the model and differs on every machine.
    if (`/${name}`.includes('/.')) continue;
    // Not `entry`: download caches link every file to its content.
    const found = await stat(path);
    if (!found.isFile()) continue;
    files.push({ path, name, bytes: found.size, modifiedMs: found.mtimeMs });
  }
  return files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
};

/** SHA-256 in hex. */
export const hashFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
};
