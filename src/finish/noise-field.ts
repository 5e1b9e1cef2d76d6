/** Noise that is a function of the place alone: the grain of a paper is the same on every run and machine. */

/** 0 … 1 for a lattice point. Integer arithmetic only. Source: the finaliser of MurmurHash3. */
const atLattice = (x: number, y: number, seed: number): number => {
  let hash = Math.imul(x, 0x27d4eb2f) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 8) / 0xffffff;
};

const smooth = (part: number): number => part * part * (3 - 2 * part);

/** Smooth value noise with one lattice point per unit; 0 … 1. */
export const valueNoise = (x: number, y: number, seed: number): number => {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const across = smooth(x - left);
  const down = smooth(y - top);
  const above = atLattice(left, top, seed) * (1 - across) + atLattice(left + 1, top, seed) * across;
  const below = atLattice(left, top + 1, seed) * (1 - across) + atLattice(left + 1, top + 1, seed) * across;
  return above * (1 - down) + below * down;
};

/** Several octaves of `valueNoise`, each half as strong and twice as fine; 0 … 1 with a mean near 0.5. */
export const cloudNoise = (x: number, y: number, seed: number, octaves: number): number => {
  let sum = 0;
  let weight = 0;
  for (let octave = 0; octave < octaves; octave++) {
    const scale = 1 << octave;
    sum += valueNoise(x * scale, y * scale, seed + octave) / scale;
    weight += 1 / scale;
  }
  return sum / weight;
};
