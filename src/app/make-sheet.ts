import { wishesFor, type MarkParts } from '#src/app/mark-wishes.ts';
import { putFinished } from '#src/app/store-picture.ts';
import { cellOf, seedOf, sheetColumns, variantOf } from '#core/batch.ts';
import { pickFor } from '#core/format.ts';
import { clip } from '#core/prompt-text.ts';
import type { ImageStore, PictureFinisher, PictureStudio, Pixels } from '#core/ports.ts';
import { aiMark } from '#core/render-words.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { ImageKey, StoredImage } from '#core/types.ts';

export type SheetParts = MarkParts & { readonly studio: PictureStudio; readonly finisher: PictureFinisher; readonly images: ImageStore };

/** What stands in a cell: a file of ours, a picture that is not stored yet, or one that nobody is to see. */
export type Shown = { readonly file: ImageKey } | Pixels | 'held-back';

export const shownOf = ({ key, heldBack }: StoredImage): Shown => (heldBack === undefined ? { file: key } : 'held-back');

/** It may still be on its way. */
type SheetPicture = Pick<StoredImage, 'index' | 'widthPx' | 'heightPx'> & { readonly made: Promise<Shown> };

/** Pictures of a job on one, by default all that are finished, with cells, styles and seeds; marked and stored like a picture. */
export async function makeSheet(
  parts: SheetParts,
  job: JobRecord,
  pictures: readonly SheetPicture[] = job.images.map((picture) => ({ ...picture, made: Promise.resolve(shownOf(picture)) })),
): Promise<StoredImage> {
  const { studio, finisher, images } = parts;
  const { id, request, language } = job;
  const columns = sheetColumns(request);
  const rows = Math.ceil(request.count / columns);
  const { variants = [] } = request;
  const isRowEach = variants.length === rows && variants.length > 1;
  const seed = pickFor(language)('seed', 'Seed');
  const tiles = pictures.map(({ made: picture, index, widthPx, heightPx }) => ({
    read: async () => {
      const shown = await picture;
      if (shown === 'held-back') return undefined;
      return 'file' in shown ? images.read(shown.file) : shown;
    },
    widthPx,
    heightPx,
    cell: cellOf(request, index),
    note: isRowEach || variants.length < 2 ? `${seed} ${seedOf(request, index)}` : (variantOf(request, index)?.label ?? ''),
  }));
  const pixels = await studio.contactSheet({
    title: clip(request.prompt, 300),
    footer: `${id} · ${aiMark(language)}`,
    columns,
    tiles,
    withheld: pickFor(language)('held back', 'zurückgehalten'),
    ...(isRowEach ? { rowLabels: variants.map(({ label }) => label) } : {}),
  });
  const finished = await finisher.finish(pixels, wishesFor(parts, job, 0));
  return {
    ...(await putFinished(images, pixels, finished)),
    index: -1,
    seed: request.seed,
    timings: { textMs: 0, denoiseMs: 0, decodeMs: 0, encodeMs: Math.round(finished.encodeMs) },
  };
}
