/** Schedules in a room: added, listed, paused, run and removed; what a run looks like, what is missed, quiet or over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryError, forbidden } from '#core/errors.ts';
import type { Limits } from '#core/limits.ts';
import { HOUR_MS, MINUTE_MS, TestClock } from '../test-clock.ts';
import { testModel, World } from '../world.ts';

/** Monday, 06:30 in Berlin. */
async function opened(limits: Partial<Limits> = {}): Promise<{ world: World; clock: TestClock }> {
  const clock = new TestClock('2026-03-02T05:30:00Z');
  const world = await World.open(limits, [testModel], { clock, styles: true });
  world.platform.admins = ['@root:room'];
  return { world, clock };
}

const PLAN = '!img plan "Mon-Fri 07:00" a sunrise --style comic --n 2';

test('a plan is added with what was understood, listed, shown, paused, resumed and removed', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks('!img plans');
  assert.match(world.lastText, /no plans yet/u);
  await world.asks(PLAN);
  assert.match(world.lastText, /Plan 1: Monday to Friday at 07:00 \(Europe\/Berlin\)[\s\S]*a sunrise --style comic --n 2/u);
  await world.asks('!img plans', { from: '@bob:room' });
  assert.match(world.lastText, /1\s+Monday to Friday at 07:00\s+a sunrise/u);
  await world.asks('!img plan show 1', { from: '@bob:room' });
  assert.match(world.lastText, /No run yet/u);
  await world.asks('!img plan pause 1');
  clock.pass(HOUR_MS);
  assert.equal(world.store.jobs.open().length, 0, 'a paused one does not run');
  await world.asks('!img plan pause 1');
  await world.asks('!img plan resume 1');
  await world.asks('!img plan resume 1');
  assert.deepEqual(world.platform.refusals, ['plan_paused_already', 'plan_active_already']);
  assert.equal(world.store.plans.get(1)?.nextRunMs, Date.parse('2026-03-03T06:00:00Z'));
  await world.asks('!img plan remove 1');
  await world.asks('!img plan run 1');
  assert.equal(world.platform.refusals.at(-1), 'plan_unknown');
});

test('only its maker and admins change a plan, and only in its room', async () => {
  const { world: opening } = await opened();
  await using world = opening;
  await world.asks(PLAN);
  for (const action of ['pause', 'run', 'remove']) await world.asks(`!img plan ${action} 1`, { from: '@bob:room' });
  await world.asks('!img plan remove 1', { room: '!other' });
  assert.deepEqual(world.platform.refusals, ['plan_not_yours', 'plan_not_yours', 'plan_not_yours', 'plan_unknown']);
  await world.asks('!img plan pause 1', { from: '@root:room' });
  assert.equal(world.store.plans.get(1)?.state, 'paused');
});

test('a run: one message in the room, its pictures in the thread of it, its end as an edit of it', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks(PLAN);
  const before = world.platform.posts.length;
  // The root is slow to be sent: what stands in its thread waits for its id.
  let release = (): void => {};
  const sent = new Promise<void>((resolve) => (release = resolve));
  world.platform.onSend = ({ event }) => (event?.type === 'ack' ? sent : undefined);
  clock.passTo('2026-03-02T06:00:01Z');
  await world.until(() => world.engine.made.length === 2, 'two pictures');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(world.platform.posts.length, before, 'nothing stands in a thread that is not there');
  release();
  await world.settled();
  const posts = world.platform.posts.slice(before);
  const root = posts[0]!;
  assert.deepEqual([root.delivery.threadId, root.delivery.replyTo, root.delivery.content.kind], [undefined, undefined, 'text']);
  assert.match(root.text, /^Plan 1 · Monday to Friday at 07:00 · run 1\n2 images 16×16 in/u);
  assert.deepEqual(
    posts.slice(1).map(({ delivery }) => [delivery.event?.type, delivery.threadId]),
    [
      ['image', root.id],
      ['image', root.id],
    ],
  );
  const [job] = world.store.jobs.find({ platform: 'room', room: world.roomId, words: [], limit: 2 });
  assert.deepEqual([job?.plan, job?.requestedBy, job?.state], [{ id: 1, run: 1 }, '@ada:room', 'done']);

  // Its pictures are pictures like any other.
  await world.asks('!img up A2 x2', { threadId: root.id, from: '@bob:room' });
  world.react('🎨', posts[1]!.id, '@bob:room');
  await world.settled();
  assert.deepEqual(world.platform.refusals, []);
  for (const { delivery } of world.platform.posts.slice(before + 1)) assert.equal(delivery.threadId, root.id);
});

