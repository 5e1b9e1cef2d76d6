/** One request to a hub, tried again where that helps. */
import { setTimeout as delay } from 'node:timers/promises';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

export type HubAddress = {
  /** Without a slash at its end. */
  readonly address: string;
  /** Sent to this address alone, never to where it redirects. */
  readonly token?: string;
};

export type Patience = {
  /** Until the head of an answer is there. */
  readonly answerMs: number;
  /** Between two pieces of a body. */
  readonly pieceMs: number;
  /** Tries in all. */
  readonly tries: number;
  /** Wait before the second try; doubled each time. */
  readonly waitMs: number;
  /** The longest wait that a hub may ask for. */
  readonly longestWaitMs: number;
};

/** As patient as huggingface_hub is: ten seconds for an answer and for each piece, five tries (`constants.py`, `utils/_http.py`). */
export const usualPatience: Patience = { answerMs: 20_000, pieceMs: 30_000, tries: 5, waitMs: 1000, longestWaitMs: 120_000 };

export type Asking = { readonly hub: HubAddress; readonly patience: Patience; readonly signal: AbortSignal };

const mostRedirects = 5;
/** The hub's own servers say so while they are busy. */
const passing = [408, 425, 429, 500, 502, 503, 504];

/** What the hub itself said about a file, before it sent us on to where the bytes are. */
export type HubHead = { readonly commit?: string; readonly linkedEtag?: string; readonly linkedSize?: number };

export type HubResponse = { readonly response: Response; readonly head: HubHead };

/**
 * GET with redirects. `Authorization` goes to the hub's own host and nowhere else, as huggingface_hub does it
 * (`file_download.py`, where it drops the header on the way to the CDN).
 * @throws ModelStoreError with one sentence for whoever can't be reached, must not be read, or does not exist
 */
export async function hubGet(path: string, headers: Readonly<Record<string, string>>, asking: Asking): Promise<HubResponse> {
  const { patience, signal } = asking;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const outcome = await followRedirects(path, headers, asking).catch((error: unknown) => asProblem(error, asking));
    if ('response' in outcome && !passing.includes(outcome.response.status)) return outcome;
    const isLast = attempt >= patience.tries;
    if ('problem' in outcome) {
      if (isLast || outcome.isFinal) throw outcome.problem;
    } else {
      await outcome.response.body?.cancel().catch(() => {});
      if (isLast) throw busy(outcome.response.status, asking);
    }
    const asked = 'response' in outcome ? retryAfterMs(outcome.response) : undefined;
    if (asked !== undefined && asked > patience.longestWaitMs) throw tooLong(asked, asking);
    await delay(asked ?? patience.waitMs * 2 ** (attempt - 1), undefined, { signal });
  }
}

async function followRedirects(path: string, headers: Readonly<Record<string, string>>, asking: Asking): Promise<HubResponse> {
  const { hub } = asking;
  const own = new URL(hub.address);
  let url = new URL(`${hub.address}${path}`);
  let head: HubHead = {};
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const isOwn = url.origin === own.origin;
    const authorization = isOwn && hub.token !== undefined ? { authorization: `Bearer ${hub.token}` } : {};
    const response = await getOnce(url, { ...headers, ...authorization, 'user-agent': 'blitzbild' }, asking);
    if (isOwn) head = { ...head, ...headOf(response) };
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return { response, head };
    await response.body?.cancel().catch(() => {});
    url = new URL(location, url);
    if (url.protocol !== 'https:' && url.protocol !== own.protocol)
      throw new ModelStoreError(
        'hub_answer',
        `The hub at ${own.host} sends downloads on over ${url.protocol.replace(':', '')}, which is not safe.`,
      );
  }
  throw new ModelStoreError('hub_answer', `The hub at ${own.host} redirects in a circle; check «hub» in config/blitzbild.yaml.`);
}

async function getOnce(url: URL, headers: Readonly<Record<string, string>>, { patience, signal }: Asking): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error('late')), patience.answerMs);
  try {
    return await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.any([signal, late.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

/** Names of the headers: huggingface_hub, `constants.py`. */
function headOf(response: Response): HubHead {
  const commit = response.headers.get('x-repo-commit');
  // Not `etag`: a mirror's own may be of any kind.
  const etag = response.headers.get('x-linked-etag');
  const size = Number(response.headers.get('x-linked-size') ?? Number.NaN);
  return {
    ...(commit === null ? {} : { commit }),
    ...(etag === null ? {} : { linkedEtag: etag.replace(/^W\//, '').replaceAll('"', '') }),
    ...(Number.isSafeInteger(size) ? { linkedSize: size } : {}),
  };
}

/** Seconds or a date. Source: RFC 9110, 10.2.3. */
function retryAfterMs(response: Response): number | undefined {
  const value = response.headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** A connection that failed may work the next time; what was stopped must not be tried again. */
function asProblem(error: unknown, { hub, signal }: Asking): { readonly problem: ModelStoreError; readonly isFinal: boolean } {
  signal.throwIfAborted();
  if (error instanceof ModelStoreError) throw error;
  return { problem: unreachable(hub, error), isFinal: lasting.includes(codeOf(error) ?? '') };
}

/** Trying again in a second changes nothing about these. */
const lasting = ['ENOTFOUND', 'CERT_HAS_EXPIRED', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'];

/** One sentence for no internet, a wrong address and a server that does not answer. */
export function unreachable({ address }: HubAddress, cause: unknown): ModelStoreError {
  const { host } = new URL(address);
  const code = codeOf(cause);
  const why = (code === undefined ? undefined : reasons[code]) ?? 'it does not answer';
  return new ModelStoreError(
    'unreachable',
    `The hub at ${host} can't be reached: ${why}. Check the connection, or set «hub» in config/blitzbild.yaml to a mirror that this machine can reach; what was downloaded is kept.`,
    { cause },
  );
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name, or no internet',
  EAI_AGAIN: 'names can’t be looked up, so there is probably no internet',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted here (NODE_EXTRA_CA_CERTS names a company’s own)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted here (NODE_EXTRA_CA_CERTS names a company’s own)',
};

function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && code in reasons) return code;
  }
  return undefined;
}

const busy = (status: number, { hub }: Asking): ModelStoreError =>
  new ModelStoreError(
    'unreachable',
    status === 429
      ? `The hub at ${new URL(hub.address).host} takes no more requests from here for now (429). Try again later; what was downloaded is kept.`
      : `The hub at ${new URL(hub.address).host} answers with an error (${status}). Try again later; what was downloaded is kept.`,
  );

const tooLong = (ms: number, { hub }: Asking): ModelStoreError =>
  new ModelStoreError(
    'unreachable',
    `The hub at ${new URL(hub.address).host} takes no more requests for ${Math.ceil(ms / 60_000)} minutes. Try again then; what was downloaded is kept.`,
  );
