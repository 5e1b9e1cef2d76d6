/** What stands below a picture and a sheet, and what is read to those who can't see them. */
import { variantOf } from '#core/batch.ts';
import { formatDuration, formatSize, pickFor } from '#core/format.ts';
import { clip } from '#core/prompt-text.ts';
import { nearestLine } from '#core/render-similarity.ts';
import { workOf } from '#core/render-timing.ts';
import { aiMark, countPictures, dot } from '#core/render-words.ts';
import { bold, muted, paragraph, type RichText } from '#core/rich-text.ts';
import type { Enhancement, ImageRequest, JobId, Language, StoredImage, Task } from '#core/types.ts';

export type Caption = {
  readonly jobId: JobId;
  readonly cell: string;
  readonly request: ImageRequest;
  readonly task?: Task | undefined;
  readonly image: Pick<StoredImage, 'index' | 'seed' | 'widthPx' | 'heightPx' | 'timings' | 'enhancement' | 'similarity'>;
  readonly language: Language;
};

/** Prompt, style, seed, size, time and name, and that a machine made it. */
export function renderCaption({ jobId, cell, request, task, image, language }: Caption): RichText {
  const variant = variantOf(request, image.index);
  const isDrawn = task?.kind !== 'upscale' && task?.kind !== 'enhance';
  const facts = [
    ...(variant?.style === undefined ? [] : [variant.style.name]),
    ...(isDrawn ? [`${pickFor(language)('seed', 'Seed')} ${image.seed}`] : [doneTo(task, image.enhancement, language)]),
    formatSize(image.widthPx, image.heightPx),
    formatDuration(workOf(image.timings), language),
    isDrawn || (task.source.job !== undefined && task.source.uploaded !== true) ? aiMark(language) : aiEdited(language),
  ];
  const words = clip(variant?.words ?? request.prompt, 200);
  const { similarity } = image;
  const nearest = similarity?.state === 'compared' && similarity.isMatch ? similarity.nearest : undefined;
  return [
    paragraph(bold(`${jobId}/${cell}`), words === '' ? ' ' : ` ${words}${dot}`, muted(facts.join(dot))),
    ...(nearest === undefined ? [] : [paragraph(sentence(nearestLine(nearest, language)))]),
  ];
}

/** Begins with a capital letter. */
const sentence = (line: string): string => `${line.slice(0, 1).toUpperCase()}${line.slice(1)}.`;

/** `×4 of k7f3/A2`, `contrast 0.4 → 0.8`. */
function doneTo(task: Task & { kind: 'upscale' | 'enhance' }, enhancement: Enhancement | undefined, language: Language): string {
  const pick = pickFor(language);
  if (task.kind === 'upscale') return pick(`enlarged ×${task.factor}`, `×${task.factor} vergrößert`);
  return enhancement?.isUnchanged === true ? pick('unchanged', 'unverändert') : pick('optimised', 'optimiert');
}

/** Of a picture that somebody uploaded: a machine worked on it. */
const aiEdited = (language: Language): string => pickFor(language)('AI-edited', 'KI-bearbeitet');

/** Of a picture that a server takes only as a smaller copy. */
export const copyNote = (caption: RichText, language: Language): RichText => [
  ...caption,
  paragraph(
    muted(
      pickFor(language)(
        'Smaller copy: the original is too large for this server.',
        'Kleinere Kopie: Das Original ist diesem Server zu groß.',
      ),
    ),
  ),
];

/** Of the contact sheet. */
export function renderSheetCaption({
  jobId,
  request,
  made,
  language,
}: Pick<Caption, 'jobId' | 'request' | 'language'> & {
  /** Pictures on it: fewer than asked for where the job was cut short. */
  readonly made: number;
}): RichText {
  const some = `${made} ${pickFor(language)('of', 'von')} ${request.count} ${pickFor(language)('pictures', 'Bildern')}`;
  const count = made === request.count ? countPictures(made, language) : some;
  return [paragraph(bold(jobId), ` ${clip(request.prompt, 200)}${dot}`, muted([count, aiMark(language)].join(dot)))];
}

/** For those who can't see it. Without words and a picture to start from, it is somebody's own that was worked on. */
export function altText({
  request,
  language,
}: {
  readonly request: Pick<ImageRequest, 'prompt' | 'init'>;
  readonly language: Language;
}): string {
  const pick = pickFor(language);
  const isEdited = request.prompt === '' && request.init === undefined;
  const kind = isEdited ? pick('AI-edited picture', 'KI-bearbeitetes Bild') : pick('AI-generated picture', 'KI-generiertes Bild');
  return request.prompt === '' ? kind : `${kind}: ${clip(request.prompt, 300)}`;
}
