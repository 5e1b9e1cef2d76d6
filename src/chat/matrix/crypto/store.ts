import { initAsync, StoreHandle } from '@matrix-org/matrix-sdk-crypto-wasm';
import { DurableIndexedDb } from '#src/chat/matrix/crypto/durable-indexeddb.ts';
import { defineGlobalClasses, loadInternals } from '#src/chat/matrix/crypto/indexeddb-internals.ts';
import { hookTransactions } from '#src/chat/matrix/crypto/indexeddb-writes.ts';
import { STORE_KEY_BYTES } from '#src/chat/matrix/crypto/key-file.ts';
import { CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';
import { StoreFile } from '#src/chat/matrix/crypto/store-file.ts';

export type CryptoStore = {
  /** For `OlmMachine.initFromStore`. */
  readonly handle: StoreHandle;
  /** There are a device's keys in it already. */
  readonly holdsDevice: boolean;
  /** Writes all that is stored to another file, while the work goes on. */
  snapshot(path: string): Promise<void>;
  /** Writes nothing any more and gives the file free. Close the `OlmMachine` first. */
  close(): void;
};

/** The databases of one file may have any name: each file has its own IndexedDB. */
const STORE_NAME = 'blitzbild';

/**
 * Opens the keys of this device, or makes an empty store. Every change is on the disk before the machine goes on.
 * @param file path of the SQLite file; its folder is made
 * @param key 32 bytes that encrypt what stands in it
 * @param onWriteError called once, at the first write that fails; nothing is stored after it and every call of the
 *   machine that would store something rejects, so the process should end
 * @throws CryptoStoreError `in-use`, `wrong-key`, `damaged`, `newer`, `inaccessible`
 */
export async function openCryptoStore({
  file,
  key,
  onWriteError,
}: {
  readonly file: string;
  readonly key: Uint8Array;
  readonly onWriteError: (error: CryptoStoreError) => void;
}): Promise<CryptoStore> {
  if (key.length !== STORE_KEY_BYTES) throw new RangeError(`the store's key must have ${STORE_KEY_BYTES} bytes, not ${key.length}`);
  const [internals] = await Promise.all([loadInternals(), initAsync()]);
  hookTransactions(internals);
  defineGlobalClasses();
  const storeFile = new StoreFile(file);
  try {
    const indexedDb = new DurableIndexedDb(internals, storeFile, onWriteError);
    const handle = await withGlobalIndexedDb(indexedDb, () => StoreHandle.openWithKey(STORE_NAME, Uint8Array.from(key))).catch(
      (error: unknown) => {
        indexedDb.close();
        throw indexedDb.wasEmpty ? error : wrongKey(file, error);
      },
    );
    const holdsDevice = storeFile.holdsDevice();
    let isClosed = false;
    return {
      handle,
      holdsDevice,
      snapshot: async (path) => storeFile.snapshot(path),
      close() {
        if (isClosed) return;
        isClosed = true;
        indexedDb.close();
        handle.free();
      },
    };
  } catch (error) {
    storeFile.close();
    throw error;
  }
}

let opening: Promise<unknown> = Promise.resolve();

/** The binding asks the global `indexedDB` while it opens a store, and never again: it is there for that long, one store at a time. */
function withGlobalIndexedDb<Result>({ factory }: DurableIndexedDb, open: () => Promise<Result>): Promise<Result> {
  const opened = opening.then(async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB');
    Object.defineProperty(globalThis, 'indexedDB', { value: factory, configurable: true, writable: true });
    try {
      return await open();
    } finally {
      if (before === undefined) Reflect.deleteProperty(globalThis, 'indexedDB');
      else Object.defineProperty(globalThis, 'indexedDB', before);
    }
  });
  opening = opened.catch(() => {});
  return opened;
}

function wrongKey(file: string, error: unknown): unknown {
  // The first thing that is read is the store's own cipher, which the key unlocks.
  if (!/decrypt|unpickl/iu.test(error instanceof Error ? error.message : '')) return error;
  return new CryptoStoreError(
    'wrong-key',
    `the key does not open ${file}: name the file with the key it was made with (MATRIX_STORE_KEY_FILE), or, if that key is lost, move ${file} away and give the bot a new access token, so that it begins as a new device.`,
    { cause: error },
  );
}
