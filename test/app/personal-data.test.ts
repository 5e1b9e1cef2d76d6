import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { unzipSync } from 'fflate';
import type { ChatPlatform } from '#core/ports.ts';
import { eventId, userId, type EventId } from '#core/types.ts';
import { TestClock } from './test-clock.ts';
import { World } from './world.ts';

const ada = '@ada:room';
const bob = '@bob:room';
const canary = 'xylophone-canary';

/** Every byte of every file of the world. */
function traces(world: World, words: string): string[] {
  return readdirSync(world.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.includes(words) || readFileSync(path).includes(words));
}

/** Takes messages away as a server does, and remembers which. */
function withRemoval(world: World): { readonly removed: EventId[] } {
  const removed: EventId[] = [];
  const platform: ChatPlatform = world.platform;
  platform.remove = async (_room, event) => {
    removed.push(event);
    return { message: 'gone', media: 'kept' };
  };
  return { removed };
}

/** Files that were written a moment ago are looked at again some seconds later. */
async function forgotten(world: World): Promise<void> {
  const isDone = (): boolean =>
    world.store.personal.erasures().length === 0 && world.platform.texts.some((text) => text.startsWith('Done:'));
  for (let waitedMs = 0; !isDone(); waitedMs += 20) {
    assert.ok(waitedMs < 30_000, `not forgotten: ${world.logged.join(', ')}`);
    await delay(20);
  }
}

test('forget me: asks first, then nothing of the person is left in any file, and others keep what is theirs', async () => {
  await using world = await World.open();
  const { removed } = withRemoval(world);
  // Equal pictures would be one file, which stays for the other's sake.
  let shades = 0;
  world.engine.paint = () => (shades += 50);
  const drawn = world.say(`!img ${canary} --n 2`, { from: ada });
  const others = world.say('!img a blue fox', { from: bob });
  world.say(`!img plan daily 07:00 ${canary}`, { from: ada });
  await world.settled();
  const { images } = world.jobOf(drawn);
  const picture = world.platform.pictures.find(
    ({ delivery: { content } }) => content.kind === 'image' && content.image.key === images[0]?.key,
  );
  assert.ok(picture !== undefined);
  world.say('!img star', { from: bob, replyTo: picture.id });
  world.say(`!img info`, { from: ada });
  await world.settled();
  const files = images.map(({ key }) => world.images.path(key));
  assert.ok(traces(world, ada).length > 0 && traces(world, canary).length > 0, 'the canaries are there before');

  world.say('!img forget me', { from: ada });
  await world.settled();
  assert.match(world.platform.texts.at(-1) ?? '', /^Shall I forget you\?.* erase 1 job .* 1 schedule/s);
  assert.equal(traces(world, canary).length > 0, true);
  world.say('!img yes', { from: ada });
  await forgotten(world);

  assert.deepEqual(traces(world, ada), []);
  assert.deepEqual(traces(world, canary), []);
  for (const file of files) assert.throws(() => readFileSync(file), /ENOENT/u);
  const posted = world.platform.posts.filter(({ delivery }) => delivery.content.kind === 'image').map(({ id }) => id);
  assert.ok(removed.includes(picture.id));
  assert.ok(removed.includes(drawn), 'the command, where the bot may');
  const kept = world.jobOf(others);
  assert.equal(kept.state, 'done');
  assert.equal(kept.images.length, 1);
  assert.ok((await world.images.read(kept.images[0]!.key)).byteLength > 0);
  assert.equal(removed.includes(posted.at(-1)!), false, 'the other picture stays');
  const answer = world.platform.texts.findLast((text) => text.startsWith('Done:')) ?? '';
  assert.match(answer, /Erased here: 1 job with 2 pictures, 1 schedule/u);
  assert.match(answer, /stay on the server/u);
  assert.equal(answer.includes(ada), false);
  // A new person.
  const again = world.say('!img a red fox', { from: ada });
  await world.settled();
  assert.equal(world.jobOf(again).state, 'done');
});

