import { DeviceId, initAsync, OlmMachine, UserId, type StoreHandle } from '@matrix-org/matrix-sdk-crypto-wasm';

import { reason } from '../../common/log.ts';
import type { Ask } from './identity-upload.ts';
import { DeviceKeysLostError, lookAtOwnDevice, type OwnIds } from './own-device.ts';
import { CryptoStoreError } from './store-error.ts';

/** Where a device's keys are kept; `openCryptoStore` makes one. */
export type OpenedStore = { readonly handle: StoreHandle; readonly holdsDevice: boolean; close(): void };

export type OpenedMachine = { readonly machine: OlmMachine; readonly store: OpenedStore };

/**
 * Takes up the device's keys, or makes them in an empty store, unless the homeserver has other ones already: a store for a device
 * whose keys are lost would be in the way of the next. Close the machine first, then the store. Rejects with a `HomeserverError`.
 * @throws CryptoStoreError where the store is another device's or can't be used
 * @throws DeviceKeysLostError
 */
export async function openMachine(ask: Ask, ids: OwnIds, openStore: () => Promise<OpenedStore>): Promise<OpenedMachine> {
  const { userId, deviceId } = ids;
  await initAsync();
  const store = await openStore();
  try {
    if (!store.holdsDevice && (await lookAtOwnDevice(ask, ids)).ed25519 !== undefined) throw new DeviceKeysLostError('absent');
    return { machine: await OlmMachine.initFromStore(new UserId(userId), new DeviceId(deviceId), store.handle, quiet), store };
  } catch (error) {
    store.close();
    // The library's sentence names both accounts.
    throw /account in the store/iu.test(reason(error)) ? otherDevice() : error;
  }
}

const otherDevice = (): CryptoStoreError =>
  new CryptoStoreError(
    'other-device',
    'the keys in the data folder (matrix/crypto.sqlite) belong to another account or device than the access token: set the token that was used with them, or move that file away, so that the bot begins as a new device.',
  );

/** The library's lines hold ids of people. */
export const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
