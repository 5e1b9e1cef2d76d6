import type { Pixels } from '#core/ports.ts';
import type { PictureMeasures } from '#core/types.ts';
import { inBands } from '#src/finish/bands.ts';
import { histogramOf, percentile } from '#src/finish/luminance.ts';
import type { Size } from '#src/finish/raw-pixels.ts';

/** `noise`: standard deviation of the grain, in bytes of luma (0 … 255). */
export type Measured = PictureMeasures & { readonly noise: number };

/** First and last percent of all values, in bytes: of the darkest channel of every pixel, and of the brightest one. */
export type ToneEnds = { readonly darkest: number; readonly brightest: number };

/** Not of the luminance: strong colours can be equally bright, and such a picture is not flat. */
export const toneEnds = async ({ pixels, ...size }: Pixels): Promise<ToneEnds> => {
  const lows = new Uint32Array(256);
  const highs = new Uint32Array(256);
  await inBands(size, (fromRow, toRow) => {
    for (let at = fromRow * size.widthPx * 3; at < toRow * size.widthPx * 3; at += 3) {
      lows[Math.min(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!)]! += 1;
      highs[Math.max(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!)]! += 1;
    }
  });
  return { darkest: percentile(lows, 0.01), brightest: percentile(highs, 0.99) };
};

/** Steepest step of a ramp through six values that is no edge at all: a fifth of its height. */
const rampStep = 1 / 5;

/** Measures a luma plane, [heightPx, widthPx]. */
export const measure = async (luma: Uint8Array, size: Size): Promise<Measured> => {
  const histogram = histogramOf(luma);
  const darkest = percentile(histogram, 0.01);
  const brightest = percentile(histogram, 0.99);
  const noise = await noiseOf(luma, size);
  const threshold = Math.max(4, 0.06 * (brightest - darkest), 4 * noise);
  const sharpness = await sharpnessOf(luma, size, threshold);
  return { contrast: (brightest - darkest) / 255, sharpness, noise };
};

/**
 * How much of an edge's height lies in its steepest step from one pixel to the next, over all edges, the higher ones counting more:
 * 1 for edges of one pixel, 0 for ramps wider than six pixels and where there are no edges. It does not depend on the contrast.
 */
const sharpnessOf = async (luma: Uint8Array, { widthPx, heightPx }: Size, threshold: number): Promise<number> => {
  let steps = 0;
  let heights = 0;
  const look = (at: number, stride: number): void => {
    const step = Math.abs(luma[at + stride]! - luma[at]!);
    if (step < threshold) return;
    // Only the steepest place of an edge counts, and only once.
    if (step < Math.abs(luma[at]! - luma[at - stride]!) || step <= Math.abs(luma[at + 2 * stride]! - luma[at + stride]!)) return;
    let low = 255;
    let high = 0;
    for (let place = -2; place <= 3; place++) {
      const value = luma[at + place * stride]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    steps += step;
    heights += high - low;
  };
  await inBands({ widthPx, heightPx }, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++)
      for (let x = 0; x < widthPx; x++) {
        if (x >= 2 && x < widthPx - 3) look(y * widthPx + x, 1);
        if (y >= 2 && y < heightPx - 3) look(y * widthPx + x, widthPx);
      }
  });
  return heights === 0 ? 0 : Math.max(0, (steps / heights - rampStep) / (1 - rampStep));
};

/**
 * From the median of a second difference that even ramps and most edges leave at zero.
 * Source of the mask: Immerkær, «Fast noise variance estimation», 1996; the median instead of the mean ignores edges.
 */
const noiseOf = async (luma: Uint8Array, { widthPx, heightPx }: Size): Promise<number> => {
  if (widthPx < 3 || heightPx < 3) return 0;
  const counts = new Uint32Array(8 * 255 + 1);
  await inBands({ widthPx, heightPx }, (fromRow, toRow) => {
    for (let y = Math.max(1, fromRow); y < Math.min(heightPx - 1, toRow); y++)
      for (let x = 1; x < widthPx - 1; x++) {
        const at = y * widthPx + x;
        const corners = luma[at - widthPx - 1]! + luma[at - widthPx + 1]! + luma[at + widthPx - 1]! + luma[at + widthPx + 1]!;
        const sides = luma[at - widthPx]! + luma[at - 1]! + luma[at + 1]! + luma[at + widthPx]!;
        counts[Math.abs(corners - 2 * sides + 4 * luma[at]!)]! += 1;
      }
  });
  const half = ((widthPx - 2) * (heightPx - 2)) / 2;
  let sum = 0;
  let median = 0;
  while (sum + counts[median]! < half) sum += counts[median++]!;
  // Between whole numbers, as they are small. 0.6745 standard deviations hold half of all values; the mask multiplies them by six.
  return (median - 0.5 + (half - sum) / Math.max(1, counts[median]!)) / (0.6745 * 6);
};
