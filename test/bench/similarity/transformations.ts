/** What people do to pictures: twenty transformations in three strengths each; a seed decides all that is left to chance. */
import sharp, { type Matrix3x3, type Sharp } from 'sharp';
import type { Pixels } from '#core/ports.ts';
import { openPixels, readPixels } from '#src/finish/raw-pixels.ts';
import type { Chance } from './chance.ts';
import { captionBand, sticker, telephoneBars, vignette } from './overlays.ts';

export const strengths = [0, 1, 2] as const;
/** 0 mild, 1 plain to see, 2 strong. */
export type Strength = (typeof strengths)[number];

export type Transformation = {
  readonly name: string;
  /** What each strength means. */
  readonly strengths: readonly [string, string, string];
  readonly apply: (picture: Pixels, strength: Strength, chance: Chance) => Promise<Pixels>;
};

const reopened = async (image: Sharp): Promise<Pixels> => readPixels(sharp(await image.toBuffer()));
const changed =
  (change: (image: Sharp, strength: Strength) => Sharp): Transformation['apply'] =>
  async (picture, strength) =>
    readPixels(change(openPixels(picture), strength));
/** Same again, in a pipeline of its own: sharp has an order of its own for what is asked of one. */
const png = async (image: Sharp): Promise<Sharp> => sharp(await image.png({ compressionLevel: 1 }).toBuffer());

export const transformations: readonly Transformation[] = [
  {
    name: 'jpeg',
    strengths: ['quality 70', 'quality 40', 'quality 15'],
    apply: async (picture, strength) => reopened(openPixels(picture).jpeg({ quality: [70, 40, 15][strength]! })),
  },
  {
    name: 'resize',
    strengths: ['75 %', '50 %', '25 %'],
    apply: async (picture, strength) => {
      const part = [0.75, 0.5, 0.25][strength]!;
      return readPixels(openPixels(picture).resize({ width: Math.round(picture.widthPx * part) }));
    },
  },
  {
    name: 'blur',
    strengths: ['sigma 0.4 % of the width', '0.8 %', '1.6 %'],
    apply: async (picture, strength) =>
      readPixels(openPixels(picture).blur(Math.max(0.3, picture.widthPx * [0.004, 0.008, 0.016][strength]!))),
  },
  {
    name: 'gamma',
    strengths: ['0.8 or 1.25', '0.6 or 1.67', '0.45 or 2.2'],
    apply: async (picture, strength, { next }) => {
      const gamma = [1.25, 1.67, 2.2][strength]!;
      const exponent = next() < 0.5 ? gamma : 1 / gamma;
      return mapBytes(picture, (value) => 255 * (value / 255) ** exponent);
    },
  },
  {
    name: 'brightness',
    strengths: ['±10 %', '±25 %', '±40 %'],
    apply: async (picture, strength, { next }) => {
      const amount = [0.1, 0.25, 0.4][strength]! * (next() < 0.5 ? -1 : 1);
      return mapBytes(picture, (value) => value + 255 * amount);
    },
  },
  {
    name: 'contrast',
    strengths: ['×0.8 or ×1.25', '×0.6 or ×1.67', '×0.4 or ×2.5'],
    apply: async (picture, strength, { next }) => {
      const gain = [1.25, 1.67, 2.5][strength]!;
      const factor = next() < 0.5 ? gain : 1 / gain;
      return mapBytes(picture, (value) => 128 + (value - 128) * factor);
    },
  },
  {
    name: 'saturation',
    strengths: ['×0.7', '×1.6', '×2.5'],
    apply: changed((image, strength) => image.modulate({ saturation: [0.7, 1.6, 2.5][strength]! })),
  },
  {
    name: 'hue',
    strengths: ['15°', '60°', '150°'],
    apply: changed((image, strength) => image.modulate({ hue: [15, 60, 150][strength]! })),
  },
  {
    name: 'grey',
    strengths: ['half', 'whole', 'in six tones'],
    apply: async (picture, strength) => {
      if (strength === 0) return readPixels(openPixels(picture).modulate({ saturation: 0.5 }));
      const grey = await readPixels(openPixels(picture).recomb(luma));
      return strength === 1 ? grey : mapBytes(grey, (value) => Math.round(value / 51) * 51);
    },
  },
  {
    name: 'noise',
    strengths: ['sigma 6', '15', '30'],
    apply: async (picture, strength, chance) => mapBytes(picture, (value) => value + [6, 15, 30][strength]! * normal(chance)),
  },
  {
    name: 'flip',
    strengths: ['left and right', 'upside down', 'both'],
    apply: changed((image, strength) => [image.clone().flop(), image.clone().flip(), image.clone().flip().flop()][strength]!),
  },
  {
    name: 'quarter turn',
    strengths: ['right', 'left', 'right and mirrored'],
    apply: async (picture, strength) => {
      const turned = await readPixels(openPixels(picture).rotate(strength === 1 ? 270 : 90));
      return strength === 2 ? readPixels(openPixels(turned).flop()) : turned;
    },
  },
  {
    name: 'tilt',
    strengths: ['±3°, grown out of the frame', '±7°', '±15°'],
    apply: async (picture, strength, { next }) => tilted(picture, [3, 7, 15][strength]! * (next() < 0.5 ? -1 : 1)),
  },
  {
    name: 'crop',
    strengths: ['5 % of each side', '10 %', '20 %'],
    apply: async (picture, strength, chance) => cropped(picture, 1 - [0.05, 0.1, 0.2][strength]!, chance),
  },
  {
    name: 'pad',
    strengths: ['5 % on each side', '10 %', '20 %'],
    apply: async (picture, strength, { oneOf }) => {
      const part = [0.05, 0.1, 0.2][strength]!;
      return extended(picture, [part, part, part, part], oneOf(['#ffffff', '#000000', '#808080', '#c8d8f0']));
    },
  },
  {
    name: 'caption',
    strengths: ['band over 10 % of the height', '18 %', '28 %'],
    apply: async (picture, strength, chance) =>
      readPixels(openPixels(picture).composite([...(await captionBand(picture, [0.1, 0.18, 0.28][strength]!, chance))])),
  },
  {
    name: 'sticker',
    strengths: ['15 % of the shorter side', '30 %', 'two of 35 %'],
    apply: async (picture, strength, chance) => {
      const part = [0.15, 0.3, 0.35][strength]!;
      const stickers = Array.from({ length: strength === 2 ? 2 : 1 }, () => sticker(picture, part, chance));
      return readPixels(openPixels(picture).composite(stickers));
    },
  },
  {
    name: 'border',
    strengths: ['2 % on each side', '5 % in colour', '12 % below, 4 % elsewhere'],
    apply: async (picture, strength, { whole }) => {
      const colour = `rgb(${whole(0, 255)},${whole(0, 255)},${whole(0, 255)})`;
      if (strength === 2) return extended(picture, [0.04, 0.04, 0.12, 0.04], '#ffffff');
      const part = strength === 0 ? 0.02 : 0.05;
      return extended(picture, [part, part, part, part], strength === 0 ? '#000000' : colour);
    },
  },
  {
    name: 'filter',
    strengths: ['warm', 'sepia', 'faded, dark corners'],
    apply: async (picture, strength) => {
      const image = openPixels(picture);
      if (strength === 0)
        return readPixels(
          image.recomb([
            [1.1, 0.05, 0],
            [0, 1, 0],
            [0, 0, 0.85],
          ]),
        );
      if (strength === 1)
        return readPixels(
          image.recomb([
            [0.393, 0.769, 0.189],
            [0.349, 0.686, 0.168],
            [0.272, 0.534, 0.131],
          ]),
        );
      const faded = await mapBytes(picture, (value) => 40 + value * 0.75);
      return readPixels(openPixels(faded).composite([{ input: vignette(picture, 0.6) }]));
    },
  },
  {
    name: 'screenshot',
    strengths: ['bars of 6 %', 'bars of 12 %, smaller', 'bars of 12 %, margins, JPEG'],
    apply: async (picture, strength) => {
      const side = strength === 2 ? 0.08 : 0;
      const bar = strength === 0 ? 0.06 : 0.12;
      const framed = await extended(picture, [bar, side, bar, side], '#ffffff');
      const barPx = Math.round(picture.heightPx * bar);
      const shown = await readPixels(openPixels(framed).composite([{ input: telephoneBars(framed, barPx, barPx) }]));
      if (strength === 0) return shown;
      const smaller = openPixels(shown).resize({ width: Math.round(shown.widthPx * 0.7) });
      return strength === 1 ? readPixels(smaller) : reopened(smaller.jpeg({ quality: 60 }));
    },
  },
];

