import type { ToneEnds } from '#src/finish/measure.ts';

/** value → gain · value + offset, in bytes, in every channel: hues stay, and colours grow with the tones. */
export type Stretch = { readonly gain: number; readonly offset: number };

/** Where the first and the last percent of a flat picture go, 0 … 1. */
const dark = 0.04;
const bright = 0.94;
/** A picture that has its black may be a night, one that has its white may be snow: the other end is only brought this far. */
const brightOfNight = 0.7;
const darkOfSnow = 0.34;
/** A plain area has no contrast to bring out, only steps between neighbouring bytes. */
const leastRange = 0.08;
/** Grain may become this strong, in bytes, by stretching. */
const mostNoise = 5;
/** Less is a matter of taste, and taste is the person's who made the picture. */
const leastGain = 1.25;

/**
 * How far a picture's tones are spread, decided from both ends of its histogram and its grain; `undefined` where they lie well. What comes out is
 * never stretched a second time: each bound is a fixed point.
 */
export const decideStretch = ({ darkest, brightest }: ToneEnds, noise: number): Stretch | undefined => {
  const low = darkest / 255;
  const high = brightest / 255;
  const range = high - low;
  if (range < leastRange) return undefined;
  const wantedLow = Math.min(low, mix(dark, darkOfSnow, rise(high, bright - 0.08, bright)));
  const wantedHigh = Math.max(high, mix(bright, brightOfNight, 1 - rise(low, dark + 0.02, dark + 0.1)));
  const wantedGain = (wantedHigh - wantedLow) / range;
  const gain = Math.min(wantedGain, Math.max(1, mostNoise / noise));
  if (gain < leastGain) return undefined;
  // With less gain than wanted, both ends move a part of their way.
  const part = (gain - 1) / (wantedGain - 1);
  return { gain, offset: 255 * (low + (wantedLow - low) * part - low * gain) };
};

const mix = (from: number, to: number, part: number): number => from + (to - from) * part;

/** 0 up to `from`, 1 after `to`, smooth in between. */
const rise = (value: number, from: number, to: number): number => {
  const part = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return part * part * (3 - 2 * part);
};
