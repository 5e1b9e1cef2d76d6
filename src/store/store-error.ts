import { dirname } from 'node:path';
import { AppError } from '#core/errors.ts';
import { LeaseTakenError } from '#src/store/lease.ts';

/** The file can't be used as it is; `message` says why. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
}

/** Another process holds the file. */
export class StoreInUseError extends StoreError {
  override readonly name = 'StoreInUseError';

  constructor(path: string, by = 'another Blitzbild process') {
    super(`${path} is in use by ${by}`);
  }
}

export const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;
/** A page that should be there is not. */
const SQLITE_IOERR_SHORT_READ = 522;

const errcodeOf = (error: unknown): number => (error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0);
export const primaryCode = (error: unknown): number => errcodeOf(error) & 0xff;

/** `undefined`: our own mistake, or one that may pass. */
export function troubleOf(error: unknown): 'full' | 'damaged' | undefined {
  const code = primaryCode(error);
  if (code === SQLITE_FULL) return 'full';
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB || errcodeOf(error) === SQLITE_IOERR_SHORT_READ ? 'damaged' : undefined;
}

/** What was met while the file was opened, in a sentence where there is one. */
export function whyNotOpened(path: string, error: unknown): unknown {
  if (error instanceof StoreError) return error;
  if (error instanceof LeaseTakenError) return new StoreInUseError(path, 'a Blitzbild process of another machine');
  const isFull = (error instanceof AppError && error.code === 'disk_full') || (error as NodeJS.ErrnoException).code === 'ENOSPC';
  if (isFull || troubleOf(error) === 'full')
    return new StoreError(`the disk of ${dirname(path)} is full: make room there, or set BLITZBILD_DATA to another disk.`, {
      cause: error,
    });
  return troubleOf(error) === 'damaged' ? damaged(path, error) : error;
}

export const damaged = (path: string, cause: unknown): StoreError =>
  new StoreError(
    `${path} is damaged or no database: bring a backup back with «blitzbild restore FOLDER», or move the file away to begin anew.`,
    { cause },
  );
