import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';

/** The store that lies beside its key. */
export const STORE_FILE = 'crypto.sqlite';
/** Length of the key that encrypts the store, in bytes. */
export const STORE_KEY_BYTES = 32;
const MAKE_ONE = 'make one with «openssl rand -hex 32»';

/**
 * The key of the crypto store: from the named file, else from `store.key` in `folder`, which is made once, before the store.
 * @param keyFile path of a file with one line: 64 hex digits or 44 characters of base64; `undefined` where none is named
 * @param folder where `store.key` lies or is made, mode 0600
 * @returns 32 bytes
 * @throws CryptoStoreError `bad-key-file` or `inaccessible`, in one sentence without the file's content
 */
export function readStoreKey({ keyFile, folder }: { readonly keyFile: string | undefined; readonly folder: string }): Uint8Array {
  if (keyFile !== undefined) return read(keyFile, true);
  const own = join(folder, 'store.key');
  if (!existsSync(own)) {
    if (existsSync(join(folder, STORE_FILE))) throw new CryptoStoreError('bad-key-file', `${missingKey(folder)}.`);
    make(own);
  }
  return read(own, false);
}

/** One sentence without its full stop, for a folder with a store and no key: a new key would open nothing and hide the loss. */
export const missingKey = (folder: string): string =>
  `${join(folder, 'store.key')}, which opens the keys of encrypted rooms, is missing: put it back from a backup, or name its file as MATRIX_STORE_KEY_FILE; where it is lost, move ${join(folder, STORE_FILE)} away and give the bot a new access token, so that it begins as a new device`;

/** @returns the key that the text of a file holds, or `undefined` */
export function parseStoreKey(text: string): Uint8Array | undefined {
  const line = text.trim();
  if (/^[0-9a-f]{64}$/iu.test(line)) return Uint8Array.from(Buffer.from(line, 'hex'));
  // 32 bytes are 43 characters and one «=»; both alphabets, because tools differ in which they write.
  if (/^[A-Za-z0-9+/_-]{43}=$/u.test(line)) return Uint8Array.from(Buffer.from(line, 'base64'));
  return undefined;
}

function read(file: string, isNamed: boolean): Uint8Array {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CryptoStoreError(
      'inaccessible',
      `the key file ${file} can't be read: give this user the right to read it${isNamed ? `, or ${MAKE_ONE} > ${file}` : ''}.`,
      { cause: error },
    );
  }
  const key = parseStoreKey(text);
  if (key !== undefined) return key;
  throw new CryptoStoreError(
    'bad-key-file',
    isNamed
      ? `the key file ${file} must hold one line of 64 hex digits or 44 characters of base64 (32 bytes): ${MAKE_ONE} > ${file}.`
      : `the key file ${file} is damaged, it must hold one line of 64 hex digits: restore it from a backup.`,
  );
}

/** Written beside its place, put on the disk, then named: a crash leaves no half key, and two processes agree on one. */
function make(file: string): void {
  const beside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const fd = openSync(beside, 'wx', 0o600);
    try {
      writeSync(fd, `${randomBytes(STORE_KEY_BYTES).toString('hex')}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    try {
      // A link fails where the name is taken; a rename would replace the key of a process that was faster.
      linkSync(beside, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(beside);
    }
    syncFolder(dirname(file));
  } catch (error) {
    throw new CryptoStoreError('inaccessible', `${file} can't be written: give this user the right to write in ${dirname(file)}.`, {
      cause: error,
    });
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
