import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';

/**
 * Smoothing that keeps edges: each pixel becomes the mean of that of its four corner windows, (radiusPx + 1)² each, whose brightness
 * differs least. Source: Kuwahara et al., «Processing of RI-angiocardiographic images», 1976; sums from integral images.
 */
export const smoothBetweenEdges = async (picture: Pixels, radiusPx: number): Promise<Pixels> => {
  const { widthPx, heightPx } = picture;
  const smoothed = new Uint8Array(picture.pixels.length);
  const smoothBand = (fromRow: number, toRow: number): void => {
    // Sums of a whole large picture would fill half a gigabyte.
    const firstRow = Math.max(0, fromRow - radiusPx);
    const lastRow = Math.min(heightPx, toRow + radiusPx);
    const sums = integrate(picture, firstRow, lastRow);
    for (let y = fromRow; y < toRow; y++)
      for (let x = 0; x < widthPx; x++) {
        let least = Infinity;
        const to = (y * widthPx + x) * 3;
        for (let corner = 0; corner < 4; corner++) {
          const left = Math.max(0, corner % 2 === 0 ? x - radiusPx : x);
          const right = Math.min(widthPx, (corner % 2 === 0 ? x : x + radiusPx) + 1);
          const top = Math.max(firstRow, corner < 2 ? y - radiusPx : y) - firstRow;
          const bottom = Math.min(lastRow, (corner < 2 ? y : y + radiusPx) + 1) - firstRow;
          const count = (right - left) * (bottom - top);
          const a = (top * (widthPx + 1) + left) * 4;
          const b = (top * (widthPx + 1) + right) * 4;
          const c = (bottom * (widthPx + 1) + left) * 4;
          const d = (bottom * (widthPx + 1) + right) * 4;
          const red = (sums[d]! - sums[b]! - sums[c]! + sums[a]!) / count;
          const green = (sums[d + 1]! - sums[b + 1]! - sums[c + 1]! + sums[a + 1]!) / count;
          const blue = (sums[d + 2]! - sums[b + 2]! - sums[c + 2]! + sums[a + 2]!) / count;
          const squares = (sums[d + 3]! - sums[b + 3]! - sums[c + 3]! + sums[a + 3]!) / count;
          const variance = squares - (red * red + green * green + blue * blue);
          if (variance >= least) continue;
          least = variance;
          smoothed[to] = Math.round(red);
          smoothed[to + 1] = Math.round(green);
          smoothed[to + 2] = Math.round(blue);
        }
      }
  };
  await inBands(picture, smoothBand, 4 * radiusPx);
  return { pixels: smoothed, widthPx, heightPx };
};

/** Sums over everything left of a corner and above it down from `firstRow`: red, green, blue, and their squares together. [rows + 1, width + 1, 4] */
const integrate = ({ pixels, widthPx }: Pixels, firstRow: number, lastRow: number): Float64Array => {
  const stride = (widthPx + 1) * 4;
  const sums = new Float64Array(stride * (lastRow - firstRow + 1));
  for (let y = firstRow; y < lastRow; y++) {
    let [red, green, blue, squares] = [0, 0, 0, 0];
    for (let x = 0; x < widthPx; x++) {
      const from = (y * widthPx + x) * 3;
      const to = (y - firstRow + 1) * stride + (x + 1) * 4;
      red += pixels[from]!;
      green += pixels[from + 1]!;
      blue += pixels[from + 2]!;
      squares += pixels[from]! ** 2 + pixels[from + 1]! ** 2 + pixels[from + 2]! ** 2;
      sums[to] = red + sums[to - stride]!;
      sums[to + 1] = green + sums[to + 1 - stride]!;
      sums[to + 2] = blue + sums[to + 2 - stride]!;
      sums[to + 3] = squares + sums[to + 3 - stride]!;
    }
  }
  return sums;
};
