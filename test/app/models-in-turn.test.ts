import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#core/errors.ts';
import { testModel, World } from './world.ts';

const other = { ...testModel, name: 'other', title: 'Other' };

const opened = async (): Promise<World> => {
  const world = await World.open({}, [testModel, other]);
  world.platform.admins = ['@ada:room'];
  return world;
};

test('a job is drawn by the model that it was accepted for, whatever model is used meanwhile', async () => {
  await using world = await opened();
  const gate = Promise.withResolvers<void>();
  world.engine.gate = gate.promise;
  world.say('!img a fox --n 2 --seed 1');
  await world.until(() => world.engine.made.length === 1, 'the first picture to begin');
  world.say('!img an owl --n 2 --seed 5');
  world.say('!img model use other');
  world.say('!img a bear --seed 9');
  gate.resolve();
  await world.settled();
  const models = Object.fromEntries(world.engine.made.map(({ seed, model }) => [seed, model]));
  assert.deepEqual(models, { 1: 'tiny', 2: 'tiny', 5: 'tiny', 6: 'tiny', 9: 'other' });
});

test('a job whose model is gone by its turn is told so, and the next one of another model is drawn', async () => {
  await using world = await opened();
  world.engine.failures = [new AppError('model_missing', { model: 'other' })];
  world.say('!img a fox --model other');
  world.say('!img an owl');
  await world.settled();
  assert.deepEqual(
    world.engine.made.map(({ model }) => model),
    ['other', 'tiny'],
  );
  assert.equal(world.platform.texts.filter((text) => /other is not installed/.test(text)).length, 1);
  assert.equal(world.platform.images.length, 1);
});

test('a model that does not fit into memory is told with both sizes', async () => {
  await using world = await opened();
  world.engine.failures = ['en', 'de'].map(() => new AppError('out_of_memory', { model: 'other', neededGb: '10.5', freeGb: '8.0' }));
  world.say('!img a fox --model other');
  world.say('!bild ein Fuchs --modell other');
  await world.settled();
  const texts = world.platform.texts.join('\n');
  assert.match(texts, /other needs 10\.5 GB of memory and 8\.0 GB are free/);
  assert.match(texts, /other braucht 10,5 GB Speicher, frei sind 8,0 GB/);
});
