import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';
import { histogramOf, percentile } from '#src/finish/luminance.ts';
import { blurPixels } from '#src/finish/raw-pixels.ts';

const night = [9, 6, 22] as const;
const designSidePx = 512;

/** Outlines as glowing tubes of the picture's own colours, made pure, before a dark wall. */
export const neon = async (picture: Pixels): Promise<Pixels> => {
  const { widthPx, heightPx } = picture;
  const unit = Math.max(0.5, Math.max(widthPx, heightPx) / designSidePx);
  const calm = await blurPixels(picture, 1.3 * unit);
  const tubes = await drawTubes(calm);
  const halo = await blurPixels(tubes, 3.2 * unit);
  const shine = await blurPixels(tubes, 14 * unit);
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  await inBands(picture, (fromRow, toRow) => {
    for (let at = fromRow * widthPx * 3; at < toRow * widthPx * 3; at += 3) {
      const core = Math.max(tubes.pixels[at]!, tubes.pixels[at + 1]!, tubes.pixels[at + 2]!) / 255;
      for (let channel = 0; channel < 3; channel++) {
        const wall = night[channel]! + 0.1 * calm.pixels[at + channel]!;
        const light = tubes.pixels[at + channel]! + 1.5 * halo.pixels[at + channel]! + 1.7 * shine.pixels[at + channel]!;
        // The gas itself is nearly white, its glow is coloured.
        const value = wall + light + 150 * core ** 3;
        pixels[at + channel] = value < 200 ? value : 255 - 55 * Math.exp((200 - value) / 55);
      }
    }
  });
  return { pixels, widthPx, heightPx };
};

/** Edges in their pure colours on black: the steepest of the picture are full tubes, whatever its contrast and size. */
const drawTubes = async ({ pixels, widthPx, heightPx }: Pixels): Promise<Pixels> => {
  const tubes = new Uint8Array(pixels.length);
  const row = widthPx * 3;
  const steep = new Uint8Array(widthPx * heightPx);
  await inBands({ widthPx, heightPx }, (fromRow, toRow) => {
    for (let y = Math.max(1, fromRow); y < Math.min(heightPx - 1, toRow); y++)
      for (let x = 1; x < widthPx - 1; x++)
        steep[y * widthPx + x] = Math.min(255, Math.round(1000 * steepness(pixels, y * row + x * 3, row)));
  });
  const full = Math.min(255, Math.max(50, percentile(histogramOf(steep), 0.975)));
  await inBands({ widthPx, heightPx }, (fromRow, toRow) => {
    for (let place = fromRow * widthPx; place < toRow * widthPx; place++) {
      const strength = Math.min(1, Math.max(0, steep[place]! / full - 0.25) * 1.3);
      if (strength === 0) continue;
      const at = place * 3;
      const colour = pure(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!);
      for (let channel = 0; channel < 3; channel++) tubes[at + channel] = Math.round(255 * strength * colour[channel]!);
    }
  });
  return { pixels: tubes, widthPx, heightPx };
};

/** The largest Sobel gradient of the three channels, 0 … about 1 for a full step. */
const steepness = (pixels: Uint8Array, at: number, row: number): number => {
  let largest = 0;
  for (let channel = at; channel < at + 3; channel++) {
    const aboveLeft = pixels[channel - row - 3]!;
    const aboveRight = pixels[channel - row + 3]!;
    const belowLeft = pixels[channel + row - 3]!;
    const belowRight = pixels[channel + row + 3]!;
    const across = aboveRight + 2 * pixels[channel + 3]! + belowRight - aboveLeft - 2 * pixels[channel - 3]! - belowLeft;
    const down = belowLeft + 2 * pixels[channel + row]! + belowRight - aboveLeft - 2 * pixels[channel - row]! - aboveRight;
    largest = Math.max(largest, across * across + down * down);
  }
  return Math.sqrt(largest) / (4 * 255);
};

/** The colour without its grey, as bright as it can be; grey becomes a cold blue. */
const pure = (red: number, green: number, blue: number): readonly [number, number, number] => {
  const high = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  const chroma = high - low;
  const tint = Math.min(1, chroma / 40);
  const scale = (value: number): number => (chroma === 0 ? 0 : ((value - low) / chroma) * 0.94 + 0.06);
  return [tint * scale(red) + (1 - tint) * 0.25, tint * scale(green) + (1 - tint) * 0.75, tint * scale(blue) + (1 - tint) * 1];
};
