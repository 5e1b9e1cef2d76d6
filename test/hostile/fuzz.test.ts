/** A little of `npm run fuzz` in every run of the tests: another seed each time, which a failure names. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { runTarget } from './fuzz/run.ts';
import { target } from './fuzz/target.ts';
import { targets } from './fuzz/targets.ts';

for (const one of targets)
  test(`${one.name}: ${one.what}`, async (t) => {
    const seed = randomInt(2 ** 31);
    t.diagnostic(`seed ${seed}, ${one.bounded} cases`);
    const { failure } = await runTarget(one, { cases: one.bounded, seed });
    assert.equal(failure, undefined, `${failure}\nAgain: npm run fuzz -- --only ${one.name} --seed ${seed} --cases ${one.bounded}`);
  });

test('a nightly run has more than 100,000 cases', () => {
  assert.ok(targets.reduce((sum, { nightly }) => sum + nightly, 0) > 100_000);
});

test('what fails is told with its smallest case, the seed and the path, which lead to it again', async () => {
  let closed = 0;
  const failing = {
    name: 'failing',
    what: 'numbers below 1000',
    nightly: 1,
    bounded: 1,
    open: async () => ({
      property: target(fc.property(fc.nat({ max: 100_000 }), (number) => number < 1000)),
      close: async () => void (closed += 1),
    }),
  };
  const { failure } = await runTarget(failing, { cases: 1000, seed: 7 });
  assert.match(failure ?? '', /Counterexample: \[1000\]/u);
  assert.match(failure ?? '', /seed: 7/u);
  const [, path = ''] = /path: "([\d:]+)"/u.exec(failure ?? '') ?? [];
  const again = await runTarget(failing, { cases: 1000, seed: 7, path });
  assert.equal(again.cases, 1, 'at once');
  assert.match(again.failure ?? '', /Counterexample: \[1000\]/u);
  assert.equal(closed, 2);
});
