/** Whatever happens to the process, every time of a schedule is drawn or told exactly once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { iso, PlanWorld, utc } from './plan-world.ts';

const schedule = fc.constantFrom(
  'daily 2:30',
  'Mon-Fri 07:00',
  'every 2 hours',
  'daily 7:00 and 19:30',
  'daily 22:30 until 06:00',
  '1st and 25th 9:00',
  'every hour from 22 to 2',
);
const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
const quiet = fc.option(fc.record({ fromMinute: fc.integer({ min: 0, max: 1439 }), toMinute: fc.integer({ min: 0, max: 1439 }) }), {
  nil: undefined,
});
const start = fc.constantFrom('2026-03-28T20:00', '2026-10-24T18:00', '2026-11-23T06:00');
/** Minutes of running, minutes of being down, whether a job of before is finished. */
const stretch = fc.tuple(fc.integer({ min: 1, max: 480 }), fc.integer({ min: 0, max: 600 }), fc.boolean());

test('each time of a schedule is drawn, or counted in what the room reads', () => {
  fc.assert(
    fc.property(
      schedule,
      zone,
      quiet,
      start,
      fc.array(stretch, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      (words, timeZone, hours, begin, stretches, isQuick) => {
        using world = new PlanWorld(begin);
        world.choices = { timeZone, quiet: hours };
        world.isQuick = isQuick;
        const plan = world.add(words, timeZone);
        for (const [upMinutes, downMinutes, isFinished] of stretches) {
          world.to(world.nowMs + upMinutes * 60_000);
          if (isFinished) world.finishJobs();
          world.downUntil(world.nowMs + downMinutes * 60_000);
        }
        // Quiet hours hold what is due in them: the account is balanced when they are over.
        world.choices = {};
        world.scheduler.wake();
        const times = world.timesOf(plan, utc(begin), world.nowMs);
        const accounted = [...world.ran.map(({ passed }) => passed + 1), ...world.told.map(({ count }) => count)];
        assert.equal(
          accounted.reduce((sum, count) => sum + count, 0),
          times.length,
          `${times.map(iso).join(' ')}: ${world.runs.join(', ')}; ${JSON.stringify(world.told)}`,
        );
        const named = [...world.ran, ...world.told].map(({ dueMs }) => dueMs);
        assert.equal(new Set(named).size, named.length);
        assert.ok(named.every((ms) => times.includes(ms)));
        for (const { atMs, dueMs, reason } of world.ran) {
          // A window of hours is worth beginning while it is open.
          const isHeld = reason === 'after_quiet' || plan.schedule.untilMinute !== undefined;
          assert.ok(atMs >= dueMs && (isHeld || atMs - dueMs <= 60 * 60_000), `${iso(dueMs)} at ${iso(atMs)}`);
        }
        assert.deepEqual(world.errors, []);
      },
    ),
    { numRuns: 25 },
  );
});
