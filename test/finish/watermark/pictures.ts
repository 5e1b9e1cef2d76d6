/** Pictures to mark, made on the spot, and what happens to them afterwards. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import type { Pixels } from '#core/ports.ts';
import { openPixels, readPixels } from '#src/finish/raw-pixels.ts';
import { cloudNoise } from '#src/finish/noise-field.ts';
import { grain } from '../pictures.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** RGB of each place; values are rounded and cut off at black and white. */
export const paint = (widthPx: number, heightPx: number, colourAt: (x: number, y: number) => Colour): Pixels => {
  const pixels = new Uint8ClampedArray(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++) for (let x = 0; x < widthPx; x++) pixels.set(colourAt(x, y), (y * widthPx + x) * 3);
  return { pixels: new Uint8Array(pixels.buffer), widthPx, heightPx };
};

const uniform = (seed: number): (() => number) => {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x5bd1e995) | 0;
    return (Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 8) / 2 ** 24;
  };
};

/** A few discs and boxes in plain colours on a plain or shaded ground, with edges one pixel soft: as drawings are. */
export const drawing = (seed: number, widthPx: number, heightPx: number): Pixels => {
  const random = uniform(seed);
  const colour = (): Colour => [255 * random(), 255 * random(), 255 * random()];
  const unit = Math.sqrt(widthPx * heightPx);
  const shapes = Array.from({ length: 3 + Math.floor(9 * random()) }, () => ({
    isDisc: random() < 0.6,
    x: random() * widthPx,
    y: random() * heightPx,
    across: (0.04 + 0.22 * random()) * unit,
    down: (0.04 + 0.22 * random()) * unit,
    colour: colour(),
  }));
  const ground = random() < 0.2 ? ([252, 252, 252] as const) : colour();
  const shade = random() < 0.5 ? 0 : 0.5 * random();
  return paint(widthPx, heightPx, (x, y) => {
    let [red, green, blue] = ground.map((value) => value * (1 - (shade * y) / heightPx)) as [number, number, number];
    for (const shape of shapes) {
      const [dx, dy] = [Math.abs(x - shape.x), Math.abs(y - shape.y)];
      const outside = shape.isDisc ? Math.hypot(dx, dy) - shape.across : Math.max(dx - shape.across, dy - shape.down);
      const share = Math.min(1, Math.max(0, 0.5 - outside));
      if (share === 0) continue;
      red += (shape.colour[0] - red) * share;
      green += (shape.colour[1] - green) * share;
      blue += (shape.colour[2] - blue) * share;
    }
    return [red, green, blue];
  });
};

/** Clouds of several octaves in two colours: structure of every size, as photographs have it. */
export const texture = (seed: number, widthPx: number, heightPx: number): Pixels => {
  const random = uniform(seed);
  const unit = Math.sqrt(widthPx * heightPx) / (3 + 5 * random());
  const [low, high] = [[90 * random(), 90 * random(), 90 * random()] as const, [255, 200 + 55 * random(), 160 + 95 * random()] as const];
  return paint(widthPx, heightPx, (x, y) => {
    const part = Math.min(1, Math.max(0, 1.8 * cloudNoise(x / unit, y / unit, seed * 16, 7) - 0.4));
    return [0, 1, 2].map((channel) => low[channel]! + (high[channel]! - low[channel]!) * part) as unknown as Colour;
  });
};

export const gradient = (seed: number, widthPx: number, heightPx: number): Pixels => {
  const random = uniform(seed);
  const [a, b, c] = [random(), random(), random()];
  return paint(widthPx, heightPx, (x, y) => [
    255 * ((a * x) / widthPx + ((1 - a) * y) / heightPx),
    255 * (1 - (b * x) / widthPx),
    255 * c * (1 - y / heightPx) + 20,
  ]);
};

/** Grey grain with this standard deviation, in bytes. */
export const noise = (seed: number, widthPx: number, heightPx: number, deviation: number): Pixels => {
  const next = grain(seed * 77 + 1);
  return paint(widthPx, heightPx, () => {
    const value = 128 + deviation * next();
    return [value, value, value];
  });
};

export const throughFile = async (file: Sharp): Promise<Pixels> => readPixels(sharp(await file.toBuffer()));

export const jpeg = (picture: Pixels, quality: number): Promise<Pixels> => throughFile(openPixels(picture).jpeg({ quality }));

export const resized = (picture: Pixels, factor: number): Promise<Pixels> =>
  readPixels(openPixels(picture).resize(Math.round(picture.widthPx * factor), Math.round(picture.heightPx * factor), { fit: 'fill' }));

/** As the bot itself makes the small picture of a message. */
export const preview = (picture: Pixels): Promise<Pixels> =>
  throughFile(openPixels(picture).resize(400, 400, { fit: 'inside', withoutEnlargement: true }).jpeg({ quality: 85 }));

/** Without a `part` of the width and of the height; `at`: 0 cuts right and below, 1 cuts left and above. */
export const cut = (picture: Pixels, part: number, at: readonly [across: number, down: number]): Promise<Pixels> => {
  const [width, height] = [Math.round(picture.widthPx * (1 - part)), Math.round(picture.heightPx * (1 - part))];
  const [left, top] = [Math.floor((picture.widthPx - width) * at[0]), Math.floor((picture.heightPx - height) * at[1])];
  return readPixels(openPixels(picture).extract({ left, top, width, height }));
};

/** Peak signal-to-noise ratio of all channels, in dB. */
export const psnr = (a: Pixels, b: Pixels): number => {
  let squares = 0;
  for (let at = 0; at < a.pixels.length; at++) squares += (a.pixels[at]! - b.pixels[at]!) ** 2;
  return 10 * Math.log10(65_025 / (squares / a.pixels.length));
};

/** Bits of the payload that are right, 0 … 1. */
export const bitAccuracy = (expected: bigint, found: bigint | undefined): number => {
  if (found === undefined) return 0.5;
  let wrong = 0;
  for (let rest = expected ^ found; rest > 0n; rest &= rest - 1n) wrong += 1;
  return 1 - wrong / 48;
};
