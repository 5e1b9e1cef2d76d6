/** When two perceptual hashes belong to the same picture. */
import { firmBitsOf, type PerceptualHash } from './perceptual-hash.ts';

/**
 * Hashes of pictures that have nothing to do with each other differ in half of the bits, give or take √n / 2; pictures that look alike at
 * low frequencies stray further. So many of these must lie between chance and a match.
 */
const deviations = 8.8;

/** The lowest frequencies, two words, survive nearly everything: where they differ in more than this part, no later bit is looked at. */
const mostOfLow = 0.36;
export const lowWords = 2;

/** Of one hash that is looked for. All in bits, of its firm ones. */
export type HashBounds = {
  readonly firmBits: number;
  /** A work with at most so many differing bits is a match; negative: too plain to be told from others. */
  readonly mostDiffering: number;
  readonly mostDifferingLow: number;
};

export const boundsOf = (hash: PerceptualHash): HashBounds => {
  const firmBits = firmBitsOf(hash);
  const lowBits = firmBitsOf({ ...hash, firm: hash.firm.subarray(0, lowWords) });
  return {
    firmBits,
    // Of no bits, none differs: that says nothing.
    mostDiffering: firmBits === 0 ? -1 : Math.floor(firmBits / 2 - (deviations * Math.sqrt(firmBits)) / 2),
    mostDifferingLow: Math.floor(lowBits * mostOfLow),
  };
};
