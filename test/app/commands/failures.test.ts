/** What others break: files that do not come, a disk that is full, an engine that ends. Nothing is half done. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { AppError } from '#core/errors.ts';
import { flag } from '../../finish/files.ts';
import { testModel, World } from '../world.ts';

const png = async () => ({ name: 'flag.png', bytes: await flag().png().toBuffer() });

test('a file that the server does not hand out is told in a sentence; the next command is carried out', async () => {
  await using world = await World.open();
  world.platform.attachment = () => Promise.reject(new AppError('attachment_unavailable'));
  await world.asks('!img up', { file: await png() });
  await world.asks('!img style import', { file: await png(), from: '@ada:room' });
  assert.match(world.platform.texts[0] ?? '', /^I can't use this .*again in a minute/u);
  assert.deepEqual(world.platform.refusals, ['picture_refused', 'admins_only']);
  await world.asks('!img a fox');
  assert.equal(world.platform.pictures.length, 1);
});

test('an upload for which there is no room on the disk queues nothing', async () => {
  await using world = await World.open();
  world.images.put = () => Promise.reject(new AppError('image_store_full', { maxMb: 1000 }));
  await world.asks('!img vary', { file: await png() });
  assert.deepEqual([world.platform.refusals, world.engine.made.length], [['engine_failed'], 0]);
  assert.match(world.lastText, /disk|space|room|full/u);
  assert.doesNotMatch(world.lastText, /something went wrong/u);
});

test('a batch whose third picture fails keeps two, makes no sheet, and ends once', async () => {
  await using world = await World.open({}, [testModel], { styles: true });
  world.engine.onBegin = (picture) => {
    if (picture === 3) world.engine.failures = [new AppError('out_of_memory', { model: 'tiny' })];
  };
  const command = await world.asks('!img a fox --style photo,comic --n 2');
  const job = world.jobOf(command);
  assert.equal(job.state, 'failed');
  assert.deepEqual([job.images.length, world.platform.sheets.length, world.platform.texts.length], [world.platform.pictures.length, 0, 1]);
  assert.match(world.lastText, new RegExp(String(job.id), 'u'));
  await world.asks('!img again', { threadId: command });
  assert.equal(world.platform.sheets.length, 1);
});

test('an engine that ends in the middle of a batch begins again with the picture it was at', async () => {
  await using world = await World.open({}, [testModel], { styles: true });
  world.engine.onBegin = (picture) => {
    if (picture === 3) world.engine.failures = [new AppError('engine_crashed')];
  };
  const command = await world.asks('!img a fox --style photo,comic --n 2 --seed 7');
  assert.deepEqual([world.jobOf(command).state, world.engine.made.map(({ seed }) => seed)], ['done', [7, 8, 7, 7, 8]]);
  assert.equal(world.platform.sheets.length, 1);
});

test('a picture whose source is gone from the disk fails alone, in a sentence', async () => {
  await using world = await World.open();
  const command = await world.asks('!img a fox');
  const { id, images } = world.jobOf(command);
  rmSync(world.images.path(images[0]!.key));
  for (const words of ['up x2', 'vary', 'fix']) {
    const asked = await world.asks(`!img ${words}`, { threadId: command, replyTo: world.platform.pictures[0]!.id });
    const { state, failure } = world.jobOf(asked);
    assert.deepEqual([state, failure], ['failed', { code: 'picture_gone', params: { job: id } }], words);
    assert.match(world.lastText, new RegExp(`the file of the picture is no longer there\\. !img again ${id} draws it anew`, 'u'));
  }
  const before = world.platform.refusals.length;
  for (const words of ['zip', 'sheet']) {
    await world.asks(`!img ${words} ${id}`);
    assert.match(world.lastText, new RegExp(`files of job ${id} are no longer there: !img again ${id} draws`, 'u'));
  }
  assert.deepEqual(world.platform.refusals.slice(before), ['job_files_gone', 'job_files_gone']);
  assert.ok(!world.logged.includes('An event could not be handled'));
  const after = await world.asks('!img a cat');
  assert.equal(world.jobOf(after).state, 'done');
});

test('a sheet that can not be made keeps a batch from nothing', async () => {
  await using world = await World.open({}, [testModel], { styles: true });
  world.store.jobs.setSheet = () => {
    throw new Error('the disk is full');
  };
  const command = await world.asks('!img a fox --style photo,comic');
  assert.deepEqual([world.jobOf(command).state, world.platform.sheets.length], ['done', 0]);
  assert.match(world.lastText, /^2 images/u);
});
