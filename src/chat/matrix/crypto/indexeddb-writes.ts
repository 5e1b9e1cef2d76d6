import {
  abort,
  databaseOf,
  rollbackLogOf,
  type Internals,
  type RawDatabase,
  type RawObjectStore,
  type RollbackLog,
} from '#src/chat/matrix/crypto/indexeddb-internals.ts';
import type { RecordKey } from '#src/chat/matrix/crypto/record-codec.ts';

/** One change of an object store, in the order it was made. */
export type Write =
  | { readonly kind: 'put'; readonly store: RawObjectStore; readonly key: RecordKey; readonly value: unknown }
  | { readonly kind: 'delete'; readonly store: RawObjectStore; readonly key: RecordKey }
  | { readonly kind: 'clear'; readonly store: RawObjectStore };

/** Keeps what the transactions of its databases write. */
export interface WriteKeeper {
  /**
   * Called when a transaction has done all its work, before anybody is told. Where it throws, the transaction is aborted.
   * @param isUpgrade whether object stores may have changed
   */
  commit(database: RawDatabase, writes: readonly Write[], isUpgrade: boolean): void;
}

const keepers = new WeakMap<RawDatabase, WriteKeeper>();
// A transaction is known to the object stores it writes to by its rollback log only.
const written = new WeakMap<RollbackLog, Write[]>();
let isHooked = false;

/** From now on the writes of this database go to the keeper. */
export function keepWrites(database: RawDatabase, keeper: WriteKeeper): void {
  keepers.set(database, keeper);
}

/** Once per process: object stores note their writes, transactions hand them over before their «complete» event. */
export function hookTransactions({ ObjectStore, Transaction, KeyRange }: Internals): void {
  if (isHooked) return;
  isHooked = true;
  const { storeRecord, deleteRecord, clear } = ObjectStore.prototype;
  const { dispatchEvent } = Transaction.prototype;

  ObjectStore.prototype.storeRecord = function (record, noOverwrite, log) {
    const key = storeRecord.call(this, record, noOverwrite, log);
    note(log, () => [{ kind: 'put', store: this, key, value: record.value }], this);
    return key;
  };
  ObjectStore.prototype.deleteRecord = function (keyOrRange, log) {
    const range = keyOrRange instanceof KeyRange ? keyOrRange : KeyRange.only(keyOrRange);
    note(log, () => [...this.records.values(range)].map(({ key }) => ({ kind: 'delete', store: this, key })), this);
    deleteRecord.call(this, keyOrRange, log);
  };
  ObjectStore.prototype.clear = function (log) {
    note(log, () => [{ kind: 'clear', store: this }], this);
    clear.call(this, log);
  };
  Transaction.prototype.dispatchEvent = function (event) {
    const keeper = keepers.get(databaseOf(this));
    if (event.type === 'complete' && this.mode !== 'readonly' && keeper !== undefined) {
      try {
        keeper.commit(databaseOf(this), written.get(rollbackLogOf(this)) ?? [], this.mode === 'versionchange');
      } catch {
        abort(this);
        return true;
      }
    }
    return dispatchEvent.call(this, event);
  };
}

function note(log: RollbackLog | undefined, writes: () => readonly Write[], { rawDatabase }: RawObjectStore): void {
  if (log === undefined || !keepers.has(rawDatabase)) return;
  let all = written.get(log);
  if (all === undefined) written.set(log, (all = []));
  all.push(...writes());
}
