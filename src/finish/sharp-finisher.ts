import { encode as encodeBlurhash } from 'blurhash';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import type { FinishedPicture, PictureFinisher } from '#core/ports.ts';
import { markPng } from '#src/finish/marks.ts';
import { xmpPacket } from '#src/finish/xmp.ts';

/** Longest side of the thumbnail; smaller pictures keep their size. */
const thumbnailSidePx = 400;
/** Longest side of what the blurhash is computed from: its few waves need no more. */
const blurhashSidePx = 32;
const blurhashComponents = [4, 3] as const;

/** Adaptive filtering halves the file at the same time; a higher level costs twice the time for 3 % (1024², measured). */
const pngSettings = { compressionLevel: 3, adaptiveFiltering: true } as const;

type Pixels = { readonly pixels: Uint8Array; readonly widthPx: number; readonly heightPx: number };

/**
 * RGB pixels → marked PNG, marked JPEG thumbnail and blurhash. Equal pixels give equal bytes.
 * Throws a `TypeError` if the number of pixels is not width × height × 3.
 */
export class SharpFinisher implements PictureFinisher {
  constructor(options: { readonly threads?: number } = {}) {
    // The engine's child needs the cores; one picture is encoded at a time anyway.
    sharp.concurrency(options.threads ?? 1);
    sharp.cache(false);
  }

  async finish(picture: Pixels): Promise<FinishedPicture> {
    const startedMs = performance.now();
    const expected = picture.widthPx * picture.heightPx * 3;
    if (picture.pixels.length !== expected) throw new TypeError(`expected ${expected} bytes of pixels, got ${picture.pixels.length}`);
    const [png, thumbnail, blurhash] = await Promise.all([toPng(picture), toThumbnail(picture), toBlurhash(picture)]);
    return { png, thumbnail, blurhash, encodeMs: performance.now() - startedMs };
  }
}

// [height, width, 3]
const open = ({ pixels, widthPx, heightPx }: Pixels): Sharp => sharp(pixels, { raw: { width: widthPx, height: heightPx, channels: 3 } });

const toPng = async (picture: Pixels): Promise<Uint8Array> => markPng(await open(picture).png(pngSettings).toBuffer());

const toThumbnail = async (picture: Pixels): Promise<FinishedPicture['thumbnail']> => {
  const { data: jpeg, info } = await open(picture)
    .resize(thumbnailSidePx, thumbnailSidePx, { fit: 'inside', withoutEnlargement: true })
    .withXmp(xmpPacket)
    .jpeg({ quality: 85 })
    .toBuffer({ resolveWithObject: true });
  return { jpeg, widthPx: info.width, heightPx: info.height };
};

const toBlurhash = async (picture: Pixels): Promise<string> => {
  const { data, info } = await open(picture)
    .resize(blurhashSidePx, blurhashSidePx, { fit: 'inside', withoutEnlargement: true, kernel: 'linear' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return encodeBlurhash(new Uint8ClampedArray(data), info.width, info.height, ...blurhashComponents);
};
