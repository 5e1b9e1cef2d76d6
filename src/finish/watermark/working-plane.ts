/** A picture as small as the mark needs it. */
import type { Pixels } from '#core/ports.ts';
import { inBands } from '#src/finish/bands.ts';
import type { Axis } from '#src/finish/watermark/lapped-transform.ts';

/** The plane of the mark is as large as a square of this side. */
export const planeSide = 128;

/** Pixels per unit of the plane are at least this many, where the picture has them. */
const leastUnit = 2;

/** Mean colours of squares of `factor` pixels, [height, width] each, in 0 … 255. */
export type WorkingPlane = {
  readonly red: Float32Array;
  readonly green: Float32Array;
  readonly blue: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly factor: number;
};

export const workingPlane = async (picture: Pixels): Promise<WorkingPlane> => {
  const { pixels, widthPx, heightPx } = picture;
  const factor = Math.max(1, Math.floor(unitPx(picture) / leastUnit));
  const [width, height] = [Math.floor(widthPx / factor), Math.floor(heightPx / factor)];
  const [red, green, blue] = [new Float32Array(width * height), new Float32Array(width * height), new Float32Array(width * height)];
  const share = 1 / (factor * factor);
  await inBands({ widthPx, heightPx: height * factor }, (fromRow, toRow) => {
    for (let y = fromRow; y < toRow; y++) {
      const into = Math.floor(y / factor) * width;
      let at = y * widthPx * 3;
      for (let x = 0; x < width; x++) {
        let [r, g, b] = [0, 0, 0];
        for (let within = 0; within < factor; within++, at += 3) {
          r += pixels[at]!;
          g += pixels[at + 1]!;
          b += pixels[at + 2]!;
        }
        red[into + x]! += r * share;
        green[into + x]! += g * share;
        blue[into + x]! += b * share;
      }
    }
  });
  return { red, green, blue, width, height, factor };
};

/** Pixels of the picture per unit of the plane. */
export const unitPx = ({ widthPx, heightPx }: Omit<Pixels, 'pixels'>): number => Math.sqrt(widthPx * heightPx) / planeSide;

/** Weights of brightness as JPEG has them. Source: Rec. ITU-R BT.601. */
export const lumaWeights = [0.299, 0.587, 0.114] as const;

/** Brightness, if the same were added to all three channels and cut off at black and white. */
export const lumaOf = ({ red, green, blue }: WorkingPlane, added?: Float32Array): Float32Array => {
  const luma = new Float32Array(red.length);
  const [r, g, b] = lumaWeights;
  if (added === undefined) {
    for (let at = 0; at < luma.length; at++) luma[at] = r * red[at]! + g * green[at]! + b * blue[at]!;
    return luma;
  }
  for (let at = 0; at < luma.length; at++) {
    const change = added[at]!;
    luma[at] = r * inRange(red[at]! + change) + g * inRange(green[at]! + change) + b * inRange(blue[at]! + change);
  }
  return luma;
};

/** Mean square of what adding this to all three channels changes. */
export const squareErrorOf = ({ red, green, blue }: WorkingPlane, added: Float32Array): number => {
  let sum = 0;
  for (let at = 0; at < added.length; at++)
    for (const channel of [red, green, blue]) {
      const value = channel[at]!;
      sum += (inRange(value + added[at]!) - value) ** 2;
    }
  return sum / (3 * added.length);
};

const inRange = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

/** The whole picture as a plane, across and down. */
export const wholeFrame = (size: Omit<Pixels, 'pixels'>, { width, height, factor }: WorkingPlane): readonly [across: Axis, down: Axis] => {
  const unit = unitPx(size) / factor;
  return [
    { origin: 0, unit, length: width },
    { origin: 0, unit, length: height },
  ];
};
