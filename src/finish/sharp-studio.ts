import type { OptionalLayer } from '#core/marks-port.ts';
import type { ContactSheet, PictureStudio, Pixels, SmallerCopy } from '#core/ports.ts';
import type { EnlargeFactor } from '#core/model-info.ts';
import type { Enhancement, FilterName } from '#core/types.ts';
import { decodePicture, type DecodedPicture } from '#src/finish/decode.ts';
import { enhancePicture } from '#src/finish/enhance.ts';
import { enlargePlane } from '#src/finish/enlarge-alpha.ts';
import type { FileSigner } from '#src/finish/file-signer.ts';
import { filters } from '#src/finish/filters/filters.ts';
import { onPaper, openPixels, readPixels, shareTheCores, type Size } from '#src/finish/raw-pixels.ts';
import { paintContactSheet } from '#src/finish/sheet/contact-sheet.ts';
import { smallerCopy } from '#src/finish/smaller-copy.ts';

/** Equal pixels give equal results. Long work leaves the thread to others every few milliseconds. */
export class SharpStudio implements PictureStudio {
  readonly #signer: FileSigner | undefined;

  constructor(options: { readonly threads?: number; readonly signer?: FileSigner } = {}) {
    this.#signer = options.signer;
    shareTheCores(options.threads);
  }

  async decode(file: Uint8Array, limits: { readonly maxPixels: number }): Promise<DecodedPicture> {
    return decodePicture(file, limits);
  }

  /** The middle of the picture where its shape differs; on white where it is transparent. */
  async cover(source: DecodedPicture, { widthPx, heightPx }: Size): Promise<Pixels> {
    const { alpha, ...seen } = source;
    const picture = alpha === undefined ? seen : await onPaper(seen, alpha);
    if (picture.widthPx === widthPx && picture.heightPx === heightPx) return picture;
    return readPixels(openPixels(picture).resize(widthPx, heightPx, { fit: 'cover', position: 'centre', kernel: 'lanczos3' }));
  }

  async filter(picture: Pixels, name: FilterName): Promise<Pixels> {
    return filters[name](picture);
  }

  async enhance(picture: Pixels): Promise<Pixels & { readonly enhancement: Enhancement }> {
    return enhancePicture(picture);
  }

  async enlargeAlpha(alpha: Uint8Array, size: Size, factor: EnlargeFactor): Promise<Uint8Array> {
    return enlargePlane(alpha, size, factor);
  }

  async smallerCopy(file: Uint8Array, maxBytes: number, marks: readonly OptionalLayer[] = []): Promise<SmallerCopy | undefined> {
    return smallerCopy(file, maxBytes, { marks, signer: this.#signer });
  }

  async contactSheet(sheet: ContactSheet): Promise<Pixels> {
    return paintContactSheet(sheet);
  }
}
