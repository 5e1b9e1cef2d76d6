/**
 * The local room: a chat room in the browser, served by this process. Its messages live in the `RoomHistory`; what
 * people post is handed to the inbox like the events of any other platform. Who sits there is its admin.
 */
import type { Server } from 'node:http';
import type { Prefix } from '#core/command.ts';
import { AppError, DeliveryError } from '#core/errors.ts';
import type { Attachment, ChatPlatform, Delivery, ImageStore, Inbox, Removal, RoomEvent, RoomHistory } from '#core/ports.ts';
import { eventId, roomId, type EventId, type Language, type RoomId, type UserId } from '#core/types.ts';
import type { IncomingEvent } from '#core/incoming.ts';
import type { Vocabulary } from '#core/model-info.ts';
import { botBody } from './bot-body.ts';
import { eraseEvent } from './erase-event.ts';
import {
  botTransaction,
  personTransaction,
  roomBody,
  type BotBody,
  type GalleryEntry,
  type LiveEdit,
  type ProgramStatus,
  type RoomStatus,
} from './events.ts';
import { RoomFeed } from './feed.ts';
import { isLoopback } from './guard.ts';
import { incomingEvent } from './incoming.ts';
import { listen } from './listen.ts';
import { loadPageFiles } from './page-files.ts';
import type { Post } from './posts.ts';
import { roomRoutes } from './routes.ts';
import { defaultUploadMegabytes, megabyte, readAttachment } from './uploads.ts';

export const localRoomId: RoomId = roomId('!local:room');

