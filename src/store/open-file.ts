import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isHolderAlive } from '#src/store/lease.ts';
import { primaryCode, SQLITE_BUSY, StoreError, StoreInUseError } from '#src/store/store-error.ts';

/** How long a program that reads the file, such as one that makes backups, is waited for at the start. */
const WAIT_FOR_READER_MS = 10_000;
const LOOK_EVERY_MS = 100;

export function open(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      makeFile(path);
    }
    return new DatabaseSync(path);
  } catch (error) {
    throw new StoreError(
      `${dirname(path)} can't be written: give this user the right to write there, or set BLITZBILD_DATA to another folder.`,
      {
        cause: error,
      },
    );
  }
}

/**
 * For its owner alone from the first byte on; what SQLite puts beside it has the rights of the file. One that is there is not opened: to
 * close it would give up the locks that this process may have on it.
 */
export function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** A Blitzbild that runs keeps its lock for good; another program that reads the file will let go of it. */
export function lock(sqlite: DatabaseSync, path: string): void {
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    try {
      sqlite.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; COMMIT;');
      return;
    } catch (error) {
      if (primaryCode(error) !== SQLITE_BUSY) throw error;
      if (isHolderAlive(path)) throw new StoreInUseError(path);
      if (waitedMs >= WAIT_FOR_READER_MS) throw new StoreInUseError(path, 'another program, which reads it or makes a backup of it');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
    }
  }
}
