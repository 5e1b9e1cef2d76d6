import { setTimeout as delay } from 'node:timers/promises';

import { ClientEvent, createClient, SyncState, type MatrixClient } from 'matrix-js-sdk';
import { logger as ownLogger, type Logger } from 'matrix-js-sdk/lib/logger.js';

import type { Account } from './server.ts';

/** What another client shows beside somebody's device. */
export type Seen = {
  /** Its owner's identity has signed it: without this, clients warn of it. */
  readonly signedByOwner: boolean;
  /** This client trusts it, because it trusts the owner. */
  readonly isVerified: boolean;
  readonly deviceName: string | undefined;
};

export type Phrase = { readonly iterations: number; readonly salt: string };

/** A whole other client, with its own encryption, kept in memory: it looks, it says nothing. */
export class LookingClient implements AsyncDisposable {
  readonly #client: MatrixClient;
  readonly #timers: Disposable;

  private constructor(client: MatrixClient, timers: Disposable) {
    this.#client = client;
    this.#timers = timers;
  }

  /** @param recoveryKey opens the account's secret storage, where the client asks for it */
  static async start(url: string, account: Account, recoveryKey?: Uint8Array<ArrayBuffer>): Promise<LookingClient> {
    const timers = timersThatKeepNothingAlive();
    (ownLogger as unknown as { disableAll(): void }).disableAll();
    const client = createClient({
      baseUrl: url,
      accessToken: account.accessToken,
      userId: account.userId,
      deviceId: account.deviceId,
      logger: quiet,
      cryptoCallbacks: {
        getSecretStorageKey: async ({ keys }) => {
          const [keyId] = Object.keys(keys);
          return keyId === undefined || recoveryKey === undefined ? null : [keyId, recoveryKey];
        },
      },
    });
    await client.initRustCrypto({ useIndexedDB: false });
    const synced = new Promise<void>((resolve) =>
      client.on(ClientEvent.Sync, (state) => (state === SyncState.Prepared ? resolve() : undefined)),
    );
    await client.startClient({ initialSyncLimit: 1 });
    await synced;
    return new LookingClient(client, timers);
  }

  /** From now on it keeps itself informed about the devices of this encrypted room's members. */
  async attend(roomId: string): Promise<void> {
    const room = await patiently(() => this.#client.getRoom(roomId) ?? undefined);
    this.#crypto.prepareToEncrypt(room);
  }

  /** The device as this client shows it, once it shows it like this; or as it is at last. */
  async sees(userId: string, deviceId: string, expected: Partial<Seen>): Promise<Seen | undefined> {
    let seen: Seen | undefined;
    const isExpected = (): boolean => Object.entries(expected).every(([key, value]) => seen?.[key as keyof Seen] === value);
    for (let attempt = 0; attempt < 100; attempt += 1) {
      seen = await this.#look(userId, deviceId);
      if (seen !== undefined && isExpected()) break;
      await delay(100);
    }
    return seen;
  }

  async #look(userId: string, deviceId: string): Promise<Seen | undefined> {
    const devices = await this.#crypto.getUserDeviceInfo([userId]);
    const device = devices.get(userId)?.get(deviceId);
    const status = await this.#crypto.getDeviceVerificationStatus(userId, deviceId);
    if (device === undefined || status === null) return undefined;
    return { signedByOwner: status.signedByOwner, isVerified: status.isVerified(), deviceName: device.displayName };
  }

  /**
   * Makes its own account's identity, and a secret storage under the recovery key that it was started with.
   * @param phrase how the key was made of a phrase, where it was
   */
  async setUp(password: string, recoveryKey: Uint8Array<ArrayBuffer>, phrase?: Phrase): Promise<void> {
    const userId = this.#client.getSafeUserId();
    await this.#crypto.bootstrapCrossSigning({
      authUploadDeviceSigningKeys: async (upload) => {
        await upload({ type: 'm.login.password', identifier: { type: 'm.id.user', user: userId }, password });
      },
    });
    await this.#crypto.bootstrapSecretStorage({
      setupNewSecretStorage: true,
      createSecretStorageKey: async () => ({
        privateKey: recoveryKey,
        keyInfo: phrase === undefined ? {} : { passphrase: { algorithm: 'm.pbkdf2', bits: 256, ...phrase } },
      }),
    });
  }

  /** Fetches the identity's private keys with the recovery key and signs this device with them, as Element does. */
  async verifyWithRecoveryKey(): Promise<void> {
    await this.#crypto.userHasCrossSigningKeys(undefined, true);
    await this.#crypto.bootstrapCrossSigning({});
  }

  async isReady(): Promise<boolean> {
    return this.#crypto.isCrossSigningReady();
  }

  get #crypto() {
    const crypto = this.#client.getCrypto();
    if (crypto === undefined) throw new TypeError('the client has no encryption');
    return crypto;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.stopClient();
    await this.#client.clearStores().catch(() => {});
    this.#timers[Symbol.dispose]();
  }
}

/** The library leaves a timer of up to two minutes behind for every request, and the process would wait for the last of them. */
function timersThatKeepNothingAlive(): Disposable {
  const { setTimeout: before } = globalThis;
  const unref = (...args: Parameters<typeof before>): NodeJS.Timeout => before(...args).unref();
  globalThis.setTimeout = Object.assign(unref, before);
  return { [Symbol.dispose]: () => void (globalThis.setTimeout = before) };
}

const silent = (): void => {};
const quiet: Logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent, getChild: () => quiet };

async function patiently<Found>(look: () => Found | undefined): Promise<Found> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const found = look();
    if (found !== undefined) return found;
    await delay(100);
  }
  throw new Error('the other client did not get to see it within 10 s');
}
