import { AppError, DeliveryError, forbidden } from '#core/errors.ts';

import type { Confirmation } from './confirmation.ts';

export type HomeserverErrorFacts = {
  /** HTTP status; absent where no complete answer came. */
  readonly status?: number;
  /** The server's own code, such as `M_FORBIDDEN`. */
  readonly errcode?: string;
  readonly retryAfterMs?: number;
  /** The server would do it for somebody who confirms it. */
  readonly confirmation?: Confirmation;
};

/**
 * A request that failed. The message is ours, with at most one short redacted sentence of the server: no address
 * with parameters, no headers, no body, so that it can be logged as it is.
 */
export class HomeserverError extends Error {
  readonly status: number | undefined;
  readonly errcode: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** Not enumerable: it holds a session of the server, which no log may show. */
  declare readonly confirmation: Confirmation | undefined;

  constructor(explanation: string, facts: HomeserverErrorFacts = {}) {
    super(explanation);
    this.name = 'HomeserverError';
    this.status = facts.status;
    this.errcode = facts.errcode;
    this.retryAfterMs = facts.retryAfterMs;
    Object.defineProperty(this, 'confirmation', { value: facts.confirmation });
  }
}

/** More came than was to be read; the rest was not. */
export class AnswerTooLongError extends HomeserverError {}

/** Nothing changes until the operator has changed something: asking again is of no use. */
export class SetupError extends HomeserverError {}

/** The access token is not valid any more: nothing works until the operator sets another one. */
export const isUnauthorised = (error: unknown): boolean =>
  error instanceof HomeserverError &&
  error.confirmation === undefined &&
  (error.status === 401 || error.errcode === 'M_UNKNOWN_TOKEN' || error.errcode === 'M_MISSING_TOKEN');

export const isRateLimited = (error: unknown): boolean =>
  error instanceof HomeserverError && (error.status === 429 || error.errcode === 'M_LIMIT_EXCEEDED');

/** What the server says about the bot's account, or about everybody: nothing that it is asked for is the reason, and it may pass. */
const aboutAccount: ReadonlySet<string | undefined> = new Set([
  'M_CONSENT_NOT_GIVEN',
  'M_RESOURCE_LIMIT_EXCEEDED',
  'M_USER_DEACTIVATED',
  'M_USER_LIMIT_EXCEEDED',
  'M_USER_LOCKED',
  'M_USER_SUSPENDED',
  'ORG_MATRIX_EXPIRED_ACCOUNT',
]);

const isAboutAccount = (error: unknown): boolean => error instanceof HomeserverError && aboutAccount.has(error.errcode);

/**
 * The server understood and said no: asking again changes nothing. It says so with a code; a page of the proxy before it,
 * which may answer 404 while the server is away, is no such word, except about the size of a file.
 */
export const isRefusal = (error: unknown): boolean =>
  error instanceof HomeserverError &&
  error.status !== undefined &&
  (error.errcode !== undefined || error.status === 413) &&
  error.status >= 400 &&
  error.status < 500 &&
  error.status !== 408 &&
  !isRateLimited(error) &&
  !isAboutAccount(error) &&
  !isUnauthorised(error);

/** With these it refuses one message, or one room, whatever the status. */
const aboutMessage: ReadonlySet<string | undefined> = new Set([
  'M_BAD_JSON',
  'M_BAD_STATE',
  'M_CANNOT_OVERWRITE_MEDIA',
  'M_DUPLICATE_ANNOTATION',
  'M_FORBIDDEN',
  'M_GUEST_ACCESS_FORBIDDEN',
  'M_INVALID_PARAM',
  'M_MISSING_PARAM',
  'M_NOT_FOUND',
  'M_NOT_JSON',
  'M_TOO_LARGE',
]);

/** This very message will never be taken. What the server says of its routes, as a proxy's mistake makes it say, goes for all of them. */
const isAboutMessage = (error: HomeserverError): boolean =>
  isRefusal(error) &&
  (error.status === 413 || aboutMessage.has(error.errcode) || (error.status === 400 && error.errcode !== 'M_UNRECOGNIZED'));

/** A refusal that every message would meet: in words for an operator; `undefined` for all other failures. */
export const refusalOfAll = (error: unknown): string | undefined =>
  error instanceof HomeserverError && (isAboutAccount(error) || (isRefusal(error) && !isAboutMessage(error))) ? error.message : undefined;

export const isNotFound = (error: unknown): boolean =>
  error instanceof HomeserverError && error.status === 404 && error.errcode === 'M_NOT_FOUND';

/** Servers say with these that they don't know an endpoint. */
export const isUnknownEndpoint = (error: unknown): boolean =>
  error instanceof HomeserverError && (error.status === 404 || error.status === 405) && !isNotFound(error);

/** What an operator has to mend takes a while, and each message that waits for it would ask. */
const afterRefusalOfAllMs = 300_000;

/**
 * What the outbox needs to know. A failure without a verdict of the server on this message is `uncertain`: it may have arrived, or will be
 * taken later.
 */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  if (error instanceof AppError && error.code === 'picture_gone')
    return new DeliveryError('rejected', 'the file is not in the image store any more', { cause: error });
  const explanation = error instanceof Error ? error.message : 'the homeserver could not be asked';
  if (isUnauthorised(error)) return new DeliveryError('unauthorised', explanation, { cause: error });
  if (isRateLimited(error)) {
    const retryAfterMs = error instanceof HomeserverError ? error.retryAfterMs : undefined;
    return new DeliveryError('rate_limited', explanation, { cause: error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  }
  if (refusalOfAll(error) !== undefined)
    return new DeliveryError('uncertain', explanation, { cause: error, retryAfterMs: afterRefusalOfAllMs });
  if (!isRefusal(error)) return new DeliveryError('uncertain', explanation, { cause: error });
  const isForbidden = error instanceof HomeserverError && error.errcode === 'M_FORBIDDEN';
  return new DeliveryError('rejected', isForbidden ? `${forbidden}${explanation}` : explanation, { cause: error });
}
