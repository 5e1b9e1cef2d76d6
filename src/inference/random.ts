/**
 * Normal noise from a seed, as `torch.randn(..., generator=torch.Generator().manual_seed(seed))` draws it on a CPU.
 * Sources: pytorch ATen/core/MT19937RNGEngine.h, ATen/native/cpu/DistributionTemplates.h (normal_fill), ATen/core/DistributionsHelper.h.
 * Within 2e-6 of torch (whose vectorised logarithm and cosine are approximations); bit-exact against itself on every machine
 * whose Math.log, Math.cos and Math.sin agree.
 */
const WORDS = 624;
const MIDDLE = 397;

/** The 32-bit Mersenne Twister, seeded by init_genrand. */
class MersenneTwister {
  readonly #state = new Uint32Array(WORDS);
  #next = WORDS;

  constructor(seed: number) {
    this.#state[0] = seed >>> 0; // ToUint32: the seed modulo 2³², for every integer a number can hold
    for (let j = 1; j < WORDS; j++) {
      const previous = this.#state[j - 1]!;
      this.#state[j] = Math.imul(1812433253, previous ^ (previous >>> 30)) + j;
    }
  }

  /** An integer in [0, 2³²). */
  uint32(): number {
    if (this.#next === WORDS) this.#twist();
    let word = this.#state[this.#next++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let j = 0; j < WORDS; j++) {
      const mixed = (state[j]! & 0x80000000) | (state[(j + 1) % WORDS]! & 0x7fffffff);
      state[j] = state[(j + MIDDLE) % WORDS]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}

/** One picture's source of noise: initial latents first, then whatever the scheduler asks for at each step. */
export class NoiseGenerator {
  readonly #engine: MersenneTwister;
  #drawn = 0;
  #cachedNormal: number | undefined; // the second value of a pair drawn for a tensor of fewer than 16 values

  constructor(seed: number) {
    this.#engine = new MersenneTwister(seed);
  }

  /** Fills `target` with the next `target.length` normal values (float32), and returns it. */
  fillNormal(target: Float32Array): Float32Array {
    const n = target.length;
    this.#drawn += n;
    if (n < 16) {
      for (let i = 0; i < n; i++) target[i] = this.#normalDouble();
      return target;
    }
    for (let i = 0; i < n; i++) target[i] = this.#uniformFloat();
    for (let start = 0; start + 16 <= n; start += 16) boxMuller16(target, start);
    if (n % 16 !== 0) {
      // torch draws the last 16 anew, over values that were transformed already
      const start = n - 16;
      for (let i = start; i < n; i++) target[i] = this.#uniformFloat();
      boxMuller16(target, start);
    }
    return target;
  }

  /** How many values were given out. */
  get drawn(): number {
    return this.#drawn;
  }

  #uniformFloat(): number {
    return (this.#engine.uint32() & 0xffffff) * 2 ** -24;
  }

  #uniformDouble(): number {
    const high = this.#engine.uint32() & 0x1fffff; // 53 bits of the 64-bit draw, whose upper half comes first
    return (high * 2 ** 32 + this.#engine.uint32()) * 2 ** -53;
  }

  #normalDouble(): number {
    if (this.#cachedNormal !== undefined) {
      const value = this.#cachedNormal;
      this.#cachedNormal = undefined;
      return value;
    }
    const u1 = this.#uniformDouble();
    const u2 = this.#uniformDouble();
    const radius = Math.sqrt(-2 * Math.log1p(-u2));
    const angle = 2 * Math.PI * u1;
    this.#cachedNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** Turns 16 uniform values into 16 normal ones: value j pairs with value j + 8. */
function boxMuller16(values: Float32Array, start: number): void {
  for (let j = start; j < start + 8; j++) {
    const radius = Math.sqrt(-2 * Math.log(1 - values[j]!));
    const angle = 2 * Math.PI * values[j + 8]!;
    values[j] = radius * Math.cos(angle);
    values[j + 8] = radius * Math.sin(angle);
  }
}
