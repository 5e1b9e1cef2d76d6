import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { NoiseGenerator } from '../../src/inference/random.ts';

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const draw = (seed: number, ...sizes: number[]): Float32Array[] => {
  const generator = new NoiseGenerator(seed);
  return sizes.map((size) => generator.fillNormal(new Float32Array(size)));
};

test('a seed always makes the same noise', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 200 }), (seed, size) => assert.deepEqual(draw(seed, size), draw(seed, size))),
    { numRuns: 50 },
  );
});

test('in whole blocks of 16, a longer draw begins with the shorter one, and two draws are one', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (seed, a, b) => {
      const [whole] = draw(seed, (a + b) * 16);
      const [first, second] = draw(seed, a * 16, b * 16);
      assert.deepEqual(whole!.subarray(0, a * 16), first);
      assert.deepEqual(whole!.subarray(a * 16), second);
    }),
    { numRuns: 50 },
  );
});

test('seeds that differ by 2³² are one seed, as in torch', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => assert.deepEqual(draw(seed, 32), draw(seed + 2 ** 32, 32))),
    { numRuns: 20 },
  );
});

test('noise is finite, and normal enough', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const [values] = draw(seed, 16_384);
      const mean = values!.reduce((sum, value) => sum + value, 0) / values!.length;
      const variance = values!.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values!.length;
      assert.ok(Math.abs(mean) < 0.05 && Math.abs(variance - 1) < 0.08, `mean ${mean}, variance ${variance}`);
    }),
    { numRuns: 20 },
  );
});
