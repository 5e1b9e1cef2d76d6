import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { eventId, userId, type EventId } from '#core/types.ts';
import { reactionId } from '#src/chat/mattermost/post.ts';
import { TestClock } from './test-clock.ts';
import { World } from './world.ts';

const ada = '@ada:room';
const canary = 'xylophone-canary';

const files = (world: World): readonly string[] =>
  readdirSync(world.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test('what was asked before and is gathered until after the forgetting is not carried out, and its upload goes', async () => {
  await using world = await World.open();
  const gate = Promise.withResolvers<void>();
  let isAsked = false;
  world.platform.onAttachment = async () => {
    isAsked = true;
    await gate.promise;
  };
  const photo = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const slow = world.say(`!img vary ${canary}`, { from: ada, room: '!slow', file: { name: 'photo.png', bytes: photo } });
  await world.until(() => isAsked, 'the upload is under way');
  world.say('!img forget me', { from: ada });
  await world.until(() => world.platform.texts.some((text) => text.startsWith('Shall I')), 'asked');
  world.say('!img yes', { from: ada });
  for (let waitedMs = 0; world.store.personal.erasures().length > 0 || !world.lastText.startsWith('Done:'); waitedMs += 20) {
    assert.ok(waitedMs < 20_000, 'not forgotten');
    await delay(20);
  }
  const said = world.platform.posts.length;
  const isUpload = (path: string): boolean => existsSync(path) && readFileSync(path).equals(photo);
  gate.resolve();
  await world.until(() => files(world).some(isUpload), 'the upload is stored');
  // Its event is handled already: nothing tells when the work on it is over.
  await delay(300);
  await world.settled();
  assert.equal(world.store.jobs.ofCommand('room', slow), undefined);
  assert.deepEqual(world.engine.made, []);
  assert.equal(world.platform.posts.length, said, world.platform.texts.join('\n'));
  const isTrace = (path: string): boolean => readFileSync(path).includes(ada) || readFileSync(path).includes(canary);
  assert.deepEqual(files(world).filter(isTrace), []);
  for (let waitedMs = 0; files(world).some(isUpload); waitedMs += 100) {
    assert.ok(waitedMs < 20_000, 'the upload is still there');
    await delay(100);
  }
});

test('a failure that comes after the forgetting is told nobody', async () => {
  await using world = await World.open();
  const gate = Promise.withResolvers<void>();
  let isAsked = false;
  world.platform.onAttachment = async () => {
    isAsked = true;
    await gate.promise;
    throw new Error('the server is away');
  };
  world.say(`!img vary ${canary}`, { from: ada, room: '!slow', file: { name: 'photo.png', bytes: new Uint8Array(9) } });
  await world.until(() => isAsked, 'the upload is under way');
  await world.bot.forget({ platform: 'room', user: userId(ada) });
  gate.resolve();
  await delay(300);
  await world.settled();
  assert.deepEqual(world.platform.posts, []);
});

test('a schedule whose maker is being forgotten draws nothing', async () => {
  const clock = new TestClock('2026-11-23T05:00:00Z');
  await using world = await World.open({}, undefined, { clock });
  await world.asks(`!img plan daily 07:00 ${canary}`, { from: ada });
  const said = world.platform.posts.length;
  // Begun, and nobody goes on with it: as in the moment before the rows are erased.
  world.store.personal.begin({ platform: 'room', user: userId(ada), isDirect: false, language: 'en', nowMs: world.now() });
  clock.passTo('2026-11-23T07:30:00Z');
  await world.settled();
  assert.deepEqual(world.store.jobs.open(), []);
  assert.deepEqual(world.engine.made, []);
  assert.equal(world.platform.posts.length, said);
});

test('ids that name who reacted or took it back, as on Mattermost, go from every file; those of others stay', async () => {
  await using world = await World.open({}, undefined, { platform: 'mattermost' });
  const [person, other] = ['anna'.padEnd(26, 'x'), 'anna'.padEnd(26, 'y')];
  await world.asks('!img a red fox', { from: person });
  const post = world.platform.pictures[0]!.id;
  const reaction = (user: string): EventId => eventId(reactionId({ postId: post, userId: user, emojiName: 'tada', givenAtMs: 1 }));
  for (const user of [person, other]) {
    const common = { platform: 'mattermost', roomId: world.roomId, sender: userId(user), receivedAtMs: world.now() } as const;
    world.accept({ ...common, kind: 'reaction', eventId: reaction(user), target: post, emoji: '🎉', isAdmin: false });
    world.accept({ ...common, kind: 'redaction', eventId: eventId(`taken-back:${reaction(user)}`), target: reaction(user) });
  }
  await world.settled();
  const found = (words: string): readonly string[] => files(world).filter((path) => readFileSync(path).includes(words));
  assert.ok(found(person).length > 0, 'the id is there before');
  await world.bot.forget({ platform: 'mattermost', user: userId(person) });
  await world.until(() => world.store.personal.erasures().length === 0, 'the end');
  assert.deepEqual(found(person), []);
  assert.ok(found(other).length > 0);
});
