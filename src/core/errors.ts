/**
 * Breakage that is ours to explain. A refusal (bad input) is a value, see `Problem`; an `AppError` is thrown where
 * something that should work did not. People see the message of its code, never `error.message`.
 */

export const errorCodes = [
  'engine_crashed',
  'engine_unavailable',
  'model_missing',
  'model_broken',
  'model_unsupported',
  'provider_unavailable',
  'not_a_number',
  'out_of_memory',
  'image_store_full',
  'disk_full',
  'size_unsupported',
  'upscaler_missing',
  'picture_unreadable',
  'picture_too_large',
  'picture_animated',
  'picture_gone',
  'attachment_too_large',
  'attachment_unavailable',
  'attachment_unprotected',
  'restored',
  'cancelled',
  'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** A code that was stored or sent as text; unknown ones are `internal`. */
export const toErrorCode = (text: string | undefined): ErrorCode => errorCodes.find((code) => code === text) ?? 'internal';

export class AppError extends Error {
  readonly code: ErrorCode;
  /** Values for the message's placeholders; no prompts, tokens or user ids. */
  readonly params: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, params: Readonly<Record<string, string | number>> = {}, options: { cause?: unknown } = {}) {
    super(`${code} ${JSON.stringify(params)}`, options);
    this.name = 'AppError';
    this.code = code;
    this.params = params;
  }
}

/** Nothing can be stored until somebody makes room; whoever watches the store says so, once. */
export const isDiskFull = (error: unknown): boolean => error instanceof AppError && error.code === 'disk_full';

/**
 * Why a message did not reach the room. `uncertain` may have arrived: it is sent again only under the same transaction id.
 * `unknowable` may have arrived as well, and sending it again could show it twice: it is given up, and said.
 */
export type DeliveryFailure = 'rate_limited' | 'uncertain' | 'rejected' | 'unauthorised' | 'unknowable';

/**
 * Begins the explanation of a `rejected` message that the bot may not put where it was to go, such as a room that it has left. It is
 * stored with what was dropped.
 */
export const forbidden = 'forbidden: ';

export class DeliveryError extends Error {
  readonly failure: DeliveryFailure;
  /** How long the server asked to wait. */
  readonly retryAfterMs: number | undefined;
  /** What the server takes at most, where a file is larger. */
  readonly limitBytes: number | undefined;

  constructor(
    failure: DeliveryFailure,
    explanation: string,
    options: { readonly retryAfterMs?: number; readonly limitBytes?: number; readonly cause?: unknown } = {},
  ) {
    super(explanation, { cause: options.cause });
    this.name = 'DeliveryError';
    this.failure = failure;
    this.retryAfterMs = options.retryAfterMs;
    this.limitBytes = options.limitBytes;
  }
}
