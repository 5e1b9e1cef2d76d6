/** The lowest frequencies of a window of a luminance grid. */
import { gridSide } from './luminance-grid.ts';
import type { Window } from './windows.ts';

/** Samples of one side that are transformed, and frequencies of one side that are kept. */
const samples = 64;
export const frequencies = 16;

/** Sums of all cells above and left of each: the mean of any rectangle is four looks. [gridSide + 1, gridSide + 1] */
export const integralOf = (grid: Float64Array): Float64Array => {
  const side = gridSide + 1;
  const sums = new Float64Array(side * side);
  for (let y = 0; y < gridSide; y++) {
    let line = 0;
    for (let x = 0; x < gridSide; x++) {
      line += grid[y * gridSide + x]!;
      sums[(y + 1) * side + x + 1] = sums[y * side + x + 1]! + line;
    }
  }
  return sums;
};

/**
 * Orthonormal DCT-II of the 64 × 64 means of a window, faded out towards its sides, without the constant frequencies: [frequency down
 * 1 … 16, frequency across 1 … 16], in units of luma. The frequencies are those of Facebook's PDQ (2019). The sides count less because
 * frames, captions, bars and corners that were turned away stand there, and because a frame that many pictures share is no likeness.
 */
export const spectrumOf = (integral: Float64Array, window: Window): Float64Array => {
  const means = fadedOut(meansOf(integral, window));
  const across = new Float64Array(samples * frequencies);
  for (let y = 0; y < samples; y++)
    for (let u = 0; u < frequencies; u++) {
      let sum = 0;
      for (let x = 0; x < samples; x++) sum += means[y * samples + x]! * cosines[u * samples + x]!;
      across[u * samples + y] = sum;
    }
  const spectrum = new Float64Array(frequencies * frequencies);
  for (let v = 0; v < frequencies; v++)
    for (let u = 0; u < frequencies; u++) {
      let sum = 0;
      for (let y = 0; y < samples; y++) sum += across[u * samples + y]! * cosines[v * samples + y]!;
      spectrum[v * frequencies + u] = sum;
    }
  return spectrum;
};

/** [frequency 1 … 16, sample] */
const cosines = Float64Array.from({ length: frequencies * samples }, (_, at) => {
  const frequency = Math.floor(at / samples) + 1;
  return Math.sqrt(2 / samples) * Math.cos((Math.PI * frequency * (2 * (at % samples) + 1)) / (2 * samples));
});

/** Part of each side over which a picture fades out, as a raised cosine. */
const fade = 0.2;

const taper = Float64Array.from({ length: samples }, (_, at) => {
  const fromSide = (Math.min(at, samples - 1 - at) + 0.5) / samples;
  return fromSide >= fade ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * fromSide) / fade);
});

const fadedOut = (means: Float64Array): Float64Array => {
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  return means.map((value, at) => (value - mean) * taper[at % samples]! * taper[Math.floor(at / samples)]!);
};

const meansOf = (integral: Float64Array, { left, top, width, height }: Window): Float64Array => {
  const means = new Float64Array(samples * samples);
  const across = edges(left, width);
  const down = edges(top, height);
  const area = ((width * gridSide) / samples) * ((height * gridSide) / samples);
  let above = sumsAt(integral, down[0]!, across);
  for (let y = 0; y < samples; y++) {
    const below = sumsAt(integral, down[y + 1]!, across);
    for (let x = 0; x < samples; x++) means[y * samples + x] = (below[x + 1]! - below[x]! - above[x + 1]! + above[x]!) / area;
    above = below;
  }
  return means;
};

const edges = (from: number, length: number): Float64Array =>
  Float64Array.from({ length: samples + 1 }, (_, at) => Math.min(gridSide, (from + (length * at) / samples) * gridSide));

/** The integral at a height and at all edges across; between cells it grows evenly. */
const sumsAt = (integral: Float64Array, y: number, across: Float64Array): Float64Array => {
  const side = gridSide + 1;
  const row = Math.min(gridSide - 1, Math.floor(y));
  const down = y - row;
  return across.map((x) => {
    const column = Math.min(gridSide - 1, Math.floor(x));
    const right = x - column;
    const at = row * side + column;
    const upper = integral[at]! * (1 - right) + integral[at + 1]! * right;
    const lower = integral[at + side]! * (1 - right) + integral[at + side + 1]! * right;
    return upper * (1 - down) + lower * down;
  });
};
