import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, Session, SQLInputValue, StatementSync } from 'node:sqlite';
import { AppError } from '#core/errors.ts';
import { reach } from '#core/failpoints.ts';
import { folded } from '#src/store/folded.ts';
import { StoreLease } from '#src/store/lease.ts';
import { lock, open } from '#src/store/open-file.ts';
import { copyWhileUsed, removeCopies, RewrittenCopy } from '#src/store/rewritten-copy.ts';
import { migrations } from '#src/store/schema.ts';
import { damaged, StoreError, StoreInUseError, troubleOf, whyNotOpened } from '#src/store/store-error.ts';

export type Row = Record<string, string | number | null>;

/** What befalls a file that was opened well. */
export type StoreWatch = {
  /** It can't be used any more: damaged, or taken by another machine. Whoever runs must end. */
  readonly onBroken?: (error: StoreError) => void;
  /** The disk is full, or has room again. Nothing that was stored is lost. */
  readonly onFull?: (isFull: boolean) => void;
};

/**
 * One SQLite file with prepared statements and transactions that may be nested. WAL with `synchronous=FULL`: what a
 * transaction stored survives the loss of power. The lock is exclusive, so two processes never share a queue; a lease
 * beside the file fences a process that lost the lock without knowing.
 */
export class Database {
  readonly #path: string;
  #sqlite: DatabaseSync;
  readonly #watch: StoreWatch;
  readonly #lease: StoreLease | undefined;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #broken: StoreError | undefined;
  #isDiskFull = false;
  /** Copies are made one after the other: none may be read while the file is put in another's place. */
  #copying: Promise<void> = Promise.resolve();
  #isClosed = false;

