/** What makes much asks first: who may answer, how, until when, and that an answer counts once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventId } from '#core/types.ts';
import { HOUR_MS, TestClock } from '../test-clock.ts';
import { testModel, World } from '../world.ts';

const MANY = '!img a red fox --n 5';

const asking = async (): Promise<World> => World.open({ askAbove: 4 }, [testModel]);

const questionOf = (world: World): EventId => {
  const post = world.platform.posts.find(({ delivery }) => delivery.event?.type === 'ask');
  return post?.id ?? assert.fail('nothing was asked');
};

test('more than the configured number asks, the number itself does not', async () => {
  await using world = await asking();
  await world.asks('!img a red fox --n 4');
  assert.equal(world.engine.made.length, 4);
  await world.asks(MANY);
  assert.equal(world.engine.made.length, 4);
  assert.match(world.lastText, /^That makes 5 pictures, in about .*\. Shall I\?\nReact with 👍 or type !img yes to go on\./u);
});

test('👍 of the asker draws it, as the command that asked, and counts once', async () => {
  await using world = await asking();
  const command = await world.asks(MANY);
  const question = questionOf(world);
  world.react('👍', question);
  world.react('👍🏽', question);
  world.react('👍', question, '@bob:room');
  await world.settled();
  assert.equal(world.engine.made.length, 5);
  assert.equal(world.jobOf(command).requestedBy, '@ada:room');
  for (const { delivery } of world.platform.pictures) assert.equal(delivery.threadId, command);
  assert.deepEqual(world.platform.refusals, []);
});

test('an admin may answer for somebody, and it stays their job; somebody else may not, and the question stays open', async () => {
  await using world = await asking();
  const command = await world.asks(MANY);
  world.react('👍', questionOf(world), '@bob:room');
  world.react('👎', questionOf(world), '@bob:room');
  await world.settled();
  assert.deepEqual(world.platform.refusals, ['ask_not_yours', 'ask_not_yours']);
  assert.equal(world.engine.made.length, 0);
  world.platform.admins = ['@bob:room'];
  world.react('👍', questionOf(world), '@bob:room');
  await world.settled();
  assert.deepEqual([world.engine.made.length, world.jobOf(command).requestedBy], [5, '@ada:room']);
});

test('👎, ❌ and `no` drop it', async () => {
  for (const decline of ['👎', '❌', 'text'] as const) {
    await using world = await asking();
    await world.asks(MANY);
    const question = questionOf(world);
    if (decline === 'text') world.say('!img no');
    else world.react(decline, question);
    await world.settled();
    assert.equal(world.lastText, 'Dropped: nothing was changed.');
    world.react('👍', question);
    await world.settled();
    assert.equal(world.engine.made.length, 0, decline);
  }
});

test('`yes` answers the own newest question, in German as well, and says so where there is none', async () => {
  await using world = await asking();
  await world.asks('!img yes');
  await world.asks(MANY);
  await world.asks('!img yes', { from: '@bob:room' });
  assert.deepEqual(world.platform.refusals, ['nothing_asked', 'nothing_asked']);
  await world.asks('!bild ja');
  assert.equal(world.engine.made.length, 5);
  await world.asks('!img yes');
  assert.deepEqual(world.platform.refusals.slice(2), ['nothing_asked']);
  assert.equal(world.engine.made.length, 5);
});

test('an admin answers by replying to the question', async () => {
  await using world = await asking();
  await world.asks(MANY);
  world.platform.admins = ['@bob:room'];
  await world.asks('!img yes', { from: '@bob:room', replyTo: questionOf(world) });
  assert.equal(world.engine.made.length, 5);
});

test('after an hour it is too late', async () => {
  const clock = new TestClock('2026-03-02T06:00:00Z');
  await using world = await World.open({ askAbove: 4 }, [testModel], { clock });
  await world.asks(MANY);
  clock.jump(HOUR_MS + 1);
  world.react('👍', questionOf(world));
  await world.asks('!img yes');
  assert.deepEqual(world.platform.refusals, ['nothing_asked', 'nothing_asked']);
  assert.equal(world.engine.made.length, 0);
});

test('a question survives a restart', async () => {
  await using world = await asking();
  const command = await world.asks(MANY);
  await world.restart();
  world.react('👍', questionOf(world));
  await world.settled();
  assert.equal(world.jobOf(command).images.length, 5);
});

test('what was asked is checked again when it is answered', async () => {
  await using world = await World.open({ askAbove: 4, maxPicturesPerPersonPerDay: 6 });
  await world.asks(MANY);
  await world.asks('!img a cat --n 2');
  world.react('👍', questionOf(world));
  await world.settled();
  assert.deepEqual(world.platform.refusals, ['quota_used_up']);
  assert.equal(world.engine.made.length, 2);
});

test('a reaction that asks for much is asked about, and drawn in the thread of its picture', async () => {
  await using world = await asking();
  const command = await world.asks(MANY);
  world.react('👍', questionOf(world));
  await world.settled();
  world.react('🔁', world.platform.pictures[0]!.id);
  await world.settled();
  const second = world.platform.posts.filter(({ delivery }) => delivery.event?.type === 'ask')[1];
  assert.ok(second, 'asked again');
  world.react('👍', second.id);
  await world.settled();
  assert.equal(world.engine.made.length, 10);
  for (const { delivery } of world.platform.pictures) assert.equal(delivery.threadId, command);
});

test('a command that was deleted is not carried out any more', async () => {
  await using world = await asking();
  const command = await world.asks(MANY);
  world.redact(command);
  world.react('👍', questionOf(world));
  await world.settled();
  assert.deepEqual([world.engine.made.length, world.platform.posts.length], [0, 1]);
});

test('an answer in another room is none', async () => {
  await using world = await asking();
  await world.asks(MANY);
  await world.asks('!img yes', { room: '!other' });
  world.react('👍', questionOf(world), '@ada:room', '!other');
  await world.settled();
  assert.equal(world.engine.made.length, 0);
});

test('a picture somebody uploaded is still there when the question is answered', async () => {
  await using world = await asking();
  const { flag } = await import('../../finish/files.ts');
  const file = { name: 'flag.png', bytes: await flag().png().toBuffer() };
  const command = await world.asks('!img vary --n 5', { file });
  assert.equal(world.engine.made.length, 0);
  world.react('👍', questionOf(world));
  await world.settled();
  assert.equal(world.jobOf(command).task?.kind, 'vary');
  assert.ok(world.engine.made.every(({ init }) => init?.widthPx === 16));
});
