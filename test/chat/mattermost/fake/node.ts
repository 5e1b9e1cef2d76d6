import { once } from 'node:events';
import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { WebSocketServer, type WebSocket } from 'ws';

import { Injected, type Fault, type ProxiedRequest, type Wanted } from '../../../faults/proxy.ts';
import { ApiError } from './errors.ts';
import type { Hub } from './hub.ts';
import { RateLimit } from './rate-limit.ts';
import { newId } from './rows.ts';
import { NoChannelsError, type ApiAnswer, type ApiRequest } from './routes.ts';
import type { World } from './world.ts';

const root = '/api/v4';
const eventsPath = `${root}/websocket`;
/** What a client may send over its socket at once. Source: model/websocket_client.go `SocketMaxMessageSizeKb`. */
const maxFrameBytes = 8192;

export type SeenRequest = ProxiedRequest & { readonly status: number; readonly atMs: number; readonly body: Buffer };
type Raw = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };
type Claimed = { readonly fault: Fault; readonly injected: Injected };
type Serve = (request: ApiRequest) => Promise<ApiAnswer>;

/** One process of the server behind one address: HTTP and sockets, with the faults of what lies between it and its clients. */
export class Node {
  /** Everything that was asked, with the status that came back (0 where none did), and when (`performance.now()`). */
  readonly seen: SeenRequest[] = [];
  readonly #world: World;
  readonly #hub: Hub;
  readonly #serve: Serve;
  readonly #limit: RateLimit | undefined;
  readonly #faults: Injected[] = [];
  readonly #connections = new Set<Socket>();
  readonly #upgrades = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes });
  readonly #server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
  #port = 0;

  /** `isLimited`: the rate limit that is set holds here. */
  constructor(world: World, hub: Hub, serve: Serve, { isLimited }: { readonly isLimited: boolean }) {
    this.#world = world;
    this.#hub = hub;
    this.#serve = serve;
    this.#limit = isLimited ? new RateLimit(world) : undefined;
    this.#server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#connections.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head).catch(() => socket.destroy()));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, again at the same address after `down`. */
  async up(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Connections end, and new ones are refused. */
  async down(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cutConnections();
    await closed;
  }

  /** Every connection ends; what was asked through them goes on. */
  cutConnections(): void {
    for (const socket of this.#connections) socket.resetAndDestroy();
  }

  /** The next `times` requests of this kind, after the first `skip`, meet this; a socket's beginning is a GET of its path. Newer faults are asked first. */
  inject(wanted: Wanted, fault: Fault, { times = 1, skip = 0 }: { readonly times?: number; readonly skip?: number } = {}): Injected {
    const injected = new Injected(wanted, fault, { times, skip });
    this.#faults.unshift(injected);
    return injected;
  }

  heal(): void {
    for (const fault of this.#faults.splice(0)) fault.stop();
  }

  #claim(request: ProxiedRequest): Claimed | undefined {
    for (const injected of this.#faults) {
      const fault = injected.claim(request);
      if (fault !== undefined) return { fault, injected };
    }
    return undefined;
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = proxied(incoming);
    const claimed = this.#claim(request);
    try {
      await this.#meet(request, claimed, incoming, response);
    } finally {
      claimed?.injected.end();
    }
  }

  async #meet(request: ProxiedRequest, claimed: Claimed | undefined, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming, claimed?.fault.kind === 'cut' ? claimed.fault.afterBytes : undefined);
    const note = (status: number): void => void this.seen.push({ ...request, status, atMs: performance.now(), body });
    const ask = async (): Promise<Raw> => this.#ask(incoming, request, body);
    const fault = claimed?.fault;
    switch (fault?.kind) {
      case 'cut':
        note(0);
        incoming.socket.resetAndDestroy();
        return;
      case 'reset':
        if (fault.delivered) await ask();
        note(0);
        incoming.socket.resetAndDestroy();
        return;
      case 'hang':
        if (fault.delivered) await ask();
        note(0);
        await Promise.race([claimed!.injected.released, once(incoming.socket, 'close')]);
        incoming.socket.destroy();
        return;
      case 'answer':
        if (fault.delivered === true) await ask();
        note(fault.status);
        response.writeHead(fault.status, { 'Content-Type': 'application/json', ...fault.headers }).end(fault.body ?? '{}');
        return;
      case 'slow':
        await delay(fault.ms);
        break;
      case 'rewrite':
      case 'cut-answer':
      case undefined:
    }
    let answer = await ask();
    note(answer.status);
    if (fault?.kind === 'rewrite') {
      answer = { ...answer, body: Buffer.from(JSON.stringify(fault.rewrite(JSON.parse(answer.body.toString('utf8'))))) };
    }
    response.writeHead(answer.status, { ...answer.headers, 'Content-Length': String(answer.body.length) });
    if (fault?.kind !== 'cut-answer') {
      response.end(answer.body);
      return;
    }
    response.write(answer.body.subarray(0, fault.afterBytes), () => incoming.socket.resetAndDestroy());
  }

  async #ask(incoming: IncomingMessage, { method, path, query }: ProxiedRequest, body: Buffer): Promise<Raw> {
    const { settings } = this.#world;
    if (body.length > (settings.proxyMaxBodyBytes ?? Infinity)) return tooLargeForProxy;
    const token = tokenOf(incoming);
    const limit = this.#limit?.take(token ?? '');
    // No JSON, and no name of an error. Source: app/ratelimit.go.
    if (limit?.isLimited === true) {
      return {
        status: 429,
        headers: { ...limit.headers, 'Content-Type': 'text/plain; charset=utf-8' },
        body: Buffer.from('limit exceeded\n'),
      };
    }
    const requestId = newId();
    const always = {
      ...limit?.headers,
      'X-Request-Id': requestId,
      'X-Version-Id': `${settings.version}.1.0123456789abcdef.false`,
    };
    const json = (status: number, value: unknown): Raw => ({
      status,
      headers: { ...always, 'Content-Type': 'application/json' },
      body: Buffer.from(JSON.stringify(value)),
    });
    const refuse = (error: ApiError): Raw => json(error.status, this.#errorBody(error, requestId));
    try {
      const isUpload = method === 'POST' && path === `${root}/files`;
      if (body.length > (isUpload ? settings.maxFileSizeBytes : settings.maxPayloadBytes) + 512) {
        throw new ApiError(413, 'api.context.request_body_too_large.app_error');
      }
      if (!path.startsWith(root)) throw new ApiError(404, 'api.context.404.app_error');
      const answer = await this.#serve({
        method,
        path: path.slice(root.length),
        query,
        contentType: incoming.headers['content-type'] ?? '',
        body,
        user: this.#world.session(token),
      });
      if (answer.file === undefined) {
        const told = json(answer.status, answer.json);
        return { ...told, headers: { ...told.headers, ...answer.headers } };
      }
      const { body: bytes, contentType, headers } = answer.file;
      return { status: answer.status, headers: { ...always, 'Content-Type': contentType, ...headers }, body: bytes };
    } catch (error) {
      if (error instanceof NoChannelsError) {
        const told = new ApiError(404, 'app.channel.get_channels.not_found.app_error');
        const text = `[${JSON.stringify(this.#errorBody(told, requestId))}`;
        return { status: 200, headers: { ...always, 'Content-Type': 'application/json' }, body: Buffer.from(text) };
      }
      if (error instanceof ApiError) return error.status >= 500 && settings.isHardened ? refuseHardened(json) : refuse(error);
      throw error;
    }
  }