export type RoomLog = {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

export type LocalRoomOptions = {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8090; 0 takes a free one. */
  readonly port?: number;
  /** Needed when `host` is not loopback. */
  readonly token?: string;
  /** Names the room is reached by apart from loopback and `host`, such as that of a reverse proxy. */
  readonly allowedHosts?: readonly string[];
  /** Shown in the page's header; default `Blitzbild`. */
  readonly roomName?: string;
  readonly history: RoomHistory;
  readonly images: ImageStore;
  /** Makes a post's row in the history and its place in the inbox one step, where both are in one database. */
  readonly transaction?: <Result>(work: () => Result) => Result;
  /** What a command begins with; the page puts the one of its language before an example. A bare string is one in `language`. */
  readonly commandPrefixes: readonly Prefix[];
  readonly language: Language;
  readonly status: () => ProgramStatus;
  /** What the model can draw, where that is a closed list. */
  readonly vocabulary?: () => Vocabulary | undefined;
  /** The starred pictures, newest first; asked whenever somebody opens the gallery. */
  readonly gallery?: () => readonly GalleryEntry[];
  /** Largest file that a message may carry; default 20. */
  readonly maxUploadMegabytes?: () => number;
  readonly log: RoomLog;
  readonly now: () => number;
  /** Longest silence of the event stream; default 15 s. */
  readonly beatMs?: number;
};

/** The options contradict each other; `message` is a sentence for people. */
export class RoomOptionsError extends Error {
  override readonly name = 'RoomOptionsError';
}

const statusMs = 1000;
const replayBatch = 500;
const rememberedLiveEdits = 1000;

export class LocalRoom implements ChatPlatform {
  readonly name = 'room';
  readonly editIntervalMs = 250;
  readonly #options: LocalRoomOptions;
  readonly #host: string;
  readonly #feed = new RoomFeed();
  /** Ids given to progress texts, which are not in the history; see `#sendLive`. */
  readonly #liveIds = new Map<string, EventId>();
  #liveCount = 0;
  #inbox: Inbox | undefined;
  #server: Server | undefined;
  #port: number | undefined;

  constructor(options: LocalRoomOptions) {
    this.#options = options;
    this.#host = options.host ?? '127.0.0.1';
    if (!isLoopback(this.#host) && (options.token ?? '') === '') throw new RoomOptionsError(tokenMissing(options.language, this.#host));
  }

  /** Where people open the room, without its token. */
  get url(): string {
    if (this.#port === undefined) throw new Error('The room has no address before it is started.');
    const anyAddress = this.#host === '0.0.0.0' || this.#host === '::' || this.#host === '[::]';
    const host = anyAddress ? '127.0.0.1' : this.#host.includes(':') && !this.#host.startsWith('[') ? `[${this.#host}]` : this.#host;
    return `http://${host}:${this.#port}/`;
  }

  /** The same with the token, for the line that is printed at the start. */
  get urlWithToken(): string {
    return this.#options.token === undefined ? this.url : `${this.url}?token=${encodeURIComponent(this.#options.token)}`;
  }

  async start(inbox: Inbox): Promise<void> {
    const { history, images, log, language, token } = this.#options;
    this.#inbox = inbox;
    const routes = roomRoutes({
      host: this.#host,
      token: token === '' ? undefined : token,
      allowedHosts: this.#options.allowedHosts ?? [],
      language,
      history,
      images,
      feed: this.#feed,
      pageFiles: await loadPageFiles(),
      status: () => this.#status(),
      vocabulary: () => this.#options.vocabulary?.(),
      maxUploadMegabytes: () => this.#maxUploadMegabytes(),
      gallery: () => this.#options.gallery?.() ?? [],
      beatMs: this.#options.beatMs ?? 15_000,
      statusMs: Math.min(statusMs, this.#options.beatMs ?? statusMs),
      post: (post) => this.#post(post),
      onError: (error) => log.error({ err: error }, 'a request to the local room failed'),
    });
    const { server, port } = await listen(routes.fetch, { host: this.#host, port: this.#options.port ?? 8090, language });
    this.#server = server;
    this.#port = port;
    this.#acceptMissed(inbox);
    log.info({ port }, 'the local room is open');
  }

  async send(delivery: Delivery): Promise<EventId> {
    const { content } = delivery;
    if (delivery.roomId !== localRoomId) throw new DeliveryError('rejected', 'There is only one local room, and this is not its id.');
    if (content.kind === 'edit' && this.#options.history.get(content.target) === undefined) {
      throw new DeliveryError('rejected', 'The message to edit is not in this room.');
    }
    if (content.kind === 'edit' && delivery.event?.type === 'progress') {
      return this.#sendLive(delivery.transactionId, { target: content.target, text: content.text, event: delivery.event });
    }
    const event = this.#append(botTransaction(delivery.transactionId), botBody(delivery));
    const forGood = delivery.event?.type === 'done' || delivery.event?.type === 'error';
    if (content.kind === 'edit') this.#feed.endLive(content.target, { forGood });
    this.#feed.announce();
    return event.eventId;
  }

  async attachment(room: RoomId, event: EventId, maxBytes: number, signal: AbortSignal): Promise<Attachment | undefined> {
    if (signal.aborted) throw new AppError('cancelled');
    return room === localRoomId ? readAttachment(this.#options, event, maxBytes) : undefined;
  }

  /** What it says and shows leaves the history; pages that are open are told, and its place stays. */
  async remove(room: RoomId, target: EventId): Promise<Removal> {
    if (room !== localRoomId) return { message: 'missing' };
    const together = this.#options.transaction ?? ((work) => work());
    const removal = eraseEvent(this.#options.history, together, target);
    this.#feed.endLive(target, { forGood: true });
    this.#feed.announce();
    return removal;
  }

  /** Who reached this room sits at the machine or knows its token. */
  async isAdmin(room: RoomId, user: UserId): Promise<boolean> {
    return room === localRoomId && user.endsWith(':room');
  }

  async close(): Promise<void> {
    this.#feed.close();
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  }

  /** A progress text is shown to the pages that are open and then forgotten: a row per step would bury the messages. */
  #sendLive(transactionId: string, edit: LiveEdit): EventId {
    const known = this.#liveIds.get(transactionId);
    if (known !== undefined) return known;
    const id = eventId(`$live-${(this.#liveCount += 1)}`);
    this.#liveIds.set(transactionId, id);
    const oldest = this.#liveIds.keys().next();
    if (this.#liveIds.size > rememberedLiveEdits && oldest.done !== true) this.#liveIds.delete(oldest.value);
    this.#feed.showLive(edit);
    return id;
  }

  #post(post: Post): RoomEvent {
    const together = this.#options.transaction ?? ((work) => work());
    const event = together(() => {
      const appended = this.#append(personTransaction(post.body.sender, post.transactionId), post.body);
      if (post.body.kind === 'redaction') this.#erase(post.body.target);
      this.#accept([appended]);
      return appended;
    });
    this.#feed.announce();
    return event;
  }

  /** Deleted is deleted: the words and the file leave the history, the empty message keeps its place. */
  #erase(target: EventId): void {
    const { history } = this.#options;
    const event = history.get(target);
    const body = event === undefined ? undefined : roomBody(event);
    if (body?.kind !== 'message') return;
    const { attachment: _, ...rest } = body;
    history.rewrite(target, { ...rest, text: '' });
  }

  /** Posts that were stored but not accepted, because the process ended in between. */
  #acceptMissed(inbox: Inbox): void {
    let cursor = Number(inbox.cursor() ?? 0);
    for (;;) {
      const events = this.#options.history.after(cursor, replayBatch);
      const last = events.at(-1);
      if (last === undefined) return;
      this.#accept(events);
      cursor = last.sequence;
    }
  }

  #accept(events: readonly RoomEvent[]): void {
    const inbox = this.#inbox;
    if (inbox === undefined) return;
    const incoming = events
      .map((event) => incomingEvent(event, localRoomId))
      .filter((event): event is IncomingEvent => event !== undefined);
    const newest = Math.max(Number(inbox.cursor() ?? 0), ...events.map((event) => event.sequence));
    inbox.accept(incoming, String(newest));
  }

  #append(transactionId: string, body: BotBody | Post['body']): RoomEvent {
    return this.#options.history.append({ transactionId, atMs: this.#options.now(), body });
  }

  #maxUploadMegabytes(): number {
    return this.#options.maxUploadMegabytes?.() ?? defaultUploadMegabytes;
  }

  #status(): RoomStatus {
    const { commandPrefixes, language, roomName, token } = this.#options;
    return {
      ...this.#options.status(),
      room: {
        name: roomName ?? 'Blitzbild',
        commandPrefixes,
        language,
        shared: (token ?? '') !== '',
        maxUploadBytes: this.#maxUploadMegabytes() * megabyte,
      },
    };
  }
}

const tokenMissing = (language: Language, host: string): string =>
  language === 'de'
    ? `Unter ${host} ist der Raum auch von anderen Rechnern erreichbar und braucht deshalb ein Token; setze BLITZBILD_TOKEN oder nimm BLITZBILD_HOST=127.0.0.1.`
    : `On ${host} other machines can reach the room, so it needs a token; set BLITZBILD_TOKEN or use BLITZBILD_HOST=127.0.0.1.`;