test('a restart in the middle of a run: it goes on in its thread and ends where it began, once', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks(PLAN);
  const before = world.platform.posts.length;
  world.engine.onBegin = (picture) => {
    if (picture === 2) world.engine.gate = new Promise(() => {});
  };
  clock.passTo('2026-03-02T06:00:01Z');
  await world.until(() => world.engine.made.length === 2 && world.platform.pictures.length === 1, 'one picture');
  await world.restart(() => (world.engine.gate = Promise.resolve()));
  await world.settled();
  const [root, ...rest] = world.platform.posts.slice(before);
  assert.match(root?.text ?? '', /^2 images 16×16/mu);
  assert.deepEqual(
    rest.map(({ delivery }) => [delivery.event?.type, delivery.threadId]),
    [
      ['image', root?.id],
      ['image', root?.id],
    ],
  );
  assert.equal(world.store.plans.get(1)?.runs, 1);
});

test('a room that the bot has left pauses its schedule after the run that did not arrive; a resume counts as being back', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks('!img plan "every day 07:00" a sunrise');
  world.platform.onSend = () => {
    throw new DeliveryError('rejected', `${forbidden}not in this room`);
  };
  clock.passTo('2026-03-02T06:00:01Z');
  await world.settled();
  assert.deepEqual([world.store.plans.get(1)?.state, world.store.plans.get(1)?.runs], ['active', 1]);
  clock.passTo('2026-03-03T06:00:01Z');
  await world.settled();
  assert.deepEqual([world.store.plans.get(1)?.state, world.store.plans.get(1)?.runs, world.engine.made.length], ['paused', 1, 1]);

  world.platform.onSend = () => {};
  await world.asks('!img plan resume 1');
  clock.passTo('2026-03-04T06:00:01Z');
  await world.settled();
  clock.passTo('2026-03-05T06:00:01Z');
  await world.settled();
  assert.deepEqual([world.store.plans.get(1)?.state, world.store.plans.get(1)?.runs], ['active', 3]);
  assert.equal(world.platform.pictures.length, 2);

  // Left once more: the message of another run is a new sign.
  world.platform.onSend = () => {
    throw new DeliveryError('rejected', `${forbidden}not in this room`);
  };
  clock.passTo('2026-03-06T06:00:01Z');
  await world.settled();
  clock.passTo('2026-03-07T06:00:01Z');
  await world.settled();
  assert.deepEqual([world.store.plans.get(1)?.state, world.store.plans.get(1)?.runs], ['paused', 4]);
});

test('a message that was dropped for another reason is no sign that the bot has left', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks('!img plan "every day 07:00" a sunrise');
  for (const [day, failure] of (['rejected', 'unknowable', 'rejected'] as const).entries()) {
    world.platform.onSend = () => {
      throw new DeliveryError(failure, 'status 400 (M_TOO_LARGE: event too large)');
    };
    clock.passTo(`2026-03-0${day + 2}T06:00:01Z`);
    await world.settled();
  }
  const last = world.store.jobs.latestOfPlan(1);
  assert.equal(world.store.outbox.outcome(last?.statusRow ?? 0)?.state, 'dropped');
  assert.deepEqual([world.store.plans.get(1)?.state, world.store.plans.get(1)?.runs], ['active', 3]);
});

test('a schedule with the number of one that is gone knows nothing of its runs', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks('!img plan "every day 07:00" a sunrise');
  world.platform.onSend = () => {
    throw new DeliveryError('rejected', `${forbidden}not in this room`);
  };
  clock.passTo('2026-03-02T06:00:01Z');
  await world.settled();
  world.platform.onSend = () => {};
  await world.asks('!img plan remove 1');
  await world.asks('!img plan "every day 07:00" a sunset');
  const [plan] = world.store.plans.list();
  clock.passTo('2026-03-03T06:00:01Z');
  await world.settled();
  assert.deepEqual([world.store.plans.get(plan!.id)?.state, world.store.plans.get(plan!.id)?.runs], ['active', 1]);
});

