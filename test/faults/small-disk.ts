/** A disk of a few megabytes in place of a folder, so that it can be full without harm to the machine. */
import { execFile } from 'node:child_process';
import { closeSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class SmallDisk implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Why this machine can't have one; asked by trying. */
  static async skipReason(): Promise<string | undefined> {
    if (process.platform !== 'linux') return 'only Linux has a tmpfs';
    const folder = await mkdtemp(join(tmpdir(), 'blitzbild-mount-'));
    try {
      await mount(folder, 1);
      await unmount(folder);
      return undefined;
    } catch {
      return 'this user may not mount a tmpfs';
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Takes the place of `folder`, with what is in it. Whoever works there must have stopped. */
  static async under(folder: string, megabytes: number): Promise<SmallDisk> {
    const copy = await mkdtemp(join(tmpdir(), 'blitzbild-mount-'));
    try {
      await mkdir(folder, { recursive: true });
      await cp(folder, copy, { recursive: true });
      await mount(folder, megabytes);
      await cp(copy, folder, { recursive: true });
    } finally {
      await rm(copy, { recursive: true });
    }
    return new SmallDisk(folder);
  }

  get #filler(): string {
    return join(this.#folder, 'filler');
  }

  /** Leaves room for so many bytes, and often less. */
  fill(freeBytes: number): void {
    const file = openSync(this.#filler, 'a', 0o600);
    let size = 0;
    try {
      for (const chunk of [1 << 20, 1 << 12])
        for (;;) {
          const written = writeAsMuchAsFits(file, chunk);
          size += written;
          if (written < chunk) break;
        }
    } finally {
      closeSync(file);
    }
    truncateSync(this.#filler, Math.max(0, size - freeBytes));
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await unmount(this.#folder);
  }
}

const mount = async (folder: string, megabytes: number): Promise<unknown> =>
  run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder]);

/** Also while a process still has files there. */
const unmount = async (folder: string): Promise<unknown> => run('umount', ['-l', folder]);

/** @returns how many of the bytes found room */
function writeAsMuchAsFits(file: number, bytes: number): number {
  try {
    return writeSync(file, Buffer.alloc(bytes, 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0;
    throw error;
  }
}
