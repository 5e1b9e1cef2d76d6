/** Who changes what counts in every room, and who what counts in one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventId } from '#core/types.ts';
import { testModel, World } from '../world.ts';

const opened = async (admins: readonly string[]): Promise<World> => {
  const world = await World.open({}, [testModel], { styles: true, platform: 'matrix', admins });
  world.platform.admins = ['@ada:room'];
  return world;
};

const question = (world: World): EventId =>
  world.platform.posts.findLast(({ delivery }) => delivery.event?.type === 'ask')?.id ?? assert.fail('nothing was asked');

const everywhere = [
  'admin pause',
  'admin resume',
  'admin limits maxCount 3',
  'model use tiny',
  'style set photo "film still of {prompt}"',
  'style undo photo',
  'style rename photo studio',
  'style remove photo',
  'style import',
];
const inThisRoom = ['style default photo', 'timezone Europe/Paris', 'quiet 22:00-06:00'];

test('where ids are configured, no role in a room is enough for what counts in all of them', async () => {
  await using world = await opened(['@root:room']);
  for (const command of everywhere) await world.asks(`!img ${command}`);
  assert.deepEqual(
    world.platform.refusals,
    everywhere.map(() => 'bot_admins_only'),
  );
  assert.match(world.lastText, /Only the bot's admins .* every room: .* under admins: in its configuration/u);
  for (const command of inThisRoom) await world.asks(`!img ${command}`);
  assert.equal(world.platform.refusals.length, everywhere.length, 'the room is still its admins’ own');
  await world.asks('!img admin limits maxCount 3', { from: '@root:room' });
  assert.match(world.lastText, /maxCount is 3/u);
  await world.asks('!bild admin pause');
  assert.match(world.lastText, /^Was in allen Räumen gilt, ändern nur die Admins des Bots/u);
});

test('where none is configured, a role counts, but not in a conversation with the bot alone', async () => {
  await using world = await opened([]);
  for (const command of everywhere) await world.asks(`!img ${command}`, { isDirect: true });
  assert.deepEqual(
    world.platform.refusals,
    everywhere.map(() => 'bot_admins_only'),
  );
  for (const command of inThisRoom) await world.asks(`!img ${command}`, { isDirect: true });
  await world.asks('!img admin limits maxCount 3');
  assert.match(world.lastText, /maxCount is 3/u);
  await world.asks('!img admin limits maxCount 4', { from: '@bob:room' });
  assert.deepEqual(world.platform.refusals.slice(everywhere.length), ['admins_only']);
});

test('a yes has the rights of whoever says it, for what was asked about', async () => {
  await using world = await opened(['@root:room', '@eve:room']);
  await world.asks('!img style remove neon', { from: '@root:room' });
  world.react('👍', question(world), '@ada:room');
  await world.settled();
  assert.deepEqual(world.platform.refusals, ['bot_admins_only'], 'an admin of the room may answer, and not change the styles');
  assert.ok(world.store.styles.get('neon'));
  await world.asks('!img style remove neon', { from: '@root:room' });
  world.react('👍', question(world), '@eve:room');
  await world.settled();
  assert.equal(world.store.styles.get('neon'), undefined);
});

test('the local room is of this machine: its admins change everything', async () => {
  await using world = await World.open({}, [testModel], { styles: true, admins: ['@root:room'] });
  world.platform.admins = ['@ada:room'];
  await world.asks('!img admin limits maxCount 3', { isDirect: true });
  assert.match(world.lastText, /maxCount is 3/u);
  await world.asks('!img admin limits maxCount 4', { from: '@bob:room' });
  assert.deepEqual(world.platform.refusals, ['admins_only']);
});
