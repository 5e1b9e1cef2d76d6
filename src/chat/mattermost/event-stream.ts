import websocket from '@mattermost/client/lib/websocket.js';

import type { ServerClient } from './client.ts';
import { isObject, objectAt, textAt, type RawObject } from '../common/raw.ts';
import { QuietSocket, quietly } from './quiet-socket.ts';

/** What happened on the server. `data` and `broadcast` are as it told them. */
export type StreamEvent = { readonly name: string; readonly data: RawObject; readonly broadcast: RawObject };

export type EventStreamOptions = {
  readonly client: Pick<ServerClient, 'accessToken' | 'eventsUrl'>;
  /** Shortest pause before another connection; the longest is some three times as long. */
  readonly reconnectMs: number;
  /** Between two questions whether the server still knows the bot, and the time it has for an answer. */
  readonly pingMs: number;
  /** Time for a connection to be made and to prove that the server knows the bot. */
  readonly helloMs: number;
  /** Events flow; some may have been missed before. May be told several times of one connection. */
  readonly onConnected: () => void;
  readonly onEvent: (event: StreamEvent) => void;
  /** The server answered. */
  readonly onAlive: () => void;
  /** The connection has ended, or was never made; another one is on its way. */
  readonly onLost: () => void;
  /** The server does not seem to know the bot's token: it keeps such connections open, and silent. */
  readonly onDoubt: () => void;
  /** Something came that can't be read; the stream begins anew. */
  readonly onBroken: (error: unknown) => void;
};

const hungUp = 4000;
/** Mattermost's client pings as well, and takes every answer for a good one: its pings are put off for good. */
const neverMs = 2 ** 31 - 1;

type LibraryClient = InstanceType<typeof websocket.default>;

/**
 * What the server tells while it happens, by Mattermost's own client, which keeps sequence numbers and resumes. Guarded against what that
 * client leaves open: tokens that were revoked, connections without an end, pauses of minutes, and handlers that throw.
 */
export class EventStream {
  readonly #options: EventStreamOptions;
  #library: LibraryClient | undefined;
  #socket: QuietSocket | undefined;
  #pinging: NodeJS.Timeout | undefined;
  #proving: NodeJS.Timeout | undefined;
  #renewing: NodeJS.Timeout | undefined;
  #isOpen = false;
  /** The server has answered on this connection. */
  #isProven = false;
  /** Of the connection, so that an answer on an earlier one proves nothing. */
  #generation = 0;
  readonly #unanswered = new Set<NodeJS.Timeout>();

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#library !== undefined) return;
    const { client, reconnectMs } = this.#options;
    const library: LibraryClient = new websocket.default({
      minWebSocketRetryTime: reconnectMs,
      maxWebSocketRetryTime: reconnectMs * 3,
      reconnectJitterRange: reconnectMs / 2,
      clientPingInterval: neverMs,
      newWebSocketFn: (url) => this.#connect(url) as unknown as WebSocket,
    });
    this.#library = library;
    // Without a listener for what was missed, the client reconnects for ever. Source: mattermost/mattermost#30388.
    library.addMissedMessageListener(() => {});
    library.addMessageListener((message) => this.#received(message));
    library.addFirstConnectListener(() => this.#opened());
    library.addReconnectListener(() => this.#opened());
    library.addCloseListener(() => this.#closed());
    quietly(() => library.initialize(client.eventsUrl));
  }

  /** Begins no other connection; `start` does. */
  stop(): void {
    this.#rest();
    clearTimeout(this.#renewing);
    const library = this.#library;
    this.#library = undefined;
    // Closed by the client itself, a connection that is only being made would come back.
    this.#socket?.detach();
    this.#socket = undefined;
    if (library !== undefined) quietly(() => library.close());
  }

  #connect(url: string): QuietSocket {
    this.#rest();
    const socket = new QuietSocket(url, this.#options.client.accessToken, (error) => this.#broken(error));
    this.#socket = socket;
    this.#proving = setTimeout(() => socket.fail(hungUp), this.#options.helloMs);
    return socket;
  }

  /** A server shows out whom it does not know, without a word. Where it can't even be reached, the token is not in doubt. */
  #closed(): void {
    const isDoubtful = this.#isOpen && !this.#isProven;
    this.#rest();
    if (isDoubtful) this.#options.onDoubt();
    this.#options.onLost();
  }

  #opened(): void {
    this.#isOpen = true;
    this.#ping();
    this.#pinging = setInterval(() => this.#ping(), this.#options.pingMs);
  }

  #ping(): void {
    const generation = this.#generation;
    const socket = this.#socket;
    const unanswered = setTimeout(() => socket?.fail(hungUp), this.#options.pingMs);
    this.#unanswered.add(unanswered);
    this.#library?.ping((reply: unknown) => {
      clearTimeout(unanswered);
      this.#unanswered.delete(unanswered);
      if (generation !== this.#generation) return;
      if (textAt(reply, 'status') === 'OK') return this.#proven(false);
      // A server that does not know the token any more answers all the same, and tells nothing else; one that only forgot the session
      // takes the next connection.
      this.#options.onDoubt();
      socket?.fail(hungUp);
    });
  }

  /** @param isNew a connection that is new to the server, though it may be one that the client meant to resume */
  #proven(isNew: boolean): void {
    clearTimeout(this.#proving);
    const isConnected = isNew || !this.#isProven;
    this.#isProven = true;
    this.#options.onAlive();
    if (isConnected) this.#options.onConnected();
  }

  #received(message: unknown): void {
    const name = textAt(message, 'event');
    if (name === undefined || !isObject(message)) return;
    this.#proven(name === 'hello');
    if (name !== 'hello') this.#options.onEvent({ name, data: objectAt(message, 'data'), broadcast: objectAt(message, 'broadcast') });
  }

  /** The client would ask for the same again for ever: a new one asks for nothing that was. */
  #broken(error: unknown): void {
    const { onBroken, onLost, reconnectMs } = this.#options;
    this.stop();
    onBroken(error);
    onLost();
    this.#renewing = setTimeout(() => this.start(), reconnectMs);
  }

  #rest(): void {
    this.#generation += 1;
    this.#isOpen = false;
    this.#isProven = false;
    clearInterval(this.#pinging);
    clearTimeout(this.#proving);
    for (const timer of this.#unanswered) clearTimeout(timer);
    this.#unanswered.clear();
  }
}
