import type { Watermark } from '#core/marks-port.ts';
import { carriersOf } from '#src/finish/watermark/carriers.ts';
import { embedMark } from '#src/finish/watermark/embed.ts';
import { findMark } from '#src/finish/watermark/find.ts';

/** In smaller and narrower pictures there is no room for it. */
const leastSidePx = 128;
const mostTimesAsLong = 16;
const payloads = 2n ** 48n;

/**
 * The invisible mark of the organisation that has this key. Long work leaves the thread to others every few milliseconds.
 * @param key 32 bytes; throws a `TypeError` for any other number. `embed` rejects with a `RangeError` where the payload is not 0 … 2⁴⁸ − 1.
 */
export const createWatermark = (key: Uint8Array): Watermark => {
  const carriers = carriersOf(key);
  return {
    async embed(picture, payload) {
      if (payload < 0n || payload >= payloads) throw new RangeError(`expected a payload of 48 bits, got ${payload}`);
      return isLargeEnough(picture) ? embedMark(picture, payload, carriers) : picture;
    },
    async find(picture) {
      return isLargeEnough(picture, 2) ? findMark(picture, carriers) : undefined;
    },
  };
};

/** `smaller`: a copy may have become smaller by this since. */
const isLargeEnough = ({ widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number }, smaller = 1): boolean => {
  const [short, long] = [Math.min(widthPx, heightPx), Math.max(widthPx, heightPx)];
  return short * smaller >= leastSidePx && long <= mostTimesAsLong * short;
};
