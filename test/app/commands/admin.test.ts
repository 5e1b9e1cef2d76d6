/** The queue, the limits and the model, by admins. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testModel, World } from '../world.ts';

const other = { ...testModel, name: 'other', title: 'Other' };

const opened = async (): Promise<World> => {
  const world = await World.open({}, [testModel, other]);
  world.platform.admins = ['@ada:room'];
  return world;
};

test('nothing of it is for others', async () => {
  await using world = await opened();
  const commands = [
    'admin pause',
    'admin resume',
    'admin limits',
    'admin limits maxCount 3',
    'model use other',
    'timezone Asia/Tokyo',
    'quiet 22:00-06:00',
  ];
  for (const command of commands) await world.asks(`!img ${command}`, { from: '@bob:room', isAdmin: true });
  assert.deepEqual(
    world.platform.refusals,
    commands.map(() => 'admins_only'),
  );
});

test('pause takes commands and draws nothing, also after a restart; what runs is finished; resume goes on', async () => {
  await using world = await opened();
  const gate = Promise.withResolvers<void>();
  world.engine.gate = gate.promise;
  const running = world.say('!img a fox --n 2');
  await world.until(() => world.engine.made.length === 1, 'the first picture');
  world.say('!img admin pause');
  await world.until(() => world.platform.texts.length === 2, 'the answer');
  gate.resolve();
  await world.until(() => world.platform.pictures.length === 1, 'the picture that was begun');
  const waiting = world.say('!img a cat', { from: '@bob:room' });
  await world.until(() => world.platform.texts.length === 3, 'the acknowledgement');
  assert.match(world.lastText, /paused/u);
  await world.restart();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(world.engine.made.length, 1);
  await world.asks('!img admin resume');
  assert.deepEqual([world.jobOf(running).state, world.jobOf(waiting).state, world.engine.made.length], ['done', 'done', 3]);
});

test('the queue says that it is paused, and promises no times', async () => {
  await using world = await World.open();
  world.platform.admins = ['@ada:room'];
  world.store.durations.record('tiny 16x16 4 guided', 900);
  await world.asks('!img admin pause');
  world.say('!img a fox');
  world.say('!img queue');
  await world.until(() => world.platform.texts.length === 3, 'the queue');
  assert.match(world.lastText, /^The queue is paused[\s\S]*waiting\s+–$/u);
  await world.asks('!img admin resume');
  await world.asks('!img queue');
  assert.doesNotMatch(world.lastText, /paused/u);
});

test('a job can be cancelled while the queue is paused', async () => {
  await using world = await opened();
  await world.asks('!img admin pause');
  const command = world.say('!img a fox');
  await world.until(() => world.store.jobs.open().length === 1, 'the job');
  await world.asks('!img cancel mine');
  assert.equal(world.jobOf(command).state, 'cancelled');
});

test('a limit changes at once, survives a restart and goes back', async () => {
  await using world = await opened();
  await world.asks('!img admin limits maxcount 3');
  assert.match(world.lastText, /maxCount is 3/u);
  await world.asks('!img a fox --n 4');
  await world.restart();
  await world.asks('!img a fox --n 4', { from: '@bob:room' });
  assert.deepEqual(world.platform.refusals, ['number_out_of_range', 'number_out_of_range']);
  await world.asks('!img admin limits');
  assert.match(world.lastText, /maxCount\s+3/u);
  await world.asks('!img admin limits maxCount default');
  await world.asks('!img a fox --n 4');
  assert.equal(world.engine.made.length, 4);
});

test('limits that do not exist, values out of range, a value that is missing', async () => {
  await using world = await opened();
  for (const typed of ['maxCont 3', 'maxCount 0', 'maxCount 101', 'maxSeed 5', 'maxCount', 'maxCount many'])
    await world.asks(`!img admin limits ${typed}`);
  assert.deepEqual(world.platform.refusals.slice(0, 5), [
    'limit_unknown',
    'limit_out_of_range',
    'limit_out_of_range',
    'limit_unknown',
    'limit_value_missing',
  ]);
  assert.match(world.platform.texts[0] ?? '', /did you mean maxCount/u);
  await world.asks('!img a fox --n 20');
  assert.equal(world.engine.made.length, 20, 'nothing was changed');
});

test('a limit that asks sooner asks at once', async () => {
  await using world = await opened();
  await world.asks('!img admin limits askAbove 2');
  await world.asks('!img a fox --n 3');
  assert.equal(world.engine.made.length, 0);
});

test('model use decides what draws where nothing is named, for everybody and after a restart', async () => {
  await using world = await opened();
  await world.asks('!img model use other');
  await world.asks('!img a fox', { from: '@bob:room' });
  await world.asks('!img a fox --model tiny');
  await world.restart();
  await world.asks('!img a fox');
  assert.deepEqual(
    world.engine.made.map(({ model }) => model),
    ['other', 'tiny', 'other'],
  );
  await world.asks('!img models');
  assert.match(world.lastText, /other ✓/u);
  await world.asks('!img model use othr');
  assert.deepEqual(world.platform.refusals, ['model_unknown']);
  assert.match(world.lastText, /did you mean !img model use other\?/u);
});

test('a model that is no longer installed gives way to the configured one', async () => {
  await using world = await opened();
  world.store.settings.set('model.active', 'gone');
  await world.asks('!img a fox');
  assert.deepEqual(
    world.engine.made.map(({ model }) => model),
    ['tiny'],
  );
});
