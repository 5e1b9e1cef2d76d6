import type { EnlargeFactor } from '#core/model-info.ts';
import { inBands } from '#src/finish/bands.ts';
import type { Size } from '#src/finish/raw-pixels.ts';

/** Source: Mitchell and Netravali, «Reconstruction filters in computer graphics», 1988, with B = C = 1/3: it neither rings nor shows steps. */
const kernel = (distance: number): number => {
  const x = Math.abs(distance);
  if (x < 1) return (7 * x ** 3 - 12 * x ** 2 + 16 / 3) / 6;
  return x < 2 ? ((-7 / 3) * x ** 3 + 12 * x ** 2 - 20 * x + 32 / 3) / 6 : 0;
};

/**
 * One channel [heightPx, widthPx] → [heightPx · factor, widthPx · factor], with every edge exactly where the enlarged picture has it:
 * sharp would move it by half a pixel. Throws a `TypeError` if the number of values is not width × height.
 */
export const enlargePlane = async (plane: Uint8Array, { widthPx, heightPx }: Size, factor: EnlargeFactor): Promise<Uint8Array> => {
  if (plane.length !== widthPx * heightPx) throw new TypeError(`expected ${widthPx * heightPx} bytes of one channel, got ${plane.length}`);
  const weights = weightsFor(factor);
  const wide = new Float32Array(widthPx * factor * heightPx);
  const size = { widthPx: widthPx * factor, heightPx };
  await inBands(size, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++)
      for (let x = 0; x < size.widthPx; x++)
        wide[y * size.widthPx + x] = weigh(plane, y * widthPx, 1, widthPx, Math.floor(x / factor), weights[x % factor]!);
  });
  const large = new Uint8ClampedArray(size.widthPx * heightPx * factor);
  await inBands({ widthPx: size.widthPx, heightPx: heightPx * factor }, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++)
      for (let x = 0; x < size.widthPx; x++)
        large[y * size.widthPx + x] = weigh(wide, x, size.widthPx, heightPx, Math.floor(y / factor), weights[y % factor]!);
  });
  return new Uint8Array(large.buffer);
};

/** For each place within an enlarged pixel, how much the five pixels around it count; together 1. */
const weightsFor = (factor: number): readonly (readonly number[])[] =>
  Array.from({ length: factor }, (_, place) => {
    const centre = (place + 0.5) / factor - 0.5;
    const raw = [-2, -1, 0, 1, 2].map((neighbour) => kernel(neighbour - centre));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return raw.map((weight) => weight / sum);
  });

/** Beyond the border, the outermost value goes on. */
const weigh = (
  values: Uint8Array | Float32Array,
  start: number,
  stride: number,
  length: number,
  middle: number,
  weights: readonly number[],
): number => {
  let sum = 0;
  for (let index = 0; index < 5; index++)
    sum += weights[index]! * values[start + stride * Math.min(length - 1, Math.max(0, middle + index - 2))]!;
  return sum;
};