test('it runs on its days at the time of the room, and across the change to summer time', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks('!img plan "Sat-Mon 07:00" a sunrise');
  const times: string[] = [];
  for (const until of ['2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z', '2026-03-30T12:00:00Z']) {
    clock.jump(Date.parse(until) - 13 * HOUR_MS - clock.now());
    clock.pass(1000);
    await world.settled();
    clock.passTo(until);
    await world.settled();
    times.push(new Date(world.store.plans.get(1)!.lastRunMs!).toISOString().slice(0, 16));
  }
  assert.deepEqual(times, ['2026-03-28T06:00', '2026-03-29T05:00', '2026-03-30T05:00']);
});

test('what was missed while the bot was away is made up once within the hour, else told and left out', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks('!img plan "daily 07:00" a sunrise');
  await world.restart(() => clock.jump(60 * MINUTE_MS));
  await world.settled();
  assert.equal(world.engine.made.length, 1);
  const root = world.platform.posts.find(({ text }) => /^Plan 1 · .* · run 1\n1 image/u.test(text));
  const told = world.platform.posts.find(({ text }) => /missed its run of .*07:00.*it is drawn now, once/u.test(text));
  assert.equal(told?.delivery.threadId, root?.id, 'why it is late stays, whatever becomes of the first message');
  await world.restart(() => clock.jump(75 * HOUR_MS));
  await world.settled();
  assert.equal(world.engine.made.length, 1);
  assert.match(world.lastText, /Plan 1 .*3 runs.*!img plan run 1/u);
  const posts = world.platform.posts.length;
  await world.restart();
  await world.settled();
  assert.equal(world.platform.posts.length, posts, 'told once');
  await world.asks('!img plan run 1');
  assert.equal(world.engine.made.length, 2);
});

test('quiet hours hold a run back until they are over', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks('!img plan "daily 07:00" a sunrise');
  await world.asks('!img quiet 22:00-07:30', { from: '@root:room' });
  clock.passTo('2026-03-02T06:20:00Z');
  await world.settled();
  assert.equal(world.engine.made.length, 0);
  clock.passTo('2026-03-02T06:31:00Z');
  await world.settled();
  assert.equal(world.engine.made.length, 1);
  await world.asks('!img quiet off', { from: '@root:room' });
  clock.passTo('2026-03-03T06:01:00Z');
  await world.settled();
  assert.equal(world.engine.made.length, 2);
});

test('`until` ends what is not finished, and says so', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks('!img plan "daily 07:00 until 08:00" a sunrise --n 3');
  world.engine.onBegin = (picture) => {
    if (picture === 2) world.engine.gate = new Promise(() => {});
  };
  clock.passTo('2026-03-02T06:00:01Z');
  await world.until(() => world.engine.made.length === 2 && world.platform.pictures.length === 1, 'one picture');
  clock.passTo('2026-03-02T07:00:01Z');
  await world.settled();
  const [job] = world.store.jobs.find({ platform: 'room', room: world.roomId, words: [], limit: 2 });
  assert.deepEqual([job?.state ?? 'cancelled', world.store.jobs.open().length, world.platform.pictures.length], ['cancelled', 0, 1]);
  assert.ok(
    world.platform.texts.some((text) => /Plan 1 ended at 08:00.*1 of 3/u.test(text)),
    world.platform.texts.join('\n'),
  );
});

test('a run that meets the one before it is left out', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks('!img plan "daily 07:00, 08:00" a sunrise');
  world.engine.gate = new Promise(() => {});
  clock.passTo('2026-03-02T06:00:01Z');
  await world.until(() => world.engine.made.length === 1, 'the first run');
  world.say('!img plan run 1');
  await world.until(() => world.platform.refusals.length === 1, 'the refusal');
  clock.passTo('2026-03-02T07:00:01Z');
  await world.until(() => world.platform.texts.some((text) => /Plan 1 skipped its run .* not finished/u.test(text)), 'the notice');
  assert.deepEqual([world.platform.refusals, world.engine.made.length], [['plan_running_already'], 1]);
});

