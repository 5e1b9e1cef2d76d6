/** Parts of a picture that are looked at by themselves. */
import { setImmediate } from 'node:timers/promises';
import type { Pixels } from '#core/ports.ts';
import type { Window } from './windows.ts';

/** Copies a part; at least one pixel. */
export const partOf = ({ pixels, widthPx, heightPx }: Pixels, { left, top, width, height }: Window): Pixels => {
  const part = { widthPx: Math.max(1, Math.round(width * widthPx)), heightPx: Math.max(1, Math.round(height * heightPx)) };
  const fromX = Math.min(widthPx - part.widthPx, Math.round(left * widthPx));
  const fromY = Math.min(heightPx - part.heightPx, Math.round(top * heightPx));
  const copied = new Uint8Array(part.widthPx * part.heightPx * 3);
  for (let y = 0; y < part.heightPx; y++) {
    const from = ((fromY + y) * widthPx + fromX) * 3;
    copied.set(pixels.subarray(from, from + part.widthPx * 3), y * part.widthPx * 3);
  }
  return { ...part, pixels: copied };
};

/** How far a line may stray from one colour: what JPEG leaves of it. */
const mostDifference = 14;
/** A frame that takes more than this of a side is no frame. */
const mostOfSide = 0.3;
/** And one that takes less than this changes nothing. */
const leastOfSide = 0.01;

/** Of a line, at most so many pixels are looked at, evenly spread: what a picture shows is wider than what is left out. */
const mostSamples = 1024;
/** Some milliseconds of comparing; in between, the thread is free for messages. */
const samplesAtOnce = 1 << 16;

/** The picture within a frame of one colour on each side; `undefined` where there is none. */
export const withoutFrame = async (picture: Pixels): Promise<Window | undefined> => {
  const { widthPx, heightPx } = picture;
  const top = await evenLines(picture, 'row', 1);
  const bottom = await evenLines(picture, 'row', -1);
  const left = await evenLines(picture, 'column', 1);
  const right = await evenLines(picture, 'column', -1);
  const frame = [top / heightPx, bottom / heightPx, left / widthPx, right / widthPx];
  if (frame.some((part) => part > mostOfSide) || frame.every((part) => part < leastOfSide)) return undefined;
  return {
    left: left / widthPx,
    top: top / heightPx,
    width: (widthPx - left - right) / widthPx,
    height: (heightPx - top - bottom) / heightPx,
  };
};

/** How many lines from one side on have one colour, up to one more than a frame may have. */
const evenLines = async ({ pixels, widthPx, heightPx }: Pixels, axis: 'row' | 'column', step: 1 | -1): Promise<number> => {
  const [lines, length] = axis === 'row' ? [heightPx, widthPx] : [widthPx, heightPx];
  const [lineBytes, pixelBytes] = axis === 'row' ? [widthPx * 3, 3] : [3, widthPx * 3];
  const most = Math.floor(lines * mostOfSide) + 1;
  const first = (step === 1 ? 0 : lines - 1) * lineBytes;
  const apart = Math.ceil(length / mostSamples);
  const linesAtOnce = Math.ceil((samplesAtOnce * apart) / length);
  for (let count = 0; count < most; count++) {
    if (count > 0 && count % linesAtOnce === 0) await setImmediate();
    const from = first + step * count * lineBytes;
    for (let at = 0; at < length; at += apart)
      for (let channel = 0; channel < 3; channel++)
        if (Math.abs(pixels[from + at * pixelBytes + channel]! - pixels[first + channel]!) > mostDifference) return count;
  }
  return most;
};
