/** What a person and a room may use in a day: counted, shown, refused with when it frees up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedMs } from '#src/app/quotas.ts';
import type { Limits } from '#core/limits.ts';
import { userId } from '#core/types.ts';
import { HOUR_MS, TestClock } from '../test-clock.ts';
import { testModel, World } from '../world.ts';

async function opened(limits: Partial<Limits>): Promise<{ world: World; clock: TestClock }> {
  const clock = new TestClock('2026-03-02T06:00:00Z');
  return { clock, world: await World.open(limits, [testModel], { clock }) };
}

test('pictures of a person count in all rooms, until a day has passed', async () => {
  const { world: opening, clock } = await opened({ maxPicturesPerPersonPerDay: 5 });
  await using world = opening;
  await world.asks('!img a fox --n 3');
  clock.jump(HOUR_MS);
  await world.asks('!img a fox --n 2', { room: '!other' });
  await world.asks('!img a fox');
  assert.deepEqual(world.platform.refusals, ['quota_used_up']);
  assert.match(world.lastText, /You have used 5 of 5 pictures .* needs 1 more: there is room again in about 23 h/u);
  await world.asks('!img a fox', { from: '@bob:room' });
  await world.asks('!img a fox --n 4');
  // Three are free again after 23 hours, the fourth an hour later.
  assert.match(world.lastText, /in about 24 h/u);
  await world.asks('!img a fox --n 6');
  assert.match(world.lastText, /ask for fewer/u);
  clock.jump(23 * HOUR_MS + 1000);
  await world.asks('!img a fox --n 3');
  assert.equal(world.platform.refusals.length, 3, world.lastText);
});

test('a room has a quota of its own', async () => {
  const { world: opening } = await opened({ maxPicturesPerRoomPerDay: 3 });
  await using world = opening;
  await world.asks('!img a fox --n 2');
  await world.asks('!img a fox --n 2', { from: '@bob:room' });
  assert.match(world.lastText, /This room has used 2 of 3 pictures/u);
  await world.asks('!img a fox --n 2', { from: '@bob:room', room: '!other' });
  assert.deepEqual(world.platform.refusals, ['quota_used_up']);
});

test('what waits counts as well; what was cancelled does not', async () => {
  const { world: opening } = await opened({ maxPicturesPerPersonPerDay: 4 });
  await using world = opening;
  world.engine.gate = new Promise(() => {});
  world.say('!img a fox --n 4');
  await world.until(() => world.engine.made.length === 1, 'the job');
  world.say('!img a cat');
  await world.until(() => world.platform.refusals.length === 1, 'the refusal');
  assert.doesNotMatch(world.lastText, /ask for fewer/u, 'one is the fewest');
  world.say('!img cancel mine');
  await world.settled();
  world.engine.gate = Promise.resolve();
  await world.asks('!img a cat --n 4');
  assert.deepEqual(world.platform.refusals, ['quota_used_up']);
});

test('seconds of computing are bounded too, by what such pictures took before', async () => {
  const { world: opening } = await opened({ maxSecondsPerPersonPerDay: 2, maxSecondsPerRoomPerDay: 100 });
  await using world = opening;
  world.store.durations.record('tiny 16x16 4 guided', 900);
  await world.asks('!img a fox --n 3');
  assert.deepEqual(world.platform.refusals, ['quota_used_up']);
  assert.match(world.lastText, /You have used 0 of 2 seconds of computing .* needs 3 more: ask for fewer/u);
  await world.asks('!img a fox --n 2');
  assert.equal(world.engine.made.length, 2);
});

test('enlarging and optimising count as pictures', async () => {
  const { world: opening } = await opened({ maxPicturesPerPersonPerDay: 2 });
  await using world = opening;
  await world.asks('!img a fox');
  await world.asks('!img up x2');
  await world.asks('!img fix');
  assert.deepEqual(world.platform.refusals, ['quota_used_up']);
});

test('`limits` shows what is used, what is allowed and when the oldest no longer counts', async () => {
  const { world: opening, clock } = await opened({ maxPicturesPerPersonPerDay: 50, maxPicturesPerRoomPerDay: 60 });
  await using world = opening;
  await world.asks('!img limits');
  assert.match(world.lastText, /You\s+0 of 50\s+.*–/u);
  await world.asks('!img a fox --n 3');
  await world.asks('!img a fox', { from: '@bob:room' });
  clock.jump(4 * HOUR_MS);
  await world.asks('!img limits');
  assert.match(world.lastText, /You\s+3 of 50\s.*in 20 h/u);
  assert.match(world.lastText, /This room\s+4 of 60\s/u);
  await world.asks('!bild grenzen');
  assert.match(world.lastText, /Du\s+3 von 50/u);
});

test('usage survives a restart', async () => {
  const { world: opening } = await opened({ maxPicturesPerPersonPerDay: 2 });
  await using world = opening;
  await world.asks('!img a fox --n 2');
  await world.restart();
  await world.asks('!img a fox');
  assert.deepEqual(world.platform.refusals, ['quota_used_up']);
});

test('«room again» is true: one minute before it is refused, one minute after it is drawn', async () => {
  const { world: opening, clock } = await opened({ maxPicturesPerPersonPerDay: 10, maxPicturesPerRoomPerDay: 12 });
  await using world = opening;
  for (const n of [2, 3, 1, 4]) {
    await world.asks(`!img a fox --n ${n}`);
    clock.jump(HOUR_MS);
  }
  // 10 in use, drawn 4, 3, 2 and 1 hours ago: six are free once those of 6, 7 and 8 o'clock are older than a day.
  await world.asks('!img a fox --n 6');
  assert.match(world.lastText, /You have used 10 of 10 pictures .* room again in about 22 h/u);
  clock.jump(22 * HOUR_MS - 60_000);
  await world.asks('!img a fox --n 6');
  assert.equal(world.platform.refusals.length, 2);
  clock.jump(2 * 60_000);
  await world.asks('!img a fox --n 6');
  assert.equal(world.platform.refusals.length, 2, world.lastText);
});

test('where both the person and the room lack room, the later of the two is told; what fits neither names no time', async () => {
  const { world: opening, clock } = await opened({ maxPicturesPerPersonPerDay: 3, maxPicturesPerRoomPerDay: 6 });
  await using world = opening;
  await world.asks('!img a fox --n 3');
  clock.jump(5 * HOUR_MS);
  await world.asks('!img a fox --n 3', { from: '@bob:room' });
  await world.asks('!img a fox --n 2');
  assert.match(world.lastText, /You have used 3 of 3 .* in about 19 h/u);
  clock.jump(19 * HOUR_MS + 1000);
  await world.asks('!img a fox --n 3', { from: '@eve:room' });
  await world.asks('!img a fox --n 2');
  assert.match(world.lastText, /This room has used 6 of 6 .* in about 5 h/u);
  await world.asks('!img a fox --n 4');
  assert.match(world.lastText, /You have used .* ask for fewer/u);
  assert.doesNotMatch(world.lastText, /room again/u);
});

test('seconds are freed one by one as well', async () => {
  const { world: opening, clock } = await opened({ maxSecondsPerPersonPerDay: 10 });
  await using world = opening;
  for (const workMs of [3000.25, 3000.5, 3000.125]) {
    world.store.usage.add({ platform: 'room', room: world.roomId, user: userId('@ada:room'), atMs: clock.now(), pictures: 1, workMs });
    clock.jump(HOUR_MS);
  }
  world.store.durations.record('tiny 16x16 4 guided', 5000);
  await world.asks('!img a fox');
  assert.match(world.lastText, /9 of 10 seconds .* needs 5 more: there is room again in about 22 h/u);
});

test('nobody is asked about what the quota refuses', async () => {
  const { world: opening } = await opened({ maxPicturesPerPersonPerDay: 5, askAbove: 2 });
  await using world = opening;
  await world.asks('!img a fox --n 6');
  assert.deepEqual(world.platform.refusals, ['quota_used_up']);
  await world.asks('!img a fox --n 3');
  assert.equal(world.platform.refusals.length, 1, 'that is asked about');
});

test('however many pictures are asked for, each kind of them is looked up once', async () => {
  const { world: opening } = await opened({});
  await using world = opening;
  const resolved = await world.asks('!img a fox --n 20');
  const asked: string[] = [];
  const durations = { ...world.store.durations, estimateMs: (kind: string) => (asked.push(kind), 100) };
  assert.equal(expectedMs({ durations }, world.jobOf(resolved).request, undefined, 5), 1500);
  assert.deepEqual(asked, ['tiny 16x16 4 guided']);
});
