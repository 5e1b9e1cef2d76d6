import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
};

/** Answers one request; `undefined` leaves it to the next rule. */
export type Rule = (request: SeenRequest, response: ServerResponse) => unknown;

export const botUserId = '@bot:small.test';
export const roomId = '!room:small.test';

/**
 * A homeserver of a few lines for what a real one can't be made to do: broken proxies, lost answers, refusals at the
 * wrong moment. It knows one plain room; `rules` come first and a sync answers what stands in `batches`.
 */
export class SmallHomeserver implements AsyncDisposable {
  readonly rules: Rule[] = [];
  /** Timelines for the next syncs with a token. */
  readonly batches: object[][] = [];
  readonly requests: SeenRequest[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #position = 0;

  static async start(): Promise<SmallHomeserver> {
    const homeserver = new SmallHomeserver();
    homeserver.#server.listen(0, '127.0.0.1');
    await once(homeserver.#server, 'listening');
    return homeserver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests whose path holds `part`. */
  asked(part: string, method?: string): readonly SeenRequest[] {
    return this.requests.filter((request) => request.path.includes(part) && (method === undefined || request.method === method));
  }

  /** Answers requests whose path holds `part` by `rule`, `times` times (for ever where absent). */
  when(part: string, rule: Rule, times = Infinity): void {
    let left = times;
    this.rules.unshift((request, response) => {
      if (left <= 0 || !request.path.includes(part)) return undefined;
      left -= 1;
      return rule(request, response) ?? true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const address = new URL(incoming.url ?? '/', 'http://x');
    const request: SeenRequest = {
      method: incoming.method ?? '',
      path: decodeURIComponent(address.pathname),
      query: address.searchParams,
      authorization: incoming.headers.authorization,
      contentType: incoming.headers['content-type'],
      body: Buffer.concat(chunks),
    };
    this.requests.push(request);
    for (const rule of this.rules) if (rule(request, response) !== undefined) return;
    this.#answer(request, response);
  }

  #answer(request: SeenRequest, response: ServerResponse): void {
    const { path, method } = request;
    if (path.endsWith('/versions')) return json(response, 200, { versions: ['v1.1', 'v1.11'] });
    if (path.endsWith('/whoami')) return json(response, 200, { user_id: botUserId, device_id: 'BOT' });
    if (path.endsWith('/devices')) return json(response, 200, { devices: [{ device_id: 'BOT' }] });
    if (path.endsWith('/sync')) return this.#sync(request, response);
    if (path.endsWith('/state/m.room.encryption/')) return json(response, 404, { errcode: 'M_NOT_FOUND', error: 'no such state' });
    if (path.endsWith('/state/m.room.power_levels/')) return json(response, 200, { users: { '@owner:small.test': 100 } });
    if (path.endsWith('/state/m.room.create/'))
      return json(response, 200, { sender: '@owner:small.test', content: { room_version: '11' } });
    if (path.endsWith('/state/m.room.history_visibility/')) return json(response, 404, { errcode: 'M_NOT_FOUND', error: 'no such state' });
    if (path.endsWith('/members')) return json(response, 200, { chunk: [] });
    if (path.endsWith('/keys/upload')) return json(response, 200, { one_time_key_counts: { signed_curve25519: 50 } });
    if (path.endsWith('/keys/query')) return json(response, 200, { device_keys: noDevices(request.body) });
    if (path.endsWith('/joined_rooms')) return json(response, 200, { joined_rooms: [roomId] });
    if (path.endsWith('/joined_members')) return json(response, 200, { joined: { [botUserId]: {}, '@a:x': {}, '@b:x': {} } });
    if (path.includes('/send/')) return json(response, 200, { event_id: `$${path.split('/').at(-1)}` });
    if (path.endsWith('/media/config')) return json(response, 200, { 'm.upload.size': 1_000_000 });
    if (path.endsWith('/media/v1/create')) {
      const reservations = this.asked('/media/v1/create').length;
      return json(response, 200, { content_uri: `mxc://small.test/reserved${reservations}`, unused_expires_at: 9e15 });
    }
    if (path.includes('/media/v3/upload')) {
      return json(response, 200, method === 'PUT' ? {} : { content_uri: `mxc://small.test/plain${this.asked('/media/v3/upload').length}` });
    }
    json(response, 404, { errcode: 'M_UNRECOGNIZED', error: 'Unrecognized request' });
  }

  #sync(request: SeenRequest, response: ServerResponse): void {
    const since = request.query.get('since');
    if (since === null) return json(response, 200, { next_batch: 's0' });
    const position = Number(since.slice(1));
    const timeline = position < this.#position || this.batches.length > 0 ? this.#batchAt(position) : undefined;
    if (timeline === undefined) {
      setTimeout(() => json(response, 200, { next_batch: since }), 50);
      return;
    }
    json(response, 200, {
      next_batch: `s${position + 1}`,
      rooms: { join: { [roomId]: { timeline: { events: timeline, limited: false } } } },
    });
  }

  readonly #handedOut = new Map<number, object[]>();

  /** The same position always gets the same events, as from a real server. */
  #batchAt(position: number): object[] | undefined {
    const known = this.#handedOut.get(position);
    if (known) return known;
    const batch = this.batches.shift();
    if (!batch) return undefined;
    this.#handedOut.set(position, batch);
    this.#position = Math.max(this.#position, position + 1);
    return batch;
  }
}

/** Everybody who was asked for, without a device. */
function noDevices(body: Buffer): object {
  const { device_keys: asked = {} } = JSON.parse(body.toString()) as { device_keys?: object };
  return Object.fromEntries(Object.keys(asked).map((user) => [user, {}]));
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export const said = (id: string, body: string, more: object = {}): object => ({
  event_id: id,
  type: 'm.room.message',
  sender: '@ada:small.test',
  content: { msgtype: 'm.text', body, ...more },
});
