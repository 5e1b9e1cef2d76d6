import { currentLimits } from '#src/app/current-limits.ts';
import { carrierOf, fetchAttachment, pictureRefused } from '#src/app/fetch-attachment.ts';
import { findAnyPicture, pictureName } from '#src/app/find-subject.ts';
import type { Asking, HandlerContext } from '#src/app/handler-context.ts';
import type { Target } from '#core/command.ts';
import { AppError } from '#core/errors.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { SimilarityReport } from '#core/render-similarity.ts';

/** Commands behind it in its room wait. */
const LIMIT_MS = 20_000;
/** Our own files were checked when they were stored. */
const ANY_SIZE = 256e6;

export type CheckOnRequest = Omit<SimilarityReport, 'language'>;

type Subject = { readonly picture?: string; readonly file: Uint8Array; readonly isUploaded: boolean };

/** Compares one picture with the library, beside the queue of the GPU. What somebody brought is forgotten afterwards. */
export async function checkOnRequest(context: HandlerContext, event: Asking, target: Target): Promise<Result<CheckOnRequest, Problem>> {
  const library = context.checks?.library;
  if (library === undefined) return refuse('check_unavailable', {});
  const { works, outdated = 0, stages, model } = library.status();
  // Without a stage it could not be read.
  if (works === 0) return refuse(stages.length === 0 ? 'check_failed' : outdated > 0 ? 'check_outdated' : 'check_empty', {});
  const subject = await subjectOf(context, event, target);
  if (!subject.ok) return subject;
  const { picture, file, isUploaded } = subject.value;
  try {
    const verdict = await context.comparing(async () => {
      const maxPixels = isUploaded ? currentLimits(context).maxUploadMegapixels * 1e6 : ANY_SIZE;
      const pixels = await context.oneAtATime(async () => context.studio.decode(file, { maxPixels }));
      const signal = AbortSignal.timeout(LIMIT_MS);
      const compared = await library.check(pixels, isUploaded ? file : undefined, signal);
      if (compared.state === 'not_checked' && compared.reason === 'failed' && signal.aborted)
        context.log.warn({ err: signal.reason }, 'A picture could not be compared in time');
      return compared;
    });
    if (verdict.state === 'not_checked') return refuse(verdict.reason === 'no_works' ? 'check_empty' : 'check_failed', {});
    return accept({ ...(picture === undefined ? {} : { picture }), verdict, model });
  } catch (error) {
    return pictureRefused(error);
  }
}

async function subjectOf(context: HandlerContext, event: Asking, target: Target): Promise<Result<Subject, Problem>> {
  const carrier = carrierOf(context, event, target);
  if (carrier !== undefined) {
    const file = await fetchAttachment(context, event, carrier, currentLimits(context).maxUploadMegabytes * 1e6);
    return file.ok ? accept({ file: file.value.bytes, isUploaded: true }) : file;
  }
  const found = findAnyPicture(context, event, target);
  if (!found.ok) return found;
  const { job, image } = found.value;
  try {
    return accept({ picture: pictureName(job, image.index), file: await context.images.read(image.key), isUploaded: false });
  } catch (error) {
    if (error instanceof AppError && error.code === 'picture_gone') return refuse('job_files_gone', { job: job.id });
    throw error;
  }
}
