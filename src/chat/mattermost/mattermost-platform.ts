import { AppError, DeliveryError } from '#core/errors.ts';
import type { Attachment, ChatPlatform, Delivery, ImageStore, Inbox, PlatformMemory, Removal } from '#core/ports.ts';
import type { EventId, RoomId, UserId } from '#core/types.ts';

import { Attachments } from './attachments.ts';
import { Channels, type AllowList } from './channels.ts';
import { ServerClient } from './client.ts';
import { EditTurns } from './edit-turns.ts';
import type { Activity, Health } from '../common/health.ts';
import { reason, type Log } from '../common/log.ts';
import { textAt } from '../common/raw.ts';
import { sessionSinceMs } from '../common/session.ts';
import { Interactions, type InteractionsOptions, type Joined } from './interactions.ts';
import { News } from './news.ts';
import { People } from './people.ts';
import { isId } from './post.ts';
import { Removals } from './removals.ts';
import { Sender } from './sender.ts';
import { isUnauthorised, ServerError, SetupError } from './server-error.ts';

export type MattermostOptions = {
  /** Base address such as `https://chat.example.org`; a server in a folder has its path too. */
  readonly serverUrl: string;
  /** Of the bot's own account. */
  readonly accessToken: string;
  /** Where the bot works; everywhere where nothing is named. */
  readonly allowed: AllowList;
  /** Whether it answers direct messages. True where absent. */
  readonly allowDirect?: boolean;
  readonly memory: PlatformMemory;
  readonly images: ImageStore;
  readonly log: Log;
  /** Buttons and slash commands, where the server reaches the bot. Absent: the bot's own reactions show what can be clicked. */
  readonly interactions?: Omit<InteractionsOptions, 'memory' | 'log' | 'now' | 'random'> | undefined;
  /** Time for one request; uploads have their own. The server fetches links before it answers. */
  readonly requestTimeoutMs?: number;
  readonly attachmentTimeoutMs?: number;
  readonly maxAnswerBytes?: number;
  /** Longest pause before the way for events is opened anew. */
  readonly reconnectMs?: number;
  readonly now?: () => number;
  /** 0 … 1, for the pauses after failures. */
  readonly random?: () => number;
};

/** Trying again is of no use: the operator has to change something first, and the error's message says what. */
export const needsOperator = (error: unknown): boolean => isUnauthorised(error) || error instanceof SetupError;

type OwnAccount = Joined['own'];
type Parts = {
  readonly news: News;
  readonly sender: Sender;
  readonly people: People;
  readonly attachments: Attachments;
  readonly removals: Removals;
};

/** Mattermost channels and direct messages: events by WebSocket, everything else by REST. */
export class MattermostPlatform implements ChatPlatform {
  readonly name = 'mattermost';
  /** Nothing limits edits but politeness: each is told to everybody in the channel. */
  readonly editIntervalMs = 2000;
  readonly seedsReactions: boolean;
  readonly #options: MattermostOptions;
  readonly #closing = new AbortController();
  readonly #client: ServerClient;
  readonly #turns = new EditTurns();
  readonly #interactions: Interactions | undefined;
  #parts: Parts | undefined;
  /** Settled while the bot is connected, and for good when it closes. */
  #connected = Promise.withResolvers<void>();