test('forget me while jobs run and wait: they end, and nothing of them is said afterwards', async () => {
  await using world = await World.open();
  withRemoval(world);
  const gate = Promise.withResolvers<void>();
  world.engine.gate = gate.promise;
  world.say(`!img ${canary} --n 3`, { from: ada });
  world.say(`!img ${canary} two`, { from: ada });
  const others = world.say('!img a blue fox', { from: bob });
  await world.until(() => world.engine.made.length === 1, 'the first runs');
  world.say('!img forget me', { from: ada });
  await world.until(() => world.platform.texts.some((text) => text.startsWith('Shall I')), 'asked');
  const before = world.platform.posts.length;
  world.say('!img yes', { from: ada });
  await forgotten(world);
  gate.resolve();
  await world.settled();
  const after = world.platform.posts.slice(before).map(({ text }) => text);
  assert.equal(after.filter((text) => text.startsWith('Done:')).length, 1);
  assert.equal(
    after.some((text) => text.includes(canary)),
    false,
    after.join('\n'),
  );
  assert.match(after.find((text) => text.startsWith('Done:')) ?? '', /Stopped: 2 jobs/u);
  assert.equal(world.jobOf(others).state, 'done');
  assert.deepEqual(traces(world, canary), []);
});

test('nobody is forgotten by another’s word, nor by a no', async () => {
  await using world = await World.open();
  world.platform.admins = [bob];
  const job = world.say('!img a red fox', { from: ada });
  await world.settled();
  world.say('!img forget me', { from: ada });
  await world.settled();
  const question = world.platform.posts.at(-1)!.id;
  world.accept({
    kind: 'reaction',
    platform: 'room',
    roomId: world.jobOf(job).origin.roomId,
    eventId: eventId('$like'),
    sender: userId(bob),
    target: question,
    emoji: '👍',
    isAdmin: true,
    receivedAtMs: world.now(),
  });
  await world.settled();
  assert.deepEqual(world.store.personal.erasures(), []);
  world.say('!img no', { from: ada });
  await world.settled();
  assert.equal(world.jobOf(job).state, 'done');
});

test('a server that is away delays nothing but its own posts, and what stays is said', async () => {
  await using world = await World.open();
  const platform: ChatPlatform = world.platform;
  platform.remove = async (_room, event) => (event.startsWith('$bot') ? { message: 'hidden', media: 'gone' } : { message: 'failed' });
  world.say(`!img ${canary}`, { from: ada });
  await world.settled();
  world.say('!img forget me', { from: ada });
  await world.settled();
  world.say('!img yes', { from: ada });
  await forgotten(world);
  const answer = world.platform.texts.findLast((text) => text.startsWith('Done:')) ?? '';
  assert.match(answer, /My messages: \d+ hidden from everybody but those who run the server/u);
  assert.match(answer, /Your messages to me: \d+ still there, because I may not remove messages of others/u);
  assert.match(answer, /Files of my messages on the server: gone/u);
});

test('what others made something from stays, and the answer counts it', async () => {
  await using world = await World.open();
  withRemoval(world);
  const drawn = world.say(`!img ${canary}`, { from: ada });
  await world.settled();
  const { key } = world.jobOf(drawn).images[0]!;
  world.say('!img up x2', { from: bob, replyTo: world.platform.pictures[0]!.id });
  await world.settled();
  await world.asks('!img forget me', { from: ada });
  world.say('!img yes', { from: ada });
  await forgotten(world);
  assert.ok(existsSync(world.images.path(key)));
  const answer = world.platform.texts.findLast((text) => text.startsWith('Done:')) ?? '';
  assert.match(answer, /1 picture stays stored, because others made something from it\./u);
});

test('a message that can’t be removed now holds up no other, no file and not the database', async () => {
  await using world = await World.open();
  const platform: ChatPlatform = world.platform;
  const removed = new Set<EventId>();
  const drawn = world.say(`!img ${canary} --n 2`, { from: ada });
  await world.settled();
  const paths = world.jobOf(drawn).images.map(({ key }) => world.images.path(key));
  const [first, ...others] = world.platform.posts.map(({ id }) => id);
  assert.ok(first !== undefined && others.length > 0);
  let isStuck = true;
  platform.remove = async (_room, event) => {
    if (event === first && isStuck) return { message: 'later', retryAfterMs: 1 };
    removed.add(event);
    return { message: 'gone' };
  };
  await world.asks('!img forget me', { from: ada });
  world.say('!img yes', { from: ada });
  const stage = (): string | undefined => world.store.personal.erasures()[0]?.stage;
  for (let waitedMs = 0; stage() !== 'answering' || !others.every((id) => removed.has(id)); waitedMs += 20) {
    assert.ok(waitedMs < 15_000, `stands at ${stage()}`);
    await delay(20);
  }
  for (const path of paths) assert.equal(existsSync(path), false);
  assert.equal(removed.has(first), false);
  isStuck = false;
  await forgotten(world);
  assert.ok(removed.has(first));
});