  /** Source: web/handlers.go `handleContextError`; the message is in the reader's language, so nobody can go by it. */
  #errorBody(error: ApiError, requestId: string): object {
    return { id: error.id, message: 'Das ging leider nicht.', detailed_error: '', request_id: requestId, status_code: error.status };
  }

  async #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => {});
    const request = proxied(incoming);
    const claimed = this.#claim(request);
    const note = (status: number): void => void this.seen.push({ ...request, status, atMs: performance.now(), body: Buffer.alloc(0) });
    const fault = claimed?.fault;
    const refuse = (status: number, headers: Readonly<Record<string, string>>, body: string): void => {
      note(status);
      const lines = Object.entries({ Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)), ...headers });
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
      );
    };
    if (fault?.kind === 'answer') return refuse(fault.status, fault.headers ?? {}, fault.body ?? '');
    if (fault?.kind === 'hang') {
      note(0);
      await Promise.race([claimed!.injected.released, once(socket, 'close')]);
      socket.destroy();
      return;
    }
    if (fault?.kind === 'slow') await delay(fault.ms);
    else if (fault !== undefined) {
      note(0);
      socket.destroy();
      return;
    }
    const token = tokenOf(incoming);
    const limit = this.#limit?.take(token ?? '');
    if (limit?.isLimited === true) return refuse(429, { ...limit.headers, 'Content-Type': 'text/plain' }, 'limit exceeded\n');
    if (request.path !== eventsPath) return refuse(404, {}, '');
    note(101);
    this.#upgrades.handleUpgrade(incoming, socket, head, (webSocket: WebSocket) => this.#hub.attach(webSocket, token, request.query));
  }
}

/** Source: nginx, `client_max_body_size`: a page for people, and not a word of how much it would take. */
const tooLargeForProxy: Raw = {
  status: 413,
  headers: { 'Content-Type': 'text/html' },
  body: Buffer.from('<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>nginx</body>\r\n</html>\r\n'),
};

/** Source: web/handlers.go `handleContextError`: nothing about what failed inside. */
const refuseHardened = (json: (status: number, value: unknown) => Raw): Raw =>
  json(500, { id: '', message: 'Internal Server Error', detailed_error: '', status_code: 500 });

/** Source: app/authentication.go `ParseAuthTokenFromRequest`. */
const tokenOf = ({ headers }: IncomingMessage): string | undefined => /^(?:bearer|token) +(\S+)$/i.exec(headers.authorization ?? '')?.[1];

function proxied(incoming: IncomingMessage): ProxiedRequest {
  const address = new URL(incoming.url ?? '/', 'http://x');
  return { method: incoming.method ?? '', path: decoded(address.pathname), query: address.searchParams };
}

async function bodyOf(incoming: IncomingMessage, atMost = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= atMost) break;
  }
  return Buffer.concat(chunks);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
