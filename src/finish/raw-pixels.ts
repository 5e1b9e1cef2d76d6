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

/** RGBA, [heightPx, widthPx, 4]. Throws a `TypeError` if the number of values of alpha is not width × height. */
export const joinAlpha = async (picture: Pixels, alpha: Uint8Array): Promise<Uint8Array> =>
  plain(await withAlpha(picture, alpha).raw().toBuffer());

/** Alpha is joined after everything else that sharp does in one go. */
export const withAlpha = (picture: Pixels, alpha: Uint8Array): Sharp => {
  const { widthPx: width, heightPx: height } = picture;
  if (alpha.length !== width * height) throw new TypeError(`expected ${width * height} bytes of alpha, got ${alpha.length}`);
  return openPixels(picture).joinChannel(Buffer.from(alpha.buffer, alpha.byteOffset, alpha.length), {
    raw: { width, height, channels: 1 },
  });
};

/** Without alpha, as it looks on white paper. */
export const onPaper = async (picture: Pixels, alpha: Uint8Array): Promise<Pixels> => {
  const raw = { width: picture.widthPx, height: picture.heightPx, channels: 4 } as const;
  return readPixels(sharp(await joinAlpha(picture, alpha), { raw }).flatten({ background: '#ffffff' }));
};

/** Node's buffers compare unequal to plain arrays. */
const plain = (bytes: Buffer): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

export const readPixels = async (image: Sharp): Promise<Pixels> => {
  const { data, info } = await image.toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { pixels: plain(data), widthPx: info.width, heightPx: info.height };
};

const readPlane = async (image: Sharp): Promise<Uint8Array> => plain(await image.toColourspace('b-w').raw().toBuffer());

/** Gaussian blur of one channel; `sigmaPx` below 0.3 changes nothing. */
export const blurPlane = async (plane: Uint8Array, size: Size, sigmaPx: number): Promise<Uint8Array> => {
  if (sigmaPx < leastSigmaPx) return plane;
  const { reduction, smaller, sigma } = planBlur(size, sigmaPx);
  if (reduction === 1) return readPlane(openPlane(plane, size).blur({ sigma }));
  const small = await readPlane(openPlane(plane, size).resize(smaller.widthPx, smaller.heightPx, stretchTo));
  const blurred = await readPlane(openPlane(small, smaller).blur({ sigma }));
  return readPlane(openPlane(blurred, smaller).resize(size.widthPx, size.heightPx, stretchTo));
};

/** Gaussian blur; `sigmaPx` below 0.3 changes nothing. */
export const blurPixels = async (picture: Pixels, sigmaPx: number): Promise<Pixels> => {
  if (sigmaPx < leastSigmaPx) return picture;
  const { reduction, smaller, sigma } = planBlur(picture, sigmaPx);
  if (reduction === 1) return readPixels(openPixels(picture).blur({ sigma }));
  const small = await readPixels(openPixels(picture).resize(smaller.widthPx, smaller.heightPx, stretchTo));
  const blurred = await readPixels(openPixels(small).blur({ sigma }));
  return readPixels(openPixels(blurred).resize(picture.widthPx, picture.heightPx, stretchTo));
};

const leastSigmaPx = 0.3;
const stretchTo = { fit: 'fill', kernel: 'cubic' } as const;

/** A wide blur of a large picture would take a minute; of a smaller picture, enlarged, it looks the same. */
const planBlur = (
  { widthPx, heightPx }: Size,
  sigmaPx: number,
): { readonly reduction: number; readonly smaller: Size; readonly sigma: number } => {
  const reduction = Math.max(1, Math.floor(sigmaPx / 3));
  const smaller = { widthPx: Math.ceil(widthPx / reduction), heightPx: Math.ceil(heightPx / reduction) };
  return { reduction, smaller, sigma: sigmaPx / reduction };
};
