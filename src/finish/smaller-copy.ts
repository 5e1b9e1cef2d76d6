import sharp from 'sharp';
import type { SmallerCopy } from '#core/ports.ts';
import { xmpPacket } from '#src/finish/xmp.ts';

/** Good first, then smaller: below the last ones a picture is no longer worth showing. */
const scales = [1, 0.75, 0.5, 0.35, 0.25] as const;
const qualities = [90, 75, 60] as const;
const leastSidePx = 64;

/**
 * One of our own files as a JPEG of at most `maxBytes`, marked as AI-generated like the original, on white where that is
 * transparent; the best of a few qualities and sizes. `undefined` where none is small enough. The same file and limit
 * give the same bytes.
 */
export async function smallerCopy(file: Uint8Array, maxBytes: number): Promise<SmallerCopy | undefined> {
  const { width, height } = await sharp(file).metadata();
  for (const scale of scales) {
    const [widthPx, heightPx] = [Math.round(width * scale), Math.round(height * scale)];
    if (scale < 1 && Math.max(widthPx, heightPx) < leastSidePx) return undefined;
    for (const quality of qualities) {
      const jpeg = await sharp(file)
        .resize(widthPx, heightPx, { fit: 'fill' })
        .flatten({ background: '#ffffff' })
        .withXmp(xmpPacket)
        .jpeg({ quality })
        .toBuffer();
      if (jpeg.length <= maxBytes) return { jpeg: new Uint8Array(jpeg), widthPx, heightPx };
    }
  }
  return undefined;
}
