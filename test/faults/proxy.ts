/** Between the bot and its homeserver: lets everything through, and breaks what a test names. */
import { once } from 'node:events';
import { createServer, request as forward, Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type ProxiedRequest = {
  readonly method: string;
  /** Decoded, without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
};

export type Fault =
  /** The connection ends with RST: before the server has heard of the request, or when it has done it. */
  | { readonly kind: 'reset'; readonly delivered: boolean }
  /** No answer, until the client gives up or `release` is called; the server has done it where `delivered`. */
  | { readonly kind: 'hang'; readonly delivered: boolean }
  /** An answer of somebody else's; the server has done the request where `delivered`. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly delivered?: boolean;
    }
  /** The request breaks off: so many bytes of its body reach the server, then both connections end. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The server's answer begins and breaks off after so many bytes of it. */
  | { readonly kind: 'cut-answer'; readonly afterBytes: number }
  /** The server's answer, changed on its way. */
  | { readonly kind: 'rewrite'; readonly rewrite: (answer: any) => unknown }
  /** Everything as ever, later. */
  | { readonly kind: 'slow'; readonly ms: number };

export type Wanted = {
  readonly method?: string;
  /** Part of the path, such as `/send/m.room.message`, or a pattern. */
  readonly path?: string | RegExp;
  /** Asked last. */
  readonly when?: (request: ProxiedRequest) => boolean;
};

const happensWithinMs = 120_000;

/** A fault that was set. */
export class Injected {
  /** How often it happened. */
  count = 0;
  readonly #wanted: Wanted;
  readonly #fault: Fault;
  #skip: number;
  #left: number;
  readonly #released = Promise.withResolvers<void>();
  readonly #happened = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();

  constructor(wanted: Wanted, fault: Fault, { times, skip }: { readonly times: number; readonly skip: number }) {
    this.#wanted = wanted;
    this.#fault = fault;
    this.#left = times;
    this.#skip = skip;
  }

  /** It happens no more, and what hangs because of it ends. */
  stop(): void {
    this.#left = 0;
    this.#released.resolve();
  }

  /** Resolves when it has happened for the first time; rejects after two minutes. */
  get happened(): Promise<void> {
    const { promise, reject, resolve } = Promise.withResolvers<void>();
    const what = JSON.stringify([this.#wanted.method, String(this.#wanted.path), this.#fault.kind]);
    const timer = setTimeout(() => reject(new Error(`Nothing that meets this fault was asked: ${what}`)), happensWithinMs);
    void this.#happened.promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
    return promise;
  }

  /** Resolves when the first request that met it is over, and the server has done of it what it does. */
  get over(): Promise<void> {
    return this.happened.then(async () => this.#over.promise);
  }

  /** A request that met it is over. */
  end(): void {
    this.#over.resolve();
  }

  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** The fault, where this request is its turn. */
  claim(request: ProxiedRequest): Fault | undefined {
    const { method, path, when } = this.#wanted;
    if (this.#left <= 0 || (method !== undefined && request.method !== method)) return undefined;
    if (path !== undefined && !(typeof path === 'string' ? request.path.includes(path) : path.test(request.path))) return undefined;
    if (when?.(request) === false) return undefined;
    if (this.#skip > 0) {
      this.#skip -= 1;
      return undefined;
    }
    this.#left -= 1;
    this.count += 1;
    this.#happened.resolve();
    return this.#fault;
  }
}

type Answer = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer };

export class FaultProxy implements AsyncDisposable {
  /** Everything that was asked, with the status that came back (0 where none did), and when (`performance.now()`). */
  readonly seen: (ProxiedRequest & { readonly status: number; readonly atMs: number })[] = [];
  readonly #target: URL;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #sockets = new Set<Socket>();
  readonly #faults: Injected[] = [];
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });
  #port = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.up();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The next `times` requests of this kind, after the first `skip`, meet this. Newer faults are asked first. */
  inject(wanted: Wanted, fault: Fault, { times = 1, skip = 0 }: { readonly times?: number; readonly skip?: number } = {}): Injected {
    const injected = new Injected(wanted, fault, { times, skip });
    this.#faults.unshift(injected);
    return injected;
  }

  /** Nothing is broken any more. */
  heal(): void {
    for (const fault of this.#faults.splice(0)) fault.stop();
  }

  /** Connections end and new ones are refused, as with a server that is not there. */
  async down(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#endConnections();
    await closed;
  }

  /** Listens again, at the same address. */
  async up(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Every connection ends at once, as when a cable is pulled. */
  #endConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    await this.down();
    this.#agent.destroy();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(incoming.url ?? '/', 'http://x');
    const request = { method: incoming.method ?? '', path: decoded(address.pathname), query: address.searchParams };
    let fault: Fault | undefined;
    const injected = this.#faults.find((each) => (fault = each.claim(request)) !== undefined);
    try {
      await this.#meet(request, fault, injected, incoming, response);
    } finally {
      injected?.end();
    }
  }

  async #meet(
    request: ProxiedRequest,
    fault: Fault | undefined,
    injected: Injected | undefined,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const note = (status: number): void => void this.seen.push({ ...request, status, atMs: performance.now() });
    if (fault?.kind === 'cut') {
      note(0);
      return this.#cutRequest(incoming, fault.afterBytes);
    }
    const body = await bodyOf(incoming);
    const ask = async (): Promise<Answer> => this.#forward(incoming, body);
    switch (fault?.kind) {
      case 'reset':
        if (fault.delivered) await ask();
        note(0);
        incoming.socket.resetAndDestroy();
        return;
      case 'hang':
        if (fault.delivered) await ask();
        note(0);
        await Promise.race([injected?.released, once(incoming.socket, 'close')]);
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
    if (fault?.kind === 'rewrite') answer = rewritten(answer, fault.rewrite);
    response.writeHead(answer.status, answer.headers);
    if (fault?.kind !== 'cut-answer') {
      response.end(answer.body);
      return;
    }
    response.write(answer.body.subarray(0, fault.afterBytes), () => incoming.socket.resetAndDestroy());
  }

  /** Asks the server, and resolves with its whole answer. */
  async #forward(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method, url: path, headers } = incoming;
    const { hostname, port } = this.#target;
    const upstream = forward({ hostname, port, method, path, headers: { ...headers, host: this.#target.host }, agent: this.#agent });
    // Who has given up waits for nothing: a sync that hangs on would only keep the server busy.
    const giveUp = (): void => void upstream.destroy();
    incoming.socket.once('close', giveUp);
    try {
      upstream.end(body);
      const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
      const bytes = await bodyOf(answer);
      const { 'transfer-encoding': _, connection: __, ...kept } = answer.headers;
      return { status: answer.statusCode ?? 502, headers: { ...kept, 'content-length': String(bytes.length) }, body: bytes };
    } finally {
      incoming.socket.off('close', giveUp);
    }
  }

  async #cutRequest(incoming: IncomingMessage, afterBytes: number): Promise<void> {
    const { method, url: path, headers } = incoming;
    const { hostname, port } = this.#target;
    const upstream = forward({ hostname, port, method, path, headers: { ...headers, host: this.#target.host } });
    upstream.on('error', () => {});
    let left = afterBytes;
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (part.length > 0) await new Promise((resolve) => upstream.write(part, resolve));
      if (left === 0) break;
    }
    upstream.destroy();
    incoming.socket.resetAndDestroy();
  }
}

/** The answer with other JSON in it. */
function rewritten({ status, headers, body }: Answer, rewrite: (answer: any) => unknown): Answer {
  const bytes = Buffer.from(JSON.stringify(rewrite(JSON.parse(body.toString('utf8')))));
  return { status, headers: { ...headers, 'content-length': String(bytes.length) }, body: bytes };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
