import sharp from 'sharp';
import type { OptionalLayer } from '#core/marks-port.ts';
import type { SmallerCopy } from '#core/ports.ts';
import type { FileSigner } from '#src/finish/file-signer.ts';
import { xmpPacket } from '#src/finish/xmp.ts';

/** Good first, then smaller: below the last ones a picture is no longer worth showing. */
const scales = [1, 0.75, 0.5, 0.35, 0.25] as const;
const qualities = [90, 75, 60] as const;
const leastSidePx = 64;

/**
 * One of our own files as a JPEG of at most `maxBytes`, marked as AI-generated like the original, on white where that is
 * transparent; the best of a few qualities and sizes. `undefined` where none is small enough. The same file and limit
 * give the same bytes. With a `signer`, the copy is signed, as far as it can be.
 * @param marks layers of the original: what is in its pixels stays
 */
export async function smallerCopy(
  file: Uint8Array,
  maxBytes: number,
  { marks, signer }: { readonly marks: readonly OptionalLayer[]; readonly signer?: FileSigner | undefined },
): Promise<SmallerCopy | undefined> {
  const kept = marks.filter((layer) => layer === 'watermark');
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
      // Signing makes it larger.
      const signed = marks.includes('manifest') && jpeg.length <= maxBytes ? await signer?.sign(jpeg, 'image/jpeg') : undefined;
      const copy = signed ?? jpeg;
      if (copy.length > maxBytes) continue;
      return { jpeg: new Uint8Array(copy), widthPx, heightPx, marks: signed === undefined ? kept : ['manifest', ...kept] };
    }
  }
  return undefined;
}
