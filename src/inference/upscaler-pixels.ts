import type { Tile } from './upscaler-tiles.ts';

/** RGB, [heightPx, widthPx, 3] in 0 … 255. */
export type Picture = { readonly pixels: Uint8Array; readonly widthPx: number; readonly heightPx: number };

/** A tile's bytes as 0 … 1, [3, row.inputPx, column.inputPx]. What lies beyond the picture mirrors what lies before its edge. */
export function cutOut({ pixels, widthPx }: Picture, row: Tile, column: Tile, target: Float32Array | Float16Array): void {
  const plane = row.inputPx * column.inputPx;
  const sources = Array.from({ length: column.inputPx }, (_, x) => (column.startPx + mirrored(x, column.sizePx)) * 3);
  for (let y = 0, at = 0; y < row.inputPx; y++) {
    const line = (row.startPx + mirrored(y, row.sizePx)) * widthPx * 3;
    for (const source of sources) {
      for (let channel = 0; channel < 3; channel++) target[channel * plane + at] = pixels[line + source + channel]! / 255;
      at++;
    }
  }
}

/** Back and forth between 0 and `size` − 1, the edges themselves not repeated. */
function mirrored(at: number, size: number): number {
  if (at < size) return at;
  if (size === 1) return 0;
  const within = at % (2 * size - 2);
  return within < size ? within : 2 * size - 2 - within;
}

/**
 * What of an enlarged tile lies in the picture, [3, height, width], from `values` [3, …, lineLength]. Each shrink × shrink values
 * become their mean, first clamped to 0 … 1. NaN stays NaN.
 */
export function cropAndShrink(
  values: Float32Array | Float16Array,
  lineLength: number,
  { width, height, shrink }: { readonly width: number; readonly height: number; readonly shrink: 1 | 2 },
): Float32Array | Float16Array {
  if (shrink === 1 && values.length === width * height * 3) return values;
  const plane = values.length / 3;
  const made = new Float32Array(width * height * 3);
  for (let channel = 0, target = 0; channel < 3; channel++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let dy = 0; dy < shrink; dy++) {
          const from = channel * plane + (y * shrink + dy) * lineLength + x * shrink;
          for (let dx = 0; dx < shrink; dx++) sum += clamped(values[from + dx]!);
        }
        made[target++] = sum / shrink ** 2;
      }
    }
  }
  return made;
}

const clamped = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);
