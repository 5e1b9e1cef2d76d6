import { jobShown } from '#src/app/find-subject.ts';
import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import type { Target } from '#core/command.ts';
import { AppError } from '#core/errors.ts';
import type { Attachment } from '#core/ports.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { EventId } from '#core/types.ts';

/** A server that is slow must not keep the commands behind this one in its room waiting. */
const ATTACHMENT_TIMEOUT_MS = 20_000;

/** The message whose file a command speaks of; `undefined` where it speaks of one of our own pictures, or of none. */
export function carrierOf({ store }: Pick<HandlerContext, 'store'>, event: Asking, { job, cell }: Target): EventId | undefined {
  if (event.kind === 'reaction' || job !== undefined || cell !== undefined) return undefined;
  const { platform, replyTo, attachment, eventId } = event;
  if (attachment !== undefined) return eventId;
  return replyTo === undefined || jobShown(store, platform, replyTo) !== undefined ? undefined : replyTo;
}

export async function fetchAttachment(
  { platforms }: HandlerContext,
  { platform, roomId }: Asking,
  carrier: EventId | undefined,
  maxBytes: number,
): Promise<Result<Attachment, Problem>> {
  if (carrier === undefined) return refuse('reply_no_picture', {});
  const timeout = AbortSignal.timeout(ATTACHMENT_TIMEOUT_MS);
  try {
    const file = await platforms.get(platform)?.attachment(roomId, carrier, maxBytes, timeout);
    return file === undefined ? refuse('reply_no_picture', {}) : accept(file);
  } catch (error) {
    // Cancelled by anything else, such as the end of the program, is not the server's fault.
    const isTimeout = timeout.aborted && error instanceof AppError && error.code === 'cancelled';
    return pictureRefused(isTimeout ? new AppError('attachment_unavailable', {}, { cause: error }) : error);
  }
}

/** What somebody sent is theirs to mend; anything else is ours. */
export function pictureRefused(error: unknown): Result<never, Problem> {
  if (error instanceof AppError && /^(picture|attachment)_/u.test(error.code))
    return refuse('picture_refused', { error: error.code, params: error.params });
  throw error;
}
