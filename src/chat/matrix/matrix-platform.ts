import { AppError, DeliveryError } from '#core/errors.ts';
import type { Attachment, ChatPlatform, Delivery, ImageStore, Inbox, PlatformMemory, Removal } from '#core/ports.ts';
import type { EventId, RoomId, UserId } from '#core/types.ts';

import { Acceptance } from './acceptance.ts';
import { Attachments } from './attachments.ts';
import { Chores } from '../common/chores.ts';
import { BotClient } from './client.ts';
import { EarlierMessages, plainContent } from './earlier-message.ts';
import { ensureCrossSigned, type Standing } from './crypto/cross-signing.ts';
import type { Decrypted } from './crypto/decrypter.ts';
import { MatrixCrypto } from './crypto/matrix-crypto.ts';
import type { OpenedStore } from './crypto/open-machine.ts';
import { assertOwnKeys, DeviceKeysLostError, type OwnIds } from './crypto/own-device.ts';
import { Replays } from './crypto/replays.ts';
import type { Sharing } from './crypto/sharing.ts';
import { SignedDevice } from './crypto/signed-device.ts';
import { CryptoStoreError } from './crypto/store-error.ts';
import { Unreadable } from './crypto/unreadable.ts';
import { HomeserverError, isRefusal, isUnauthorised, SetupError } from './homeserver-error.ts';
import { Invitations, serverOf, type AllowedInviters } from './invitations.ts';
import { reason, type Log } from '../common/log.ts';
import { Media } from './media.ts';
import { textAt, type RawObject } from '../common/raw.ts';
import { Receiver } from './receiver.ts';
import { Removals } from './removals.ts';
import { Rooms } from './rooms.ts';
import { Sender } from './sender.ts';
import { sessionSinceMs } from '../common/session.ts';
import type { Activity, Health } from '../common/health.ts';
import { SyncLoop } from './sync-loop.ts';
import { ThreadRoots } from './threads.ts';
import { Upgrades } from './upgrades.ts';
import type { MatrixRequest } from './transport.ts';

export type MatrixOptions = {
  /** Base address such as `https://matrix.example.org`. */
  readonly homeserverUrl: string;
  /** Token of the bot's own account and device. */
  readonly accessToken: string;
  /** Of an administrator of the homeserver, for nothing but deleting files; see src/chat/matrix/removals.ts. */
  readonly adminToken?: string | undefined;
  readonly allowedInviters: AllowedInviters;
  readonly memory: PlatformMemory;
  readonly images: ImageStore;
  readonly log: Log;
  readonly encryption: EncryptionOptions;
  /** Time for one request; waiting for news and uploads have their own. */
  readonly requestTimeoutMs?: number;
  /** How long the server holds a sync without news. */
  readonly syncWaitMs?: number;
  readonly maxAnswerBytes?: number;
  /** Time for fetching the file of somebody's message. */
  readonly attachmentTimeoutMs?: number;
  /**
   * The homeserver's message limit is lifted for the bot, so that it may add reactions of its own as hints. Only the
   * operator can know: Synapse tells the override to its administrators alone. False where absent.
   */
  readonly seedsReactions?: boolean;
  readonly now?: () => number;
  /** 0 … 1, for the pauses after failures. */
  readonly random?: () => number;
};

export type EncryptionOptions = {
  /** Opens the keys of the bot's device; called at each start, and again after one that failed. */
  readonly openStore: () => Promise<OpenedStore>;
  readonly sharing: Sharing;
  /** Of the bot's account, for homeservers that want it before they take the keys that sign its device. */
  readonly password?: string | undefined;
  /** Throws where the disk has no room for changed keys. */
  readonly assertRoom?: () => void;
  /** The encryption broke off in the middle of its work: the process must not go on. */
  readonly onBroken: (error: unknown) => void;
};

/** Trying again is of no use: the operator has to change something first, and the error's message says what. */
export const needsOperator = (error: unknown): boolean =>
  isUnauthorised(error) || error instanceof SetupError || error instanceof CryptoStoreError || error instanceof DeviceKeysLostError;

type Parts = {
  readonly crypto: MatrixCrypto;
  readonly signed: SignedDevice;
  readonly sender: Sender;
  readonly rooms: Rooms;
  readonly loop: SyncLoop;
  readonly chores: Chores;
  readonly attachments: Attachments;
  readonly removals: Removals;
};

