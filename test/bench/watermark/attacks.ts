/** What happens to pictures on their way. */
import type { Pixels } from '#core/ports.ts';
import { openPixels, readPixels } from '#src/finish/raw-pixels.ts';
import { cut, jpeg, paint, preview, resized, throughFile } from '../../finish/watermark/pictures.ts';
import { grain } from '../../finish/pictures.ts';

export type Attack = {
  readonly name: string;
  /** The most wrong bits that are allowed, in percent. */
  readonly target?: number;
  /** `seed` decides where it is cut. */
  run(picture: Pixels, seed: number): Promise<Pixels>;
};

const places = [
  [0, 0],
  [1, 1],
  [0.5, 0.5],
  [0.3, 0.8],
  [0.9, 0.1],
  [0, 1],
] as const;
const placeOf = (seed: number): readonly [number, number] => places[seed % places.length]!;

const scaledBack = async (picture: Pixels, part: number, seed: number): Promise<Pixels> =>
  readPixels(openPixels(await cut(picture, part, placeOf(seed))).resize(picture.widthPx, picture.heightPx, { fit: 'fill' }));

const eachValue = (picture: Pixels, change: (value: number) => number): Pixels => {
  const { pixels, widthPx } = picture;
  return paint(widthPx, picture.heightPx, (x, y) => {
    const at = (y * widthPx + x) * 3;
    return [change(pixels[at]!), change(pixels[at + 1]!), change(pixels[at + 2]!)];
  });
};

const withGrain = (picture: Pixels, deviation: number): Pixels => {
  const next = grain(5);
  return eachValue(picture, (value) => value + deviation * next());
};

/** The middle of the turned picture, without the corners that turning leaves empty. */
const turned = async (picture: Pixels, degrees: number): Promise<Pixels> => {
  const round = await readPixels(openPixels(picture).rotate(degrees, { background: '#808080' }));
  const [width, height] = [Math.floor(picture.widthPx * 0.96), Math.floor(picture.heightPx * 0.96)];
  const [left, top] = [Math.floor((round.widthPx - width) / 2), Math.floor((round.heightPx - height) / 2)];
  return readPixels(openPixels(round).extract({ left, top, width, height }));
};

export const attacks: readonly Attack[] = [
  { name: 'as it was posted', target: 1, run: async (picture) => picture },
  { name: 'JPEG q95', run: async (picture) => jpeg(picture, 95) },
  { name: 'JPEG q85', run: async (picture) => jpeg(picture, 85) },
  { name: 'JPEG q70', target: 1, run: async (picture) => jpeg(picture, 70) },
  { name: 'JPEG q50', run: async (picture) => jpeg(picture, 50) },
  { name: 'WebP q75', run: async (picture) => throughFile(openPixels(picture).webp({ quality: 75 })) },
  { name: 'half the size', target: 1, run: async (picture) => resized(picture, 0.5) },
  { name: 'three quarters of the size', run: async (picture) => resized(picture, 0.75) },
  { name: 'twice the size', run: async (picture) => resized(picture, 2) },
  { name: 'the bot’s own preview', target: 1, run: async (picture) => preview(picture) },
  { name: 'half the size, then JPEG q70', run: async (picture) => jpeg(await resized(picture, 0.5), 70) },
  { name: 'without 5 % of width and height', run: async (picture, seed) => cut(picture, 0.05, placeOf(seed)) },
  { name: 'without 10 % of width and height', target: 5, run: async (picture, seed) => cut(picture, 0.1, placeOf(seed)) },
  { name: 'without 15 % of width and height', run: async (picture, seed) => cut(picture, 0.15, placeOf(seed)) },
  { name: 'without 10 %, made large again', target: 5, run: async (picture, seed) => scaledBack(picture, 0.1, seed) },
  { name: 'without 10 %, then JPEG q70', run: async (picture, seed) => jpeg(await cut(picture, 0.1, placeOf(seed)), 70) },
  { name: 'blurred, 1 pixel', run: async (picture) => readPixels(openPixels(picture).blur(1)) },
  { name: 'gamma 1.2', run: async (picture) => eachValue(picture, (value) => 255 * (value / 255) ** 1.2) },
  { name: 'a tenth brighter', run: async (picture) => eachValue(picture, (value) => value * 1.1) },
  { name: 'with grain of 5 bytes', run: async (picture) => withGrain(picture, 5) },
  { name: 'mirrored', run: async (picture) => readPixels(openPixels(picture).flop()) },
  { name: 'turned by 1°', run: async (picture) => turned(picture, 1) },
];
