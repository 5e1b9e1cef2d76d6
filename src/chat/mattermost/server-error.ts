import { DeliveryError, forbidden } from '#core/errors.ts';

export type ServerErrorFacts = {
  /** HTTP status; absent where no complete answer came. */
  readonly status?: number;
  /** The server's own name of the error, such as `api.context.permissions.app_error`; hardened servers name none for a status of 500 and more. */
  readonly id?: string;
  readonly retryAfterMs?: number;
};

/**
 * A request that failed. The message is ours, with at most one short redacted sentence of the server, so that it can be logged as it is.
 */
export class ServerError extends Error {
  readonly status: number | undefined;
  readonly id: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(explanation: string, facts: ServerErrorFacts = {}) {
    super(explanation);
    this.name = 'ServerError';
    this.status = facts.status;
    this.id = facts.id;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** More came than was to be read; the rest was not. */
export class AnswerTooLongError extends ServerError {}

/** Nothing changes until the operator has changed something: asking again is of no use. */
export class SetupError extends ServerError {}

/**
 * The token is not valid (any more), or the bot's account is switched off: nothing works until the operator mends it.
 * Source: web/handlers.go, `api.context.session_expired.app_error` for all of them.
 */
export const isUnauthorised = (error: unknown): boolean => error instanceof ServerError && error.status === 401;

export const isRateLimited = (error: unknown): boolean => error instanceof ServerError && error.status === 429;

/** The server understood and said no, with a name for it: a page of the proxy before it is no such word, except about the size of a file. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof ServerError &&
  error.status !== undefined &&
  (error.id !== undefined || error.status === 413) &&
  error.status >= 400 &&
  error.status < 500 &&
  error.status !== 408 &&
  !isRateLimited(error) &&
  !isUnauthorised(error);

/** The bot may not do that there; a channel that it can't see is told in the same way. */
export const isForbidden = (error: unknown): boolean => error instanceof ServerError && error.status === 403 && error.id !== undefined;

export const isNotFound = (error: unknown): boolean => error instanceof ServerError && error.status === 404 && error.id !== undefined;

/** As `DeliveryError`: a failure without a verdict of the server on this message is `uncertain`: it may have arrived, or will be taken later. */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const explanation = error instanceof Error ? error.message : 'the Mattermost server could not be asked';
  const retryAfterMs = error instanceof ServerError ? error.retryAfterMs : undefined;
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (isUnauthorised(error)) return new DeliveryError('unauthorised', explanation, { cause: error });
  if (isRateLimited(error)) return new DeliveryError('rate_limited', explanation, { cause: error, ...asked });
  if (!isRefusal(error)) return new DeliveryError('uncertain', explanation, { cause: error, ...asked });
  return new DeliveryError('rejected', isForbidden(error) ? `${forbidden}${explanation}` : explanation, { cause: error });
}
