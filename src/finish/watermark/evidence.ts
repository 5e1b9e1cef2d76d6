/**
 * How much each wave says. A wave is divided by how loud its neighbours are and limited, so that an edge does not outshout the mark; the
 * sum over waves with random signs is then divided by its own length. Without a mark, each such sum has a mean of 0 and a deviation of 1,
 * and exceeds t with a probability below exp(−t²/2), whatever the picture (Hoeffding's inequality).
 */
import type { Carriers } from '#src/finish/watermark/carriers.ts';
import { pilot } from '#src/finish/watermark/carriers.ts';
import { codedBits } from '#src/finish/watermark/convolutional-code.ts';
import { bands, type Coefficients, type Grid } from '#src/finish/watermark/lapped-transform.ts';

/** What re-encoding adds to every wave, in the units of the plane; quieter ones say nothing. */
const floor = 1.2;

/** Waves of about the same frequency, per band: its ring. */
const rings = bands.map(([across, down]) => Math.min(3, Math.floor((Math.hypot(across + 0.5, down + 0.5) - 1) / 1.3)));
const ringCount = 4;
const ringSizes = Array.from({ length: ringCount }, (_, ring) => rings.filter((of) => of === ring).length);

/** Deviation of the waves around each coefficient: those of its ring in the block and the eight around it. */
export const loudness = (coefficients: Coefficients, { across, down }: Grid): Float32Array => {
  const blocks = across.count * down.count;
  const energy = new Float32Array(blocks * ringCount);
  for (let block = 0; block < blocks; block++)
    for (let band = 0; band < bands.length; band++) {
      const value = coefficients[block * bands.length + band]!;
      energy[block * ringCount + rings[band]!]! += (value * value) / ringSizes[rings[band]!]!;
    }
  const loud = new Float32Array(coefficients.length);
  const near = new Float32Array(ringCount);
  for (let y = 0; y < down.count; y++)
    for (let x = 0; x < across.count; x++) {
      near.fill(0);
      let weights = 0;
      for (let row = Math.max(0, y - 1); row <= Math.min(down.count - 1, y + 1); row++)
        for (let column = Math.max(0, x - 1); column <= Math.min(across.count - 1, x + 1); column++) {
          const weight = row === y && column === x ? 2 : 1;
          weights += weight;
          for (let ring = 0; ring < ringCount; ring++) near[ring]! += weight * energy[(row * across.count + column) * ringCount + ring]!;
        }
      const into = (y * across.count + x) * bands.length;
      for (let band = 0; band < bands.length; band++) loud[into + band] = Math.sqrt(floor * floor + near[rings[band]!]! / weights);
    }
  return loud;
};

/** −1 … 1 */
export const limited = (ratio: number): number => ratio / Math.sqrt(1 + ratio * ratio);

export type Evidence = {
  /** For (above 0) or against +1 of each coded bit, [168]. */
  readonly bits: Float32Array;
  /** For the mark being at this place, whatever its payload. */
  readonly pilots: number;
  /** All of it for one payload's signs, in deviations. */
  total(signs: Float32Array): number;
  /** For these signs and against the others, by the bits in which they differ alone, in deviations. */
  instead(signs: Float32Array, others: Float32Array): number;
};

export const evidence = (coefficients: Coefficients, loud: Float32Array, { roles, signs }: Carriers): Evidence => {
  const sums = new Float32Array(codedBits);
  const squares = new Float32Array(codedBits);
  let pilotSum = 0;
  let pilotSquares = 0;
  for (let at = 0; at < coefficients.length; at++) {
    const value = limited(coefficients[at]! / loud[at]!) * signs[at]!;
    const role = roles[at]!;
    if (role === pilot) {
      pilotSum += value;
      pilotSquares += value * value;
    } else {
      sums[role]! += value;
      squares[role]! += value * value;
    }
  }
  const all = pilotSquares + squares.reduce((sum, square) => sum + square, 0);
  return {
    bits: sums,
    pilots: pilotSum / Math.sqrt(pilotSquares + 1e-9),
    total: (payload) => sums.reduce((sum, value, bit) => sum + value * payload[bit]!, pilotSum) / Math.sqrt(all + 1e-9),
    instead: (payload, others) => {
      let [sum, square] = [0, 0];
      for (let bit = 0; bit < codedBits; bit++)
        if (payload[bit] !== others[bit]) {
          sum += sums[bit]! * payload[bit]!;
          square += squares[bit]!;
        }
      return sum / Math.sqrt(square + 1e-9);
    },
  };
};
