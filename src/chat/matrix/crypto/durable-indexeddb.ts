import {
  makeFactory,
  type Internals,
  type RawDatabase,
  type RawFactory,
  type RawIndex,
  type RawObjectStore,
} from '#src/chat/matrix/crypto/indexeddb-internals.ts';
import { keepWrites, type Write, type WriteKeeper } from '#src/chat/matrix/crypto/indexeddb-writes.ts';
import { decodeKey, decodeValue, encodeKey, encodeValue } from '#src/chat/matrix/crypto/record-codec.ts';
import { CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';
import { damaged, type StoreFile } from '#src/chat/matrix/crypto/store-file.ts';

/** An object store without its records, as it is kept. */
type StoredObjectStore = Pick<RawObjectStore, 'name' | 'keyPath' | 'autoIncrement'> & {
  /** The number that was given last, where keys are generated. */
  readonly lastKey?: number;
  readonly indexes: readonly Omit<RawIndex, 'initialized'>[];
};

/**
 * IndexedDB databases in memory that are written through to a file: one IndexedDB transaction is one SQLite transaction,
 * on the disk before «complete» is told. After the first write that fails nothing is written any more: keys in memory
 * may be ahead of those on the disk, and whoever uses them has to begin again from the disk.
 */
export class DurableIndexedDb implements WriteKeeper {
  readonly factory: RawFactory;
  /** The file held nothing when it was opened. */
  readonly wasEmpty: boolean;
  readonly #file: StoreFile;
  readonly #onWriteError: (error: CryptoStoreError) => void;
  #refusal: CryptoStoreError | undefined;

  /** @throws CryptoStoreError `damaged` */
  constructor(internals: Internals, file: StoreFile, onWriteError: (error: CryptoStoreError) => void) {
    this.#file = file;
    this.#onWriteError = onWriteError;
    const databases = new KeptDatabases((database) => keepWrites(database, this));
    this.factory = makeFactory(internals, databases);
    for (const database of restore(internals, file)) databases.set(database.name, database);
    this.wasEmpty = databases.size === 0;
  }

  commit(database: RawDatabase, writes: readonly Write[], isUpgrade: boolean): void {
    if (!isUpgrade && writes.length === 0) return;
    if (this.#refusal !== undefined) throw this.#refusal;
    try {
      this.#file.transaction(() => (isUpgrade ? this.#writeAll(database) : this.#write(database, writes)));
    } catch (error) {
      this.#refusal = new CryptoStoreError('write-failed', `${this.#file.path} can't be written: ${reasonOf(error)}.`, { cause: error });
      this.#onWriteError(this.#refusal);
      throw this.#refusal;
    }
  }

  /** Transactions that end later are aborted: none of them may seem to be stored. */
  close(): void {
    this.#refusal ??= new CryptoStoreError('closed', `${this.#file.path} is closed.`);
    this.#file.close();
  }

  /** Object stores and indexes may be new, gone or renamed: all of the database is written anew. */
  #writeAll(database: RawDatabase): void {
    this.#file.clear(database.name);
    this.#file.putDatabase(schemaOf(database));
    for (const store of database.rawObjectStores.values()) {
      for (const { key, value } of store.records.values()) this.#put(store, encodeKey(key), value);
    }
  }

  #write(database: RawDatabase, writes: readonly Write[]): void {
    if (writes.some(({ store }) => store.keyGenerator !== null)) this.#file.putDatabase(schemaOf(database));
    for (const write of writes) {
      if (write.kind === 'put') this.#put(write.store, encodeKey(write.key), write.value);
      else if (write.kind === 'delete') this.#file.delete(database.name, write.store.name, encodeKey(write.key));
      else this.#file.clear(database.name, write.store.name);
    }
  }

  #put(store: RawObjectStore, key: string, value: unknown): void {
    this.#file.put(store.rawDatabase.name, store.name, { key, value: encodeValue(value) });
  }
}

/** The databases of a factory: each that is added is claimed. */
class KeptDatabases extends Map<string, RawDatabase> {
  readonly #claim: (database: RawDatabase) => void;

  constructor(claim: (database: RawDatabase) => void) {
    super();
    this.#claim = claim;
  }

  override set(name: string, database: RawDatabase): this {
    this.#claim(database);
    return super.set(name, database);
  }
}

function schemaOf({ name, version, rawObjectStores }: RawDatabase) {
  const stores = [...rawObjectStores.values()].map((store): StoredObjectStore => ({
    name: store.name,
    keyPath: store.keyPath,
    autoIncrement: store.autoIncrement,
    ...(store.keyGenerator === null ? {} : { lastKey: store.keyGenerator.num }),
    indexes: [...store.rawIndexes.values()].map((index) => ({
      name: index.name,
      keyPath: index.keyPath,
      multiEntry: index.multiEntry,
      unique: index.unique,
    })),
  }));
  return { name, version, stores: JSON.stringify(stores) };
}

function restore({ Database, ObjectStore, Index }: Internals, file: StoreFile): readonly RawDatabase[] {
  return file.databases().map(({ name, version, stores }) => {
    const database = new Database(name, version);
    for (const { lastKey, indexes, ...stored } of JSON.parse(stores) as StoredObjectStore[]) {
      const store = new ObjectStore(database, stored.name, stored.keyPath, stored.autoIncrement);
      for (const { name: indexName, keyPath, multiEntry, unique } of indexes) {
        const index = new Index(store, indexName, keyPath, multiEntry, unique);
        index.initialized = true;
        store.rawIndexes.set(indexName, index);
      }
      for (const record of file.records(name, stored.name)) store.storeRecord(readRecord(file.path, record), false);
      if (store.keyGenerator !== null && lastKey !== undefined) store.keyGenerator.num = lastKey;
      database.rawObjectStores.set(stored.name, store);
    }
    return database;
  });
}

function readRecord(path: string, { key, value }: { readonly key: string; readonly value: Uint8Array }) {
  try {
    return { key: decodeKey(key), value: decodeValue(value) };
  } catch (error) {
    throw damaged(path, error);
  }
}

const reasonOf = (error: unknown): string =>
  (error as { errcode?: number } | undefined)?.errcode === SQLITE_FULL
    ? 'the disk is full, make room on it'
    : 'see that its disk works and that this user may write there';

/** As SQLite's result codes have it. */
const SQLITE_FULL = 13;
