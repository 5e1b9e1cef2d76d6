/** Files that only this user may read: the keys that an organisation signs and marks with. */
import { closeSync, fchmodSync, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';

const MOST_BYTES = 65_536;
/** Any right of the group or of others. */
const OTHERS = 0o077;

export type PrivateFileReason = 'missing' | 'inaccessible' | 'open-to-others' | 'exists';

/** `message`: one sentence, with what helps and nothing of the content. */
export class PrivateFileError extends Error {
  override readonly name = 'PrivateFileError';
  readonly reason: PrivateFileReason;

  constructor(reason: PrivateFileReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/**
 * The content, at most 64 KiB of it. On Windows, where rights are no modes, they are not looked at.
 * @throws PrivateFileError where the group or others have any right to it, or it can't be read
 */
export function readPrivateFile(file: string): Buffer {
  let place: number | undefined;
  try {
    place = openSync(file, 'r');
    // What was opened is looked at: a name may mean another file a moment later.
    const { mode } = fstatSync(place);
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      const rights = (mode & 0o777).toString(8).padStart(3, '0');
      throw new PrivateFileError(
        'open-to-others',
        `the key file ${file} is open to other users (mode ${rights}); a key must be its owner's alone: chmod 600 ${quoted(file)}`,
      );
    }
    const bytes = Buffer.alloc(MOST_BYTES);
    return bytes.subarray(0, readSync(place, bytes, 0, MOST_BYTES, 0));
  } catch (error) {
    if (error instanceof PrivateFileError) throw error;
    if (codeOf(error) === 'ENOENT')
      throw new PrivateFileError('missing', `the key file ${file} is missing: put it back from a backup`, error);
    throw new PrivateFileError('inaccessible', `the key file ${file} can't be read: give it to the user who runs the bot`, error);
  } finally {
    if (place !== undefined) closeSync(place);
  }
}

/**
 * Makes a file of mode 0600 in a folder that is made with 0700 where there is none. Written beside its place, put on the disk, then named:
 * a crash leaves no half key.
 * @throws PrivateFileError `exists`: a key is never written over
 */
export function writePrivateFile(file: string, content: string | Uint8Array): void {
  const beside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  let isMade = false;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const place = openSync(beside, 'wx', 0o600);
    isMade = true;
    try {
      // Whatever the umask took away.
      fchmodSync(place, 0o600);
      writeSync(place, typeof content === 'string' ? Buffer.from(content, 'utf8') : content);
      fsyncSync(place);
    } finally {
      closeSync(place);
    }
    // A link fails where the name is taken; a rename would replace what is there.
    linkSync(beside, file);
    syncFolder(dirname(file));
  } catch (error) {
    // Of a folder it means that a file has its name.
    if (codeOf(error) === 'EEXIST' && isMade) throw new PrivateFileError('exists', `${file} exists already and is left as it is`, error);
    throw new PrivateFileError('inaccessible', `${file} can't be written: give this user the right to write in ${dirname(file)}`, error);
  } finally {
    if (isMade) unlinkSync(beside);
  }
}

function syncFolder(folder: string): void {
  // Windows can't open folders.
  if (process.platform === 'win32') return;
  const place = openSync(folder, 'r');
  try {
    fsyncSync(place);
  } finally {
    closeSync(place);
  }
}

const codeOf = (error: unknown): string | undefined => (error instanceof Error && 'code' in error ? String(error.code) : undefined);

const quoted = (file: string): string => (/^[\w./-]+$/u.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`);
