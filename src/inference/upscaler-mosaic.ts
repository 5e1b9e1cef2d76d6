import { InferenceError } from './errors.ts';
import { weightsOf, type Tile } from './upscaler-tiles.ts';

/**
 * Puts enlarged tiles together, row of tiles by row of tiles, each faded into its neighbours. Holds the finished bytes and, as
 * numbers, one row of tiles and what of the row above it fades out.
 */
export class PictureMosaic {
  /** RGB, [height, width, 3] of the enlarged picture. */
  readonly pixels: Uint8Array;
  readonly #width: number;
  readonly #factor: number;
  /** The row of tiles, [tile height, width, 3] in 0 … 255. */
  #row = new Float32Array();
  /** Weighted lines of the row above that `#row` begins with. */
  #above = new Float32Array();

  constructor(width: number, height: number, factor: number) {
    this.pixels = new Uint8Array(width * height * 3);
    this.#width = width;
    this.#factor = factor;
  }

  beginRow({ sizePx }: Tile): void {
    const length = sizePx * this.#factor * this.#width * 3;
    if (this.#row.length === length) this.#row.fill(0);
    else this.#row = new Float32Array(length);
  }

  /** `values`: [3, tile height, tile width]. Throws `nan`. */
  add(column: Tile, values: Float32Array | Float16Array, label: string): void {
    const weights = weightsOf(column, this.#factor);
    const left = column.startPx * this.#factor;
    const lines = values.length / 3 / weights.length;
    const row = this.#row;
    let sum = 0;
    for (let channel = 0, source = 0; channel < 3; channel++) {
      for (let y = 0; y < lines; y++) {
        let target = (y * this.#width + left) * 3 + channel;
        for (const weight of weights) {
          const value = values[source++]!;
          sum += value - value; // NaN for NaN and ±Infinity
          // Clamped before it is mixed: beyond white there is nothing to mix with.
          if (weight > 0) row[target] = row[target]! + weight * 255 * (value < 0 ? 0 : value > 1 ? 1 : value);
          target += 3;
        }
      }
    }
    if (sum !== 0) throw new InferenceError('nan', `${label} answered with NaN or infinity.`, { file: label });
  }

  /** Fades the row into the one above it, writes the lines above the next one and keeps the rest to fade into that. */
  endRow(tile: Tile, next: Tile | undefined): void {
    const weights = weightsOf(tile, this.#factor);
    const line = this.#width * 3;
    const row = this.#row;
    for (const [y, weight] of weights.entries()) {
      if (weight === 1) continue;
      for (let i = y * line; i < (y + 1) * line; i++) row[i] = weight * row[i]!;
    }
    for (const [i, value] of this.#above.entries()) row[i] = row[i]! + value;
    const finished = ((next?.startPx ?? tile.startPx + tile.sizePx) - tile.startPx) * this.#factor * line;
    const bytes = new Uint8ClampedArray(this.pixels.buffer); // rounds, halves to the even neighbour
    bytes.set(row.subarray(0, finished), tile.startPx * this.#factor * line);
    this.#above = row.slice(finished);
  }
}
