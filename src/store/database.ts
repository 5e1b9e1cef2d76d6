import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { reach } from '#core/failpoints.ts';
import { folded } from '#src/store/folded.ts';
import { migrations } from '#src/store/schema.ts';

export type Row = Record<string, string | number | null>;

/** The file can't be used as it is; `message` says why. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
}

/** Another process holds the file. */
export class StoreInUseError extends StoreError {
  override readonly name = 'StoreInUseError';

  constructor(path: string) {
    super(`${path} is in use by another Blitzbild process`);
  }
}

/**
 * One SQLite file with prepared statements and transactions that may be nested. WAL with `synchronous=FULL`: what a
 * transaction stored survives the loss of power. The lock is exclusive, so two processes never share a queue.
 */
export class Database {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  /** @param path of the file, or `:memory:` */
  constructor(path: string) {
    this.#sqlite = open(path);
    try {
      this.#sqlite.exec(
        'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;',
      );
      this.#sqlite.function('folded', { deterministic: true }, (text) => folded(String(text)));
      this.#migrate();
      this.#sqlite.exec('PRAGMA foreign_keys = ON');
    } catch (error) {
      this.#sqlite.close();
      const reason = error instanceof Error ? error.message : '';
      if (/database is locked/i.test(reason)) throw new StoreInUseError(path);
      if (/not a database|malformed/i.test(reason)) throw damaged(path, error);
      throw error;
    }
  }

  #migrate(): void {
    const done = Number(this.#sqlite.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (done > migrations.length) {
      throw new StoreError(
        `the data was written by a newer Blitzbild (schema ${done}, this one knows ${migrations.length}): update Blitzbild, or set BLITZBILD_DATA to another folder.`,
      );
    }
    this.transaction(() => {
      for (const migration of migrations.slice(done)) {
        this.#sqlite.exec(migration);
        reach('migration.middle');
      }
      this.#sqlite.exec(`PRAGMA user_version = ${migrations.length}`);
    });
  }

  transaction<Result>(work: () => Result): Result {
    if (this.#depth > 0) return work();
    this.#sqlite.exec('BEGIN IMMEDIATE');
    this.#depth++;
    try {
      const result = work();
      this.#sqlite.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth--;
    }
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#prepared(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#prepared(sql).all(...values) as Row[];
  }

  /** @returns how many rows changed, and the id of the last inserted one */
  run(sql: string, ...values: readonly SQLInputValue[]): { changes: number; id: number } {
    const { changes, lastInsertRowid } = this.#prepared(sql).run(...values);
    return { changes: Number(changes), id: Number(lastInsertRowid) };
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#sqlite.close();
  }
}

function open(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
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

const damaged = (path: string, cause: unknown): StoreError =>
  new StoreError(`${path} is damaged or no database: put a backup in its place, or move it away to begin anew.`, { cause });
