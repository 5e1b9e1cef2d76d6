import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HashIndex } from '#src/similarity/hash-index.ts';
import { boundsOf, lowWords } from '#src/similarity/hash-match.ts';
import { firmBitsOf, hashWords, popcount, type PerceptualHash } from '#src/similarity/perceptual-hash.ts';
import { VectorIndex } from '#src/similarity/vector-index.ts';
import { chance } from '../bench/similarity/chance.ts';

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const words = fc.array(word, { minLength: hashWords, maxLength: hashWords });
/** As far from each other as pictures are: some bits of a common one turned. */
const library = fc.record({
  common: words,
  works: fc.array(
    fc.record({ windows: fc.array(fc.array(word, { minLength: hashWords, maxLength: hashWords }), { minLength: 2, maxLength: 2 }) }),
    { minLength: 1, maxLength: 12 },
  ),
  queries: fc.array(words, { minLength: 1, maxLength: 3 }),
});

const both = (a: readonly number[], b: readonly number[]): readonly number[] => a.map((value, at) => (value & b[at]!) >>> 0);
const turned = (common: readonly number[], noise: readonly number[]): Uint32Array => {
  // Two of three noise bits cancelled: some 12 % of the bits are turned.
  const few = both(both(noise, [...noise.slice(1), noise[0]!]), [...noise.slice(2), noise[0]!, noise[1]!]);
  return Uint32Array.from(common, (value, at) => value ^ few[at]!);
};

describe('hashes', () => {
  test('the nearest of all is found, in one segment and in several', () => {
    fc.assert(
      fc.property(library, ({ common, works, queries }) => {
        const rows = works.map(({ windows }, at) => ({ id: at + 1, windows: windows.map((noise) => turned(common, noise)) }));
        const hashes = queries.map((noise): PerceptualHash => ({
          bits: turned(common, noise),
          firm: new Uint32Array(hashWords).fill(2 ** 32 - 1),
        }));
        const stored = rows.map(({ id, windows }) => ({
          id,
          hashes: new Uint8Array(Uint32Array.from(windows.flatMap((one) => [...one])).buffer),
        }));
        const whole = new HashIndex(2);
        whole.add(stored);
        const pieces = new HashIndex(2);
        for (const row of stored) pieces.add([row]);
        const distances = rows.flatMap(({ windows }) =>
          windows.flatMap((window) =>
            hashes.flatMap(({ bits }) => {
              const differing = Array.from(window, (value, at) => popcount(value ^ bits[at]!));
              const low = differing.slice(0, lowWords).reduce((sum, count) => sum + count, 0);
              return low <= boundsOf(hashes[0]!).mostDifferingLow ? [differing.reduce((sum, count) => sum + count, 0)] : [];
            }),
          ),
        );
        const least = distances.length === 0 ? undefined : 1 - Math.min(...distances) / 256;
        assert.equal(whole.nearest(hashes)?.similarity, least);
        assert.deepEqual(pieces.nearest(hashes), whole.nearest(hashes));
      }),
      { numRuns: 300 },
    );
  });

  test('infirm bits do not count', () => {
    const bits = Uint32Array.from({ length: hashWords }, (_, at) => at * 0x9e3779b9);
    const firm = new Uint32Array(hashWords).fill(0x00ffffff);
    const other = bits.map((value) => value ^ 0xff000000);
    const index = new HashIndex(1);
    index.add([{ id: 7, hashes: new Uint8Array(other.buffer) }]);
    const found = index.nearest([{ bits, firm }]);
    assert.deepEqual([found?.id, found?.similarity, firmBitsOf({ bits, firm })], [7, 1, 192]);
    assert.ok(found!.threshold < 1);
  });

  test('an empty index has no nearest, and rows of another length are refused', () => {
    const index = new HashIndex(2);
    assert.equal(index.nearest([{ bits: new Uint32Array(hashWords), firm: new Uint32Array(hashWords).fill(2 ** 32 - 1) }]), undefined);
    assert.throws(() => index.add([{ id: 1, hashes: new Uint8Array(32) }]), RangeError);
  });
});

describe('vectors', () => {
  for (const dimensions of [1, 2, 7, 192])
    test(`the largest cosine of ${dimensions} dimensions`, () => {
      const luck = chance('vectors', dimensions);
      const any = (): Float32Array => {
        const values = Float32Array.from({ length: dimensions }, () => luck.next() - 0.5);
        return values.map((value) => value / Math.hypot(...values));
      };
      const rows = Array.from({ length: 40 }, (_, at) => ({ id: at + 1, vectors: [any(), any(), any()] }));
      const index = new VectorIndex(dimensions);
      index.add(rows.slice(0, 25).map(({ id, vectors }) => ({ id, values: Float32Array.from(vectors.flatMap((one) => [...one])) })));
      index.add(rows.slice(25).map(({ id, vectors }) => ({ id, values: Float32Array.from(vectors.flatMap((one) => [...one])) })));
      assert.equal(index.works, 40);
      const queries = [any(), any()];
      const cosines = rows.flatMap(({ id, vectors }) =>
        vectors.flatMap((vector) =>
          queries.map((query) => ({ id, cosine: vector.reduce((sum, value, at) => sum + value * query[at]!, 0) })),
        ),
      );
      const best = cosines.toSorted((a, b) => b.cosine - a.cosine)[0]!;
      const found = index.nearest(queries);
      assert.ok(Math.abs(found!.similarity - best.cosine) < 1e-6);
      if (dimensions > 1) assert.equal(found!.id, best.id);
    });

  test('values of another number are refused', () => {
    const index = new VectorIndex(4);
    for (const length of [0, 6]) assert.throws(() => index.add([{ id: 1, values: new Float32Array(length) }]), RangeError);
    assert.equal(index.nearest([new Float32Array(4)]), undefined);
  });
});
