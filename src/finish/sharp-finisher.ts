import { encode as encodeBlurhash } from 'blurhash';
import type { Sharp } from 'sharp';
import type { FinishedPicture, PictureFinisher, Pixels } from '#core/ports.ts';
import { markPng } from '#src/finish/marks.ts';
import { onPaper, openPixels, shareTheCores, withAlpha } from '#src/finish/raw-pixels.ts';
import { xmpPacket } from '#src/finish/xmp.ts';

/** Longest side of the thumbnail; smaller pictures keep their size. */
const thumbnailSidePx = 400;
/** Longest side of what the blurhash is computed from: its few waves need no more. */
const blurhashSidePx = 32;
const blurhashComponents = [4, 3] as const;

/** Adaptive filtering halves the file at the same time; a higher level costs twice the time for 3 % (1024², measured). */
const pngSettings = { compressionLevel: 3, adaptiveFiltering: true } as const;

type Picture = Pixels & { readonly alpha?: Uint8Array };

/**
 * RGB pixels → marked PNG, marked JPEG thumbnail and blurhash; with alpha, the PNG has it too. Equal pixels give equal bytes.
 * Throws a `TypeError` if the number of pixels is not width × height × 3, or that of alpha not width × height.
 */
export class SharpFinisher implements PictureFinisher {
  constructor(options: { readonly threads?: number } = {}) {
    shareTheCores(options.threads);
  }

  async finish(picture: Picture): Promise<FinishedPicture> {
    const startedMs = performance.now();
    const flat = picture.alpha === undefined ? picture : await onPaper(picture, picture.alpha);
    const [png, thumbnail, blurhash] = await Promise.all([toPng(picture), toThumbnail(flat), toBlurhash(flat)]);
    return { png, thumbnail, blurhash, encodeMs: performance.now() - startedMs };
  }
}

const open = ({ alpha, ...picture }: Picture): Sharp => (alpha === undefined ? openPixels(picture) : withAlpha(picture, alpha));

const toPng = async (picture: Picture): Promise<Uint8Array> => markPng(await open(picture).png(pngSettings).toBuffer());

const toThumbnail = async (picture: Pixels): Promise<FinishedPicture['thumbnail']> => {
  const { data: jpeg, info } = await openPixels(picture)
    .resize(thumbnailSidePx, thumbnailSidePx, { fit: 'inside', withoutEnlargement: true })
    .withXmp(xmpPacket)
    .jpeg({ quality: 85 })
    .toBuffer({ resolveWithObject: true });
  return { jpeg, widthPx: info.width, heightPx: info.height };
};

const toBlurhash = async (picture: Pixels): Promise<string> => {
  const { data, info } = await openPixels(picture)
    .resize(blurhashSidePx, blurhashSidePx, { fit: 'inside', withoutEnlargement: true, kernel: 'linear' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return encodeBlurhash(new Uint8ClampedArray(data), info.width, info.height, ...blurhashComponents);
};
