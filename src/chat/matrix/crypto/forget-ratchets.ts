import { StoreFile } from './store-file.ts';

/** Sessions by which this device writes to single devices and to rooms, as matrix-sdk-crypto names its object stores. */
const moving = ['session', 'outbound_group_sessions'];

/**
 * Takes the sessions out of a copy of the store from which the device would write under keys that it may have used since the copy was
 * made: whoever reads would take such a message for a forgery, and two messages under one key tell about each other. New ones are made as
 * they are needed; the keys by which it reads stay.
 * @param path of a store that nobody has open
 * @throws CryptoStoreError
 */
export function forgetRatchets(path: string): void {
  const file = new StoreFile(path);
  try {
    file.transaction(() => {
      for (const { name } of file.databases()) for (const store of moving) file.clear(name, store);
    });
  } finally {
    file.close();
  }
}
