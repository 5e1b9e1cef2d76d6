import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { LibraryCounts, LibraryReader, ListedWork, ReferenceRecord } from '#core/reference-library-port.ts';
import type { Work } from '#core/similarity-port.ts';
import { makeFile } from '#src/store/open-file.ts';
import { referenceMigrations } from '#src/store/reference-schema.ts';
import { StoreError, whyNotOpened } from '#src/store/store-error.ts';

type Row = Record<string, string | number | null | Uint8Array>;

/** How long a transaction of another process is waited for; each holds the file for some milliseconds. */
const BUSY_MS = 5000;

/**
 * The library of protected works, a SQLite file of its own: it outlives the bot's data, and is filled while the bot reads it. Each work is a
 * transaction, so that what was interrupted is whole and can be gone on with.
 */
export class ReferenceLibrary implements LibraryReader {
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Makes the file where there is none.
   * @throws StoreError where it is damaged, newer than this version or can't be written
   */
  constructor(path: string) {
    if (path !== ':memory:') makeFolder(path);
    try {
      if (path !== ':memory:') makeFile(path);
      this.#sqlite = new DatabaseSync(path, { timeout: BUSY_MS });
      this.#sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
      this.#migrate();
    } catch (error) {
      throw whyNotOpened(path, error);
    }
  }

  /** `undefined` where nobody has made a library yet. */
  static openExisting(path: string): ReferenceLibrary | undefined {
    return existsSync(path) ? new ReferenceLibrary(path) : undefined;
  }

  #migrate(): void {
    const version = (): number => Number(this.#sqlite.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version() > referenceMigrations.length)
      throw new StoreError('the library of works was written by a newer Blitzbild: update Blitzbild, or fill the library anew.');
    if (version() === referenceMigrations.length) return;
    this.transaction(() => {
      // Another process may have been faster.
      const done = version();
      for (const migration of referenceMigrations.slice(done)) this.#sqlite.exec(migration);
      this.#sqlite.exec(`PRAGMA user_version = ${referenceMigrations.length}`);
    });
  }

  /** What is done in `work` is there as a whole or not at all; may be nested. */
  transaction<Result>(work: () => Result): Result {
    return this.#within('BEGIN IMMEDIATE', work);
  }

  snapshot<Result>(read: () => Result): Result {
    return this.#within('BEGIN DEFERRED', read);
  }

  #within<Result>(begin: string, work: () => Result): Result {
    if (this.#sqlite.isTransaction) return work();
    this.#sqlite.exec(begin);
    try {
      const result = work();
      this.#sqlite.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK');
      throw error;
    }
  }

