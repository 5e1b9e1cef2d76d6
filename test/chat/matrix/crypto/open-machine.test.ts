import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { Ask } from '#src/chat/matrix/crypto/identity-upload.ts';
import { openMachine } from '#src/chat/matrix/crypto/open-machine.ts';
import { assertOwnKeys, DeviceKeysLostError, type OwnIds } from '#src/chat/matrix/crypto/own-device.ts';
import { CryptoStoreError } from '#src/chat/matrix/crypto/store-error.ts';
import { openCryptoStore, type CryptoStore } from '#src/chat/matrix/crypto/store.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';

import { storeKey } from './device.ts';

const userId = '@bot:small.test';
const first: OwnIds = { userId, deviceId: 'FIRST' };
const second: OwnIds = { userId, deviceId: 'SECOND' };

/** A homeserver that knows these devices of the bot, by their ed25519 keys. */
const knows =
  (devices: Readonly<Record<string, string>>): Ask =>
  async () => ({
    device_keys: {
      [userId]: Object.fromEntries(Object.entries(devices).map(([id, key]) => [id, { keys: { [`ed25519:${id}`]: key } }])),
    },
  });
const unknown = knows({});

describe('the keys of the bot’s device', () => {
  let folder: string;
  let made = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'open-machine-'));
  });
  after(async () => rm(folder, { recursive: true, force: true }));

  const newStore = (): (() => Promise<CryptoStore>) => {
    const file = join(folder, String((made += 1)), 'crypto.sqlite');
    const onWriteError = (error: Error): never => assert.fail(error);
    return async () => openCryptoStore({ file, key: storeKey, onWriteError });
  };

  /** Opens and closes, with the device's public key. */
  async function keyOf(ask: Ask, ids: OwnIds, openStore: () => Promise<CryptoStore>): Promise<string> {
    const { machine, store } = await openMachine(ask, ids, openStore);
    try {
      await assertOwnKeys(ask, machine);
      return machine.identityKeys.ed25519.toBase64();
    } finally {
      machine.close();
      store.close();
    }
  }

  it('are made once and taken up then', async () => {
    const openStore = newStore();
    const key = await keyOf(unknown, first, openStore);
    assert.equal(await keyOf(knows({ FIRST: key }), first, openStore), key);
  });

  it('are not made anew for a device that others know, so that nothing is in the way of the next device', async () => {
    const openStore = newStore();
    const ask = knows({ FIRST: 'the-lost-one' });
    for (const start of [1, 2]) {
      await assert.rejects(keyOf(ask, first, openStore), (error) => {
        assert.ok(error instanceof DeviceKeysLostError, `start ${start}: ${String(error)}`);
        assert.match(error.message, /not in its data folder any more.*log the bot in again and set the new access token/);
        return true;
      });
    }
    const key = await keyOf(ask, second, openStore);
    assert.equal(await keyOf(knows({ FIRST: 'the-lost-one', SECOND: key }), second, openStore), key);
  });

  it('are not made while the homeserver can’t be asked', async () => {
    const openStore = newStore();
    const ask: Ask = async () => {
      throw new HomeserverError('no', { status: 502 });
    };
    await assert.rejects(keyOf(ask, first, openStore), HomeserverError);
    await keyOf(unknown, second, openStore);
  });

  it('which are others than the device’s have to be moved away, and the advice says so', async () => {
    const openStore = newStore();
    await keyOf(unknown, first, openStore);
    await assert.rejects(
      keyOf(knows({ FIRST: 'another' }), first, openStore),
      (error) => error instanceof DeviceKeysLostError && /move that file away, log the bot in again/.test(error.message),
    );
    await assert.rejects(
      keyOf(unknown, second, openStore),
      (error) => error instanceof CryptoStoreError && error.reason === 'other-device' && /move that file away/.test(error.message),
    );
  });
});
