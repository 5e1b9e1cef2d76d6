/* oxlint-disable no-underscore-dangle -- the names are fake-indexeddb's */
import * as fake from 'fake-indexeddb';
import type { RecordKey } from '#src/chat/matrix/crypto/record-codec.ts';

/**
 * The parts of fake-indexeddb that keep the data: they are no public interface, so its version is pinned exactly and all
 * that is used of them is named here.
 */
export type RawRecord = { key?: RecordKey; value: unknown };
export type RawIndex = {
  readonly name: string;
  readonly keyPath: string | readonly string[];
  readonly multiEntry: boolean;
  readonly unique: boolean;
  initialized: boolean;
};
/** Undoes one write each when a transaction is aborted; absent where a write is itself the undoing. */
export type RollbackLog = readonly (() => void)[];
export type RawObjectStore = {
  readonly name: string;
  readonly keyPath: string | readonly string[] | null;
  readonly autoIncrement: boolean;
  readonly keyGenerator: { num: number } | null;
  readonly records: { values(range?: unknown): Iterable<Required<RawRecord>> };
  readonly rawIndexes: Map<string, RawIndex>;
  readonly rawDatabase: RawDatabase;
  storeRecord: (this: RawObjectStore, record: RawRecord, noOverwrite: boolean, rollbackLog?: RollbackLog) => RecordKey;
  deleteRecord: (this: RawObjectStore, range: unknown, rollbackLog?: RollbackLog) => void;
  clear: (this: RawObjectStore, rollbackLog?: RollbackLog) => void;
};
export type RawDatabase = { readonly name: string; readonly version: number; readonly rawObjectStores: Map<string, RawObjectStore> };
export type RawTransaction = {
  readonly mode: 'readonly' | 'readwrite' | 'versionchange';
  readonly db: { readonly _rawDatabase: RawDatabase };
  readonly _rollbackLog: RollbackLog;
  readonly _abort: (this: RawTransaction, errorName: string) => void;
  dispatchEvent: (this: RawTransaction, event: { readonly type: string }) => boolean;
};
/** What the binding sees as `indexedDB`. */
export type RawFactory = { _databases: Map<string, RawDatabase>; deleteDatabase: unknown };

type Class<Instance, Parameters extends readonly unknown[] = []> = {
  new (...parameters: Parameters): Instance;
  readonly prototype: Instance;
};

export type Internals = {
  readonly Database: Class<RawDatabase, [name: string, version: number]>;
  readonly ObjectStore: Class<RawObjectStore, [RawDatabase, string, RawObjectStore['keyPath'], boolean]>;
  readonly Index: Class<RawIndex, [RawObjectStore, string, RawIndex['keyPath'], boolean, boolean]>;
  readonly Transaction: Class<RawTransaction>;
  readonly Factory: Class<RawFactory>;
  readonly KeyRange: { readonly only: (this: unknown, key: unknown) => unknown; new (): unknown };
};

/** The globals that the WASM binding looks up at any time while a store is open; `indexedDB` itself only when one is opened. */
export const globalClasses = ['IDBCursor', 'IDBCursorWithValue', 'IDBDatabase', 'IDBKeyRange', 'IDBOpenDBRequest', 'IDBRequest'] as const;

/** @throws Error where this version of fake-indexeddb is built otherwise */
export async function loadInternals(): Promise<Internals> {
  const part = async (name: string): Promise<any> =>
    ((await import(new URL(`lib/${name}.js`, import.meta.resolve('fake-indexeddb')).href)) as { default: unknown }).default;
  const internals: Internals = {
    Database: await part('Database'),
    ObjectStore: await part('ObjectStore'),
    Index: await part('Index'),
    Transaction: fake.IDBTransaction,
    Factory: fake.IDBFactory,
    KeyRange: fake.IDBKeyRange,
  };
  const { storeRecord, deleteRecord, clear } = internals.ObjectStore.prototype;
  const { dispatchEvent, _abort } = internals.Transaction.prototype;
  const parts = { storeRecord, deleteRecord, clear, dispatchEvent, _abort };
  const missing = Object.entries(parts).flatMap(([name, found]) => (typeof found === 'function' ? [] : [name]));
  if (!(new internals.Factory()._databases instanceof Map)) missing.push('_databases');
  if (missing.length > 0) throw new Error(`fake-indexeddb lacks ${missing.join(', ')}: install the version that package.json pins`);
  return internals;
}

/** Makes the classes global, unless they are. */
export function defineGlobalClasses(): void {
  for (const name of globalClasses) {
    Object.defineProperty(globalThis, name, { value: (fake as Record<string, unknown>)[name], configurable: true, writable: true });
  }
}

/** A factory whose databases are in this map, and stay there. */
export function makeFactory({ Factory }: Internals, databases: Map<string, RawDatabase>): RawFactory {
  const factory = new Factory();
  factory._databases = databases;
  factory.deleteDatabase = () => {
    throw new Error('databases of the crypto store are not deleted one by one');
  };
  return factory;
}

export const databaseOf = (transaction: RawTransaction): RawDatabase => transaction.db._rawDatabase;

export const rollbackLogOf = (transaction: RawTransaction): RollbackLog => transaction._rollbackLog;

/** Undoes in memory what the transaction has written, and tells it as «abort». */
export const abort = (transaction: RawTransaction): void => transaction._abort('UnknownError');