/** Edits that leave the picture as it is for the eye: the ones that a hash alone must find. */
export const mildEdits: readonly string[] = ['jpeg', 'resize', 'blur', 'gamma'];
export const symmetries: readonly string[] = ['flip', 'quarter turn'];

const luma: Matrix3x3 = [
  [0.2126, 0.7152, 0.0722],
  [0.2126, 0.7152, 0.0722],
  [0.2126, 0.7152, 0.0722],
];

/** Sharp's own curves know no exact bytes. */
const mapBytes = async (picture: Pixels, map: (value: number) => number): Promise<Pixels> => ({
  ...picture,
  pixels: picture.pixels.map((value) => Math.max(0, Math.min(255, Math.round(map(value))))),
});

/** Box and Muller's. */
const normal = ({ next }: Chance): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

const cropped = async (picture: Pixels, part: number, { whole }: Chance): Promise<Pixels> => {
  const [width, height] = [Math.round(picture.widthPx * part), Math.round(picture.heightPx * part)];
  const left = whole(0, picture.widthPx - width);
  const top = whole(0, picture.heightPx - height);
  return readPixels(openPixels(picture).extract({ left, top, width, height }));
};

/** Turned, and cut to the largest rectangle of the same shape that has no corner of the frame in it. */
const tilted = async (picture: Pixels, degrees: number): Promise<Pixels> => {
  const radians = (Math.abs(degrees) * Math.PI) / 180;
  const { widthPx, heightPx } = picture;
  const turned = await readPixels(await png(openPixels(picture).rotate(degrees, { background: '#808080' })));
  const ratio = Math.max(widthPx / heightPx, heightPx / widthPx);
  const part = 1 / (Math.cos(radians) + ratio * Math.sin(radians));
  const [width, height] = [Math.floor(widthPx * part), Math.floor(heightPx * part)];
  const left = Math.floor((turned.widthPx - width) / 2);
  const top = Math.floor((turned.heightPx - height) / 2);
  return readPixels(openPixels(turned).extract({ left, top, width, height }));
};

/** @param parts of the width or height that are added above, right, below and left */
const extended = async (picture: Pixels, parts: readonly [number, number, number, number], background: string): Promise<Pixels> => {
  const [top, right, bottom, left] = parts.map((part, side) => Math.round(part * (side % 2 === 0 ? picture.heightPx : picture.widthPx)));
  return readPixels(openPixels(picture).extend({ top: top!, right: right!, bottom: bottom!, left: left!, background }));
};