  /**
   * @param path of the file, or `:memory:`
   * @throws StoreInUseError, StoreError where it is damaged, newer, not writable, or its disk full: each with what to do
   */
  constructor(path: string, watch: StoreWatch = {}) {
    this.#path = path;
    this.#watch = watch;
    this.#sqlite = open(path);
    try {
      lock(this.#sqlite, path);
      this.#lease = path === ':memory:' ? undefined : new StoreLease(path, () => this.#lost());
      const [verdict] = Object.values(this.#sqlite.prepare('PRAGMA quick_check(1)').get() ?? {});
      if (verdict !== 'ok') throw damaged(path, verdict);
      if (path !== ':memory:') removeCopies(path);
      this.#setUp();
      this.#sqlite.exec('PRAGMA foreign_keys = OFF');
      this.#migrate();
      this.#sqlite.exec('PRAGMA foreign_keys = ON');
    } catch (error) {
      this.#lease?.release();
      this.#sqlite.close();
      throw whyNotOpened(path, error);
    }
  }

  #setUp(): void {
    // What is deleted is overwritten at once.
    this.#sqlite.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON');
    this.#sqlite.function('folded', { deterministic: true }, (text) => folded(String(text)));
  }

  #migrate(): void {
    const done = Number(this.#sqlite.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (done > migrations.length) {
      throw new StoreError(
        `the data was written by a newer Blitzbild (schema ${done}, this one knows ${migrations.length}): update Blitzbild, or set BLITZBILD_DATA to another folder.`,
      );
    }
    if (done === migrations.length) return;
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
    this.#do(() => this.#sqlite.exec('BEGIN IMMEDIATE'));
    this.#depth++;
    try {
      const result = work();
      this.#do(() => {
        this.#checkLease();
        this.#sqlite.exec('COMMIT');
      });
      this.#noteRoom();
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
    return this.#do(() => this.#prepared(sql).get(...values) as Row | undefined);
  }

  all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#do(() => this.#prepared(sql).all(...values) as Row[]);
  }

  /** @returns how many rows changed, and the id of the last inserted one */
  run(sql: string, ...values: readonly SQLInputValue[]): { changes: number; id: number } {
    return this.#do(() => {
      if (this.#depth === 0) this.#checkLease();
      const { changes, lastInsertRowid } = this.#prepared(sql).run(...values);
      if (this.#depth === 0) this.#noteRoom();
      return { changes: Number(changes), id: Number(lastInsertRowid) };
    });
  }

  /** @throws AppError `disk_full` where the disk has less than `LEAST_FREE_BYTES` */
  assertRoom(): void {
    if (this.#hasRoom()) return this.#noteRoom();
    throw this.#full();
  }

  get isDiskFull(): boolean {
    return this.#isDiskFull;
  }

  /** Writes all that is stored to another file, while the work goes on. */
  async snapshot(path: string): Promise<void> {
    return this.#alone(async () => copyWhileUsed(this.#sqlite, path));
  }

  /**
   * Writes the file anew, without what is left of deleted rows in its free places. Other work goes on meanwhile, but for the moment in
   * which what was stored since is carried over and the new file takes the place of the old one.
   */
  async rewrite(): Promise<void> {
    if (this.#path === ':memory:') return;
    await this.#alone(async () => {
      const session = this.#sqlite.createSession();
      const copy = await RewrittenCopy.make(this.#path, async (path) => copyWhileUsed(this.#sqlite, path));
      try {
        this.#exchange(copy, session);
      } finally {
        copy.remove();
      }
    });
  }

  /** In one go: nothing may be stored between the last change that is carried over and the new file. */
  #exchange(copy: RewrittenCopy, session: Session): void {
    if (this.#isClosed) return;
    if (this.#broken !== undefined) throw this.#broken;
    copy.apply(session.changeset());
    session.close();
    this.#checkLease();
    this.#statements.clear();
    this.#sqlite.close();
    try {
      copy.putInPlace();
    } finally {
      // The old one where the new one could not be put there.
      this.#reopen();
    }
  }

  #reopen(): void {
    try {
      this.#sqlite = open(this.#path);
      lock(this.#sqlite, this.#path);
      this.#setUp();
      this.#sqlite.exec('PRAGMA foreign_keys = ON');
      this.#checkLease();
    } catch (error) {
      this.#break(error instanceof StoreError ? error : damaged(this.#path, error));
      throw error;
    }
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#copying.then(work);
    this.#copying = done.catch(() => {});
    return done;
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Tells a full disk and a damaged file apart from what is our own mistake. */
  #do<Result>(work: () => Result): Result {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      return work();
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === 'full') throw this.#full(error);
      if (trouble === 'damaged') this.#break(damaged(this.#path, error));
      throw this.#broken ?? error;
    }
  }

  #full(cause?: unknown): AppError {
    if (!this.#isDiskFull) this.#watch.onFull?.(true);
    this.#isDiskFull = true;
    return new AppError('disk_full', {}, { cause });
  }

  /** Something was stored. A few bytes may find room where the next ones don't: that is not told as an end. */
  #noteRoom(): void {
    if (!this.#isDiskFull || !this.#hasRoom()) return;
    this.#isDiskFull = false;
    this.#watch.onFull?.(false);
  }

  #hasRoom(): boolean {
    if (this.#path === ':memory:') return true;
    const { bavail, bsize } = statfsSync(dirname(this.#path));
    return bavail * bsize >= LEAST_FREE_BYTES;
  }

  #checkLease(): void {
    if (this.#lease?.isOurs !== false) return;
    this.#lost();
    throw this.#broken ?? new StoreInUseError(this.#path);
  }

  #lost(): void {
    this.#break(
      new StoreInUseError(this.#path, 'a Blitzbild process of another machine, which took it over while this one gave no sign of life'),
    );
  }

  #break(error: StoreError): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    this.#watch.onBroken?.(error);
  }

  close(): void {
    this.#isClosed = true;
    this.#statements.clear();
    this.#sqlite.close();
    this.#lease?.release();
  }
}

/** SQLite's log grows to 4 MB before it is folded in. */
const LEAST_FREE_BYTES = 4_000_000;
