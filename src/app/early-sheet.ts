import { makeSheet, shownOf, type SheetParts, type Shown } from '#src/app/make-sheet.ts';
import { pictureRequest } from '#core/batch.ts';
import type { Pixels } from '#core/ports.ts';
import type { JobRecord, Turn } from '#core/job-store-port.ts';
import type { ImageRequest, JobId, StoredImage } from '#core/types.ts';

type Open = {
  readonly job: JobId;
  readonly places: readonly PromiseWithResolvers<Shown>[];
  readonly sheet: Promise<StoredImage>;
  /** Pictures that nobody is to see. */
  readonly hidden: Set<number>;
};

/**
 * The sheet of the batch at work, painted picture by picture while the next ones are drawn, so that little is left to do at the end.
 * One at a time: each holds a canvas of up to 43 MB.
 */
export class EarlySheet {
  readonly #parts: SheetParts;
  #open: Open | undefined;

  constructor(parts: SheetParts) {
    this.#parts = parts;
  }

  /** Begins the sheet of this batch, unless one is begun. */
  begin(job: JobRecord): void {
    if (this.#open !== undefined) return;
    const places = Array.from({ length: job.request.count }, () => Promise.withResolvers<Shown>());
    for (const { promise } of places) promise.catch(() => {});
    const pictures = places.map(({ promise }, index) => {
      const { widthPx, heightPx } = pictureRequest(job.request, index);
      return { index, widthPx, heightPx, made: promise };
    });
    const sheet = makeSheet(this.#parts, job, pictures);
    sheet.catch(() => {});
    this.#open = { job: job.id, places, sheet, hidden: new Set() };
  }

  /** Hands over a picture before its file is written. */
  place({ job, index }: Turn, pixels: Pixels): void {
    if (this.#open?.job === job.id && isAsPlanned(job.request, { ...pixels, index })) this.#open.places[index]?.resolve(pixels);
  }

  /** Its place stays empty. */
  hide({ job, index }: Turn): void {
    if (this.#open?.job !== job.id) return;
    this.#open.hidden.add(index);
    this.#open.places[index]?.resolve('held-back');
  }

  /** Hands over what is finished. A picture of another size than planned, such as one not enlarged, ends it: the sheet is laid out anew then. */
  show({ id, request, images }: JobRecord): void {
    if (this.#open?.job !== id) return;
    for (const image of images) {
      if (!isAsPlanned(request, image)) return this.drop(id);
      // Released since it was laid out as one that nobody sees.
      if (this.#open.hidden.has(image.index) && image.heldBack === undefined) return this.drop(id);
      this.#open.places[image.index]?.resolve(shownOf(image));
    }
  }

  /** The sheet, where all its pictures were shown. */
  take(id: JobId): Promise<StoredImage> | undefined {
    if (this.#open?.job !== id) return undefined;
    const { sheet } = this.#open;
    this.#open = undefined;
    return sheet;
  }

  drop(id: JobId): void {
    if (this.#open?.job !== id) return;
    for (const { reject } of this.#open.places) reject(new Error('The batch came to another end'));
    this.#open = undefined;
  }
}

function isAsPlanned(request: ImageRequest, { index, widthPx, heightPx }: Pick<StoredImage, 'index' | 'widthPx' | 'heightPx'>): boolean {
  const planned = pictureRequest(request, index);
  return planned.widthPx === widthPx && planned.heightPx === heightPx;
}
