import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { RetentionPolicy } from '#core/retention.ts';
import type { ChatPlatform } from '#core/ports.ts';
import { eventId, type EventId, type PlatformName } from '#core/types.ts';
import { HOUR_MS, TestClock } from './test-clock.ts';
import { World } from './world.ts';

const DAY_MS = 24 * HOUR_MS;
const canary = 'xylophone-canary';
const usual: RetentionPolicy = { removePosts: false, keepStarred: false };

const open = async (
  retention: Partial<RetentionPolicy> = {},
  platform: PlatformName = 'room',
  start = '2026-11-23T10:00:00Z',
): Promise<World & { readonly clock: TestClock }> => {
  const clock = new TestClock(start);
  const privacyParts = { retention: { ...usual, ...retention } };
  const world = await World.open(undefined, undefined, { clock, platform, privacyParts });
  // Equal pictures would be one file, which stays as long as any job that has it.
  let shades = 0;
  world.engine.paint = () => (shades += 31) % 251;
  return Object.assign(world, { clock });
};

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += 20) {
    assert.ok(waitedMs < 30_000, what);
    await delay(20);
  }
}

/** The machine slept that long; the next look finds that it is late. */
function later({ clock }: { readonly clock: TestClock }, ms: number): void {
  clock.jump(ms);
  clock.pass(HOUR_MS);
}

/** What a night does, and all that follows from it. */
const swept = async (world: World): Promise<void> => {
  await delay(0);
  await until('nothing is left to be erased', () => world.store.personal.erasures().length === 0);
};

function traces(world: World, words: string): string[] {
  return readdirSync(world.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(words));
}

test('after ninety days a job is gone with its prompt, pictures, files and stars; younger ones and schedules stay', async () => {
  await using world = await open();
  const old = world.say(`!img ${canary} --n 2`);
  world.say(`!img plan daily 07:00 a red fox`);
  await world.settled();
  const [picture] = world.platform.pictures;
  world.say('!img star A1', { replyTo: picture?.id ?? assert.fail('no picture') });
  await world.settled();
  const job = world.jobOf(old);
  const files = job.images.flatMap(({ key, thumbnail }) => [world.images.path(key), world.images.path(thumbnail.key)]);
  assert.ok(files.every((file) => existsSync(file)));
  world.store.plans.update(world.store.plans.list()[0]?.id ?? 0, { state: 'paused' });

  later(world, 60 * DAY_MS);
  const young = world.say('!img a blue fox');
  await world.settled();
  later(world, 28 * DAY_MS);
  await swept(world);
  assert.equal(world.jobOf(old).state, 'done', 'two days before its time');

  later(world, 4 * DAY_MS);
  await until('the old job is erased', () => world.store.jobs.get(job.id) === undefined);
  await swept(world);
  assert.deepEqual(
    files.filter((file) => existsSync(file)),
    [],
  );
  assert.deepEqual(traces(world, canary), [], 'no byte of the prompt is left in any file');
  assert.equal(world.store.stars.list('room', job.origin.roomId, 10).length, 0);
  assert.equal(world.jobOf(young).images.length, 1);
  assert.ok(existsSync(world.images.path(world.jobOf(young).images[0]!.key)));
  assert.equal(world.store.plans.list().length, 1);
});

test('a room chooses its own time; another room keeps what it has', async () => {
  await using world = await open();
  world.platform.admins = ['@ada:room'];
  const here = world.say('!img a red fox', { from: '@ada:room', room: '!here' });
  const there = world.say('!img a red fox', { from: '@ada:room', room: '!there' });
  await world.settled();
  const [short, long] = [world.jobOf(here), world.jobOf(there)];
  world.say('!img retention 7', { from: '@ada:room', room: '!here' });
  await world.settled();
  assert.match(world.platform.texts.at(-1) ?? '', /for 7 days after their end/u);
  later(world, 9 * DAY_MS);
  await until('the one room is swept', () => world.store.jobs.get(short.id) === undefined);
  assert.equal(world.store.jobs.get(long.id)?.state, 'done');
});

test('whoever kept pictures before there was a limit keeps them until somebody says otherwise', async () => {
  await using world = await open();
  world.store.settings.set('retention.older', '1');
  const old = world.say('!img a red fox');
  await world.settled();
  later(world, 400 * DAY_MS);
  await swept(world);
  assert.equal(world.jobOf(old).state, 'done');
});

test('a starred picture stays where the operator wants that', async () => {
  await using world = await open({ days: 10, keepStarred: true });
  const starred = world.say('!img a red fox');
  await world.settled();
  world.say('!img star A1', { replyTo: world.platform.pictures[0]?.id ?? assert.fail('no picture') });
  const plain = world.say('!img a blue fox');
  await world.settled();
  const [kept, gone] = [world.jobOf(starred), world.jobOf(plain)];
  later(world, 12 * DAY_MS);
  await until('the other one is erased', () => world.store.jobs.get(gone.id) === undefined);
  assert.equal(world.store.jobs.get(kept.id)?.state, 'done');
});

test('messages in rooms go only where the operator wants that, and nobody else’s', async () => {
  for (const removePosts of [false, true]) {
    await using world = await open({ days: 10, removePosts }, 'matrix');
    const removed: EventId[] = [];
    const platform: ChatPlatform = world.platform;
    platform.remove = async (_room, event) => {
      removed.push(event);
      return { message: 'gone', media: 'kept' };
    };
    const asked = world.say('!img a red fox');
    await world.settled();
    const job = world.jobOf(asked);
    const picture = world.platform.pictures[0]?.id ?? assert.fail('no picture');
    later(world, 12 * DAY_MS);
    await until('the job is erased', () => world.store.jobs.get(job.id) === undefined);
    await swept(world);
    assert.equal(removed.includes(picture), removePosts);
    assert.equal(removed.includes(eventId(String(asked))), false, 'the command is its author’s');
  }
});

