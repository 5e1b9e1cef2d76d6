import type { TileRules } from './upscaler-folder.ts';

/** One tile along one side of a picture, in pixels of the small picture. */
export type Tile = {
  readonly startPx: number;
  readonly sizePx: number;
  /** What the graph is given: more than the tile where the whole side is shorter than the graph takes. */
  readonly inputPx: number;
  /** Where this tile fades in over the one before it, and out under the next one; empty at the picture's own edges. */
  readonly fadeIn: Fade;
  readonly fadeOut: Fade;
};

/** From `startPx` up to `endPx`, in pixels of the small picture; halves occur. */
export type Fade = { readonly startPx: number; readonly endPx: number };

/**
 * As few tiles of one size as cover a side, each `overlapPx` or a little more over the next; with tiles of exactly `sizePx`
 * (`multipleOfPx` is the same) it may be much more. A side that fits one tile is one tile.
 * A fade is half an overlap wide and lies in its middle, so that what a graph makes of a tile's cut edge is not seen.
 */
export function tilesAlong(lengthPx: number, { sizePx, overlapPx, multipleOfPx }: TileRules): readonly Tile[] {
  const count = lengthPx <= sizePx ? 1 : Math.ceil((lengthPx - overlapPx) / (sizePx - overlapPx));
  const even = Math.ceil((lengthPx + (count - 1) * overlapPx) / count);
  const inputPx = Math.ceil(even / multipleOfPx) * multipleOfPx;
  const size = count === 1 ? lengthPx : inputPx;
  const starts = Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (lengthPx - size)) / (count - 1))));
  const fades = starts.slice(1).map((startPx, i): Fade => {
    const middle = (startPx + starts[i]! + size) / 2;
    return { startPx: middle - overlapPx / 4, endPx: middle + overlapPx / 4 };
  });
  return starts.map((startPx, i) => ({
    startPx,
    sizePx: size,
    inputPx,
    fadeIn: fades[i - 1] ?? { startPx: 0, endPx: 0 },
    fadeOut: fades[i] ?? { startPx: lengthPx, endPx: lengthPx },
  }));
}

/** How much each pixel of an enlarged tile counts, 0 … 1; those of overlapping tiles add up to 1. */
export function weightsOf({ startPx, sizePx, fadeIn, fadeOut }: Tile, factor: number): Float32Array {
  return Float32Array.from({ length: sizePx * factor }, (_, i) => {
    const at = startPx + (i + 0.5) / factor;
    return passed(fadeIn, at) - passed(fadeOut, at);
  });
}

/** 0 before the fade, 1 after it, a straight line between. */
function passed({ startPx, endPx }: Fade, at: number): number {
  if (at >= endPx) return 1;
  return at <= startPx ? 0 : (at - startPx) / (endPx - startPx);
}
