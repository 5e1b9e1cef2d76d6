/** A day of schedules in a few seconds: the clock is the test's, the store, the queue and everything else are the program's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MINUTE_MS, TestClock } from '../app/test-clock.ts';
import { testModel, World } from '../app/world.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapMb = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1e6;
};

/** A Tuesday in Berlin; what is due at its first midnight came before. */
const [morning, night] = ['2026-11-24T00:00:30+01:00', '2026-11-25T00:00:30+01:00'];

/** What is typed, and how often it comes between the two midnights, counted by hand. */
const schedules = [
  { room: '!quick', words: 'every 15 minutes', count: 1, runs: 96 },
  { room: '!quick', words: 'every hour', count: 2, runs: 24 },
  { room: '!team', words: 'Mon-Fri 07:00', count: 3, runs: 1 },
  { room: '!team', words: 'daily 22:30', count: 1, runs: 1 },
  { room: '!team', words: '*/20 8-17 * * 1-5', count: 1, runs: 30 },
  { room: '!team', words: 'Sat, Sun 10:00', count: 1, runs: 0 },
] as const;

test('24 hours: every run once, each with one end, across restarts, and nothing grows', { timeout: 120_000 }, async () => {
  const clock = new TestClock(morning);
  await using world = await World.open({ maxPicturesPerRoomPerDay: 5000, maxPicturesPerPersonPerDay: 5000 }, [testModel], { clock });
  for (const { room, words, count } of schedules) await world.asks(`!img plan "${words}" a red fox --n ${count}`, { room });
  const plans = world.store.plans.list();
  assert.deepEqual(
    plans.map(({ id }) => id),
    [1, 2, 3, 4, 5, 6],
    world.platform.texts.join('\n'),
  );

  let early = 0;
  const end = Date.parse(night);
  for (let step = 1; clock.now() + 5 * MINUTE_MS <= end; step++) {
    clock.pass(5 * MINUTE_MS);
    // People want things as well.
    if (step % 24 === 7) world.say('!img a blue bird', { room: '!team', from: `@p${step % 3}:room` });
    await world.settled();
    // A quarter of a day, and then three more.
    if (step % 72 === 0) await world.restart();
    if (step === 72) early = heapMb();
  }
  clock.passTo(night);
  await world.settled();

  const bySchedule = new Map(plans.map(({ id }, index) => [id, schedules[index]!]));
  for (const [id, { words, runs, count }] of bySchedule) {
    assert.equal(world.store.plans.get(id)?.runs, runs, words);
    const numbers = world.platform.posts.flatMap(({ delivery: { event } }) => {
      const plan = event?.type === 'ack' && event.jobId !== undefined ? world.store.jobs.get(event.jobId)?.plan : undefined;
      return plan?.id === id ? [plan.run] : [];
    });
    assert.deepEqual(
      numbers,
      Array.from({ length: runs }, (_, index) => index + 1),
      words,
    );
    const last = world.store.jobs.latestOfPlan(id);
    if (runs > 0) assert.deepEqual([last?.state, last?.images.length, last?.plan?.run], ['done', count, runs], words);
  }
  const planned = schedules.reduce((sum, { runs }) => sum + runs, 0);
  const birds = Math.ceil((288 - 6) / 24);
  const posts = world.platform.posts.filter(({ delivery }) => delivery.event?.type === 'ack');
  assert.equal(posts.length, planned + birds, 'a head for every run and an acknowledgement for every command');
  assert.ok(
    posts.every(({ text }) => /^\d+ images? 16×16 in /mu.test(text)),
    'each of them ended with its timing line',
  );
  assert.equal(new Set(posts.map(({ delivery }) => delivery.event?.jobId)).size, posts.length);
  assert.equal(world.platform.pictures.length, schedules.reduce((sum, { runs, count }) => sum + runs * count, 0) + birds);
  assert.equal(new Set(world.platform.pictures.map(({ delivery }) => delivery.transactionId)).size, world.platform.pictures.length);

  assert.deepEqual(world.errors, []);
  assert.deepEqual(world.logged, []);
  assert.equal(world.store.jobs.open().length + world.store.unhandled().length + world.store.outbox.pendingCount('room'), 0);
  // The posts that this test remembers are most of it.
  const grown = heapMb() - early;
  assert.ok(grown < 15, `the heap grew by ${grown.toFixed(1)} MB`);
});
