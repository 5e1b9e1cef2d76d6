import { DecryptionSettings, DeviceLists, RequestType, type OlmMachine } from '@matrix-org/matrix-sdk-crypto-wasm';

import type { BotClient } from '../client.ts';
import type { OutgoingEvent } from '../content.ts';
import type { Log } from '../../common/log.ts';
import { jsonOf, textAt, type RawObject } from '../../common/raw.ts';
import { isOwnEvent } from '../own-event.ts';
import type { Rooms } from '../rooms.ts';
import { decrypt, type Decrypted } from './decrypter.ts';
import { DeviceLookUps } from './device-look-ups.ts';
import { Encrypter } from './encrypter.ts';
import { openMachine, type OpenedStore } from './open-machine.ts';
import { OutgoingQueue } from './outgoing-queue.ts';
import { requestsOf, type Requests } from './outgoing.ts';
import { trustOf, type Sharing } from './sharing.ts';
import { oneOfEachSender } from './to-device-parts.ts';
import { usersOf } from './user-ids.ts';

/** What a sync says about keys and devices. */
export type KeyChanges = {
  readonly toDevice: readonly RawObject[];
  readonly changedUsers: readonly string[];
  readonly leftUsers: readonly string[];
  /** One-time keys that the server still has of this device; `undefined` where it didn't say. */
  readonly oneTimeKeys: Readonly<Record<string, number>> | undefined;
  /** Kinds of fallback keys that nobody has used yet; `undefined` where the server has none. */
  readonly unusedFallbackKeys: readonly string[] | undefined;
};

const nothingNew: KeyChanges = {
  toDevice: [],
  changedUsers: [],
  leftUsers: [],
  oneTimeKeys: undefined,
  unusedFallbackKeys: undefined,
};

export type MatrixCryptoOptions = {
  readonly client: BotClient;
  readonly account: { readonly userId: string; readonly deviceId: string };
  readonly openStore: () => Promise<OpenedStore>;
  readonly rooms: Rooms;
  readonly sharing: Sharing;
  readonly log: Log;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /**
   * Throws where the disk has no room: asked before each call of the machine, which can't go on when it has changed its keys and could not
   * store them, but can wait before.
   */
  readonly assertRoom?: () => void;
  /** Somebody could not be written to, because this device is not signed. */
  readonly onUnsigned: () => void;
  /** The library broke off in the middle of its work: what it has in memory is of no use any more. */
  readonly onBroken: (error: unknown) => void;
};

/**
 * End-to-end encryption of the bot's own device: the `OlmMachine` with a durable store on one side and the bot's
 * transport and sync loop on the other.
 */
export class MatrixCrypto {
  readonly machine: OlmMachine;
  readonly send: Requests;
  readonly lookUps: DeviceLookUps;
  readonly #options: MatrixCryptoOptions;
  readonly #store: OpenedStore;
  readonly #outgoing: OutgoingQueue;
  readonly #encrypter: Encrypter;
  #isClosed = false;

