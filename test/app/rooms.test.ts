/** What a slow server keeps waiting: the commands of its own room, and nobody else's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { AppError } from '#core/errors.ts';
import type { Attachment } from '#core/ports.ts';
import { World } from './world.ts';

const photo = async (): Promise<Attachment> => ({
  name: 'photo.png',
  bytes: await sharp({ create: { width: 32, height: 32, channels: 3, background: 'red' } })
    .png()
    .toBuffer(),
});

/** Attachments hang until they are let go; how often one was asked for. */
function hanging(world: World): { asked: number; release: (how?: Error) => void } {
  const { promise: gate, resolve, reject } = Promise.withResolvers<void>();
  gate.catch(() => {});
  const state = { asked: 0, release: (how?: Error) => (how === undefined ? resolve() : reject(how)) };
  world.platform.onAttachment = async () => {
    state.asked += 1;
    return gate;
  };
  return state;
}

const textsIn = (world: World, room: string): string[] =>
  world.platform.posts.filter(({ delivery }) => delivery.roomId === room && delivery.content.kind === 'text').map(({ text }) => text);

test('a file that hangs in one room delays no other room, and keeps the order of its own', async () => {
  await using world = await World.open();
  const hung = hanging(world);
  const up = world.say('!img up x2', { room: '!slow', file: await photo() });
  world.say('!img lang de', { room: '!slow' });
  world.say('!img a fox', { room: '!quick' });
  await world.until(() => world.platform.pictures.length === 1, 'the picture in the other room');
  world.say('!img models', { room: '!slow' });
  world.say('!img models', { room: '!quick' });
  await world.until(() => textsIn(world, '!quick').length === 2, 'the answer in the other room');
  assert.deepEqual(textsIn(world, '!slow'), []);
  assert.equal(world.store.unhandled().length, 3);
  hung.release();
  await world.settled();
  assert.equal(hung.asked, 1, 'an event in hand is not begun again');
  assert.equal(world.jobOf(up).state, 'done');
  const [first, language] = textsIn(world, '!slow');
  assert.match(first ?? '', /1 image/u);
  assert.match(language ?? '', /Deutsch/u);
  assert.equal(textsIn(world, '!slow').length, 3);
});

test('what the end of the program breaks off is carried out after the next start, in its order', async () => {
  await using world = await World.open();
  const hung = hanging(world);
  const up = world.say('!img up x2', { file: await photo() });
  world.say('!img models');
  await world.until(() => hung.asked === 1, 'the file to be asked for');
  const closed = world.bot.close();
  hung.release(new AppError('cancelled'));
  await closed;
  assert.deepEqual([world.platform.posts, world.store.unhandled().length, world.logged], [[], 2, []]);
  world.reopenStore();
  world.platform.onAttachment = () => {};
  await world.startBot();
  await world.settled();
  assert.equal(world.jobOf(up).state, 'done');
  assert.deepEqual(world.platform.refusals, []);
  assert.equal(world.platform.texts.length, 2);
});

test('a platform that breaks off while the program goes on is asked again', async () => {
  await using world = await World.open();
  let asked = 0;
  world.platform.onAttachment = () => {
    asked += 1;
    if (asked === 1) throw new AppError('cancelled');
  };
  const up = await world.asks('!img up x2', { file: await photo() });
  assert.deepEqual([asked, world.jobOf(up).state, world.platform.refusals], [2, 'done', []]);
});

test('a file that takes longer than the bot waits is told to be unavailable', async (t) => {
  const original = AbortSignal.timeout.bind(AbortSignal);
  t.mock.method(AbortSignal, 'timeout', (ms: number) => original(ms / 1000));
  await using world = await World.open();
  world.platform.onAttachment = async (signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(new AppError('cancelled')), { once: true }));
  await world.asks('!img up x2', { file: await photo() });
  assert.deepEqual(world.platform.refusals, ['picture_refused']);
  assert.match(world.lastText, /did not hand out the file/u);
});

test('a store that fails in one room is tried again there, and its events keep their order', async () => {
  await using world = await World.open();
  const markHandled = world.store.markHandled.bind(world.store);
  let failing = true;
  world.store.markHandled = (id) => {
    if (failing) throw new Error('disk is full');
    return markHandled(id);
  };
  world.say('!img lang de');
  world.say('!img models');
  await world.until(() => world.logged.includes('The inbox could not be worked on'), 'the failure');
  assert.equal(world.store.unhandled().length, 2);
  failing = false;
  await world.settled();
  assert.equal(world.platform.texts.length, 2);
  assert.match(world.platform.texts[0] ?? '', /Deutsch/u);
});
