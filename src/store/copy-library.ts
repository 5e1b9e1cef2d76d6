import { backup, DatabaseSync } from 'node:sqlite';
import { whyNotOpened } from '#src/store/store-error.ts';

/** A copy of the library of works, of one moment, whether it is read or filled meanwhile. */
export async function copyLibrary(path: string, target: string): Promise<void> {
  try {
    const sqlite = new DatabaseSync(path);
    try {
      await backup(sqlite, target);
    } finally {
      sqlite.close();
    }
  } catch (error) {
    throw whyNotOpened(path, error);
  }
}