  constructor(options: MattermostOptions) {
    this.#options = options;
    const { interactions, memory, log, now = Date.now, random = Math.random } = options;
    this.#interactions = interactions && new Interactions({ ...interactions, memory, log, now, random });
    this.seedsReactions = interactions === undefined;
    this.#client = new ServerClient({
      serverUrl: options.serverUrl.replace(/\/+$/, ''),
      accessToken: options.accessToken,
      signal: this.#closing.signal,
      timeoutMs: options.requestTimeoutMs ?? 30_000,
      maxAnswerBytes: options.maxAnswerBytes ?? 64 * 1024 * 1024,
    });
    this.#closing.signal.addEventListener('abort', () => this.#connected.resolve(), { once: true });
  }

  /** Resolves once events flow into the inbox. Rejects with an error that says what to look at, see `needsOperator`. */
  async start(inbox: Inbox): Promise<void> {
    if (this.#parts) throw new TypeError('the platform was started already');
    const own = await this.#whoAmI();
    const ending = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, ending.signal]);
    const { channels, ...parts } = this.#assemble(inbox, own, signal);
    // Before the first news: what they store may be answered at once.
    this.#parts = parts;
    this.#connected.resolve();
    try {
      const serves = async (channelId: string): Promise<boolean> => servesChannel(channels, channelId);
      // What is called meanwhile waits: which channels there are, and from where on they are read, is not known before.
      const ready = Promise.withResolvers<void>();
      const { people } = parts;
      await this.#interactions?.listen({
        client: this.#client,
        own,
        inbox,
        turns: this.#turns,
        people,
        serves,
        signal,
        ready: ready.promise,
      });
      await parts.news.start();
      ready.resolve();
    } catch (error) {
      this.#parts = undefined;
      if (!this.#closing.signal.aborted) this.#connected = Promise.withResolvers();
      ending.abort();
      await parts.news.stopped();
      await this.#interactions?.close();
      throw error;
    }
    this.#options.log.info({ server: new URL(this.#options.serverUrl).host }, 'Connected to the Mattermost server');
  }

  #assemble(inbox: Inbox, { userId: ownUserId }: OwnAccount, signal: AbortSignal): Parts & { readonly channels: Channels } {
    const { memory, images, log, allowed, allowDirect, reconnectMs, attachmentTimeoutMs } = this.#options;
    const { now = Date.now, random = Math.random } = this.#options;
    const client = this.#client;
    const people = new People({ client });
    const channels = new Channels({ client, ownUserId, memory, allowed, allowDirect });
    const queuedBeforeMs = sessionSinceMs(memory, ownUserId, now());
    const buttons = this.#interactions?.buttons;
    const attachments = new Attachments({ client, random, closing: this.#closing.signal, timeoutMs: attachmentTimeoutMs });
    return {
      channels,
      people,
      attachments,
      removals: new Removals({ client, ownUserId }),
      news: new News({
        client,
        ownUserId,
        inbox,
        memory,
        channels,
        people,
        log,
        signal,
        random,
        now,
        ...(reconnectMs === undefined ? {} : { reconnectMs }),
      }),
      sender: new Sender({
        client,
        ownUserId,
        images,
        memory,
        channels,
        now,
        queuedBeforeMs,
        turns: this.#turns,
        log,
        ...(buttons === undefined ? {} : { buttons }),
      }),
    };
  }

  /** Waits for the connection: what could not be tried is no failed attempt, after which longer is waited. */
  async send(delivery: Delivery): Promise<EventId> {
    await this.#connected.promise;
    if (!this.#parts || this.#closing.signal.aborted)
      throw new DeliveryError('uncertain', 'the bot is not connected to the Mattermost server');
    const event = await this.#parts.sender.send(delivery);
    this.#interactions?.sent(delivery);
    return event;
  }

  async attachment(roomId: RoomId, event: EventId, maxBytes: number, signal: AbortSignal): Promise<Attachment | undefined> {
    if (!this.#parts) throw new AppError('attachment_unavailable');
    return this.#parts.attachments.fetch(roomId, event, maxBytes, signal);
  }

  async remove(_roomId: RoomId, event: EventId, signal: AbortSignal): Promise<Removal> {
    return (await this.#parts?.removals.remove(event, signal)) ?? { message: 'later' };
  }

  /** Asks the server anew. False for a channel that the bot can't see; rejects when the server can't be asked. */
  async isAdmin(roomId: RoomId, user: UserId): Promise<boolean> {
    return (await this.#parts?.people.isAdmin(roomId, user, true)) ?? false;
  }

  /** Whether events flow and may be answered, and in plain words why not. */
  health(): Health {
    return this.#parts?.news.health() ?? { ok: false, reason: 'not started' };
  }

  /** How the questions for news went. */
  activity(): Activity {
    return this.#parts?.news.activity() ?? { failures: 0, sinceStepMs: undefined };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#parts?.news.stopped();
    await this.#interactions?.close();
  }

  async #whoAmI(): Promise<OwnAccount> {
    try {
      const account = await this.#client.ask({ method: 'GET', path: '/users/me' });
      const id = textAt(account, 'id');
      if (!isId(id)) throw new ServerError('the answer to «who am I» holds no user id; is this a Mattermost server?');
      return { userId: id, userName: textAt(account, 'username') ?? '' };
    } catch (error) {
      if (isUnauthorised(error)) {
        throw new ServerError(
          'The Mattermost token is not valid any more or never was, or the bot’s account is switched off: switch the account on, or make a new token and set it',
          { status: 401 },
        );
      }
      throw new ServerError(`The Mattermost server does not answer as it should: ${reason(error)}. Check its address and that it runs`);
    }
  }
}

/** A channel that the bot was added to a moment ago may not be known yet. */
async function servesChannel(channels: Channels, channelId: string): Promise<boolean> {
  if (channels.kindOf(channelId) === undefined) await channels.find(channelId);
  return channels.isAllowed(channelId);
}
