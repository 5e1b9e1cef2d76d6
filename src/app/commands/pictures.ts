import { acceptJob } from '#src/app/accept-job.ts';
import type { Asked } from '#src/app/carry-out.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import { findPicture, sourceOf } from '#src/app/find-subject.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { refuseInRoom } from '#src/app/replies.ts';
import { singleRequest } from '#core/batch.ts';
import type { Command, Target } from '#core/command.ts';
import { formatSize } from '#core/format.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { enlargeFactors, type EnlargeFactor } from '#core/model-info.ts';
import type { ImageRequest, Source } from '#core/types.ts';

/** Where `up` is typed alone, as far as the limit allows. */
const DEFAULT_FACTOR = 4;

type Subject = { readonly source: Source; readonly request: ImageRequest };

/** Of somebody's own picture nothing is known but its size. */
const ofUpload = (source: Source): ImageRequest => ({
  prompt: '',
  negativePrompt: '',
  count: 1,
  seed: 0,
  widthPx: source.widthPx,
  heightPx: source.heightPx,
  steps: 1,
  guidanceScale: 1,
  quality: 'fast',
  model: '',
});

/** The picture that the command works on, and the request that its job carries. */
function subjectOf(context: HandlerContext, event: Asking, target: Target, { upload }: Asked): Result<Subject, Problem> {
  if (upload !== undefined) return upload.ok ? accept({ source: upload.value, request: ofUpload(upload.value) }) : upload;
  const found = findPicture(context, event, target);
  if (!found.ok) return found;
  const source = sourceOf(found.value);
  const {
    variants: _variants,
    upscale: _upscale,
    init: _init,
    ...request
  } = singleRequest(found.value.job.request, found.value.image.index);
  return accept({ source, request: { ...request, widthPx: source.widthPx, heightPx: source.heightPx } });
}

export function upscale(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'upscale' },
  asked: Asked,
): readonly AfterCommit[] {
  const { voice } = asked;
  if (context.models.upscaler === undefined) return refuseInRoom(context, event, refuse('upscaler_none', {}).problem, voice);
  const subject = subjectOf(context, event, command, asked);
  if (!subject.ok) return refuseInRoom(context, event, subject.problem, voice);
  const { source, request } = subject.value;
  const most = currentLimits(context).maxResultMegapixels * 1e6;
  const fits = enlargeFactors.filter((factor) => source.widthPx * source.heightPx * factor ** 2 <= most);
  const factor = command.factor ?? fits.findLast((candidate) => candidate <= DEFAULT_FACTOR) ?? 2;
  if (!fits.includes(factor)) return refuseInRoom(context, event, tooLarge(source, factor, fits, most), voice);
  const enlarged = { ...request, widthPx: source.widthPx * factor, heightPx: source.heightPx * factor };
  const problem = acceptJob(context, event, enlarged, voice, { kind: 'upscale', source, factor });
  return problem === undefined ? [] : refuseInRoom(context, event, problem, voice);
}

function tooLarge({ widthPx, heightPx }: Source, factor: EnlargeFactor, fits: readonly EnlargeFactor[], mostPixels: number): Problem {
  const largest = fits.at(-1);
  return refuse('result_too_large', {
    size: formatSize(widthPx, heightPx),
    result: formatSize(widthPx * factor, heightPx * factor),
    megapixels: mostPixels / 1e6,
    ...(largest === undefined ? {} : { instead: `x${largest}` }),
  }).problem;
}

export function enhance(
  context: HandlerContext,
  event: Asking,
  command: Command & { kind: 'enhance' },
  asked: Asked,
): readonly AfterCommit[] {
  const { voice } = asked;
  const subject = subjectOf(context, event, command, asked);
  if (!subject.ok) return refuseInRoom(context, event, subject.problem, voice);
  const { source, request } = subject.value;
  const problem = acceptJob(context, event, request, voice, { kind: 'enhance', source });
  return problem === undefined ? [] : refuseInRoom(context, event, problem, voice);
}
