/**
 * Commands, cancellations, reactions, deletions, repeated events, faults of the server and of the engine, crashes and
 * clocks that jump, in any order: each command comes to exactly one end, and each picture once.
 *
 * `BLITZBILD_INTERLEAVINGS` and `BLITZBILD_SEED` choose how many and which.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { actions, perform } from './model/actions.ts';
import { ModelWorld } from './model/model-world.ts';
import { randomOf } from './run-row.ts';

const runs = Number(process.env['BLITZBILD_INTERLEAVINGS'] ?? 150);
const seed = Number(process.env['BLITZBILD_SEED'] ?? randomInt(1_000_000_000));

test(`${runs} interleavings (seed ${seed})`, { timeout: 20 * 60_000 }, async (context) => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.parse('2026-03-01T12:00:00Z') });
  context.after(() => mock.timers.reset());
  await fc.assert(
    fc.asyncProperty(actions, fc.nat(), async (happened, chance) => {
      await using world = new ModelWorld(mock.timers, randomOf(chance, 0));
      for (const what of happened) await perform(world, what);
      await world.settle();
      assert.deepEqual(world.complaints(), []);
    }),
    { numRuns: runs, seed },
  );
});
