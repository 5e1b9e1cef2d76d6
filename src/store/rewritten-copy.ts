import { once } from 'node:events';
import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, constants, DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** 1 MB between two looks at what else there is to do. */
const PAGES_AT_ONCE = 256;
const MOST_ATTEMPTS = 100;
const AFTER_COLLISION_MS = 10;

/** Writes all that is stored to another file, page by page, while the work goes on. */
export async function copyWhileUsed(sqlite: DatabaseSync, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await backup(sqlite, path, { rate: PAGES_AT_ONCE });
      return;
    } catch (error) {
      // Pages are read in another thread. Where it meets a transaction of this one, it gives up, with an error that is none.
      const isCollision = error instanceof Error && 'errcode' in error && error.errcode === 0;
      if (!isCollision || attempt >= MOST_ATTEMPTS) throw error;
      await delay(AFTER_COLLISION_MS);
    }
  }
}

/** SQLITE_CHANGESET_DATA and SQLITE_CHANGESET_CONFLICT; of a constraint nothing can be replaced. */
const replaceable: readonly number[] = [1, 3];

const besides = (path: string): { readonly copy: string; readonly anew: string } => ({ copy: `${path}.copy`, anew: `${path}.anew` });

/** What an earlier process left beside the database when it ended in the middle. */
export function removeCopies(path: string): void {
  for (const beside of Object.values(besides(path)))
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(beside + ending, { force: true });
}

/**
 * A database written anew beside its place: every row, and nothing of what was ever erased. SQLite zeroes what is deleted, but pages that
 * were split keep copies of rows that moved; only a new file has none.
 */
export class RewrittenCopy {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @param copyTo writes all that is stored to another file, page by page, with what lies in its free places */
  static async make(path: string, copyTo: (path: string) => Promise<void>): Promise<RewrittenCopy> {
    removeCopies(path);
    const { copy, anew } = besides(path);
    try {
      await copyTo(copy);
      await vacuumInto(copy, anew);
      chmodSync(anew, 0o600);
    } finally {
      for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(copy + ending, { force: true });
    }
    return new RewrittenCopy(path);
  }

  /** What was stored since. */
  apply(changes: Uint8Array): void {
    if (changes.length === 0) return;
    const sqlite = new DatabaseSync(besides(this.#path).anew, { enableForeignKeyConstraints: false });
    try {
      const { SQLITE_CHANGESET_ABORT, SQLITE_CHANGESET_NOTFOUND, SQLITE_CHANGESET_OMIT, SQLITE_CHANGESET_REPLACE } = constants;
      // Part of them was in the copy already: what they say last is right.
      const onConflict = (kind: number): number =>
        kind === SQLITE_CHANGESET_NOTFOUND
          ? SQLITE_CHANGESET_OMIT
          : replaceable.includes(kind)
            ? SQLITE_CHANGESET_REPLACE
            : SQLITE_CHANGESET_ABORT;
      if (!sqlite.applyChangeset(changes, { onConflict }))
        throw new Error('what was stored meanwhile does not fit the database that was written anew');
    } finally {
      sqlite.close();
    }
  }

  /** In the place of the database, which nobody has open. */
  putInPlace(): void {
    renameSync(besides(this.#path).anew, this.#path);
    if (process.platform === 'win32') return;
    const folder = openSync(dirname(this.#path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  remove(): void {
    removeCopies(this.#path);
  }
}

async function vacuumInto(from: string, to: string): Promise<void> {
  const worker = new Worker(new URL('./vacuum-worker.ts', import.meta.url), { workerData: { from, to } });
  // An error of the thread rejects.
  await once(worker, 'exit');
}
