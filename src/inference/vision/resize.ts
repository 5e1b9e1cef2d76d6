/**
 * Pictures made smaller as PIL does it: separable filters whose reach grows with the factor, so that every pixel counts.
 * No library: models are trained on exactly this, and it runs without onnxruntime where pictures come from.
 */

export type ResizeFilter = 'area' | 'bilinear' | 'bicubic' | 'lanczos';

/** RGB, [heightPx, widthPx, 3]. */
export type RgbPicture = { readonly pixels: Uint8Array; readonly widthPx: number; readonly heightPx: number };

export type ResizeTo = {
  readonly widthPx: number;
  readonly heightPx: number;
  /** `fill` stretches the picture; `cover` takes the largest middle part of the shape, and of that `coverShare` of each side. */
  readonly fit: 'fill' | 'cover';
  readonly coverShare: number;
  readonly filter: ResizeFilter;
};

/** Reach in pixels of the result, and weight at a distance. */
const filters: Readonly<Record<ResizeFilter, { readonly reach: number; readonly weight: (x: number) => number }>> = {
  area: { reach: 0.5, weight: () => 1 },
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { reach: 2, weight: (x) => bicubic(Math.abs(x)) },
  lanczos: { reach: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

const bicubic = (x: number): number => {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
};

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Rows of work between two breaths of the event loop take about so long. */
const SLICE_MS = 6;

/** @returns RGB, [heightPx, widthPx, 3], rounded to bytes. Breathes, so that a large picture holds nobody up. */
export async function resizePicture({ pixels, widthPx, heightPx }: RgbPicture, to: ResizeTo): Promise<Uint8Array> {
  if (widthPx < 1 || heightPx < 1 || pixels.length !== widthPx * heightPx * 3)
    throw new RangeError(`${pixels.length} bytes are no RGB picture of ${widthPx}×${heightPx}`);
  const part = partOf(widthPx, heightPx, to);
  const columns = tapsOf(widthPx, part.left, part.width, to.widthPx, to.filter);
  const rows = tapsOf(heightPx, part.top, part.height, to.heightPx, to.filter);
  const sums = new Float64Array(to.widthPx * to.heightPx * 3);
  const line = new Float64Array(to.widthPx * 3);
  const users = usersOf(rows, heightPx);
  let since = performance.now();
  for (const [y, uses] of users.entries()) {
    if (uses.length === 0) continue;
    narrow(pixels, y * widthPx * 3, columns, line);
    // PIL keeps bytes between its two passes. A mean over an area never overshoots, and is exact.
    if (to.filter !== 'area') for (let k = 0; k < line.length; k++) line[k] = toByte(line[k]!);
    for (const { row, weight } of uses) for (let k = 0, at = row * line.length; k < line.length; k++) sums[at + k]! += line[k]! * weight;
    if (performance.now() - since < SLICE_MS) continue;
    await new Promise(setImmediate);
    since = performance.now();
  }
  return Uint8Array.from(sums, toByte);
}

/** Half way is rounded up. */
const toByte = (value: number): number => Math.max(0, Math.min(255, Math.floor(value + 0.5)));

/** Which part of the picture is seen, in its pixels. */
function partOf(widthPx: number, heightPx: number, to: ResizeTo): { left: number; top: number; width: number; height: number } {
  if (to.fit === 'fill') return { left: 0, top: 0, width: widthPx, height: heightPx };
  const scale = Math.min(widthPx / to.widthPx, heightPx / to.heightPx) * to.coverShare;
  const [width, height] = [to.widthPx * scale, to.heightPx * scale];
  return { left: (widthPx - width) / 2, top: (heightPx - height) / 2, width, height };
}

/** One pixel of the result is made of the pixels from `first` on, with these weights. */
type Taps = { readonly first: number; readonly weights: Float64Array };

function tapsOf(sourcePx: number, from: number, length: number, resultPx: number, filter: ResizeFilter): readonly Taps[] {
  const { reach, weight } = filters[filter];
  const factor = length / resultPx;
  const scale = Math.max(1, factor);
  return Array.from({ length: resultPx }, (_, at) => {
    const centre = from + (at + 0.5) * factor;
    const [low, high] =
      filter === 'area'
        ? [from + at * factor, Math.min(sourcePx, from + (at + 1) * factor)]
        : [Math.max(0, Math.floor(centre - reach * scale + 0.5)), Math.min(sourcePx, Math.floor(centre + reach * scale + 0.5))];
    const first = Math.floor(low);
    const weights = Float64Array.from({ length: Math.max(1, Math.ceil(high) - first) }, (__, k) =>
      filter === 'area' ? Math.min(high, first + k + 1) - Math.max(low, first + k) : weight((first + k - centre + 0.5) / scale),
    );
    const sum = weights.reduce((total, value) => total + value, 0);
    return { first, weights: weights.map((value) => value / sum) };
  });
}

/** For every row of the picture: the rows of the result that it is part of. */
function usersOf(taps: readonly Taps[], sourcePx: number): readonly (readonly { row: number; weight: number }[])[] {
  const users: { row: number; weight: number }[][] = Array.from({ length: sourcePx }, () => []);
  for (const [row, { first, weights }] of taps.entries())
    for (const [k, weight] of weights.entries()) users[first + k]?.push({ row, weight });
  return users;
}

/** One row of the picture → one row of the result's width. */
function narrow(pixels: Uint8Array, start: number, columns: readonly Taps[], line: Float64Array): void {
  for (let x = 0; x < columns.length; x++) {
    const { first, weights } = columns[x]!;
    let [red, green, blue] = [0, 0, 0];
    for (let k = 0, at = start + first * 3; k < weights.length; k++, at += 3) {
      const weight = weights[k]!;
      red += pixels[at]! * weight;
      green += pixels[at + 1]! * weight;
      blue += pixels[at + 2]! * weight;
    }
    line[x * 3] = red;
    line[x * 3 + 1] = green;
    line[x * 3 + 2] = blue;
  }
}