test('a job that still runs or waits is left alone, however old it is', async () => {
  await using world = await open({ days: 1 });
  world.engine.gate = new Promise(() => {});
  const running = world.say('!img a red fox');
  await until('it has begun', () => world.engine.made.length === 1);
  later(world, 5 * DAY_MS);
  await delay(50);
  assert.equal(world.jobOf(running).state, 'running');
});

test('ten thousand old jobs go in slices that let everybody else have a turn', async () => {
  await using world = await open({ days: 30 });
  const template = world.say('!img a red fox');
  await world.settled();
  const job = world.jobOf(template);
  const { store } = world;
  const count = 10_000;
  const endMs = world.now() - 60 * DAY_MS;
  store.transaction(() => {
    for (let each = 0; each < count; each++) {
      const id = `o${each.toString(36).padStart(4, '0')}` as typeof job.id;
      const { state: _state, images: _images, ...rest } = job;
      store.jobs.add({ ...rest, id, origin: { ...job.origin, eventId: eventId(`$old-${each}`) }, queuedAtMs: endMs });
      store.jobs.end(id, 'failed', endMs);
    }
  });
  const place = { platform: job.origin.platform, roomId: job.origin.roomId };
  const [beforeMs, nowMs] = [world.now() - 30 * DAY_MS, world.now()];
  const slicesMs: number[] = [];
  let jobs = 0;
  for (let isLast = false; !isLast;) {
    const startedMs = performance.now();
    const erased = store.retention.eraseSome(place, { beforeMs, nowMs, removePosts: false, keepStarred: false });
    slicesMs.push(performance.now() - startedMs);
    jobs += erased.jobs;
    ({ isLast } = erased);
  }
  assert.equal(jobs, count);
  const [median = 0] = slicesMs.toSorted((a, b) => a - b).slice(Math.floor(slicesMs.length / 2));
  assert.ok(median <= 20, `a slice took ${median} ms, as a rule`);
  assert.equal(store.jobs.get(job.id)?.state, 'done');
});

test('the sweep runs every night, once, whatever was done by day', async () => {
  await using world = await open({ days: 5 });
  const { clock, store } = world;
  const sweptAt = (): number => store.retention.sweptAtMs ?? 0;
  const untilAfter = (what: string, ms: number): Promise<void> => until(what, () => sweptAt() > ms);
  await untilAfter('the first start looks at once', 0);
  let last = sweptAt();
  clock.passTo('2026-11-23T20:00:00Z');
  await delay(20);
  assert.equal(sweptAt(), last, 'not by day');
  for (const night of ['24', '25', '26']) {
    clock.passTo(`2026-11-${night}T05:00:00Z`);
    await untilAfter(`the night of the ${night}th`, last);
    last = sweptAt();
    const [hour] = new Date(last).toISOString().split('T').slice(1);
    clock.passTo(`2026-11-${night}T14:00:00Z`);
    await delay(20);
    assert.equal(sweptAt(), last, `again on the day of ${night}, after ${hour}`);
  }
});

test('what a room chooses in the evening is done within a day, also where the bot was started in the afternoon', async () => {
  await using world = await open({}, 'room', '2026-11-23T14:00:00Z');
  const { clock, store } = world;
  world.platform.admins = ['@ada:room'];
  const asked = world.say('!img a red fox', { from: '@ada:room' });
  await world.settled();
  const job = world.jobOf(asked);
  later(world, 10 * DAY_MS);
  await swept(world);
  await until('by day, for a whole day was missed', () => (store.retention.sweptAtMs ?? 0) > job.queuedAtMs + DAY_MS);
  const start = new Date(store.retention.sweptAtMs ?? 0).toISOString().slice(0, 10);
  clock.passTo(`${start}T21:00:00Z`);
  world.say('!img retention 7', { from: '@ada:room' });
  await world.settled();
  assert.match(world.platform.texts.at(-1) ?? '', /what is older goes within a day/u);
  assert.equal(store.jobs.get(job.id)?.state, 'done');
  clock.pass(9 * HOUR_MS);
  await until('it is gone in the same night', () => store.jobs.get(job.id) === undefined);
});

test('retention says what holds, refuses what it can’t do in one sentence, and keeps to the operator’s limit', async () => {
  await using world = await open({ mostDays: 180 });
  world.platform.admins = ['@ada:room'];
  const answerTo = async (text: string, from = '@ada:room'): Promise<string> => {
    world.say(text, { from });
    await world.settled();
    return world.platform.texts.at(-1) ?? '';
  };
  assert.match(
    await answerTo('!img retention'),
    /for 90 days after their end, which is the default\. What it has posted goes with them\./u,
  );
  assert.match(await answerTo('!bild aufbewahrung 30 Tage'), /nach ihrem Ende 30 Tage lang/u);
  assert.match(await answerTo('!img retention'), /for 30 days after their end, chosen for this room/u);
  assert.match(await answerTo('!img retention off'), /no room keep anything for longer than 180 days/u);
  assert.match(await answerTo('!img retention 181'), /for longer than 180 days/u);
  assert.match(await answerTo('!img retention 0'), /type whole days from 1 to 3650/u);
  assert.match(await answerTo('!img retention 1.5 days'), /type whole days from 1 to 3650/u);
  assert.match(await answerTo('!img retention 7', '@bob:room'), /admin/u);
  assert.match(await answerTo('!img retention default'), /for 90 days/u);
  assert.equal(world.store.jobs.open().length, 0);
});
