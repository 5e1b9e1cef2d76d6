/** Brightness of pixels. Source of the weights: Rec. ITU-R BT.709. */
import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';

const redWeight = 0.2126;
const greenWeight = 0.7152;
const blueWeight = 0.0722;

/** Luma, the weighted mean of the encoded values: cheap, and a change of it by the same amount in all channels is exact. [height, width] */
export const lumaPlane = async (picture: Pixels): Promise<Uint8Array> =>
  mapPixels(picture, (red, green, blue) => Math.round(redWeight * red + greenWeight * green + blueWeight * blue));

/** Greys as of a film behind an orange filter: warm things stand out from blue ones that are just as bright. [height, width] */
export const filmPlane = async (picture: Pixels): Promise<Uint8Array> =>
  mapPixels(picture, (red, green, blue) => Math.round(0.5 * red + 0.42 * green + 0.08 * blue));

const mapPixels = async (picture: Pixels, toByte: (red: number, green: number, blue: number) => number): Promise<Uint8Array> => {
  const { pixels, widthPx, heightPx } = picture;
  const plane = new Uint8Array(widthPx * heightPx);
  await inBands(picture, (fromRow, toRow) => {
    for (let at = fromRow * widthPx; at < toRow * widthPx; at++)
      plane[at] = toByte(pixels[at * 3]!, pixels[at * 3 + 1]!, pixels[at * 3 + 2]!);
  });
  return plane;
};

/** How many values there are of each byte. */
export const histogramOf = (plane: Uint8Array): Uint32Array => {
  const counts = new Uint32Array(256);
  // Not `for … of`, which takes four times as long: planes have millions of values.
  for (let at = 0; at < plane.length; at++) counts[plane[at]!]! += 1;
  return counts;
};

/** The smallest byte that at least `part` (0 … 1) of the counted values do not exceed. */
export const percentile = (histogram: Uint32Array, part: number): number => {
  const wanted = part * histogram.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (let value = 0; value < 256; value++) {
    sum += histogram[value]!;
    if (sum >= wanted && sum > 0) return value;
  }
  return 255;
};
