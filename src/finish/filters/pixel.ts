import sharp from 'sharp';
import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';
import { openPixels, readPixels } from '#src/finish/raw-pixels.ts';

/** Blocks along the longer side. */
const fewestBlocks = 48;
const mostBlocks = 64;
/** Two, four, sixteen or 256: that is how many an indexed PNG has. */
const paletteColours = 16;

/**
 * Square blocks of one colour each out of a small palette. All blocks are of the same size; where no size from 48 to 64 blocks divides
 * both sides, the last row and column are cut.
 */
export const pixelArt = async (picture: Pixels): Promise<Pixels> => {
  const { widthPx, heightPx } = picture;
  const blockPx = blockSizeFor(widthPx, heightPx);
  const indexed = await reducePalette(picture);
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  const row = widthPx * 3;
  await inBands({ widthPx: widthPx * blockPx, heightPx: Math.ceil(heightPx / blockPx) }, (fromBlock, toBlock) => {
    for (let top = fromBlock * blockPx; top < Math.min(heightPx, toBlock * blockPx); top += blockPx) {
      for (let left = 0; left < widthPx; left += blockPx) {
        const colour = mostFrequent(indexed, left, top, blockPx);
        for (let x = left; x < Math.min(widthPx, left + blockPx); x++) pixels.set(colour, top * row + x * 3);
      }
      for (let y = top + 1; y < Math.min(heightPx, top + blockPx); y++) pixels.copyWithin(y * row, top * row, (top + 1) * row);
    }
  });
  return { pixels, widthPx, heightPx };
};

/** The side of a block, in pixels: one that divides both sides if there is one. */
export const blockSizeFor = (widthPx: number, heightPx: number): number => {
  const longer = Math.max(widthPx, heightPx);
  const smallest = Math.max(1, Math.ceil(longer / mostBlocks));
  const largest = Math.max(smallest, Math.floor(longer / fewestBlocks));
  for (let side = smallest; side <= largest; side++) if (widthPx % side === 0 && heightPx % side === 0) return side;
  return smallest;
};

/** A mean would be none of the palette's colours and would blur every outline. */
const mostFrequent = ({ pixels, widthPx, heightPx }: Pixels, left: number, top: number, blockPx: number): Uint8Array => {
  const counts = new Map<number, number>();
  let best = 0;
  let most = 0;
  for (let y = top; y < Math.min(heightPx, top + blockPx); y++)
    for (let x = left; x < Math.min(widthPx, left + blockPx); x++) {
      const at = (y * widthPx + x) * 3;
      const colour = (pixels[at]! << 16) | (pixels[at + 1]! << 8) | pixels[at + 2]!;
      const count = (counts.get(colour) ?? 0) + 1;
      counts.set(colour, count);
      if (count <= most) continue;
      most = count;
      best = at;
    }
  return pixels.subarray(best, best + 3);
};

/** The nearest of at most `paletteColours` colours for every pixel, without dithering: blocks stay calm. Livelier on the way. */
const reducePalette = async (picture: Pixels): Promise<Pixels> => {
  const indexed = await openPixels(picture)
    .modulate({ saturation: 1.15 })
    .png({ palette: true, colours: paletteColours, dither: 0, effort: 3, compressionLevel: 0 })
    .toBuffer();
  return readPixels(sharp(indexed));
};
