import { setImmediate } from 'node:timers/promises';

/** Some milliseconds of arithmetic on one core. */
const pixelsPerBand = 1 << 17;

/**
 * Runs `work` over all rows, a few at a time. Messages are handled by the same thread: in between it is free for them,
 * however large the picture is.
 */
export const inBands = async (
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
  work: (fromRow: number, toRow: number) => void,
): Promise<void> => {
  const rows = Math.max(1, Math.floor(pixelsPerBand / widthPx));
  for (let from = 0; from < heightPx; from += rows) {
    if (from > 0) await setImmediate();
    work(from, Math.min(heightPx, from + rows));
  }
};
