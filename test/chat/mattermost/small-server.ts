import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SeenRequest = {
  readonly method: string;
  /** Below `/api/v4`. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Buffer;
};

/** Answers one request; `undefined` leaves it to the next rule. */
export type Rule = (request: SeenRequest, response: ServerResponse) => unknown;

/**
 * A server that knows nothing but its rules, the newest first: for what the contract fake, which behaves as a Mattermost does, can't be
 * made to do.
 */
export class SmallServer implements AsyncDisposable {
  readonly rules: Rule[] = [];
  readonly requests: SeenRequest[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  static async start(): Promise<SmallServer> {
    const small = new SmallServer();
    small.#server.listen(0, '127.0.0.1');
    await once(small.#server, 'listening');
    return small;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests for exactly this path. */
  asked(path: string): readonly SeenRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** Answers requests for exactly this path by `rule`, `times` times (for ever where absent). */
  when(path: string, rule: Rule, times = Infinity): void {
    let left = times;
    this.rules.unshift((request, response) => {
      if (left <= 0 || request.path !== path) return undefined;
      left -= 1;
      return rule(request, response) ?? true;
    });
  }

  /** Answers it with this, whatever it was before. */
  tell(path: string, body: unknown): void {
    this.when(path, (_, response) => json(response, 200, body));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { pathname } = new URL(incoming.url ?? '/', 'http://x');
    const request: SeenRequest = {
      method: incoming.method ?? '',
      path: pathname.replace(/^\/api\/v4/, ''),
      authorization: incoming.headers.authorization,
      body: Buffer.concat(chunks),
    };
    this.requests.push(request);
    for (const rule of this.rules) if (rule(request, response) !== undefined) return;
    refuse(response, 404, 'app.something.not_found.app_error');
  }
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** A failure as the server puts it. */
export const refuse = (response: ServerResponse, status: number, id: string, message = 'no'): void =>
  json(response, status, { id, message, detailed_error: '', request_id: 'r', status_code: status });

/** An id that a person can read. */
export const idOf = (word: string): string => word.padEnd(26, '0');
