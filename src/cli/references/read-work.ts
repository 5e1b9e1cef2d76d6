/** A file on the disk → pixels. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { AppError } from '#core/errors.ts';
import type { Pixels } from '#core/ports.ts';
import { decodePicture } from '#src/finish/decode.ts';
import { onPaper } from '#src/finish/raw-pixels.ts';
import { sniffFormat } from '#src/finish/picture-format.ts';

/** Both are looked at before anything is decoded. */
export const mostFileBytes = 200_000_000;
export const mostPixels = 100_000_000;

/** The file is no work; `message` says why, for one line. */
export class NoWorkError extends Error {
  override readonly name = 'NoWorkError';
  /** It was never meant to be a work, such as a text beside the pictures. */
  readonly isHarmless: boolean;

  constructor(message: string, { isHarmless = false, cause }: { readonly isHarmless?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.isHarmless = isHarmless;
  }
}

/** @throws NoWorkError */
export const readFileOf = async (path: string): Promise<{ readonly file: Uint8Array; readonly sha256: string }> => {
  const { size } = await stat(path);
  if (size > mostFileBytes) throw new NoWorkError(`${Math.round(size / 1e6)} MB; at most ${mostFileBytes / 1e6} MB are read`);
  const file = await readFile(path).catch((cause: unknown) => {
    throw new NoWorkError("can't be opened: check its permissions", { cause });
  });
  if (sniffFormat(file) === undefined)
    throw new NoWorkError(size === 0 ? 'an empty file' : 'no PNG, JPEG, WebP, AVIF or GIF picture', { isHarmless: true });
  return { file, sha256: createHash('sha256').update(file).digest('hex') };
};

/**
 * Upright, in sRGB, on white paper where it is transparent.
 * @throws NoWorkError
 */
export const decodeWork = async (file: Uint8Array): Promise<Pixels> => {
  try {
    const decoded = await decodePicture(file, { maxPixels: mostPixels });
    return decoded.alpha === undefined ? decoded : await onPaper(decoded, decoded.alpha);
  } catch (cause) {
    throw new NoWorkError(whyNot(cause), { cause });
  }
};

export const pixelsSha256 = ({ pixels, widthPx, heightPx }: Pixels): string =>
  createHash('sha256').update(`${widthPx}×${heightPx}\n`).update(pixels).digest('hex');

const whyNot = (error: unknown): string => {
  if (!(error instanceof AppError)) throw error;
  const { widthPx, heightPx } = error.params;
  if (error.code === 'picture_too_large') return `${widthPx}×${heightPx} pixels; at most ${mostPixels / 1e6} million are read`;
  return error.code === 'picture_animated' ? 'animated: export the picture that is protected as a single one' : 'a broken picture';
};
