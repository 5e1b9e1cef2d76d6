/** Threat: exhaustion. Whoever wants everything gets their share, and a sentence; everybody else goes on. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Attachment } from '#core/ports.ts';
import { testModel, World } from '../app/world.ts';
import { flag } from '../finish/files.ts';

const eve = { from: '@eve:evil', room: '!eve' };

/** Another file each time, as somebody would send who wants to fill a disk. */
const upload = async (number: number): Promise<Attachment> => ({
  name: 'flag.png',
  bytes: await flag(100 + number, 50)
    .png()
    .toBuffer(),
});

const storedBytes = (world: World): number =>
  readdirSync(join(world.folder, 'images'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

test('what will be refused is neither fetched nor kept: nobody fills the disk beyond their quota', async () => {
  await using world = await World.open({ maxPicturesPerPersonPerDay: 1 });
  let fetched = 0;
  world.platform.onAttachment = () => void (fetched += 1);
  await world.asks('!img fix', { ...eve, file: await upload(0) });
  assert.deepEqual([fetched, world.platform.refusals], [1, []]);
  const before = storedBytes(world);
  const commands = ['fix', 'up', 'vary', 'a boat', 'a boat --strength 0.4'];
  for (const [number, command] of commands.entries()) await world.asks(`!img ${command}`, { ...eve, file: await upload(number + 1) });
  assert.deepEqual(
    world.platform.refusals,
    commands.map(() => 'quota_used_up'),
  );
  assert.deepEqual([fetched, storedBytes(world)], [1, before]);
  await world.asks('!bild fix', { ...eve, file: await upload(9) });
  assert.match(world.lastText, /^Du hast /u, 'in the language of the command');
  await world.asks('!img fix', { file: await upload(0) });
  assert.equal(world.platform.refusals.length, commands.length + 1, 'others have theirs');
});

test('nor while so much of theirs is waiting that it would be refused', async () => {
  await using world = await World.open({ maxWaitingJobsPerPerson: 2 });
  world.engine.gate = new Promise(() => {});
  let fetched = 0;
  world.platform.onAttachment = () => void (fetched += 1);
  for (const number of [1, 2, 3, 4]) world.say('!img fix', { ...eve, file: await upload(number) });
  await world.until(() => world.platform.refusals.length === 2, 'two refusals');
  assert.deepEqual([world.platform.refusals, fetched], [['person_queue_full', 'person_queue_full'], 2]);
});

test('a room with thousands of messages behind a file that hangs delays no other room', async () => {
  await using world = await World.open();
  const { promise: hung, resolve: release } = Promise.withResolvers<void>();
  world.platform.onAttachment = () => hung;
  world.say('!img fix', { ...eve, file: await upload(1) });
  world.store.transaction(() => {
    for (let number = 0; number < 1500; number++) world.say('just talk', eve);
  });
  world.say('!img models');
  await world.until(() => world.platform.texts.length === 1, 'the answer in the other room');
  assert.ok(world.store.unhandled().some(({ event }) => event.roomId === '!eve'));
  release();
  world.say('!img models', eve);
  await world.settled();
  assert.equal(world.platform.posts.at(-1)?.delivery.roomId, '!eve', 'and its own messages come in their order');
  assert.deepEqual(world.platform.refusals, []);
});

test('what multiplies is counted before it is made', async () => {
  await using world = await World.open({}, [testModel], { styles: true });
  const styles = world.store.styles
    .list()
    .map(({ name }) => `"${name}"`)
    .join(',');
  const choice = (words: number): string => `{${Array.from({ length: words }, (_, at) => `w${at}`).join(',')}}`;
  const greedy = [
    `a ${choice(6)} ${choice(6)} fox --style ${styles} --n 20`,
    `a ${choice(9)} ${choice(9)} ${choice(9)} ${choice(9)} ${choice(9)} fox`,
    '{a,b}'.repeat(400),
    `a fox --n 100000000`,
    `a fox --size 99999x99999`,
    `a fox --steps 999999`,
    `${'{'.repeat(3000)}x`,
  ];
  for (const command of greedy) {
    const before = process.cpuUsage();
    await world.asks(`!img ${command}`, eve);
    const tookMs = process.cpuUsage(before).user / 1000;
    assert.ok(tookMs < 600, `${command.slice(0, 40)}: ${Math.round(tookMs)} ms`);
  }
  assert.equal(world.platform.refusals.length, greedy.length, JSON.stringify(world.platform.refusals));
  assert.equal(world.engine.made.length, 0);
  assert.equal(world.store.jobs.open().length, 0);
});

test('one person in many rooms has one share, and others their turn', async () => {
  await using world = await World.open({ maxWaitingJobsPerPerson: 3, maxWaitingJobs: 5 });
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  world.engine.gate = gate;
  for (const room of ['!1', '!2', '!3', '!4', '!5']) world.say('!img a fox --n 20', { from: eve.from, room });
  await world.until(() => world.platform.refusals.length === 2, 'two refusals');
  assert.deepEqual(world.platform.refusals, ['person_queue_full', 'person_queue_full']);
  const mine = world.say('!img a cat');
  await world.until(() => world.store.jobs.ofCommand('room', mine) !== undefined, 'the other’s job');
  open();
  await world.until(() => world.jobOf(mine).state === 'done', 'the other’s picture');
  assert.equal(world.store.jobs.open().length, 3, 'before the sixty of the first');
});
