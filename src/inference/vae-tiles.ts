/**
 * Decoding in overlapping tiles, for sizes whose decoder would not fit into memory; as AutoencoderKL.tiled_decode of diffusers: tiles of
 * `side` latents, a quarter of each over the one before, blended in a line. Each tile is normalised by itself, so the picture is not
 * exactly that of one run.
 */
export type LatentTile = { readonly row: number; readonly column: number; readonly height: number; readonly width: number };

const OVERLAP = 0.25;

/** How far apart tiles begin, in latents. */
export const strideOf = (side: number): number => Math.max(1, Math.floor(side * (1 - OVERLAP)));

/** Where tiles begin along a side of `length` latents; the last one may be shorter. */
export function tileStarts(length: number, side: number): readonly number[] {
  const stride = strideOf(side);
  return Array.from({ length: Math.ceil(length / stride) }, (_, i) => i * stride);
}

/** Copies a tile out of latents [channels, height, width]. */
export function cutLatents(
  latents: Float32Array,
  [channels, height, width]: readonly [channels: number, height: number, width: number],
  tile: LatentTile,
): Float32Array {
  const cut = new Float32Array(channels * tile.height * tile.width);
  let target = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < tile.height; y++) {
      const start = (channel * height + tile.row + y) * width + tile.column;
      cut.set(latents.subarray(start, start + tile.width), target);
      target += tile.width;
    }
  }
  return cut;
}

/** A decoded tile: planes [3, height, width]. */
export type DecodedTile = { readonly values: Float32Array; readonly height: number; readonly width: number };

/** Blends the last rows of the tile above into the first ones of `tile`, in place; as `blend_v`. `extent` in pixels. */
export function blendRows(above: DecodedTile, tile: DecodedTile, extent: number): void {
  const rows = Math.min(extent, above.height, tile.height);
  const width = Math.min(above.width, tile.width);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < rows; y++) {
      const from = (channel * above.height + above.height - rows + y) * above.width;
      const to = (channel * tile.height + y) * tile.width;
      const share = y / rows;
      for (let x = 0; x < width; x++) tile.values[to + x] = above.values[from + x]! * (1 - share) + tile.values[to + x]! * share;
    }
  }
}

/** The same for the tile at the left; as `blend_h`. */
export function blendColumns(left: DecodedTile, tile: DecodedTile, extent: number): void {
  const columns = Math.min(extent, left.width, tile.width);
  const height = Math.min(left.height, tile.height);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < height; y++) {
      const from = (channel * left.height + y) * left.width + left.width - columns;
      const to = (channel * tile.height + y) * tile.width;
      for (let x = 0; x < columns; x++) {
        const share = x / columns;
        tile.values[to + x] = left.values[from + x]! * (1 - share) + tile.values[to + x]! * share;
      }
    }
  }
}

/**
 * Decodes tile by tile: [channels, height, width] to planes [3, height · scale, width · scale]. Beside the result it holds one row of
 * tiles. `decode` gets latents of a tile.
 */
export async function decodeInTiles(
  latents: Float32Array,
  shape: readonly [channels: number, height: number, width: number],
  { side, scale }: { readonly side: number; readonly scale: number },
  decode: (latents: Float32Array, tile: LatentTile) => Promise<Float32Array>,
): Promise<Float32Array> {
  const [, height, width] = shape;
  const [fullHeight, fullWidth] = [height * scale, width * scale];
  const planes = new Float32Array(3 * fullHeight * fullWidth);
  const extent = Math.floor(side * scale * OVERLAP);
  const kept = side * scale - extent; // of each tile: the rest is what the next one blends in
  let above: readonly DecodedTile[] = [];
  for (const [i, row] of tileStarts(height, side).entries()) {
    const tiles: DecodedTile[] = [];
    for (const [j, column] of tileStarts(width, side).entries()) {
      const place = { row, column, height: Math.min(side, height - row), width: Math.min(side, width - column) };
      const values = await decode(cutLatents(latents, shape, place), place);
      const tile = { values, height: place.height * scale, width: place.width * scale };
      if (above[j]) blendRows(above[j], tile, extent);
      if (tiles[j - 1]) blendColumns(tiles[j - 1]!, tile, extent);
      tiles.push(tile);
      paste(tile, planes, { top: i * kept, left: j * kept, fullHeight, fullWidth, kept });
    }
    above = tiles;
  }
  return planes;
}

type Place = {
  readonly top: number;
  readonly left: number;
  readonly fullHeight: number;
  readonly fullWidth: number;
  readonly kept: number;
};

function paste(tile: DecodedTile, planes: Float32Array, { top, left, fullHeight, fullWidth, kept }: Place): void {
  const rows = Math.min(kept, tile.height, fullHeight - top);
  const columns = Math.min(kept, tile.width, fullWidth - left);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < rows; y++) {
      const from = (channel * tile.height + y) * tile.width;
      planes.set(tile.values.subarray(from, from + columns), (channel * fullHeight + top + y) * fullWidth + left);
    }
  }
}