/** Matrix rooms by matrix-bot-sdk, with our own transport, sync loop and sending. */
export class MatrixPlatform implements ChatPlatform {
  readonly name = 'matrix';
  /** At Synapse's default of one event in five seconds every second one may be an edit. */
  readonly editIntervalMs = 10_000;
  readonly seedsReactions: boolean;
  readonly #options: MatrixOptions;
  readonly #closing = new AbortController();
  readonly #acceptance: Acceptance;
  readonly #client: BotClient;
  readonly #admin: BotClient | undefined;
  readonly #ask = async (request: MatrixRequest): Promise<unknown> => this.#client.ask(request);
  #parts: Parts | undefined;
  /** Settled while the bot is connected, and for good when it closes. */
  #connected = Promise.withResolvers<void>();

  constructor(options: MatrixOptions) {
    this.#options = options;
    this.seedsReactions = options.seedsReactions ?? false;
    this.#acceptance = new Acceptance(options.log);
    const clientWith = (accessToken: string): BotClient =>
      new BotClient({
        homeserverUrl: options.homeserverUrl.replace(/\/+$/, ''),
        accessToken,
        signal: this.#closing.signal,
        timeoutMs: options.requestTimeoutMs ?? 30_000,
        maxAnswerBytes: options.maxAnswerBytes ?? 64 * 1024 * 1024,
      });
    this.#client = clientWith(options.accessToken);
    this.#admin = options.adminToken === undefined ? undefined : clientWith(options.adminToken);
    this.#closing.signal.addEventListener('abort', () => this.#connected.resolve(), { once: true });
  }

