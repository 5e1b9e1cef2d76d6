import sharp from 'sharp';
import type { Metadata, SharpOptions } from 'sharp';
import { AppError } from '#core/errors.ts';
import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';
import { fillHidden } from '#src/finish/hidden-colours.ts';
import { essentialPng } from '#src/finish/png-essentials.ts';
import { announcesAnimation, sniffFormat } from '#src/finish/picture-format.ts';

export type DecodedPicture = Pixels & { readonly alpha?: Uint8Array };

/** A file that decodes for longer than this was made to do so. */
const timeoutSeconds = 30;

/** Files of telephones are full of harmless oddities that decoders warn about; what is cut short or wrong is refused. */
const strictness = { failOn: 'error' } as const satisfies SharpOptions;

/**
 * A PNG, JPEG, WebP, AVIF or single GIF picture → pixels, upright, in sRGB with 8 bits, and its alpha [heightPx, widthPx] where
 * any pixel is not opaque; pixels that can't be seen have the colours of what is around them. Rejects with an `AppError`: `picture_unreadable`, `picture_too_large` {widthPx, heightPx, maxPixels},
 * `picture_animated`. The last two are decided on the header, before any pixel is decoded.
 */
export const decodePicture = async (sent: Uint8Array, { maxPixels }: { readonly maxPixels: number }): Promise<DecodedPicture> => {
  const format = sniffFormat(sent);
  if (format === undefined) throw new AppError('picture_unreadable');
  const file = format === 'png' ? essentialPng(sent) : sent;
  const { width, height, pages = 1, hasAlpha } = await readHeader(file);
  if (width * height > maxPixels) throw new AppError('picture_too_large', { widthPx: width, heightPx: height, maxPixels });
  if (pages > 1 || announcesAnimation(file, format)) throw new AppError('picture_animated');
  const { data, info } = await unreadableOtherwise(
    sharp(file, { ...strictness, limitInputPixels: maxPixels })
      .autoOrient()
      .toColourspace('srgb')
      .timeout({ seconds: timeoutSeconds })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  );
  const size = { widthPx: info.width, heightPx: info.height };
  return hasAlpha || info.channels !== 3
    ? split(data, info.channels, size)
    : { pixels: new Uint8Array(data.buffer, data.byteOffset, data.length), ...size };
};

const readHeader = async (file: Uint8Array): Promise<Metadata> =>
  unreadableOtherwise(sharp(file, { ...strictness, limitInputPixels: false }).metadata());

const unreadableOtherwise = async <T>(reading: Promise<T>): Promise<T> => {
  try {
    return await reading;
  } catch (cause) {
    throw new AppError('picture_unreadable', {}, { cause });
  }
};

/** [height, width, 1 … 4] → RGB and, where it says anything, alpha. */
const split = async (values: Uint8Array, channels: number, size: Omit<Pixels, 'pixels'>): Promise<DecodedPicture> => {
  const pixels = new Uint8Array(size.widthPx * size.heightPx * 3);
  const alpha = channels % 2 === 0 ? new Uint8Array(size.widthPx * size.heightPx) : undefined;
  const colours = channels > 2 ? 3 : 1;
  let isOpaque = true;
  await inBands(size, (fromRow, toRow) => {
    for (let at = fromRow * size.widthPx; at < toRow * size.widthPx; at++) {
      for (let channel = 0; channel < 3; channel++) pixels[at * 3 + channel] = values[at * channels + (channel % colours)] ?? 0;
      if (alpha === undefined) continue;
      const value = values[at * channels + colours] ?? 0;
      alpha[at] = value;
      isOpaque &&= value === 255;
    }
  });
  if (alpha === undefined || isOpaque) return { pixels, ...size };
  return { pixels: await fillHidden({ pixels, ...size }, alpha), ...size, alpha };
};