test('people come first: their pictures are drawn before the rest of a run', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  await world.asks('!img plan "daily 07:00" a sunrise --n 4');
  const gate = Promise.withResolvers<void>();
  world.engine.gate = gate.promise;
  clock.passTo('2026-03-02T06:00:01Z');
  await world.until(() => world.engine.made.length === 1, 'the run');
  world.say('!img a fox --n 3', { from: '@bob:room' });
  await world.until(() => world.store.jobs.open().length === 2, 'both jobs');
  gate.resolve();
  await world.settled();
  assert.deepEqual(
    world.engine.made.map(({ prompt }) => prompt),
    ['a sunrise', 'a fox', 'a fox', 'a fox', 'a sunrise', 'a sunrise', 'a sunrise'],
  );
});

test('quota, a full queue and a style that was removed are told in the message of the run, and nothing is drawn', async () => {
  const { world: opening, clock } = await opened({ maxPicturesPerPersonPerDay: 3, maxWaitingJobs: 1 });
  await using world = opening;
  await world.asks('!img plan "daily 07:00" a sunrise --n 2');
  await world.asks('!img plan "daily 07:30" a sunset --style neon');
  await world.asks('!img plan "daily 08:00" a night');
  await world.asks('!img a fox --n 2');
  clock.passTo('2026-03-02T06:00:01Z');
  await world.settled();
  assert.match(world.lastText, /Plan 1[\s\S]*You have used 2 of 3 pictures/u);
  world.store.styles.put('neon', undefined, undefined, 1);
  clock.passTo('2026-03-02T06:30:01Z');
  await world.settled();
  assert.match(world.lastText, /Plan 2[\s\S]*There is no style neon/u);
  assert.doesNotMatch(world.lastText, /\^\^/u, 'no place in a message that nobody typed');
  world.engine.gate = new Promise(() => {});
  world.say('!img a cat', { from: '@bob:room' });
  await world.until(() => world.store.jobs.open().length === 1, 'the only place in the queue');
  clock.passTo('2026-03-02T07:00:01Z');
  await world.until(() => /Plan 3/u.test(world.lastText), 'the third plan');
  assert.match(world.lastText, /Plan 3[\s\S]*queue/u);
  assert.equal(world.store.jobs.open().length, 1);
});

test('what is wrong with a plan shows when it is made', async () => {
  const { world: opening } = await opened({ maxPlansPerRoom: 1, askAbove: 4 });
  await using world = opening;
  const wrong: readonly (readonly [string, string])[] = [
    ['"daily 07:00"', 'plan_prompt_missing'],
    ['"daily 07:00" a sunrise --style nope', 'style_unknown'],
    ['"daily 07:00" a sunrise --n 1000', 'number_out_of_range'],
    ['"daily 07:00" a sunrise --strength 0.5', 'strength_needs_picture'],
    ['"30.2. 07:00" a sunrise', 'plan_never'],
    ['"* * * * *" a sunrise', 'plan_too_often'],
    ['"* * * * * *" a sunrise', 'plan_cron_fields'],
    ['pause', 'plan_number_missing'],
    ['pause 7', 'plan_unknown'],
  ];
  for (const [text, code] of wrong) {
    await world.asks(`!img plan ${text}`);
    assert.equal(world.platform.refusals.at(-1), code, `${text}: ${world.lastText}`);
  }
  await world.asks('!img plan "daily 07:00" a sunrise --n 5');
  assert.match(world.lastText, /That makes 5 pictures\. Shall I\?/u);
  assert.equal(world.store.plans.list().length, 0);
  await world.asks('!img yes');
  assert.equal(world.store.plans.list().length, 1);
  await world.asks('!img plan "daily 08:00" a sunrise');
  assert.equal(world.platform.refusals.at(-1), 'plans_full');
});

test('the zone of the room decides what seven is', async () => {
  const { world: opening } = await opened();
  await using world = opening;
  await world.asks('!img timezone Asia/Tokyo', { from: '@root:room' });
  await world.asks('!img plan "daily 07:00" a sunrise');
  assert.equal(world.store.plans.get(1)?.nextRunMs, Date.parse('2026-03-02T22:00:00Z'));
  await world.asks('!img timezone Europe/Berln', { from: '@root:room' });
  assert.deepEqual(world.platform.refusals, ['time_zone_unknown']);
  await world.asks('!bild plan "täglich 7 Uhr" ein Sonnenaufgang', { room: '!other' });
  assert.equal(world.store.plans.get(2)?.nextRunMs, Date.parse('2026-03-02T06:00:00Z'));
});
