import { backup, DatabaseSync } from 'node:sqlite';
import { StoreLease } from '#src/store/lease.ts';
import { lock, open } from '#src/store/open-file.ts';
import { migrations } from '#src/store/schema.ts';
import { whyNotOpened } from '#src/store/store-error.ts';

/**
 * Holds a database that nobody works on, so that nobody begins to, and gives it a way to be copied. Its tables are left as they are.
 * @throws StoreInUseError, StoreError
 */
export async function withHeldDatabase<Result>(
  path: string,
  work: (copyTo: (target: string) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const sqlite = open(path);
  let lease: StoreLease;
  try {
    lock(sqlite, path);
    lease = new StoreLease(path, () => {});
  } catch (error) {
    sqlite.close();
    throw whyNotOpened(path, error);
  }
  try {
    return await work(async (target) => void (await backup(sqlite, target)));
  } finally {
    sqlite.close();
    lease.release();
  }
}

/**
 * Looks at every page and every row of a database file that nobody works on.
 * @returns what is wrong with it, else the number of its schema
 */
export function examineDatabase(path: string): { readonly schema: number } | { readonly fault: string } {
  try {
    const sqlite = new DatabaseSync(path);
    try {
      // Without it, reading a copy leaves two files beside it.
      sqlite.exec('PRAGMA locking_mode = EXCLUSIVE');
      const [verdict] = Object.values(sqlite.prepare('PRAGMA integrity_check(1)').get() ?? {});
      if (verdict !== 'ok') return { fault: String(verdict) };
      return { schema: Number(sqlite.prepare('PRAGMA user_version').get()?.['user_version']) };
    } finally {
      sqlite.close();
    }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

/** The newest schema of the main database that this version knows. */
export const newestSchema = migrations.length;
