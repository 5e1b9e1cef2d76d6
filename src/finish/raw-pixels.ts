/** Between pixels and sharp. Arrays are [heightPx, widthPx, channels], one byte a value. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import type { Pixels } from '#core/ports.ts';

export type Size = { readonly widthPx: number; readonly heightPx: number };

/** For all of sharp in this process: the engine's child needs the cores, and one picture is worked on at a time anyway. */
export const shareTheCores = (threads = 1): void => {
  sharp.concurrency(threads);
  sharp.cache(false);
};

/** Throws a `TypeError` if the number of pixels is not width × height × 3. */
export const openPixels = ({ pixels, widthPx, heightPx }: Pixels): Sharp => {
  const expected = widthPx * heightPx * 3;
  if (pixels.length !== expected) throw new TypeError(`expected ${expected} bytes of pixels, got ${pixels.length}`);
  return sharp(pixels, { raw: { width: widthPx, height: heightPx, channels: 3 } });
};

/** One channel, such as a luminance or an alpha plane. Throws a `TypeError` if the number of values is not width × height. */
const openPlane = (plane: Uint8Array, { widthPx, heightPx }: Size): Sharp => {
  const expected = widthPx * heightPx;
  if (plane.length !== expected) throw new TypeError(`expected ${expected} bytes of one channel, got ${plane.length}`);
  return sharp(plane, { raw: { width: widthPx, height: heightPx, channels: 1 } });
};

/** Node's buffers compare unequal to plain arrays. */
const plain = (bytes: Buffer): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

export const readPixels = async (image: Sharp): Promise<Pixels> => {
  const { data, info } = await image.toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { pixels: plain(data), widthPx: info.width, heightPx: info.height };
};

const readPlane = async (image: Sharp): Promise<Uint8Array> => plain(await image.toColourspace('b-w').raw().toBuffer());

/** Gaussian blur of one channel; `sigmaPx` below 0.3 changes nothing. */
export const blurPlane = async (plane: Uint8Array, size: Size, sigmaPx: number): Promise<Uint8Array> =>
  sigmaPx < 0.3 ? plane : readPlane(openPlane(plane, size).blur({ sigma: sigmaPx, precision: 'float' }));

/** Gaussian blur; `sigmaPx` below 0.3 changes nothing. */
export const blurPixels = async (picture: Pixels, sigmaPx: number): Promise<Pixels> =>
  sigmaPx < 0.3 ? picture : readPixels(openPixels(picture).blur({ sigma: sigmaPx, precision: 'float' }));
