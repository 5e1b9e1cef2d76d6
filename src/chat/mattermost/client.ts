import { exchange, parsedJson, quote, readBounded, retryAfter, withinReason, type Exchange } from '../common/exchange.ts';
import { isObject, textAt } from '../common/raw.ts';
import { AnswerTooLongError, ServerError, type ServerErrorFacts } from './server-error.ts';

export type ClientOptions = {
  /** Base address without a trailing slash, such as `https://chat.example.org`; a server in a folder has its path too. */
  readonly serverUrl: string;
  /** Of the bot account. */
  readonly accessToken: string;
  /** Aborts everything under way when the platform closes. */
  readonly signal: AbortSignal;
  /** Time for one request without a time limit of its own. */
  readonly timeoutMs: number;
  /** Longest answer that is read. */
  readonly maxAnswerBytes: number;
};

export type ServerRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path below `/api/v4`, encoded, such as `/posts/…`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** An object or a list goes as JSON, bytes and forms as they are. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** Instead of the client's own time limit. */
  readonly timeoutMs?: number;
  /** Where the client's own time limit is longer, this one holds. */
  readonly mostMs?: number;
  /** Ends this request alone. */
  readonly signal?: AbortSignal;
};

/** Of anybody and anything: Mattermost gives all of them the same form. People's names stand behind an @. */
const ids = /\b[a-z0-9]{26}\b|@[\w.-]+/g;

/**
 * Mattermost's REST API by `fetch`: a time limit, a size limit, no redirects with the token, and every failure as a `ServerError` that
 * holds nothing secret. The client that Mattermost ships knows no time limit, and loses the status of an answer that is no JSON.
 */
export class ServerClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get accessToken(): string {
    return this.#options.accessToken;
  }

  /** Where events come from, `wss://…/api/v4/websocket`. */
  get eventsUrl(): string {
    return `${this.#options.serverUrl.replace(/^http/, 'ws')}/api/v4/websocket`;
  }

  /** Resolves with the parsed JSON of a 2xx answer; rejects with a `ServerError` only. */
  async ask(request: ServerRequest): Promise<unknown> {
    return this.#exchange(request, async (response, what) => {
      const text = await this.#text(response, what);
      const answer = parsedJson(text);
      if (!response.ok) throw this.#failure(response, answer, what);
      // A proxy's page with status 200 is no answer of the server: whether it acted is unknown.
      if (answer === undefined) throw new ServerError(`${what}: the answer is not JSON; is a proxy or another service at this address?`);
      return answer;
    });
  }

  /** Resolves with at most `maxBytes` bytes; rejects with a `ServerError` only, an `AnswerTooLongError` as soon as more come. */
  async download(request: ServerRequest, maxBytes: number): Promise<Uint8Array> {
    return this.#exchange(request, async (response, what) => {
      if (!response.ok) throw this.#failure(response, parsedJson(await this.#text(response, what)), what);
      return readBounded(response, maxBytes, () => tooLong(what, response, maxBytes));
    });
  }

  async #exchange<Answer>(request: ServerRequest, read: (response: Response, what: string) => Promise<Answer>): Promise<Answer> {
    const { serverUrl, accessToken, signal: closing, timeoutMs } = this.#options;
    const what = `${request.method} ${shortPath(request.path)}`;
    const url = new URL(`${serverUrl}/api/v4${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) if (value !== undefined) url.searchParams.set(name, String(value));
    const isForm = request.body instanceof FormData;
    const parts: Exchange = {
      what,
      server: 'Mattermost server',
      url,
      init: {
        method: request.method,
        headers: {
          Accept: 'application/json',
          'User-Agent': 'Blitzbild',
          Authorization: `Bearer ${accessToken}`,
          ...(request.body === undefined || isForm ? {} : { 'Content-Type': request.contentType ?? 'application/json' }),
        },
        ...(request.body === undefined ? {} : { body: bodyOf(request.body) }),
      },
      timeoutMs: Math.min(request.timeoutMs ?? timeoutMs, request.mostMs ?? Infinity),
      closing,
      signal: request.signal,
      isExplained: (error) => error instanceof ServerError,
      failed: (explanation) => new ServerError(explanation),
    };
    return exchange(parts, async (response) => read(response, what));
  }

  async #text(response: Response, what: string): Promise<string> {
    const { maxAnswerBytes } = this.#options;
    return (await readBounded(response, maxAnswerBytes, () => tooLong(what, response, maxAnswerBytes))).toString('utf8');
  }

  #failure(response: Response, answer: unknown, what: string): ServerError {
    const facts = failureFacts(response, answer);
    const sentence = textAt(answer, 'message');
    const detail = [facts.id, sentence && quote(sentence, this.#options.accessToken, ids)].filter(Boolean).join(': ');
    return new ServerError(`${what}: status ${response.status}${detail ? ` (${detail})` : ''}`, facts);
  }
}

const tooLong = (what: string, { status }: Response, maxBytes: number): Error =>
  new AnswerTooLongError(`${what}: the answer is longer than ${maxBytes} bytes`, { status });

const bodyOf = (body: unknown): string | FormData | Uint8Array<ArrayBuffer> => {
  if (body instanceof FormData) return body;
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
};

/** Ids are not for logs: `/channels/…/posts`. */
const shortPath = (path: string): string =>
  path
    .split('?', 1)[0]!
    .split('/')
    .map((part) => (/^[a-z_]{0,24}$/.test(part) ? part : '…'))
    .join('/');

function failureFacts(response: Response, answer: unknown): ServerErrorFacts {
  const id = isObject(answer) ? textAt(answer, 'id') : undefined;
  const asked = retryAfter(response.headers.get('retry-after'));
  return {
    status: response.status,
    ...(id !== undefined && /^[\w.-]{1,120}$/.test(id) ? { id } : {}),
    ...(asked === undefined ? {} : { retryAfterMs: withinReason(asked, response.status === 429) }),
  };
}
