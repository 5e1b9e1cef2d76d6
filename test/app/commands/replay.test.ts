/** The very same pictures again: identical, or what differs and why. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import sharp from 'sharp';
import { testModel, World } from '../world.ts';

test('the same pixels are told as identical, for one and for several', async () => {
  await using world = await World.open();
  const one = await world.asks('!img a fox --seed 7');
  const several = await world.asks('!img a fox --n 3 --seed 7');
  await world.asks('!img replay', { threadId: one });
  assert.match(world.lastText, new RegExp(`Identical: the picture is the same as in job ${world.jobOf(one).id}, pixel by pixel`, 'u'));
  const again = await world.asks('!img replay', { threadId: several });
  assert.match(world.lastText, /Identical: all 3 pictures are the same/u);
  assert.deepEqual(world.jobOf(again).request, world.jobOf(several).request);
  assert.deepEqual(
    world.engine.made.map(({ seed }) => seed),
    [7, 7, 8, 9, 7, 7, 8, 9],
  );
});

test('one cell of a batch is compared with that cell, also by way of its enlargement', async () => {
  await using world = await World.open({}, [testModel], { styles: true });
  const command = await world.asks('!img a {red, blue} fox --style photo,comic --n 2 --seed 7');
  const { id } = world.jobOf(command);
  const made = world.engine.made.length;
  await world.asks(`!img replay ${id}/C2`);
  assert.match(world.lastText, /Identical: the picture is/u);
  assert.deepEqual(world.engine.made.at(-1), world.engine.made[5]);
  const up = await world.asks(`!img up ${id}/D1 x2`);
  const replay = await world.asks('!img replay', { threadId: up });
  assert.match(world.lastText, /Identical: the picture is/u);
  assert.deepEqual(world.jobOf(replay).task, { kind: 'replay', job: id, first: 6 });
  assert.deepEqual(world.engine.made.at(-1), world.engine.made[6]);
  assert.equal(world.engine.made.length, made + 2);
});

test('a style that was changed or removed since changes nothing', async () => {
  await using world = await World.open({}, [testModel], { styles: true, admins: ['@ada:room'] });
  const command = await world.asks('!img a fox --style photo --seed 7');
  world.store.styles.put('photo', undefined, undefined, 1);
  await world.asks('!img replay', { threadId: command });
  assert.match(world.lastText, /Identical/u);
});

test('pixels that were changed in the stored file are told with how far they are apart', async () => {
  await using world = await World.open();
  const command = await world.asks('!img a fox --n 2 --seed 7');
  const [image] = world.jobOf(command).images;
  const path = world.images.path(image!.key);
  const { data, info } = await sharp(readFileSync(path)).raw().toBuffer({ resolveWithObject: true });
  data[0] = data[0]! + 30;
  writeFileSync(
    path,
    await sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
      .png()
      .toBuffer(),
  );
  await world.asks('!img replay', { threadId: command });
  assert.match(world.lastText, /Not identical: 1 of 2 pictures differs from job \w+, by at most 30 of 255/u);
  assert.doesNotMatch(world.lastText, /the files of the model/u);
});

test('a file that is damaged, or has another size, differs; nothing breaks', async () => {
  await using world = await World.open();
  const command = await world.asks('!img a fox --n 2 --seed 7');
  const [first, second] = world.jobOf(command).images;
  writeFileSync(
    world.images.path(first!.key),
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer(),
  );
  writeFileSync(world.images.path(second!.key), 'no picture');
  const replay = await world.asks('!img replay', { threadId: command });
  assert.equal(world.jobOf(replay).state, 'done', JSON.stringify(world.jobOf(replay).failure));
  assert.match(world.lastText, /Drawn again, but not compared/u);
});

test('where the files of then are gone, nothing is said to differ; where only some are, how many', async () => {
  await using world = await World.open();
  const command = await world.asks('!img a fox --n 2 --seed 7');
  const { id, images } = world.jobOf(command);
  const [one, two] = images.map(({ key }) => ({ path: world.images.path(key), bytes: readFileSync(world.images.path(key)) }));
  rmSync(one!.path);
  await world.asks(`!img replay ${id}`);
  assert.match(world.lastText, /1 of 2 pictures can't be compared with job/u);
  rmSync(one!.path, { force: true });
  rmSync(two!.path);
  await world.asks(`!img replay ${id}`);
  assert.match(world.lastText, new RegExp(`Drawn again, but not compared: the files of job ${id} are no longer there\\.`, 'u'));
  assert.doesNotMatch(world.lastText, /dentical/u);
  rmSync(one!.path, { force: true });
  rmSync(two!.path, { force: true });
  await world.asks(`!bild reproduzieren ${id}`);
  assert.match(
    world.lastText,
    new RegExp(`Noch einmal gezeichnet, aber nicht verglichen: Die Dateien von Auftrag ${id} sind nicht mehr da\\.`, 'u'),
  );
});

test('pictures that have another size now, such as without the upscaler, are told with both sizes', async () => {
  await using world = await World.open();
  const command = await world.asks('!img a fox --hq --seed 7');
  assert.equal(world.jobOf(command).images[0]?.widthPx, 64);
  world.engine.notUpscaled = 'no upscaler';
  await world.asks('!img replay', { threadId: command });
  assert.match(world.lastText, /not compared: job \w+ has 64×64, and now it is 16×16/u);
});

test('another model behind the same name, and another provider, are named as reasons', async () => {
  await using world = await World.open();
  const command = await world.asks('!img a fox --seed 7');
  world.modelHash = 'def456';
  world.engine.provider = 'cuda';
  world.engine.paint = ({ seed }) => seed + 2;
  await world.asks('!img replay', { threadId: command });
  assert.match(
    world.lastText,
    /Not identical: 1 of 1 picture differs .* by at most 2 of 255 .*the files of the model have changed and it was CPU then/u,
  );
});

test('of a variation, the picture it started from is used again', async () => {
  await using world = await World.open();
  await world.asks('!img a fox --seed 7');
  const vary = await world.asks('!img vary --seed 9 --strength 0.5');
  await world.asks('!img replay', { threadId: vary });
  assert.match(world.lastText, /Identical/u);
  assert.deepEqual(world.engine.made.at(-1), world.engine.made[1]);
});

test('what can not be replayed says why', async () => {
  const other = { ...testModel, name: 'other', title: 'Other' };
  await using world = await World.open({}, [testModel, other]);
  await world.asks('!img replay');
  world.engine.onBegin = (picture) => {
    if (picture === 2) world.engine.gate = new Promise(() => {});
  };
  const half = world.say('!img a fox --n 2');
  await world.until(() => world.engine.made.length === 2, 'the second picture');
  await world.until(() => world.platform.pictures.length === 1, 'the first picture');
  await world.asks('!img cancel', { threadId: half });
  world.engine.gate = Promise.resolve();
  await world.asks('!img replay', { threadId: half });
  const { id } = world.jobOf(half);
  assert.match(world.lastText, new RegExp(`${id} ended with 1 of 2 pictures.* name one that is, such as ${id}/A1`, 'u'));
  await world.asks(`!img replay ${id}/A2`);
  await world.asks(`!img replay ${id}/A1`);
  assert.match(world.lastText, /Identical/u, 'the one that is finished');
  const gone = await world.asks('!img a cat --model other');
  (world.models as { get: unknown }).get = (name: string) => (name === 'tiny' ? testModel : undefined);
  await world.asks('!img replay', { threadId: gone });
  assert.deepEqual(world.platform.refusals, ['nothing_to_repeat', 'job_cut_short', 'job_cut_short', 'model_gone']);
});
