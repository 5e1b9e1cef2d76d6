/** What every request to a chat server by `fetch` has in common: limits of time and size, and failures that hold nothing secret. */
import { textAt } from './raw.ts';

/** For which a server that counts requests is left alone at most, and one that has other troubles. */
const longestLimitMs = 15 * 60_000;
const longestPauseMs = 60_000;

export type Exchange = {
  /** Begins every explanation: method and path, without ids of rooms and people. */
  readonly what: string;
  /** Such as `homeserver`, for explanations. */
  readonly server: string;
  readonly url: URL;
  readonly init: Omit<RequestInit, 'signal' | 'redirect'>;
  readonly timeoutMs: number;
  /** Aborts everything under way when the platform closes. */
  readonly closing: AbortSignal;
  /** Ends this request alone. */
  readonly signal?: AbortSignal | undefined;
  /** Whether an error is one of the platform's own, which explains itself. */
  readonly isExplained: (error: unknown) => boolean;
  /** The platform's error for what has no answer of the server. */
  readonly failed: (explanation: string) => Error;
};

/** One request; no redirect is followed, for it would take the token along. Rejects with errors of the platform only. */
export async function exchange<Answer>(parts: Exchange, read: (response: Response) => Promise<Answer>): Promise<Answer> {
  const { what, server, url, init, closing, signal, failed } = parts;
  const timeout = AbortSignal.timeout(parts.timeoutMs);
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.any([closing, timeout, ...(signal === undefined ? [] : [signal])]),
    });
    return await read(response);
  } catch (error) {
    if (parts.isExplained(error)) throw error;
    // fetch's errors carry the address and causes with sockets: only their code is safe to pass on.
    if (closing.aborted) throw failed(`${what}: given up because the bot is stopping`);
    if (signal?.aborted) throw failed(`${what}: given up because nobody waits for it any more`);
    if (timeout.aborted) throw failed(`${what}: no answer from the ${server} in time`);
    throw failed(`${what}: the ${server} could not be reached (${networkCode(error)})`);
  }
}

/** The body, as bytes; throws what `tooLong` makes as soon as more than `maxBytes` are announced or come. */
export async function readBounded(response: Response, maxBytes: number, tooLong: () => Error): Promise<Buffer> {
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

/** `undefined` where it is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The `Retry-After` header in seconds or as a date, as milliseconds; `undefined` without one. */
export function retryAfter(header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  // Set twice, by a server and its proxy, it is a list: the first is as good as any.
  const seconds = Number(header.split(',', 1)[0]);
  if (Number.isFinite(seconds)) return seconds * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : dateMs - Date.now();
}

/** Proxies ask for a day, and a date is by their clock: nobody is to wait for an answer as long as that. */
export const withinReason = (ms: number, isLimit: boolean): number =>
  Math.round(Math.min(isLimit ? longestLimitMs : longestPauseMs, Math.max(0, ms)));

/** One line of a server's explanation without the token and without `ids` of people. */
export const quote = (sentence: string, accessToken: string, ids: RegExp): string =>
  (accessToken === '' ? sentence : sentence.replaceAll(accessToken, '[token]')).replace(ids, '…').replace(/\s+/g, ' ').slice(0, 160);

function networkCode(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code = textAt(cause, 'code') ?? textAt(error, 'code');
  return code !== undefined && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'network error';
}