  /** Resolves once the first sync is stored. Rejects with an error that says what to look at, see `needsOperator`. */
  async start(inbox: Inbox): Promise<void> {
    if (this.#parts) throw new TypeError('the platform was started already');
    const account = await this.#whoAmI();
    const ending = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, ending.signal]);
    const rooms = new Rooms(this.#client, this.#options.memory);
    const crypto = await this.#openCrypto(account, rooms, signal);
    try {
      await assertOwnKeys(this.#ask, crypto.machine);
      // What happened to devices while the bot was down is told from its last position on; what it missed before is asked for.
      await crypto.doubtDevices();
      const parts = this.#assemble(inbox, account, rooms, crypto);
      // Before the first step: what it stores may be answered at once.
      this.#parts = parts;
      this.#connected.resolve();
      await parts.loop.start();
      this.#signDevice();
    } catch (error) {
      this.#parts = undefined;
      if (!this.#closing.signal.aborted) this.#connected = Promise.withResolvers();
      ending.abort();
      await crypto.close();
      throw error;
    }
    this.#options.log.info({ server: serverOf(account.userId) }, 'Connected to the Matrix homeserver');
  }

  async #openCrypto(account: OwnIds, rooms: Rooms, signal: AbortSignal): Promise<MatrixCrypto> {
    const { encryption, log, random = Math.random } = this.#options;
    const onUnsigned = (): void => this.#signDevice();
    return MatrixCrypto.open({ ...encryption, client: this.#client, account, rooms, log, random, signal, onUnsigned });
  }

  /** At each start, because somebody may have reset the account's keys meanwhile; and when it shows that somebody has. */
  #signDevice(): void {
    const { chores, signed } = this.#parts ?? {};
    chores?.add('sign-device', 'Signing the bot’s Matrix device', async () => signed?.see());
  }

  #signedDevice(crypto: MatrixCrypto): SignedDevice {
    const { log, encryption } = this.#options;
    const { machine, send } = crypto;
    const parts = { machine, send, ask: this.#ask, password: encryption.password, log };
    const sign = async (told: Standing['kind'] | undefined) => crypto.alone(async () => ensureCrossSigned({ ...parts, told }));
    return new SignedDevice({ sharing: encryption.sharing, sign, log, signal: this.#closing.signal });
  }

  #assemble(inbox: Inbox, { userId: ownUserId, deviceId }: OwnIds, rooms: Rooms, crypto: MatrixCrypto): Parts {
    const { memory, log, allowedInviters: allowed } = this.#options;
    const { random = Math.random, now = Date.now } = this.#options;
    const client = this.#client;
    const decrypt = async (room: string, event: RawObject): Promise<Decrypted> => crypto.decrypt(room, event);
    const chores = new Chores({ signal: this.#closing.signal, log, random, isRefusal });
    const invitations = new Invitations({ client, allowed, memory, chores, log });
    const upgrades = new Upgrades({ client, memory, chores, allowed, log, now });
    const threads = new ThreadRoots(client);
    const receiver = new Receiver({
      ownUserId,
      rooms,
      threads,
      decrypt: async (room, event) => crypto.decryptAtOnce(room, event),
      unreadable: new Unreadable(memory),
      replays: new Replays(memory),
      log,
      now,
    });
    const media = new Media({ client, images: this.#options.images, memory, serverName: serverOf(ownUserId), now });
    const attachments = new Attachments({
      client,
      random,
      decrypt,
      rooms,
      closing: this.#closing.signal,
      timeoutMs: this.#options.attachmentTimeoutMs,
    });
    const earlier = new EarlierMessages({
      client,
      ownUserId,
      sessionSinceMs: sessionSinceMs(memory, `${ownUserId} ${deviceId}`, now()),
      now,
      contentOf: async (room, event) => {
        if (event['type'] !== 'm.room.encrypted') return plainContent(event);
        const decrypted = await decrypt(room, event);
        // What was deleted says nothing any more.
        if (decrypted.kind === 'refused') return {};
        return decrypted.kind === 'clear' ? plainContent(decrypted.event) : undefined;
      },
    });
    const sender = new Sender({
      client,
      ownUserId,
      rooms,
      media,
      threads,
      earlier,
      upgrades,
      encrypt: async (room, event) => crypto.encrypt(room, event),
    });
    const loop = new SyncLoop({
      sync: { client, ownUserId, log, isOldInvitation: (room) => invitations.isOld(room) },
      inbox,
      memory,
      invitations,
      receiver,
      crypto,
      rooms,
      upgrades,
      log,
      random,
      signal: this.#closing.signal,
      waitMs: this.#options.syncWaitMs ?? 30_000,
    });
    const removals = new Removals({ client, admin: this.#admin, ownUserId, serverName: serverOf(ownUserId), decrypt });
    return { crypto, signed: this.#signedDevice(crypto), sender, rooms, loop, chores, attachments, removals };
  }

  /** Waits for the connection: what could not be tried is no failed attempt, after which longer is waited. */
  async send(delivery: Delivery): Promise<EventId> {
    await this.#connected.promise;
    if (!this.#parts || this.#closing.signal.aborted) throw new DeliveryError('uncertain', 'the bot is not connected to the homeserver');
    try {
      const event = await this.#parts.sender.send(delivery);
      this.#acceptance.taken(delivery.content);
      return event;
    } catch (error) {
      this.#acceptance.failed(delivery.content, error instanceof DeliveryError ? error.cause : error);
      throw error;
    }
  }

  /** As `ChatPlatform.attachment` says; encrypted files whose keys are not there are `attachment_unavailable`. */
  async attachment(roomId: RoomId, event: EventId, maxBytes: number, signal: AbortSignal): Promise<Attachment | undefined> {
    if (!this.#parts) throw new AppError('attachment_unavailable');
    return this.#parts.attachments.fetch(roomId, event, maxBytes, signal);
  }

  async remove(roomId: RoomId, event: EventId, signal: AbortSignal, { keepsMedia = false } = {}): Promise<Removal> {
    return (await this.#parts?.removals.remove(roomId, event, signal, keepsMedia)) ?? { message: 'later' };
  }

  /** Asks the server anew. False for a room that the bot can't see; rejects when the server can't be asked. */
  async isAdmin(roomId: RoomId, user: UserId): Promise<boolean> {
    try {
      return (await this.#parts?.rooms.isAdmin(roomId, user, true)) ?? false;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }

  /** Whether events flow and may be answered, and in plain words why not. */
  health(): Health {
    if (this.#parts === undefined) return { ok: false, reason: 'not started' };
    const { loop, signed } = this.#parts;
    return [loop.health(), this.#acceptance.health(), signed.health()].find(({ ok }) => !ok) ?? { ok: true };
  }

  /** How the questions for news went. */
  activity(): Activity {
    return this.#parts?.loop.activity() ?? { failures: 0, sinceStepMs: undefined };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#parts?.loop.stopped();
    await this.#parts?.chores.settled();
    await this.#parts?.crypto.close();
  }

  async #whoAmI(): Promise<OwnIds> {
    try {
      const answer: unknown = await this.#client.getWhoAmI();
      const userId = textAt(answer, 'user_id');
      if (userId === undefined) throw new HomeserverError('the answer to «who am I» holds no user id; is this a Matrix homeserver?');
      const deviceId = textAt(answer, 'device_id');
      if (deviceId === undefined || deviceId === '') {
        throw new SetupError(
          'The Matrix access token belongs to no device, so the bot could not take part in encrypted rooms: log the bot in as a client does and set the token of that login',
        );
      }
      return { userId, deviceId };
    } catch (error) {
      if (error instanceof SetupError) throw error;
      if (isUnauthorised(error)) {
        throw new HomeserverError(
          'The Matrix access token is not valid any more or never was: log the bot in again and set the new token',
          {
            status: 401,
          },
        );
      }
      throw new HomeserverError(`The Matrix homeserver does not answer as it should: ${reason(error)}. Check its address and that it runs`);
    }
  }
}
