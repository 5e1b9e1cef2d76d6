/**
 * A perceptual hash of 256 bits: the signs of the lowest frequencies of the luminance. As in PDQ (Facebook, 2019), but with signs instead of
 * comparisons with the median, so that mirroring and turning a picture are exact operations on the hash, and with a mask of firm bits
 * instead of a quality: a plain drawing has few firm bits, and those tell it apart as well as any.
 */
import { frequencies } from './spectrum.ts';

/** Eight words of 32 bits; low frequencies come first. */
export const hashWords = 8;

export type PerceptualHash = {
  readonly bits: Uint32Array;
  /** Where the frequency is so strong that mild edits don't turn its sign. */
  readonly firm: Uint32Array;
};

/** Weaker than this, in units of luma, a frequency is what encoders leave of nothing. */
const noiseFloor = 1.5;
/** And weaker than this part of the median of all, its sign is chance. */
const leastOfMedian = 0.25;

/** Row and column of each bit: from low frequencies to high ones, so that the first words are the ones that survive most. */
const order: readonly (readonly [v: number, u: number])[] = Array.from(
  { length: frequencies * frequencies },
  (_, at) => [Math.floor(at / frequencies), at % frequencies] as const,
).toSorted(([v, u], [w, t]) => Math.hypot(v + 1, u + 1) - Math.hypot(w + 1, t + 1) || v - w);

export const hashOf = (spectrum: Float64Array): PerceptualHash => signsOf(spectrum, floorOf(spectrum));

const floorOf = (spectrum: Float64Array): number => {
  const strengths = spectrum.map(Math.abs).toSorted();
  return Math.max(noiseFloor, leastOfMedian * strengths[strengths.length / 2]!);
};

const signsOf = (spectrum: Float64Array, floor: number): PerceptualHash => {
  const bits = new Uint32Array(hashWords);
  const firm = new Uint32Array(hashWords);
  order.forEach(([v, u], at) => {
    const value = spectrum[v * frequencies + u]!;
    const bit = 1 << (at % 32);
    if (value > 0) bits[at >> 5]! |= bit;
    if (Math.abs(value) >= floor) firm[at >> 5]! |= bit;
  });
  return { bits, firm };
};

/** Of the picture as it is, mirrored, turned by quarters and both: the eight symmetries of a rectangle and its diagonal, from one spectrum. */
export const symmetricHashesOf = (spectrum: Float64Array): readonly PerceptualHash[] => {
  const floor = floorOf(spectrum);
  return [false, true].flatMap((isTransposed) =>
    [false, true].flatMap((isMirrored) =>
      [false, true].map((isFlipped) => signsOf(symmetric(spectrum, { isTransposed, isMirrored, isFlipped }), floor)),
    ),
  );
};

type Symmetry = { readonly isTransposed: boolean; readonly isMirrored: boolean; readonly isFlipped: boolean };

/** Mirroring a picture turns the sign of every odd frequency. */
const symmetric = (spectrum: Float64Array, { isTransposed, isMirrored, isFlipped }: Symmetry): Float64Array =>
  spectrum.map((_, at) => {
    const [v, u] = [Math.floor(at / frequencies), at % frequencies];
    const value = isTransposed ? spectrum[u * frequencies + v]! : spectrum[at]!;
    // The first row and column are the frequency 1.
    const turns = (isMirrored && u % 2 === 0 ? 1 : 0) + (isFlipped && v % 2 === 0 ? 1 : 0);
    return turns === 1 ? -value : value;
  });

/** How many bits of 32 are set. */
export const popcount = (word: number): number => {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

export const firmBitsOf = ({ firm }: PerceptualHash): number => firm.reduce((sum, word) => sum + popcount(word), 0);
