/** One process at a time for one model. */
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

/** The holder touches its file this often. */
const beatMs = 5000;
/** After so long without, nobody holds it: a machine that went away, or another one's process on a shared disk. */
const abandonedMs = 60_000;

const holder = z.object({ pid: z.int().positive(), host: z.string() });

/**
 * Holds `file` until it is disposed.
 * @param sentence for whoever comes second
 * @throws ModelStoreError `busy`
 */
export async function takeLock(file: string, sentence: string): Promise<AsyncDisposable> {
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(file, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (attempt >= 3 || !(await isAbandoned(file))) throw new ModelStoreError('busy', sentence);
      await rm(file, { force: true });
    }
  }
  const beat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), beatMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      await rm(file, { force: true });
    },
  };
}

async function isAbandoned(file: string): Promise<boolean> {
  try {
    const silentMs = Date.now() - (await stat(file)).mtimeMs;
    if (silentMs > abandonedMs) return true;
    const read = holder.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return read.success && read.data.host === hostname() && !isAlive(read.data.pid);
  } catch (error) {
    // Being written, or gone again.
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
