import { confirmationIn } from './confirmation.ts';
import { AnswerTooLongError, HomeserverError, type HomeserverErrorFacts } from './homeserver-error.ts';
import { isObject, numberAt, textAt } from '../common/raw.ts';

/** For which a server that counts requests is left alone at most, and one that has other troubles. */
const longestLimitMs = 15 * 60_000;
const longestPauseMs = 60_000;

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
  return exchange(options, request, async (response, what) => understand(response, await readText(response, options, what), what, options));
}

/**
 * The same for a file: resolves with its bytes. Rejects with an `AnswerTooLongError` as soon as the server names, or
 * sends, more than `maxBytes`. What the server calls the file, its type too, is not looked at.
 */
export async function downloadFromHomeserver(options: TransportOptions, request: MatrixRequest, maxBytes: number): Promise<Uint8Array> {
  return exchange(options, request, async (response, what) => {
    if (!response.ok) throw failure(response, await readText(response, options, what), what, options);
    return readBounded(response, maxBytes, what);
  });
}

async function exchange<Answer>(
  options: TransportOptions,
  request: MatrixRequest,
  read: (response: Response, what: string) => Promise<Answer>,
): Promise<Answer> {
  const what = `${request.method} ${shortPath(request.path)}`;
  const timeout = AbortSignal.timeout(request.timeoutMs ?? options.timeoutMs);
  try {
    const response = await fetch(addressOf(options.homeserverUrl, request), {
      method: request.method,
      headers: headersOf(options, request),
      ...(request.body === undefined || request.body === null ? {} : { body: bodyOf(request.body) }),
      redirect: 'error',
      signal: AbortSignal.any([options.signal, timeout, ...(request.signal === undefined ? [] : [request.signal])]),
    });
    return await read(response, what);
  } catch (error) {
    if (error instanceof HomeserverError) throw error;
    // fetch's errors carry the address and causes with sockets: only their code is safe to pass on.
    if (options.signal.aborted) throw new HomeserverError(`${what}: given up because the bot is stopping`);
    if (request.signal?.aborted) throw new HomeserverError(`${what}: given up because nobody waits for it any more`);
    if (timeout.aborted) throw new HomeserverError(`${what}: no answer from the homeserver in time`);
    throw new HomeserverError(`${what}: the homeserver could not be reached (${networkCode(error)})`);
  }
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
  (await readBounded(response, maxAnswerBytes, what)).toString('utf8');

async function readBounded(response: Response, maxBytes: number, what: string): Promise<Buffer> {
  const tooLong = (): Error => new AnswerTooLongError(`${what}: the answer is longer than ${maxBytes} bytes`, { status: response.status });
  // A header may lie in both directions: one that is too large spares the reading, every other one proves nothing.
  if (Number(response.headers.get('content-length')) > maxBytes) {
    await response.body?.cancel();
    throw tooLong();
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function understand(response: Response, text: string, what: string, options: TransportOptions): unknown {
  const answer = parsed(text);
  if (response.ok && answer !== undefined) return answer;
  if (response.ok) {
    // A proxy's page with status 200 is no answer of the homeserver: whether it acted is unknown.
    throw new HomeserverError(`${what}: the answer is not JSON; is a proxy or another service at this address?`);
  }
  throw failure(response, text, what, options);
}

function failure(response: Response, text: string, what: string, { accessToken }: TransportOptions): HomeserverError {
  const answer = parsed(text);
  const facts = failureFacts(response, answer);
  const sentence = isObject(answer) ? textAt(answer, 'error') : undefined;
  const detail = [facts.errcode, sentence && quote(sentence, accessToken)].filter(Boolean).join(': ');
  return new HomeserverError(`${what}: status ${response.status}${detail ? ` (${detail})` : ''}`, facts);
}

/** `undefined` where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
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

/** Proxies ask for a day, and a date is by their clock: nobody is to wait for an answer as long as that. */
const withinReason = (ms: number, isLimit: boolean): number =>
  Math.round(Math.min(isLimit ? longestLimitMs : longestPauseMs, Math.max(0, ms)));

/** The header in seconds or as a date, as milliseconds. */
function retryAfter(header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : dateMs - Date.now();
}

/** One line of the server's explanation without the token and without ids of people. */
const quote = (sentence: string, accessToken: string): string =>
  (accessToken === '' ? sentence : sentence.replaceAll(accessToken, '[token]'))
    .replace(/[@!$#][^\s:'"]{1,255}:[^\s'"]{1,255}/g, '…')
    .replace(/\s+/g, ' ')
    .slice(0, 160);

function networkCode(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code = textAt(cause, 'code') ?? textAt(error, 'code');
  return code !== undefined && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'network error';
}
