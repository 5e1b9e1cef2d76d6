import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** On systems without such rights nothing is to be done. */
const hasRights = process.platform !== 'win32';

/**
 * A folder for its owner alone, with everything in it: what an earlier version, or a copy, left readable for others is closed. Links are left
 * as they are, and so is what belongs to somebody else.
 * @param besides folders in it that are nobody's secret, and may be shared
 * @param keys a folder of keys: closed itself, its files left as they are. A key that others could read is one that others may have, so
 *   whoever reads it has to see that and refuse it
 * @returns how many files and folders could be read by others
 */
export function makePrivate(folder: string, besides: readonly string[] = [], keys?: string): number {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!hasRights) return 0;
  let closed = close(folder, 0o700);
  const isOfKeys = folder === keys;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (besides.includes(path)) continue;
    if (entry.isDirectory()) closed += makePrivate(path, besides, keys);
    else if (entry.isFile() && !isOfKeys) closed += close(path, 0o600);
  }
  return closed;
}

function close(path: string, mode: number): 0 | 1 {
  try {
    if ((lstatSync(path).mode & 0o077) === 0) return 0;
    chmodSync(path, mode);
    return 1;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM' || code === 'ENOENT' || code === 'EROFS') return 0;
    throw error;
  }
}
