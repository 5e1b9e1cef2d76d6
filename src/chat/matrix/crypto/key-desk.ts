import { BotClient } from '../client.ts';
import { hasPrivateKeys, refresh, replaceIdentity, type CrossSigningParts, type Standing } from './cross-signing.ts';
import type { Ask } from './identity-upload.ts';
import { openMachine, type OpenedStore } from './open-machine.ts';
import { requestsOf } from './outgoing.ts';
import { assertOwnKeys, whoAmI, type OwnIds } from './own-device.ts';
import { exportKeys, forgetRecovery, importKeys } from './recovery.ts';

export type KeyDeskOptions = {
  readonly homeserverUrl: string;
  readonly accessToken: string;
  readonly password?: string | undefined;
  readonly openStore: () => Promise<OpenedStore>;
};

/** What an operator does with the keys of the bot's device while the bot does not run. */
export class KeyDesk implements AsyncDisposable {
  readonly ids: OwnIds;
  readonly #parts: CrossSigningParts;
  readonly #store: OpenedStore;
  readonly #closing: AbortController;

  private constructor(ids: OwnIds, parts: CrossSigningParts, store: OpenedStore, closing: AbortController) {
    this.ids = ids;
    this.#parts = parts;
    this.#store = store;
    this.#closing = closing;
  }

  /**
   * Rejects with a `HomeserverError`, a `CryptoStoreError` (a running bot's store is `in-use`), or a
   * `DeviceKeysLostError`; all of them say what to do.
   */
  static async open({ homeserverUrl, accessToken, password, openStore }: KeyDeskOptions): Promise<KeyDesk> {
    const closing = new AbortController();
    const client = clientOf({ homeserverUrl, accessToken }, closing.signal);
    const ask: Ask = async (request) => client.ask(request);
    const ids = await whoAmI(ask);
    const { machine, store } = await openMachine(ask, ids, openStore);
    try {
      await assertOwnKeys(ask, machine);
      return new KeyDesk(ids, { machine, send: requestsOf(client, machine), ask, password }, store, closing);
    } catch (error) {
      machine.close();
      store.close();
      throw error;
    }
  }

  /** Whether the identity that the homeserver shows can be used from here. Rejects with a `HomeserverError`. */
  async hasPrivateKeys(): Promise<boolean> {
    await refresh(this.#parts);
    return hasPrivateKeys(this.#parts.machine);
  }

  /** As `exportKeys`. */
  async export(options: { readonly replace: boolean }): Promise<string> {
    return exportKeys(this.#parts, options);
  }

  /** As `importKeys`. */
  async import(recoveryKey: string): Promise<Standing> {
    return importKeys(this.#parts, recoveryKey);
  }

  /** As `replaceIdentity`; the earlier recovery key, if there is one, opens nothing any more. */
  async reset(): Promise<Standing> {
    const standing = await replaceIdentity(this.#parts);
    if (standing.kind === 'verified') await forgetRecovery(this.#parts.ask, this.ids.userId);
    return standing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#parts.machine.close();
    this.#store.close();
  }
}

/** The homeserver by the token alone, for what needs no keys. */
export function askWith(account: Pick<KeyDeskOptions, 'homeserverUrl' | 'accessToken'>, signal: AbortSignal): Ask {
  const client = clientOf(account, signal);
  return async (request) => client.ask(request);
}

const clientOf = ({ homeserverUrl, accessToken }: Pick<KeyDeskOptions, 'homeserverUrl' | 'accessToken'>, signal: AbortSignal): BotClient =>
  new BotClient({ homeserverUrl, accessToken, signal, timeoutMs: 30_000, maxAnswerBytes: 16 * 1024 * 1024 });
