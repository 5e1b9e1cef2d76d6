import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';

/** The form of the tables below. */
const SCHEMA = 1;

/** One IndexedDB database as it is kept: `stores` is its object stores and indexes as JSON. */
export type StoredDatabase = { readonly name: string; readonly version: number; readonly stores: string };
export type StoredRecord = { readonly key: string; readonly value: Uint8Array };

/**
 * The SQLite file of the crypto store. WAL with `synchronous=FULL`: what a transaction stored survives the loss of power.
 * The lock is exclusive: two processes on one store would both move the same ratchets on, and people could read neither.
 */
export class StoreFile {
  readonly path: string;
  readonly #sqlite: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;

  /** @throws CryptoStoreError `in-use`, `damaged`, `newer`, `inaccessible` */
  constructor(path: string) {
    this.path = path;
    this.#sqlite = open(path);
    try {
      this.#sqlite.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
      const [verdict] = Object.values(this.#sqlite.prepare('PRAGMA integrity_check(1)').get() ?? {});
      if (verdict !== 'ok') throw damaged(path, verdict);
      migrate(this.#sqlite);
      this.#statements = prepare(this.#sqlite);
    } catch (error) {
      this.#sqlite.close();
      throw explained(path, error);
    }
  }

  /** @throws CryptoStoreError `damaged` */
  databases(): readonly StoredDatabase[] {
    return this.#read(() =>
      this.#statements.databases.all().map((row) => {
        const { name, version, stores, checksum } = row as StoredDatabase & { checksum: number };
        if (checksum !== crc32(stores, crc32(name))) throw damaged(this.path, 'checksum of a schema');
        return { name, version, stores };
      }),
    );
  }

  /** @throws CryptoStoreError `damaged` */
  records(database: string, store: string): readonly StoredRecord[] {
    return this.#read(() =>
      this.#statements.records.all(database, store).map((row) => {
        const { key, value, checksum } = row as StoredRecord & { checksum: number };
        if (checksum !== checksumOf(database, store, key, value)) throw damaged(this.path, 'checksum of a record');
        return { key, value };
      }),
    );
  }

  /** All that `work` stores is on the disk when this returns, or nothing of it. */
  transaction(work: () => void): void {
    this.#sqlite.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#sqlite.exec('COMMIT');
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK');
      throw error;
    }
  }

  /** Whether there is a device whose keys these are; an empty store gets one when it is used. */
  holdsDevice(): boolean {
    return this.#read(() => this.#statements.account.get() !== undefined);
  }

  putDatabase({ name, version, stores }: StoredDatabase): void {
    this.#statements.putDatabase.run(name, version, stores, crc32(stores, crc32(name)));
  }

  put(database: string, store: string, { key, value }: StoredRecord): void {
    this.#statements.put.run(database, store, key, value, checksumOf(database, store, key, value));
  }

  delete(database: string, store: string, key: string): void {
    this.#statements.delete.run(database, store, key);
  }

  /** Removes the records of an object store, or of all of them. */
  clear(database: string, store?: string): void {
    if (store === undefined) this.#statements.clearAll.run(database);
    else this.#statements.clear.run(database, store);
  }

  /** Writes all that is stored to another file, while the work goes on. */
  async snapshot(path: string): Promise<void> {
    await backup(this.#sqlite, path);
  }

  close(): void {
    if (this.#sqlite.isOpen) this.#sqlite.close();
  }

  #read<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw explained(this.path, error);
    }
  }
}

/** SQLite's own check sees pages and rows, not what stands in them. */
const checksumOf = (database: string, store: string, key: string, value: Uint8Array): number =>
  crc32(value, crc32(JSON.stringify([database, store, key])));

function open(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // SQLite makes files that everybody may read. Never for a file that is there: closing it would end the lock that this
    // process may hold on it, as POSIX has it.
    if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
    return new DatabaseSync(path);
  } catch (error) {
    throw new CryptoStoreError('inaccessible', `${path} can't be opened: give this user the right to read and write in ${dirname(path)}.`, {
      cause: error,
    });
  }
}

function migrate(sqlite: DatabaseSync): void {
  const found = Number(sqlite.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (found > SCHEMA) {
    throw new CryptoStoreError(
      'newer',
      `the keys for encrypted rooms were written by a newer Blitzbild (schema ${found}, this one knows ${SCHEMA}): update Blitzbild.`,
    );
  }
  if (found === SCHEMA) return;
  sqlite.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE databases (name TEXT PRIMARY KEY, version INTEGER NOT NULL, stores TEXT NOT NULL, checksum INTEGER NOT NULL)
      STRICT, WITHOUT ROWID;
    CREATE TABLE records (database TEXT, store TEXT, key TEXT, value BLOB NOT NULL, checksum INTEGER NOT NULL,
      PRIMARY KEY (database, store, key)) STRICT;
    PRAGMA user_version = ${SCHEMA};
    COMMIT;`);
}

const prepare = (sqlite: DatabaseSync) =>
  ({
    databases: sqlite.prepare('SELECT name, version, stores, checksum FROM databases'),
    records: sqlite.prepare('SELECT key, value, checksum FROM records WHERE database = ? AND store = ?'),
    // As matrix-sdk-crypto names it.
    account: sqlite.prepare(`SELECT 1 FROM records WHERE store = 'core' AND key = '"account"'`),
    putDatabase: sqlite.prepare(
      `INSERT INTO databases (name, version, stores, checksum) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET version = excluded.version, stores = excluded.stores, checksum = excluded.checksum`,
    ),
    put: sqlite.prepare(
      `INSERT INTO records (database, store, key, value, checksum) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, checksum = excluded.checksum`,
    ),
    delete: sqlite.prepare('DELETE FROM records WHERE database = ? AND store = ? AND key = ?'),
    clear: sqlite.prepare('DELETE FROM records WHERE database = ? AND store = ?'),
    clearAll: sqlite.prepare('DELETE FROM records WHERE database = ?'),
  }) satisfies Record<string, StatementSync>;

/** Also for what is found later, such as a value that can't be read. */
export const damaged = (path: string, cause: unknown): CryptoStoreError =>
  new CryptoStoreError(
    'damaged',
    `${path} is damaged: put a backup in its place, or move it away and give the bot a new access token, so that it begins as a new device.`,
    { cause },
  );

function explained(path: string, error: unknown): unknown {
  if (error instanceof CryptoStoreError) return error;
  const reason = error instanceof Error ? error.message : '';
  if (/database is locked/iu.test(reason)) {
    return new CryptoStoreError(
      'in-use',
      `${path} is in use by another Blitzbild process: stop that one, or set BLITZBILD_DATA to another folder.`,
      {
        cause: error,
      },
    );
  }
  if (/not a database|malformed|no such (?:table|column)/iu.test(reason)) return damaged(path, error);
  return new CryptoStoreError('inaccessible', `${path} can't be opened: see that its disk has room and that this user may write there.`, {
    cause: error,
  });
}
