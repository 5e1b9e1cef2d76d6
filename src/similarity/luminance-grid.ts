/** The brightness of a picture on a small square grid: all that the hash sees of it. */
import { setImmediate } from 'node:timers/promises';
import type { Pixels } from '#core/ports.ts';

/** Cells of one side; windows of two thirds of it still have more cells than the hash reads. */
export const gridSide = 160;

/** Some milliseconds of arithmetic; in between, the thread is free for messages. */
const pixelsAtOnce = 1 << 16;

/** Rec. ITU-R BT.709, of the encoded values. */
const redWeight = 0.2126;
const greenWeight = 0.7152;
const blueWeight = 0.0722;

/**
 * Mean luma (0 … 255) of each cell, whatever the shape of the picture is: [gridSide, gridSide]. Every pixel counts with the part of it
 * that lies in a cell. Throws a `TypeError` where the number of pixels is not width × height × 3.
 */
export const luminanceGrid = async ({ pixels, widthPx, heightPx }: Pixels): Promise<Float64Array> => {
  if (pixels.length !== widthPx * heightPx * 3 || pixels.length === 0)
    throw new TypeError(`expected ${widthPx} × ${heightPx} × 3 bytes of pixels, got ${pixels.length}`);
  const columns = shares(widthPx);
  const rows = shares(heightPx);
  const grid = new Float64Array(gridSide * gridSide);
  const line = new Float64Array(gridSide);
  const bandRows = Math.max(1, Math.floor(pixelsAtOnce / widthPx));
  for (let y = 0; y < heightPx; y++) {
    if (y > 0 && y % bandRows === 0) await setImmediate();
    addLine(pixels, y * widthPx * 3, columns, line);
    for (let at = rows.start[y]!; at < rows.start[y + 1]!; at++) {
      const share = rows.share[at]!;
      const to = rows.cell[at]! * gridSide;
      for (let x = 0; x < gridSide; x++) grid[to + x]! += share * line[x]!;
    }
  }
  return grid;
};

const addLine = (pixels: Uint8Array, from: number, { start, cell, share }: Shares, line: Float64Array): void => {
  line.fill(0);
  const width = start.length - 1;
  for (let x = 0; x < width; x++) {
    const luma = redWeight * pixels[from + x * 3]! + greenWeight * pixels[from + x * 3 + 1]! + blueWeight * pixels[from + x * 3 + 2]!;
    for (let at = start[x]!; at < start[x + 1]!; at++) line[cell[at]!]! += share[at]! * luma;
  }
};

/** To which cells the pixels of one axis belong, and with which share of the cell: those of pixel x from `start[x]` to `start[x + 1]`. */
type Shares = { readonly start: Uint32Array; readonly cell: Uint16Array; readonly share: Float64Array };

const shares = (size: number): Shares => {
  const start = new Uint32Array(size + 1);
  const cell: number[] = [];
  const share: number[] = [];
  for (let x = 0; x < size; x++) {
    const from = (x * gridSide) / size;
    const to = ((x + 1) * gridSide) / size;
    for (let at = Math.floor(from); at < Math.min(gridSide, Math.ceil(to)); at++) {
      const part = Math.min(to, at + 1) - Math.max(from, at);
      if (part <= 0) continue;
      cell.push(at);
      share.push(part);
    }
    start[x + 1] = cell.length;
  }
  return { start, cell: Uint16Array.from(cell), share: Float64Array.from(share) };
};
