/** Threat: prompts leaking across rooms. Whoever is in another room points at everything there is, by every means. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPlainText } from '#core/rich-text.ts';
import { eventId, type EventId } from '#core/types.ts';
import { testModel, World } from '../app/world.ts';

const canary = 'zanzibar';
const mine = '!room';
const theirs = '!other';
const eve = '@eve:evil';

/** Everything that a room was sent, pictures' captions and file names included. */
function sentTo(world: World, room: string): readonly string[] {
  return world.platform.posts
    .filter(({ delivery }) => delivery.roomId === room)
    .map(({ delivery, text }) => {
      const { content } = delivery;
      const edited = content.kind === 'text' || content.kind === 'edit' ? toPlainText(content.text) : '';
      return `${text} ${edited} ${JSON.stringify(delivery)}`;
    });
}

/** A room with a batch, a star, a schedule, a question and a job that waits; what Eve could point at. */
async function secretRoom(): Promise<{ world: World; targets: readonly EventId[]; ids: readonly string[] }> {
  const world = await World.open({ askAbove: 4 }, [testModel], { styles: true });
  const command = await world.asks(`!img a {red, blue} ${canary} --no ${canary}s --seed 2718281828`);
  const { id } = world.jobOf(command);
  const picture = world.platform.pictures[0]?.id ?? assert.fail('no picture');
  world.react('⭐', picture);
  await world.asks(`!img up ${id}/A1`);
  await world.asks(`!img plan every day 7:00 a ${canary} at dawn`);
  await world.asks(`!img sheet ${id}`);
  await world.asks('!img style default photo');
  const asked = await world.asks(`!img a ${canary} --n 5`);
  world.engine.gate = new Promise(() => {});
  const waiting = world.say(`!img a waiting ${canary}`);
  await world.until(() => world.store.jobs.open().length === 1, 'the job that waits');
  await world.until(() => world.store.outbox.pendingCount('room') === 0, 'its acknowledgement');
  const own = world.platform.posts.map(({ id: post }) => post);
  return { world, targets: [command, picture, asked, waiting, ...own], ids: [id, world.jobOf(waiting).id] };
}

const openIn = (world: World, room: string): readonly string[] =>
  world.store.jobs
    .open()
    .filter(({ origin }) => origin.roomId === room)
    .map((job) => JSON.stringify(job));

const emojis = ['👍', '👎', '❌', '🔁', '⬆️', '⭐', '🎨', 'ℹ️'];
const verbs = ['info', 'again', 'vary', 'up', 'fix', 'replay', 'verify', 'sheet', 'zip', 'star', 'unstar', 'cancel', '+ more', 'yes', 'no'];

test('nothing of a room is told, shown, changed or stopped from another one', async () => {
  const { world: opened, targets, ids } = await secretRoom();
  await using world = opened;
  assert.ok(sentTo(world, mine).join().includes(canary), 'there is something to tell');
  const before = {
    open: openIn(world, mine),
    stars: world.store.stars.list('room', world.roomId, 99).length,
    plans: world.store.plans.list('room', world.roomId),
    asked: world.store.asks.latestOf('room', world.roomId, world.jobOf(targets[3]!).requestedBy)?.id,
    mine: sentTo(world, mine).length,
  };
  assert.ok(before.stars > 0 && before.plans.length > 0 && before.asked !== undefined);
  const from = { from: eve, room: theirs };
  for (const target of [...targets, eventId('$nowhere')]) {
    for (const emoji of emojis) world.react(emoji, target, eve, theirs);
    for (const verb of verbs) {
      world.say(`!img ${verb}`, { ...from, replyTo: target });
      world.say(`!img ${verb}`, { ...from, threadId: target });
    }
  }
  for (const id of ids) for (const verb of verbs) for (const at of ['', '/A1', '/B1']) world.say(`!img ${verb} ${id}${at}`, from);
  const asking = [
    `find ${canary.slice(0, 5)}`,
    'find',
    'find since:today',
    'find mine',
    'gallery',
    'stars',
    'queue',
    'plans',
    'limits',
    'styles',
  ];
  for (const words of asking) world.say(`!img ${words}`, from);
  for (const { id } of before.plans)
    for (const verb of ['show', 'pause', 'resume', 'run', 'remove']) world.say(`!img plan ${verb} ${id}`, from);
  for (const { name } of world.store.styles.list().slice(0, 2)) world.say(`!img style ${name}`, from);
  await world.until(() => world.store.unhandled().length === 0, 'everything to be carried out');
  await world.until(() => world.store.outbox.pendingCount('room') === 0, 'every answer');

  const told = sentTo(world, theirs);
  assert.ok(told.length > 200, `${told.length} answers`);
  assert.deepEqual(
    told.filter((text) => text.toLowerCase().includes(canary) || text.includes('2718281828')),
    [],
  );
  const pictures = world.platform.posts.filter(({ delivery }) => delivery.roomId === theirs && delivery.content.kind === 'image');
  assert.deepEqual(pictures, [], 'not even a preview was drawn for this');
  assert.equal(sentTo(world, mine).length, before.mine, 'and nobody was troubled');
  assert.deepEqual(openIn(world, mine), before.open);
  // What Eve typed behind a verb may have become a prompt of her own; nobody else's is in it.
  assert.ok(openIn(world, theirs).every((job) => !job.includes(canary)));
  assert.equal(world.store.stars.list('room', world.roomId, 99).length, before.stars);
  assert.deepEqual(world.store.plans.list('room', world.roomId), before.plans);
  assert.equal(world.store.asks.latestOf('room', world.roomId, world.jobOf(targets[3]!).requestedBy)?.id, before.asked);
  assert.deepEqual(world.errors, []);
});

test('a reaction to a message of another room is answered by nothing, not even by «there is no such question»', async () => {
  await using world = await World.open({ askAbove: 4 });
  const asked = await world.asks(`!img a ${canary} --n 5`);
  const question = world.platform.posts.findLast(({ delivery }) => delivery.event?.type === 'ask') ?? assert.fail('nothing was asked');
  for (const emoji of emojis) for (const target of [question.id, asked]) world.react(emoji, target, eve, theirs);
  await world.settled();
  assert.deepEqual(sentTo(world, theirs), []);
  world.react('👍', question.id);
  await world.settled();
  assert.equal(world.engine.made.length, 5, 'the question was still open');
});

test('a preview of a style shows nobody’s prompt', async () => {
  await using world = await World.open({}, [testModel], { styles: true, previews: false });
  await world.asks(`!img a ${canary} --style photo`);
  await world.asks('!img style photo', { room: theirs, from: eve });
  assert.ok(sentTo(world, theirs).length > 0);
  assert.ok(!sentTo(world, theirs).join().includes(canary));
});
