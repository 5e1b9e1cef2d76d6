import { confirmationIn } from './confirmation.ts';
import { AnswerTooLongError, HomeserverError, type HomeserverErrorFacts } from './homeserver-error.ts';
import { exchange, parsedJson, quote, readBounded, retryAfter, withinReason, type Exchange } from '../common/exchange.ts';
import { isObject, numberAt, textAt } from '../common/raw.ts';

/** Of people, rooms, aliases and events. */
const ids = /[@!$#][^\s:'"]{1,255}:[^\s'"]{1,255}/g;

export type TransportOptions = {
  /** Base address without a trailing slash. */
  readonly homeserverUrl: string;
  readonly accessToken: string;
  /** Aborts everything under way when the platform closes. */
  readonly signal: AbortSignal;
  /** Time for one request without a time limit of its own. */
  readonly timeoutMs: number;
  /** Longest answer that is read. */
  readonly maxAnswerBytes: number;
};

export type MatrixRequest = {
  readonly method: string;
  /** Path that starts with `/_matrix/`, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>> | null;
  /** An object goes as JSON, bytes as they are. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number;
  /** Ends this request alone. */
  readonly signal?: AbortSignal;
  /** False for the few endpoints that are asked before a token is known to be good. */
  readonly authenticated?: boolean;
};

/**
 * One request to the homeserver by `fetch`: a time limit, a size limit, no redirects with the token, and every
 * failure as a `HomeserverError` that holds nothing secret. Resolves with the parsed JSON of a 2xx answer.
 */
export async function askHomeserver(options: TransportOptions, request: MatrixRequest): Promise<unknown> {
  return exchanged(options, request, async (response, what) =>
    understand(response, await readText(response, options, what), what, options),
  );
}

/**
 * The same for a file: resolves with its bytes. Rejects with an `AnswerTooLongError` as soon as the server names, or
 * sends, more than `maxBytes`. What the server calls the file, its type too, is not looked at.
 */
export async function downloadFromHomeserver(options: TransportOptions, request: MatrixRequest, maxBytes: number): Promise<Uint8Array> {
  return exchanged(options, request, async (response, what) => {
    if (!response.ok) throw failure(response, await readText(response, options, what), what, options);
    return readAtMost(response, maxBytes, what);
  });
}

async function exchanged<Answer>(
  options: TransportOptions,
  request: MatrixRequest,
  read: (response: Response, what: string) => Promise<Answer>,
): Promise<Answer> {
  const what = `${request.method} ${shortPath(request.path)}`;
  const parts: Exchange = {
    what,
    server: 'homeserver',
    url: addressOf(options.homeserverUrl, request),
    init: {
      method: request.method,
      headers: headersOf(options, request),
      ...(request.body === undefined || request.body === null ? {} : { body: bodyOf(request.body) }),
    },
    timeoutMs: request.timeoutMs ?? options.timeoutMs,
    closing: options.signal,
    signal: request.signal,
    isExplained: (error) => error instanceof HomeserverError,
    failed: (explanation) => new HomeserverError(explanation),
  };
  return exchange(parts, async (response) => read(response, what));
}

const headersOf = (options: TransportOptions, request: MatrixRequest): Record<string, string> => ({
  Accept: 'application/json',
  'User-Agent': 'Blitzbild',
  ...(request.authenticated === false ? {} : { Authorization: `Bearer ${options.accessToken}` }),
  ...(request.body === undefined || request.body === null ? {} : { 'Content-Type': request.contentType ?? 'application/json' }),
});

const bodyOf = (body: unknown): string | Uint8Array<ArrayBuffer> =>
  body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);

function addressOf(homeserverUrl: string, request: MatrixRequest): URL {
  const address = new URL(homeserverUrl + request.path);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value === undefined || value === null) continue;
    for (const each of Array.isArray(value) ? value : [value]) address.searchParams.append(name, String(each));
  }
  return address;
}

/** Room, user and transaction ids are not for logs: `/_matrix/client/v3/rooms/…/send/…`. */
function shortPath(path: string): string {
  return path
    .split('?', 1)[0]!
    .split('/')
    .map((part) => (/^[a-z_]{0,24}$|^v\d+$|^r0$/.test(part) ? part : '…'))
    .join('/');
}

const readText = async (response: Response, { maxAnswerBytes }: TransportOptions, what: string): Promise<string> =>
  (await readAtMost(response, maxAnswerBytes, what)).toString('utf8');

const readAtMost = async (response: Response, maxBytes: number, what: string): Promise<Buffer> =>
  readBounded(
    response,
    maxBytes,
    () => new AnswerTooLongError(`${what}: the answer is longer than ${maxBytes} bytes`, { status: response.status }),
  );

function understand(response: Response, text: string, what: string, options: TransportOptions): unknown {
  const answer = parsedJson(text);
  if (response.ok && answer !== undefined) return answer;
  if (response.ok) {
    // A proxy's page with status 200 is no answer of the homeserver: whether it acted is unknown.
    throw new HomeserverError(`${what}: the answer is not JSON; is a proxy or another service at this address?`);
  }
  throw failure(response, text, what, options);
}

function failure(response: Response, text: string, what: string, { accessToken }: TransportOptions): HomeserverError {
  const answer = parsedJson(text);
  const facts = failureFacts(response, answer);
  const sentence = isObject(answer) ? textAt(answer, 'error') : undefined;
  const detail = [facts.errcode, sentence && quote(sentence, accessToken, ids)].filter(Boolean).join(': ');
  return new HomeserverError(`${what}: status ${response.status}${detail ? ` (${detail})` : ''}`, facts);
}

function failureFacts(response: Response, answer: unknown): HomeserverErrorFacts {
  const errcode = textAt(answer, 'errcode');
  const retryAfterMs = retryAfter(response.headers.get('retry-after')) ?? numberAt(answer, 'retry_after_ms');
  const confirmation = response.status === 401 ? confirmationIn(answer) : undefined;
  return {
    status: response.status,
    ...(errcode !== undefined && /^[A-Z][A-Z0-9_.]{0,59}$/.test(errcode) ? { errcode } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: withinReason(retryAfterMs, response.status === 429) }),
    ...(confirmation === undefined ? {} : { confirmation }),
  };
}
