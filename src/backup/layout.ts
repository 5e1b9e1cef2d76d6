/** What a backup is made of. A data folder and a backup have the same layout. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keyFiles } from '#src/c2pa/keys/names.ts';

/** Queue, inbox, outbox, styles, plans, settings, the history of the local room. */
export const mainFile = 'blitzbild.sqlite';
/** Keys of encrypted rooms. */
export const cryptoFile = 'matrix/crypto.sqlite';
/** What opens them, where no other file was named. */
export const cryptoKeyFile = 'matrix/store.key';
/** What pictures are compared with: hashes and vectors of works, never the works. */
export const referencesFile = 'references.sqlite';
/** The organisation's keys for marks of origin; each set is taken or left as a whole, because its files belong together. */
export const markKeys = [Object.values(keyFiles), ['watermark.key']].map((names) => names.map((name) => `keys/${name}`));
export const picturesFolder = 'images';
export const manifestFile = 'backup.json';

/** What SQLite and Blitzbild put beside a database. */
export const companions = (file: string): readonly string[] => ['-wal', '-shm', '-journal', '.lease'].map((ending) => file + ending);

/** Two levels of folders and the hash of the content, as src/store/images-files.ts names them. */
export const pictureForm = /^[0-9a-f]{2}\/[0-9a-f]{2}\/([0-9a-f]{64})\.[a-z]{2,5}$/;

export const has = (folder: string, file: string): boolean => existsSync(join(folder, file));
