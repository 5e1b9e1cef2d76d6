import { setImmediate } from 'node:timers/promises';

/** Some milliseconds of arithmetic on one core. */
const pixelsPerBand = 1 << 15;

/**
 * Runs `work` over all rows, a few at a time. Messages are handled by the same thread: in between it is free for them,
 * however large the picture is. `leastRows`: where work begins anew in each band, so that more bands would be more work.
 */
export const inBands = async (
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
  work: (fromRow: number, toRow: number) => void,
  leastRows = 1,
): Promise<void> => {
  const rows = Math.max(leastRows, Math.floor(pixelsPerBand / widthPx));
  for (let from = 0; from < heightPx; from += rows) {
    if (from > 0) await setImmediate();
    work(from, Math.min(heightPx, from + rows));
  }
};