  counts(hashForm: number, model = ''): LibraryCounts {
    const row = this.#get(
      `SELECT (SELECT count(*) FROM works) AS works, (SELECT count(*) FROM works WHERE hash_form <> ?) AS outdated,
              (SELECT count(*) FROM vectors WHERE model = ?) AS withVectors`,
      hashForm,
      model,
    );
    return { works: Number(row?.['works']), outdated: Number(row?.['outdated']), withVectors: Number(row?.['withVectors']) };
  }

  work(id: number): Work | undefined {
    return workOf(this.#get('SELECT id, title, rights_holder, licence FROM works WHERE id = ?', id));
  }

  workOfFile(sha256: string): Work | undefined {
    return workOf(this.#get('SELECT id, title, rights_holder, licence FROM works WHERE sha256 = ?', sha256));
  }

  workWithFile(sha256: string): ListedWork | undefined {
    return listedOf(this.#get(`SELECT ${listedColumns} FROM works WHERE sha256 = ?`, sha256));
  }

  workOfPixels(pixelsSha256: string): ListedWork | undefined {
    return listedOf(this.#get(`SELECT ${listedColumns} FROM works WHERE pixels_sha256 = ?`, pixelsSha256));
  }

  workAt(path: string): ListedWork | undefined {
    return listedOf(this.#get(`SELECT ${listedColumns} FROM works WHERE path = ?`, path));
  }

  works(): readonly Work[] {
    return this.#all('SELECT id, title, rights_holder, licence FROM works ORDER BY id').map((row) => workOf(row)!);
  }

  list(): readonly ListedWork[] {
    return this.#all(`SELECT ${listedColumns} FROM works ORDER BY id`).map((row) => listedOf(row)!);
  }

  hasVectors(id: string, model: string): boolean {
    return this.#get('SELECT 1 FROM vectors WHERE work_id = ? AND model = ?', Number(id), model) !== undefined;
  }

  rewrites(): number {
    return Number(this.#get('SELECT count FROM rewrites')?.['count']);
  }

  *hashesAfter(id: number, hashForm: number): Generator<{ readonly id: number; readonly hashes: Uint8Array }> {
    const rows = this.#prepared('SELECT id, hashes FROM works WHERE id > ? AND hash_form = ? ORDER BY id').iterate(id, hashForm);
    for (const row of rows as Iterable<Row>) yield { id: Number(row['id']), hashes: row['hashes'] as Uint8Array };
  }

  *vectorsAfter(id: number, model: string): Generator<{ readonly id: number; readonly values: Float32Array }> {
    const rows = this.#prepared('SELECT work_id, vectors FROM vectors WHERE work_id > ? AND model = ? ORDER BY work_id').iterate(id, model);
    for (const row of rows as Iterable<Row>) {
      const bytes = row['vectors'] as Uint8Array;
      yield { id: Number(row['work_id']), values: new Float32Array(bytes.slice().buffer) };
    }
  }

  /** @returns the id of the work; one that was read from the same path before is rewritten and keeps its id */
  put(record: ReferenceRecord): string {
    return this.transaction(() => {
      const known = this.workAt(record.path)?.id;
      const { path, title, rightsHolder, licence, bytes, modifiedMs, sha256, pixelsSha256, widthPx, heightPx, hashForm, hashes } = record;
      const values = [title, rightsHolder ?? null, licence ?? null, bytes, modifiedMs, sha256, pixelsSha256, widthPx, heightPx, hashForm];
      if (known === undefined) this.#run(insertSql, path, ...values, hashes);
      else {
        this.#run(updateSql, ...values, hashes, Number(known));
        this.#run('DELETE FROM vectors WHERE work_id = ?', Number(known));
        this.#noteRewrite();
      }
      const id = known ?? String(this.#get('SELECT last_insert_rowid() AS id')?.['id']);
      if (record.vectors !== undefined) {
        const { model, values: vectors } = record.vectors;
        const blob = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
        this.#run('INSERT INTO vectors (work_id, model, vectors) VALUES (?, ?, ?)', Number(id), model, blob);
      }
      return id;
    });
  }

  /** What is told about a work, and where its file is now; what it is compared by stays. */
  describe(
    id: string,
    { title, rightsHolder, licence, path, bytes, modifiedMs }: Omit<Work, 'id'> & Pick<ReferenceRecord, 'path' | 'bytes' | 'modifiedMs'>,
  ): void {
    this.transaction(() => {
      this.#run(
        'UPDATE works SET title = ?, rights_holder = ?, licence = ?, path = ?, bytes = ?, modified_ms = ? WHERE id = ?',
        title,
        rightsHolder ?? null,
        licence ?? null,
        path,
        bytes,
        modifiedMs,
        Number(id),
      );
    });
  }

  remove(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.transaction(() => {
      for (const id of ids) this.#run('DELETE FROM works WHERE id = ?', Number(id));
      this.#noteRewrite();
    });
  }

  #noteRewrite(): void {
    this.#run('UPDATE rewrites SET count = count + 1');
  }

  /** Of the file. */
  bytes(): number {
    const row = this.#get('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()');
    return Number(row?.['bytes']);
  }

  close(): void {
    this.#statements.clear();
    this.#sqlite.close();
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#sqlite.prepare(sql)));
    return statement;
  }

  #get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#prepared(sql).get(...values) as Row | undefined;
  }

  #all(sql: string): readonly Row[] {
    return this.#prepared(sql).all() as Row[];
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): void {
    this.#prepared(sql).run(...values);
  }
}

const makeFolder = (path: string): void => {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StoreError(
      `${dirname(path)} can't be written: give this user the right to write there, or set BLITZBILD_DATA to another folder.`,
      { cause: error },
    );
  }
};

const listedColumns = 'id, title, rights_holder, licence, path, bytes, modified_ms, sha256, width_px, height_px, hash_form';
const insertSql = `INSERT INTO works (path, title, rights_holder, licence, bytes, modified_ms, sha256, pixels_sha256, width_px, height_px, hash_form, hashes)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const updateSql = `UPDATE works SET title = ?, rights_holder = ?, licence = ?, bytes = ?, modified_ms = ?, sha256 = ?, pixels_sha256 = ?, width_px = ?,
  height_px = ?, hash_form = ?, hashes = ? WHERE id = ?`;

const workOf = (row: Row | undefined): Work | undefined =>
  row === undefined
    ? undefined
    : {
        id: String(row['id']),
        title: String(row['title']),
        ...(row['rights_holder'] === null ? {} : { rightsHolder: String(row['rights_holder']) }),
        ...(row['licence'] === null ? {} : { licence: String(row['licence']) }),
      };

const listedOf = (row: Row | undefined): ListedWork | undefined =>
  row === undefined
    ? undefined
    : {
        ...workOf(row)!,
        path: String(row['path']),
        bytes: Number(row['bytes']),
        modifiedMs: Number(row['modified_ms']),
        sha256: String(row['sha256']),
        widthPx: Number(row['width_px']),
        heightPx: Number(row['height_px']),
        hashForm: Number(row['hash_form']),
      };