  private constructor(options: MatrixCryptoOptions, store: OpenedStore, machine: OlmMachine) {
    const { client, rooms, sharing, log, random, signal, assertRoom } = options;
    this.#options = options;
    this.#store = store;
    this.machine = machine;
    this.send = requestsOf(client, machine);
    this.#outgoing = new OutgoingQueue({
      machine,
      send: async (request) => {
        await this.send(request);
        if (request.type === RequestType.KeysQuery) this.lookUps.answered();
      },
      log,
      random,
      signal,
      assertRoom,
      onBroken: (error) => this.#examine(error),
    });
    this.lookUps = new DeviceLookUps({
      track: async (userId) => machine.updateTrackedUsers(usersOf([userId])),
      devicesKnown: async () => this.#outgoing.devicesKnown(),
      log,
      onBroken: (error) => this.#examine(error),
    });
    this.#encrypter = new Encrypter({
      machine,
      send: this.send,
      outgoing: this.#outgoing,
      rooms,
      sharing,
      log,
      onUnsigned: options.onUnsigned,
    });
  }

  /**
   * Takes up the device's keys, or makes them at the first start.
   * @throws CryptoStoreError where the store is another device's or can't be used
   */
  static async open(options: MatrixCryptoOptions): Promise<MatrixCrypto> {
    const { machine, store } = await openMachine(async (request) => options.client.ask(request), options.account, options.openStore);
    // The bot has one device and tells nobody keys that it was told: there is nobody to ask and nothing to answer.
    machine.roomKeyRequestsEnabled = false;
    machine.roomKeyForwardingEnabled = false;
    return new MatrixCrypto(options, store, machine);
  }

  /** For what must not happen while the machine's own requests are under way, such as signing its device. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#guarded(async () => this.#outgoing.alone(work));
  }

  /** Devices may have changed unseen: everybody's are asked for again before the next message. */
  async doubtDevices(): Promise<void> {
    await this.#guarded(async () => this.machine.markAllTrackedUsersAsDirty());
  }

  /** Resolves when everything that a sync says is on the disk. What the machine wants to tell the server follows by itself. */
  async receive(changes: KeyChanges): Promise<void> {
    const parts = oneOfEachSender(changes.toDevice);
    const last = parts.pop() ?? [];
    for (const part of parts) await this.#guarded(async () => this.#pass({ ...nothingNew, toDevice: part }));
    await this.#guarded(async () => this.#pass({ ...changes, toDevice: last }));
    this.#outgoing.wake();
  }

  async #pass(changes: KeyChanges): Promise<void> {
    // Anybody may send these: one that can't be passed on must not keep the others from coming.
    const events = `[${changes.toDevice.flatMap((event) => jsonOf(event) ?? []).join(',')}]`;
    const lists = new DeviceLists(usersOf(changes.changedUsers), usersOf(changes.leftUsers));
    const fallback = changes.unusedFallbackKeys === undefined ? undefined : new Set(changes.unusedFallbackKeys);
    const settings = new DecryptionSettings(trustOf(this.#options.sharing));
    const counts = new Map(Object.entries(changes.oneTimeKeys ?? {}));
    // Two methods for one thing: only this one understands a missing count as none left.
    if (changes.oneTimeKeys === undefined) {
      await this.machine.receiveSyncChangesMsc4186(events, lists, counts, fallback, settings);
    } else {
      await this.machine.receiveSyncChanges(events, lists, counts, fallback, settings);
    }
  }

  /** As `Encrypter.encrypt`. */
  async encrypt(roomId: string, event: OutgoingEvent): Promise<OutgoingEvent> {
    return this.#guarded(async () => this.#encrypter.encrypt(roomId, event));
  }

  /** As `decrypt`; where its sender's devices have to be asked for first, that is waited for. */
  async decrypt(roomId: string, event: RawObject): Promise<Decrypted> {
    return this.#guarded(async () => {
      const decrypted = await this.#decrypt(roomId, event);
      if (decrypted.kind !== 'unreadable' || decrypted.asksForDevice !== true) return decrypted;
      return (await this.lookUps.ask(textAt(event, 'sender') ?? '')) ? this.#decrypt(roomId, event) : decrypted;
    });
  }

  /** As `decrypt`, without waiting for any server: `lookUps` tells when it is worth trying again. */
  async decryptAtOnce(roomId: string, event: RawObject): Promise<Decrypted> {
    return this.#guarded(async () => {
      const decrypted = await this.#decrypt(roomId, event);
      if (decrypted.kind === 'unreadable' && decrypted.asksForDevice === true) void this.lookUps.ask(textAt(event, 'sender') ?? '');
      return decrypted;
    });
  }

  async #decrypt(roomId: string, event: RawObject): Promise<Decrypted> {
    const { account, sharing } = this.#options;
    // What the bot itself wrote it can read, signed or not.
    return decrypt(this.machine, roomId, event, isOwnEvent(event, account.userId) ? 'all' : sharing);
  }

  /** Ends after the signal was given. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#outgoing.stopped();
    this.machine.close();
    this.#store.close();
  }

  async #guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#options.assertRoom?.();
    try {
      return await work();
    } catch (error) {
      this.#examine(error);
      throw error;
    }
  }

  #examine(error: unknown): void {
    if (isPanic(error)) this.#options.onBroken(error);
  }
}

/** The trap by which WebAssembly ends; what it had borrowed stays borrowed, so every later call would fail as well. */
export const isPanic = (error: unknown): boolean => error instanceof Error && error.name === 'RuntimeError';
