import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';
import { filmPlane } from '#src/finish/luminance.ts';
import { cloudNoise, valueNoise } from '#src/finish/noise-field.ts';
import { blurPixels, blurPlane } from '#src/finish/raw-pixels.ts';

const paper = [250, 246, 236] as const;
const graphite = [46, 46, 52] as const;
/** Added before dividing: in a channel that is nearly black, noise would count as much as outlines. */
const darkest = 48;
/** The longer side of a picture at which strokes and grain have the sizes below. */
const designSidePx = 512;

/**
 * A pencil drawing: a picture divided by its own blur leaves the outlines (the «colour dodge» of an inverted blurred copy), in each
 * channel, so that colours of the same brightness have them too. Diagonal strokes fill what is dark, and the paper's grain shows.
 */
export const sketch = async (picture: Pixels): Promise<Pixels> => {
  const { widthPx, heightPx } = picture;
  const unit = Math.max(0.5, Math.max(widthPx, heightPx) / designSidePx);
  const drawn = await blurPixels(picture, 0.7 * unit);
  const fine = await blurPixels(picture, 2.4 * unit);
  const wide = await blurPixels(picture, 9 * unit);
  const tones = await blurPlane(await filmPlane(picture), picture, 2.5 * unit);
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  await inBands(picture, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++)
      for (let x = 0; x < widthPx; x++) {
        const at = y * widthPx + x;
        const line = 2.4 * outline(drawn.pixels, fine.pixels, at) + 0.55 * outline(drawn.pixels, wide.pixels, at);
        const grain = cloudNoise(x / (1.6 * unit), y / (1.6 * unit), 11, 2);
        const shade = strokes(x / unit, y / unit, 1 - tones[at]! / 255);
        const pressed = (1 - Math.exp(-1.7 * line) + shade) * (0.66 + 0.68 * grain);
        const lead = Math.min(0.96, pressed);
        const tooth = 1 - 0.035 * (1 - grain);
        for (let channel = 0; channel < 3; channel++)
          pixels[at * 3 + channel] = Math.round((paper[channel]! + (graphite[channel]! - paper[channel]!) * lead) * tooth);
      }
  });
  return { pixels, widthPx, heightPx };
};

/** 0 where every channel is as bright as what surrounds the pixel, more where one is darker. */
const outline = (pixels: Uint8Array, around: Uint8Array, at: number): number => {
  let most = 0;
  for (let channel = at * 3; channel < at * 3 + 3; channel++)
    most = Math.max(most, 1 - (pixels[channel]! + darkest) / (around[channel]! + darkest) - 0.03);
  return most;
};

/** Coverage by hatching, 0 … about 0.6: one direction for middle tones, a second one across it for dark ones. */
const strokes = (x: number, y: number, darkness: number): number => {
  const first = hatch(x + y, x - y, 21);
  const second = hatch(x * 0.4 - y * 1.36, x * 1.36 + y * 0.4, 22);
  const middle = Math.max(0, darkness - 0.25) * 0.8;
  const deep = Math.max(0, darkness - 0.68) * 0.9;
  return middle * (0.35 + 1.1 * first) + deep * second;
};

/** Strokes along the second axis: narrow across, long along, and pressed unevenly. */
const hatch = (across: number, along: number, seed: number): number => {
  const line = valueNoise(across / 2.6, along / 60, seed);
  return Math.max(0, Math.min(1, line * 1.9 - 0.45));
};
