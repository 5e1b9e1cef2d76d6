import { AppError } from '#core/errors.ts';
import type { ManifestReport, MarkReader, MarkReport, Watermark } from '#core/marks-port.ts';
import { decodePicture } from '#src/finish/decode.ts';
import { readMarks } from '#src/finish/marks.ts';
import { sniffFormat, type ReadableFormat } from '#src/finish/picture-format.ts';
import { payloadText } from '#src/finish/watermark-payload.ts';
import { hasWords } from '#src/finish/words-in-file.ts';

export type MarkReaderOptions = {
  /** Absent where there is no key; `refused`: there is one that can't be used. */
  readonly watermark?: Watermark | 'refused';
  readonly manifests: { read(file: Uint8Array): Promise<ManifestReport> };
};

const kinds = { png: 'PNG', jpeg: 'JPEG', webp: 'WebP', gif: 'other', avif: 'other' } as const satisfies Record<ReadableFormat, string>;

const isOther = (format: ReadableFormat | undefined): boolean => format !== undefined && kinds[format] === 'other';

/** Reads what a file says of its origin; of what is no picture, nothing is found. */
export const createMarkReader = ({ watermark, manifests }: MarkReaderOptions): MarkReader => ({
  read: async (file, { maxPixels }): Promise<MarkReport> => {
    const format = sniffFormat(file);
    const { digitalSourceType, aiGenerated } = readMarks(file);
    const [manifest, found] = await Promise.all([
      format === undefined ? ({ state: 'absent' } as const) : manifests.read(file),
      findWatermark(file, maxPixels, watermark),
    ]);
    return {
      kind: format === undefined ? undefined : kinds[format],
      xmp:
        digitalSourceType === undefined
          ? { state: isOther(format) ? 'not_checked' : 'absent' }
          : { state: 'found', digitalSourceType, isAiGenerated: aiGenerated },
      manifest,
      watermark: found,
      hasParameters: hasWords(file),
    };
  },
});

async function findWatermark(
  file: Uint8Array,
  maxPixels: number,
  watermark: MarkReaderOptions['watermark'],
): Promise<MarkReport['watermark']> {
  if (watermark === undefined) return { state: 'no_key' };
  if (watermark === 'refused') return { state: 'key_refused' };
  try {
    const { pixels, widthPx, heightPx } = await decodePicture(file, { maxPixels });
    const found = await watermark.find({ pixels, widthPx, heightPx });
    return found === undefined
      ? { state: 'absent' }
      : {
          state: 'ours',
          ...(found.payload === undefined ? {} : { payload: payloadText(found.payload) }),
          falseAlarmLog10: found.falseAlarmLog10,
        };
  } catch (error) {
    // Broken, animated or too large: the other layers can be read all the same.
    if (error instanceof AppError) return { state: 'unreadable' };
    throw error;
  }
}
