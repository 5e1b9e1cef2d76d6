import { AppError, DeliveryError } from '#core/errors.ts';
import type { Attachment, ChatPlatform, Delivery, ImageStore, Inbox, PlatformMemory } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';
import { roomId as asRoomId, type EventId, type RoomId, type UserId } from '#core/types.ts';

import { Attachments } from './attachments.ts';
import { Chores } from './chores.ts';
import { BotClient } from './client.ts';
import { EarlierMessages, plainContent } from './earlier-message.ts';
import { EncryptedRooms } from './encrypted-rooms.ts';
import { HomeserverError, isRefusal, isUnauthorised } from './homeserver-error.ts';
import { Invitations, serverOf, type AllowedInviters } from './invitations.ts';
import { reason, type Log } from './log.ts';
import { Media } from './media.ts';
import { textAt } from './raw.ts';
import { Receiver } from './receiver.ts';
import { Rooms } from './rooms.ts';
import { Sender } from './sender.ts';
import { sessionSinceMs } from './session.ts';
import { SyncLoop, type Activity, type Health } from './sync-loop.ts';
import { ThreadRoots } from './threads.ts';

export type MatrixOptions = {
  /** Base address such as `https://matrix.example.org`. */
  readonly homeserverUrl: string;
  /** Token of the bot's own account and device. */
  readonly accessToken: string;
  readonly allowedInviters: AllowedInviters;
  readonly memory: PlatformMemory;
  readonly images: ImageStore;
  readonly log: Log;
  /** What an encrypted room is told once, in that room's language. */
  readonly encryptedRoomText: (room: RoomId) => RichText;
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

type Parts = {
  readonly sender: Sender;
  readonly rooms: Rooms;
  readonly loop: SyncLoop;
  readonly chores: Chores;
  readonly attachments: Attachments;
};

/** Matrix rooms by matrix-bot-sdk, with our own transport, sync loop and sending. */
export class MatrixPlatform implements ChatPlatform {
  readonly name = 'matrix';
  /** At Synapse's default of one event in five seconds every second one may be an edit. */
  readonly editIntervalMs = 10_000;
  readonly seedsReactions: boolean;
  readonly #options: MatrixOptions;
  readonly #closing = new AbortController();
  readonly #client: BotClient;
  #parts: Parts | undefined;

  constructor(options: MatrixOptions) {
    this.#options = options;
    this.seedsReactions = options.seedsReactions ?? false;
    this.#client = new BotClient({
      homeserverUrl: options.homeserverUrl.replace(/\/+$/, ''),
      accessToken: options.accessToken,
      signal: this.#closing.signal,
      timeoutMs: options.requestTimeoutMs ?? 30_000,
      maxAnswerBytes: options.maxAnswerBytes ?? 64 * 1024 * 1024,
    });
  }

  /** Resolves once the first sync is stored. Rejects with a `HomeserverError` that says what to look at. */
  async start(inbox: Inbox): Promise<void> {
    if (this.#parts) throw new TypeError('the platform was started already');
    const { memory, log, allowedInviters: allowed } = this.#options;
    const { random = Math.random, now = Date.now } = this.#options;
    const { ownUserId, deviceId } = await this.#whoAmI();
    const client = this.#client;
    const chores = new Chores({ signal: this.#closing.signal, log, random });
    const rooms = new Rooms(client, memory);
    const invitations = new Invitations({ client, allowed, memory, chores, log });
    const text = (room: string): RichText => this.#options.encryptedRoomText(asRoomId(room));
    const encryptedRooms = new EncryptedRooms({ client, ownUserId, memory, chores, text });
    const threads = new ThreadRoots(client);
    const receiver = new Receiver({ ownUserId, rooms, encryptedRooms, threads, log, now });
    const media = new Media({ client, images: this.#options.images, memory, serverName: serverOf(ownUserId), now });
    const attachments = new Attachments({ client, random, closing: this.#closing.signal, timeoutMs: this.#options.attachmentTimeoutMs });
    const earlier = new EarlierMessages({
      client,
      ownUserId,
      sessionSinceMs: sessionSinceMs(memory, `${ownUserId} ${deviceId}`, now()),
      now,
      contentOf: async (_room, event) => plainContent(event),
    });
    const sender = new Sender({ client, ownUserId, rooms, media, threads, earlier });
    const loop = new SyncLoop({
      sync: { client, ownUserId, log, isOldInvitation: (room) => invitations.isOld(room) },
      inbox,
      memory,
      invitations,
      receiver,
      rooms,
      log,
      random,
      signal: this.#closing.signal,
      waitMs: this.#options.syncWaitMs ?? 30_000,
    });
    // Before the first step: what it stores may be answered at once.
    this.#parts = { sender, rooms, loop, chores, attachments };
    try {
      await loop.start();
    } catch (error) {
      this.#parts = undefined;
      throw error;
    }
    log.info({ server: serverOf(ownUserId) }, 'Connected to the Matrix homeserver');
  }

  async send(delivery: Delivery): Promise<EventId> {
    if (!this.#parts || this.#closing.signal.aborted) throw new DeliveryError('uncertain', 'the bot is not connected to the homeserver');
    return this.#parts.sender.send(delivery);
  }

  /** As `ChatPlatform.attachment` says; encrypted files are `attachment_unavailable`. */
  async attachment(roomId: RoomId, event: EventId, maxBytes: number, signal: AbortSignal): Promise<Attachment | undefined> {
    if (!this.#parts) throw new AppError('attachment_unavailable');
    return this.#parts.attachments.fetch(roomId, event, maxBytes, signal);
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

  /** Whether events flow, and in plain words why not. */
  health(): Health {
    return this.#parts?.loop.health() ?? { ok: false, reason: 'not started' };
  }

  /** How the questions for news went. */
  activity(): Activity {
    return this.#parts?.loop.activity() ?? { failures: 0, sinceStepMs: undefined };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#parts?.loop.stopped();
    await this.#parts?.chores.settled();
  }

  /** `deviceId`: empty where the server names none. */
  async #whoAmI(): Promise<{ readonly ownUserId: string; readonly deviceId: string }> {
    try {
      const answer: unknown = await this.#client.getWhoAmI();
      const ownUserId = textAt(answer, 'user_id');
      if (ownUserId === undefined) throw new HomeserverError('the answer to «who am I» holds no user id; is this a Matrix homeserver?');
      return { ownUserId, deviceId: textAt(answer, 'device_id') ?? '' };
    } catch (error) {
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