test('mydata: everything about the asker in one file of the documented form, where nobody else reads it', async () => {
  await using world = await World.open({}, undefined, { platform: 'matrix' });
  const person = '@ada:example.org';
  const drawn = world.say(`!img ${canary} --n 2`, { from: person });
  world.say('!img a blue fox', { from: '@bob:example.org' });
  world.say(`!img plan daily 07:00 ${canary}`, { from: person });
  await world.settled();
  world.say('!img mydata', { from: person });
  await world.settled();
  assert.deepEqual(world.platform.refusals, ['mydata_direct_only']);
  world.say('mydata', { from: person, room: '!direct', isDirect: true });
  await world.settled();
  const [offered] = world.platform.offered;
  assert.ok(offered?.delivery.content.kind === 'file', `${world.platform.texts.join('\n')} ${world.errors.join('\n')}`);
  assert.match(offered.text, /1 job with 2 pictures/u);
  assert.equal(offered.delivery.content.file.name, 'mydata.zip');
  const entries = unzipSync(await world.images.read(offered.delivery.content.file.key));
  const { id, images } = world.jobOf(drawn);
  assert.deepEqual(new Set(Object.keys(entries)), new Set(['mydata.json', `${id}-A1.png`, `${id}-A2.png`]));
  assert.deepEqual(Buffer.from(entries[`${id}-A2.png`]!), Buffer.from(await world.images.read(images[1]!.key)));
  const document = JSON.parse(Buffer.from(entries['mydata.json']!).toString()) as {
    jobs: { request: { prompt: string } }[];
    schedules: unknown[];
  };
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/mydata.schema.json'), 'utf8')) as object;
  const validate = new Ajv2020({ allErrors: true, strict: true }).compile(schema);
  assert.ok(validate(document), JSON.stringify(validate.errors, undefined, 2));
  assert.deepEqual(
    document.jobs.map(({ request }) => request.prompt),
    [canary],
  );
  assert.equal(document.schedules.length, 1);
  assert.equal(JSON.stringify(document).includes('@bob'), false);
});

test('forget me finds answers of any age, and the copy that was handed out in the local room', async () => {
  await using world = await World.open();
  const { removed } = withRemoval(world);
  await world.asks('!img models', { from: ada });
  await world.asks('!img mydata', { from: ada });
  const [offered] = world.platform.offered;
  assert.ok(offered?.delivery.content.kind === 'file');
  const path = world.images.path(offered.delivery.content.file.key);
  const answers = world.platform.posts.map(({ id }) => id);
  assert.equal(answers.length, 2);
  world.store.prune(world.now() + 1000, world.now());
  assert.ok(existsSync(path));
  await world.bot.forget({ platform: 'room', user: userId(ada) });
  for (const id of answers) assert.ok(removed.includes(id), `${id} is still there`);
  assert.equal(existsSync(path), false);
  assert.deepEqual(traces(world, ada), []);
});

test('the file of a copy goes two weeks after it was sent', async () => {
  const clock = new TestClock('2026-11-23T12:00:00Z');
  await using world = await World.open({}, undefined, { platform: 'matrix', clock });
  world.say('mydata', { from: '@ada:example.org', room: '!direct', isDirect: true });
  await world.settled();
  const [offered] = world.platform.offered;
  assert.ok(offered?.delivery.content.kind === 'file');
  const path = world.images.path(offered.delivery.content.file.key);
  assert.ok(existsSync(path));
  world.store.prune(world.now() - 1000, world.now());
  assert.deepEqual(world.store.personal.erasures(), []);
  world.store.prune(world.now() + 1000, world.now());
  const erasures = world.store.personal.erasures();
  assert.equal(erasures.length, 1);
  assert.deepEqual(world.store.personal.files(erasures[0]!.id), [offered.delivery.content.file.key]);
  await world.restart();
  for (let waitedMs = 0; existsSync(path); waitedMs += 50) {
    assert.ok(waitedMs < 20_000, 'it is still there');
    await delay(50);
  }
});
