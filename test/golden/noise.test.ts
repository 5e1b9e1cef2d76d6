import assert from 'node:assert/strict';
import test from 'node:test';
import { NoiseGenerator } from '../../src/inference/random.ts';
import { compare, readJsonFixture } from './fixtures.ts';

type NoiseCase = { seed: number; sizes: number[]; draws: number[][] };

for (const { seed, sizes, draws } of readJsonFixture('noise.json') as NoiseCase[]) {
  test(`noise of seed ${seed}, drawn as ${sizes.join(' then ')} values, is torch.randn's within 2e-6`, () => {
    const generator = new NoiseGenerator(seed);
    for (const [i, size] of sizes.entries()) {
      const { maxDifference } = compare(generator.fillNormal(new Float32Array(size)), draws[i]!);
      assert.ok(maxDifference <= 2e-6, `draw ${i}: differs by ${maxDifference}`);
    }
  });
}

test('seed 42 begins with the four values everybody knows', () => {
  const { maxDifference } = compare(
    new NoiseGenerator(42).fillNormal(new Float32Array(16)).subarray(0, 4),
    [1.9269153, 1.4872841, 0.9007172, -2.105521],
  );
  assert.ok(maxDifference <= 2e-6);
});
