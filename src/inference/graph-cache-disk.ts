import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Waits until a file, or the names in a folder, are on the disk and not only in the system's memory. */
export function syncToDisk(path: string): void {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR' || process.platform === 'win32') return; // Windows opens no folders
    throw error;
  }
  try {
    fsyncSync(fd);
  } catch (error) {
    // Some network file systems sync no folders, and Windows no file that was opened for reading.
    if (!['EINVAL', 'EPERM', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    closeSync(fd);
  }
}
