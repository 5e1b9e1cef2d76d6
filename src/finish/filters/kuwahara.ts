import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';

/**
 * Smoothing that keeps edges: each pixel becomes the mean of that of its four corner windows, (radiusPx + 1)² each, whose brightness
 * differs least. Source: Kuwahara et al., «Processing of RI-angiocardiographic images», 1976; sums from integral images.
 */
export const smoothBetweenEdges = async (picture: Pixels, radiusPx: number): Promise<Pixels> => {
  const { widthPx, heightPx } = picture;
  const sums = await integrate(picture);
  const smoothed = new Uint8Array(picture.pixels.length);
  await inBands(picture, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++)
      for (let x = 0; x < widthPx; x++) {
        let least = Infinity;
        const to = (y * widthPx + x) * 3;
        for (let corner = 0; corner < 4; corner++) {
          const left = Math.max(0, corner % 2 === 0 ? x - radiusPx : x);
          const right = Math.min(widthPx, (corner % 2 === 0 ? x : x + radiusPx) + 1);
          const top = Math.max(0, corner < 2 ? y - radiusPx : y);
          const bottom = Math.min(heightPx, (corner < 2 ? y : y + radiusPx) + 1);
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
  });
  return { pixels: smoothed, widthPx, heightPx };
};

/** Sums over everything above and left of a corner: red, green, blue, and their squares together. [height + 1, width + 1, 4] */
const integrate = async ({ pixels, widthPx, heightPx }: Pixels): Promise<Float64Array> => {
  const stride = (widthPx + 1) * 4;
  const sums = new Float64Array(stride * (heightPx + 1));
  await inBands({ widthPx, heightPx }, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++) {
      const row = [0, 0, 0, 0];
      for (let x = 0; x < widthPx; x++) {
        const from = (y * widthPx + x) * 3;
        const to = (y + 1) * stride + (x + 1) * 4;
        for (let channel = 0; channel < 3; channel++) {
          const value = pixels[from + channel]!;
          row[channel]! += value;
          row[3]! += value * value;
        }
        for (let sum = 0; sum < 4; sum++) sums[to + sum] = row[sum]! + sums[to - stride + sum]!;
      }
    }
  });
  return sums;
};
