import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PrivateFileError, readPrivateFile, writePrivateFile } from '#src/private-file.ts';

const keyBytes = 32;

const fileIn = (dataFolder: string): string => join(dataFolder, 'keys', 'watermark.key');

/**
 * The organisation's key for watermarks, 32 bytes; made where there is none. Whoever has it can find the marks, and write them.
 * @throws PrivateFileError where others may read it, or it is no key
 */
export function openWatermarkKey(dataFolder: string): Uint8Array {
  try {
    const key = readWatermarkKey(dataFolder);
    if (key !== undefined) return key;
    const made = new Uint8Array(randomBytes(keyBytes));
    writePrivateFile(fileIn(dataFolder), made);
    return made;
  } catch (error) {
    // Another process was faster.
    if (error instanceof PrivateFileError && error.reason === 'exists') return openWatermarkKey(dataFolder);
    throw error;
  }
}

/** `undefined` where none was made yet. Throws as `openWatermarkKey` does. */
export function readWatermarkKey(dataFolder: string): Uint8Array | undefined {
  const file = fileIn(dataFolder);
  try {
    const key = readPrivateFile(file);
    if (key.length === keyBytes) return new Uint8Array(key);
  } catch (error) {
    if (error instanceof PrivateFileError && error.reason === 'missing') return undefined;
    throw error;
  }
  throw new PrivateFileError(
    'inaccessible',
    `the key file ${file} does not hold 32 bytes: put it back from a backup, or move it away, and a new one is made at the next start`,
  );
}
