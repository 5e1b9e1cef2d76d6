import type { WebSocket } from 'ws';

import { Connection } from './connection.ts';
import { isFor, type BroadcastEvent } from './events.ts';
import { isId } from './rows.ts';
import type { World } from './world.ts';

/** Who said nothing within this is shown out. Source: platform/web_conn.go `authCheckInterval`. */
const authTimeoutMs = 5000;
/** How long somebody who has gone is waited for, since they were last heard of. Source: platform/web_hub.go `inactiveConnReaperInterval`. */
const reapedAfterMs = 5 * 60_000;

/** The server's end of all sockets. Source: platform/web_hub.go, web_conn.go, websocket_router.go; api4/websocket.go. */
export class Hub {
  /** As where another node answers, which knows nothing of the connections of the first. */
  neverResumes = false;
  /** What happens to an event between what caused it and the sockets: a test may hold it, tell it twice, or let others pass it. */
  intercept: (event: BroadcastEvent, deliver: (event: BroadcastEvent) => void) => void = (event, deliver) => deliver(event);
  readonly #world: World;
  #connections: Connection[] = [];
  #losses = { count: 0, isKept: false };

  constructor(world: World) {
    this.#world = world;
  }

  /** Sockets that are open now, logged in or not. */
  get sockets(): readonly WebSocket[] {
    return this.#connections.flatMap(({ socket, isActive }) => (isActive && socket !== undefined ? [socket] : []));
  }

  publish(event: BroadcastEvent): void {
    const { eventDelayMs } = this.#world.settings;
    const deliver = (what: BroadcastEvent): void => this.#publish(what);
    if (eventDelayMs > 0) setTimeout(() => this.intercept(event, deliver), eventDelayMs).unref();
    else this.intercept(event, deliver);
  }

  #publish(event: BroadcastEvent): void {
    this.#connections = this.#connections.filter((connection) => !connection.isOverflown);
    for (const connection of this.#connections) {
      if (connection.userId === '' || !isFor(this.#world, event, connection.userId)) continue;
      // A token that was taken away: the socket stays open, and nothing comes through it any more.
      if (!this.#isLoggedIn(connection)) continue;
      if (this.#losses.count > 0) {
        this.#losses.count -= 1;
        connection.lose(event, this.#losses.isKept);
      } else connection.deliver(event);
    }
  }

  /** The next events get their numbers and do not arrive. */
  lose(count: number, isKept: boolean): void {
    this.#losses = { count, isKept };
  }

  skip(count: number): void {
    for (const connection of this.#connections) connection.skip(count);
  }

  stall(): void {
    for (const connection of this.#connections) connection.isStalled = true;
  }

  /** All sockets end; the connections are waited for, unless the process that knew them is gone too. */
  drop(how: 'reset' | 'close', isForgotten: boolean): void {
    for (const connection of this.#connections) {
      if (how === 'close') connection.socket?.close(1001);
      else connection.socket?.terminate();
      connection.isActive = false;
    }
    if (isForgotten) this.#connections = [];
  }

  /** Source: api4/websocket.go `connectWebSocket`: an upgrade is never refused, and only one with a session can go on with a connection. */
  attach(socket: WebSocket, token: string | undefined, query: URLSearchParams): void {
    const world = this.#world;
    const user = world.session(token);
    const askedId = query.get('connection_id') ?? '';
    socket.on('error', () => {});
    if (askedId !== '' && user !== undefined) {
      const askedSeq = query.get('sequence_number') ?? '';
      if (!isId(askedId) || !/^\d{1,10}$/.test(askedSeq)) {
        socket.close();
        return;
      }
      const known = this.#inactive(askedId, user.id);
      if (known !== undefined) {
        this.#listen(known, socket);
        known.lastUsedMs = world.clock.elapsed();
        known.resume(socket, Number(askedSeq), world.settings.version);
        return;
      }
    }
    const connection = new Connection();
    connection.socket = socket;
    connection.lastUsedMs = world.clock.elapsed();
    this.#connections.push(connection);
    this.#listen(connection, socket);
    if (user !== undefined) this.#logIn(connection, user.id, token!);
    else setTimeout(() => (connection.userId === '' ? socket.terminate() : undefined), authTimeoutMs).unref();
  }

  /** One that the server believes to be in use can't be taken over. Source: platform/web_hub.go `RemoveInactiveByConnectionID`. */
  #inactive(id: string, userId: string): Connection | undefined {
    if (this.neverResumes) return undefined;
    const now = this.#world.clock.elapsed();
    this.#connections = this.#connections.filter(({ isActive, lastUsedMs }) => isActive || now - lastUsedMs < reapedAfterMs);
    return this.#connections.find(
      (connection) => connection.id === id && connection.userId === userId && !connection.isActive && !connection.isOverflown,
    );
  }

  #logIn(connection: Connection, userId: string, token: string): void {
    connection.userId = userId;
    connection.token = token;
    connection.hello(this.#world.settings.version);
  }

  #isLoggedIn({ token, userId }: Connection): boolean {
    return userId !== '' && this.#world.session(token)?.id === userId;
  }

  #listen(connection: Connection, socket: WebSocket): void {
    socket.on('message', (data: Buffer) => {
      if (!connection.isStalled) this.#request(connection, socket, data.toString());
    });
    socket.on('close', () => {
      if (connection.socket !== socket) return;
      connection.isActive = false;
      if (connection.userId === '') this.#connections = this.#connections.filter((other) => other !== connection);
    });
  }

  /** Source: platform/websocket_router.go `ServeWebSocket`. */
  #request(connection: Connection, socket: WebSocket, text: string): void {
    const world = this.#world;
    const request = parsed(text);
    const seq = typeof request['seq'] === 'number' ? request['seq'] : 0;
    const fail = (id: string, status: number): void =>
      connection.reply({ status: 'FAIL', seq_reply: seq, error: { id, message: '', detailed_error: '', status_code: status } });
    if (request['action'] === 'authentication_challenge') {
      // Who has a session by the header is known: no answer.
      if (connection.userId !== '') return;
      const token = (request['data'] as { token?: string } | undefined)?.token;
      const user = world.session(token);
      if (user === undefined) return socket.terminate();
      this.#logIn(connection, user.id, token!);
      connection.reply({ status: 'OK', seq_reply: seq });
      return;
    }
    // Nobody answers a stranger.
    if (connection.userId === '') return;
    if (typeof request['action'] !== 'string' || request['action'] === '') return fail('api.web_socket_router.no_action.app_error', 400);
    if (seq <= 0) return fail('api.web_socket_router.bad_seq.app_error', 400);
    if (!this.#isLoggedIn(connection)) return fail('api.web_socket_router.not_authenticated.app_error', 401);
    connection.lastUsedMs = world.clock.elapsed();
    if (request['action'] === 'ping') {
      const data = { text: 'pong', version: world.settings.version, server_time: world.clock.now(), node_id: '' };
      connection.reply({ status: 'OK', data, seq_reply: seq });
    } else if (request['action'] === 'user_typing') connection.reply({ status: 'OK', seq_reply: seq });
    else fail('api.web_socket_router.bad_action.app_error', 500);
  }
}

function parsed(text: string): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
