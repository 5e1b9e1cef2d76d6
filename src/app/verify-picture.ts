import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { currentLimits } from '#src/app/current-limits.ts';
import { carrierOf, fetchAttachment } from '#src/app/fetch-attachment.ts';
import { findPicture, jobShown } from '#src/app/find-subject.ts';
import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import { queueNotice } from '#src/app/replies.ts';
import { cellOf } from '#core/batch.ts';
import type { Target } from '#core/command.ts';
import { AppError } from '#core/errors.ts';
import { fileNature } from '#core/file-nature.ts';
import { message } from '#core/messages.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { Verified } from '#core/render-verify.ts';
import { paragraph } from '#core/rich-text.ts';
import { imageKey, type EventId, type Language } from '#core/types.ts';

/** Whoever waits longer is told that it takes a moment. */
const SOON_MS = 2000;
const LIMIT_MS = 20_000;
/** Of one's own pictures, which may be larger than what is uploaded. */
const OWN_MOST_PIXELS = 256e6;
const MOST_WAITING = 8;

type Subject = { readonly bytes: Uint8Array; readonly maxPixels: number };

/**
 * What a picture's marks say: of any file that somebody shows, which is not kept, or of one of our own. One at a time, beside the queue of the
 * GPU.
 */
export async function verifyPicture(
  context: HandlerContext,
  event: Asking,
  target: Target,
  language: Language,
): Promise<Result<Verified, Problem>> {
  if (context.verifying.waiting >= MOST_WAITING) return refuse('verify_busy', { waiting: context.verifying.waiting });
  const done = new AbortController();
  const looking = look(context, event, target).finally(() => done.abort());
  // Nobody waits for it where an answer was given before it ended.
  looking.catch(() => {});
  await Promise.race([looking, setTimeout(SOON_MS, undefined, { signal: done.signal }).catch(() => {})]);
  if (!done.signal.aborted) queueNotice(context, event, [paragraph(...message('verify_begun', {}, { language, prefix: '' }))]);
  return looking;
}

async function look(context: HandlerContext, event: Asking, target: Target): Promise<Result<Verified, Problem>> {
  const subject = await subjectOf(context, event, target);
  if (!subject.ok) return subject;
  const { bytes, maxPixels } = subject.value;
  return context.verifying.run(async () => {
    const reading = context.markReader.read(bytes, { maxPixels });
    const report = await within(LIMIT_MS, reading);
    if (report === undefined) {
      // The next one begins when this one has ended.
      context.verifying.hold(reading);
      return refuse('verify_too_slow', { seconds: LIMIT_MS / 1000 });
    }
    if (report.kind === undefined) return refuse('verify_not_picture', { kind: fileNature(bytes) });
    return accept({
      report,
      known: knownAs(context, event, bytes, report.watermark.state === 'ours' ? report.watermark.payload : undefined),
    });
  });
}

async function subjectOf(context: HandlerContext, event: Asking, target: Target): Promise<Result<Subject, Problem>> {
  const { maxUploadMegabytes, maxUploadMegapixels } = currentLimits(context);
  const uploaded = async (carrier: EventId | undefined): Promise<Result<Subject, Problem>> => {
    const file = await fetchAttachment(context, event, carrier, maxUploadMegabytes * 1e6);
    return file.ok ? accept({ bytes: file.value.bytes, maxPixels: maxUploadMegapixels * 1e6 }) : file;
  };
  const carrier = carrierOf(context, event, target);
  if (carrier !== undefined) return uploaded(carrier);
  const sheet = await ofOwnMessage(context, event, target, uploaded);
  if (sheet !== undefined) return sheet;
  const found = findPicture(context, event, target);
  if (!found.ok) return found;
  try {
    return accept({ bytes: await context.images.read(found.value.image.key), maxPixels: OWN_MOST_PIXELS });
  } catch (error) {
    if (error instanceof AppError && error.code === 'picture_gone') return refuse('job_files_gone', { job: found.value.job.id });
    throw error;
  }
}

/** A reply to a message of ours that shows none of the pictures: a sheet, or a preview of a style. `undefined` where it shows nothing. */
async function ofOwnMessage(
  { store }: HandlerContext,
  event: Asking,
  { job, cell }: Target,
  fetch: (carrier: EventId) => Promise<Result<Subject, Problem>>,
): Promise<Result<Subject, Problem> | undefined> {
  if (event.kind === 'reaction' || event.replyTo === undefined || job !== undefined || cell !== undefined) return undefined;
  if (store.outbox.subjectOf(event.platform, event.replyTo)?.pictureIndex !== undefined) return undefined;
  if (jobShown(store, event.platform, event.replyTo)?.origin.roomId !== event.roomId) return undefined;
  const file = await fetch(event.replyTo);
  return !file.ok && file.problem.code === 'reply_no_picture' ? undefined : file;
}

/** Pictures of other rooms are not known here, so that nothing of them leaves their room. */
function knownAs(
  { store }: HandlerContext,
  { platform, roomId }: Asking,
  bytes: Uint8Array,
  payload: string | undefined,
): Verified['known'] {
  const hash = createHash('sha256').update(bytes).digest('hex');
  const key = imageKey(`${hash}.png`);
  const found = store.jobs.withPicture(platform, roomId, { key, ...(payload === undefined ? {} : { watermark: payload }) });
  const job = found === undefined ? undefined : store.jobs.get(found.job);
  if (found === undefined || job === undefined) return undefined;
  return { by: found.by, picture: found.index === undefined ? job.id : `${job.id}/${cellOf(job.request, found.index)}` };
}

async function within<Value>(ms: number, work: Promise<Value>): Promise<Value | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([work, setTimeout(ms, undefined, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
