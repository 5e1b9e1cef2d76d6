import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';
import { smoothBetweenEdges } from '#src/finish/filters/kuwahara.ts';
import { cloudNoise, valueNoise } from '#src/finish/noise-field.ts';
import { blurPlane } from '#src/finish/raw-pixels.ts';
import { lumaPlane } from '#src/finish/luminance.ts';

const paper = [252, 250, 244] as const;
const designSidePx = 512;

/**
 * Washes of colour on rough paper: patches between edges become even, their outlines wobble as water runs, pigment gathers along them and in
 * the grain of the paper, and the sheet stays bare around the painting.
 */
export const watercolor = async (picture: Pixels): Promise<Pixels> => {
  const { widthPx, heightPx } = picture;
  const unit = Math.max(0.5, Math.max(widthPx, heightPx) / designSidePx);
  const washes = await smoothBetweenEdges(await smoothBetweenEdges(picture, Math.round(5 * unit)), Math.max(1, Math.round(2.5 * unit)));
  const run = await displace(washes, 3.2 * unit, 26 * unit);
  const luma = await lumaPlane(run);
  const around = await blurPlane(luma, picture, 4.5 * unit);
  const pixels = new Uint8Array(run.pixels.length);
  await inBands(picture, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++)
      for (let x = 0; x < widthPx; x++) {
        const at = y * widthPx + x;
        const grain = cloudNoise(x / (2.4 * unit), y / (2.4 * unit), 31, 2);
        const flow = cloudNoise(x / (70 * unit), y / (70 * unit), 41, 4);
        // Positive on the darker side of an edge: where a wash dried, its rim is darker.
        const rim = Math.max(0, around[at]! - luma[at]!) / 255;
        const pigment = (0.5 + 0.68 * flow + 2.6 * rim) * (0.86 + 0.28 * grain) * painted(x, y, widthPx, heightPx, unit);
        const light = 1 - 0.05 * (1 - grain);
        for (let channel = 0; channel < 3; channel++) {
          const density = -Math.log((run.pixels[at * 3 + channel]! + 6) / 261);
          pixels[at * 3 + channel] = Math.round(paper[channel]! * Math.exp(-density * pigment) * light);
        }
      }
  });
  return { pixels, widthPx, heightPx };
};

/** 1 where the brush went, 0 on the bare border, which it left uneven. */
const painted = (x: number, y: number, widthPx: number, heightPx: number, unit: number): number => {
  const borderPx = Math.min(x, y, widthPx - 1 - x, heightPx - 1 - y) / unit;
  const uneven = 6 + 16 * cloudNoise(x / (38 * unit), y / (38 * unit), 51, 3);
  return Math.min(1, Math.max(0, (borderPx - uneven + 4) / 3));
};

/** Every pixel taken from a place up to about `distancePx` away, near ones from near places. */
const displace = async ({ pixels, widthPx, heightPx }: Pixels, distancePx: number, scalePx: number): Promise<Pixels> => {
  const moved = new Uint8Array(pixels.length);
  await inBands({ widthPx, heightPx }, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++)
      for (let x = 0; x < widthPx; x++) {
        const fromX =
          x + distancePx * (valueNoise(x / scalePx, y / scalePx, 61) + valueNoise((x * 3) / scalePx, (y * 3) / scalePx, 62) - 1);
        const fromY =
          y + distancePx * (valueNoise(x / scalePx, y / scalePx, 63) + valueNoise((x * 3) / scalePx, (y * 3) / scalePx, 64) - 1);
        const nearX = Math.min(widthPx - 1, Math.max(0, Math.round(fromX)));
        const nearY = Math.min(heightPx - 1, Math.max(0, Math.round(fromY)));
        const from = (nearY * widthPx + nearX) * 3;
        const to = (y * widthPx + x) * 3;
        moved[to] = pixels[from]!;
        moved[to + 1] = pixels[from + 1]!;
        moved[to + 2] = pixels[from + 2]!;
      }
  });
  return { pixels: moved, widthPx, heightPx };
};
