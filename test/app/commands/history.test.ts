/** What was drawn: `info` with where it comes from, `find`, stars and the gallery, reactions on pictures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flag } from '../../finish/files.ts';
import { userId } from '#core/types.ts';
import { HOUR_MS, TestClock } from '../test-clock.ts';
import { testModel, World } from '../world.ts';

test('info says of every kind of job where it comes from', async () => {
  await using world = await World.open({}, [testModel], { styles: true });
  const drawn = await world.asks('!img a fox --style comic --seed 7');
  const { id } = world.jobOf(drawn);
  const kinds: readonly (readonly [string, RegExp])[] = [
    [`vary ${id}/A1 --strength 0.4`, new RegExp(`varied from ${id}/A1, strength 0\\.4`, 'u')],
    [`up ${id}/A1 x2`, new RegExp(`enlarged ×2 from ${id}/A1`, 'u')],
    [`fix ${id}/A1`, new RegExp(`optimised from ${id}/A1`, 'u')],
    [`replay ${id}`, new RegExp(`replay of ${id}`, 'u')],
  ];
  for (const [text, lineage] of kinds) {
    const command = await world.asks(`!img ${text}`);
    await world.asks('!img info', { threadId: command });
    assert.match(world.lastText, lineage, text);
  }
  const edit = await world.asks('!img + at night', { threadId: drawn });
  await world.asks('!img info', { threadId: edit });
  assert.match(world.lastText, new RegExp(`edited from ${id}`, 'u'));
  await world.asks(`!img info ${id}`);
  assert.doesNotMatch(world.lastText, /Comes from|Origin/u);
  assert.match(world.lastText, /Style\s+comic/u);
  assert.match(world.lastText, /Expanded\s+\S.*a fox/u);
  assert.match(world.lastText, /Model hash\s+abc123/u);
  assert.match(world.lastText, /!img a fox --seed 7 --style comic$/mu);
});

test('info of what somebody uploaded says so, and speaks of no model or seed that was never used', async () => {
  await using world = await World.open();
  const file = { name: 'flag.png', bytes: await flag().png().toBuffer() };
  for (const verb of ['up x2', 'fix']) {
    const command = await world.asks(`!img ${verb}`, { file });
    await world.asks('!img info', { threadId: command });
    assert.match(world.lastText, /^(?:Comes from|Origin)\s+\S.*upload/mu);
    assert.doesNotMatch(world.lastText, /no longer installed|^Seed|^Steps|^Guidance|^Prompt|Model hash/mu, world.lastText);
  }
  const vary = await world.asks('!img vary --strength 0.3', { file });
  await world.asks('!img find');
  assert.match(
    world.lastText,
    /varied from .*upload.* · 1 picture[\s\S]*optimised from .*upload/u,
    'what has no words is known by its source',
  );
  await world.asks('!img info', { threadId: vary });
  assert.match(world.lastText, /varied from .*upload.*, strength 0\.3/u);
  assert.match(world.lastText, /^Model\s+Tiny/mu);
});

test('find searches the words of this room only, by person and since a day', async () => {
  const clock = new TestClock('2026-03-02T06:00:00Z');
  await using world = await World.open({}, [testModel], { clock });
  const old = await world.asks('!img a lighthouse in FOG');
  clock.jump(30 * HOUR_MS);
  await world.asks('!img fog over the sea', { from: '@bob:room' });
  await world.asks('!img fog in secret', { room: '!other' });
  await world.asks('!img find fog');
  assert.match(world.lastText, /fog over the sea[\s\S]*a lighthouse in FOG/u);
  assert.doesNotMatch(world.lastText, /secret/u);
  await world.asks('!img find fog since:today');
  assert.doesNotMatch(world.lastText, /lighthouse/u);
  await world.asks('!img find fog mine');
  assert.doesNotMatch(world.lastText, /sea/u);
  assert.match(world.lastText, new RegExp(world.jobOf(old).id, 'u'));
  await world.asks('!img find unicorn');
  assert.match(world.lastText, /no picture .* unicorn/iu);
  await world.asks('!img find fog since:someday');
  assert.deepEqual(world.platform.refusals, ['since_invalid']);
});

test('stars: ⭐ and `collect` fill the gallery of this room, `uncollect` takes the own one back', async () => {
  await using world = await World.open();
  await world.asks('!img gallery');
  assert.match(world.lastText, /The gallery is empty/u);
  const command = await world.asks('!img a fox --n 2');
  const { id } = world.jobOf(command);
  const before = world.platform.posts.length;
  world.react('⭐', world.platform.pictures[1]!.id);
  await world.settled();
  assert.equal(world.platform.posts.length, before, 'a reaction is seen as it is');
  await world.asks(`!img collect ${id}/A2`, { from: '@bob:room' });
  assert.match(world.lastText, new RegExp(`${id}/A2 is in the gallery, with 2 stars`, 'u'));
  await world.asks(`!img collect ${id}/A2`, { from: '@bob:room' });
  assert.match(world.lastText, /with 2 stars/u, 'one person has one star');
  await world.asks('!img gallery');
  assert.equal(world.lastText.match(new RegExp(`${id}/A2`, 'gu'))?.length, 2, 'once in the list, once in the hint');
  await world.asks('!img gallery', { room: '!other' });
  assert.match(world.lastText, /The gallery is empty/u);
  await world.asks(`!img uncollect ${id}/A2`);
  await world.asks('!img gallery');
  assert.match(world.lastText, new RegExp(`${id}/A2`, 'u'), "somebody else's star stays");
  await world.asks(`!img uncollect ${id}/A2`, { from: '@bob:room' });
  await world.asks('!img gallery');
  assert.match(world.lastText, /The gallery is empty/u);
});

test('what was typed is echoed in part only', async () => {
  await using world = await World.open();
  const long = 'y'.repeat(300);
  for (const typed of [`find ${long}`, `find fox since:${long}`, `style export ${long}`]) {
    await world.asks(`!img ${typed}`);
    assert.ok(!world.lastText.split('\n')[0]?.includes('y'.repeat(41)), world.lastText);
  }
});

test('a ⭐ that is taken back takes its star along; one that was typed stays', async () => {
  await using world = await World.open();
  await world.asks('!img a fox --n 2');
  const job = world.store.jobs.latestOf('room', world.roomId, userId('@ada:room'));
  assert.ok(job);
  const stars = (index: number): number => world.store.stars.count('room', world.roomId, job.id, index);
  const mine = world.react('⭐', world.platform.pictures[0]!.id);
  world.react('⭐', world.platform.pictures[0]!.id, '@bob:room');
  await world.asks('!img collect A2');
  assert.deepEqual([stars(0), stars(1)], [2, 1]);
  world.redact(mine);
  await world.settled();
  assert.deepEqual([stars(0), stars(1)], [1, 1]);
  world.redact(mine);
  await world.settled();
  assert.deepEqual([stars(0), stars(1)], [1, 1]);
});

test('reactions on a picture: ⬆️ ⭐ 🎨 🔁 ❌ ℹ️', async () => {
  await using world = await World.open();
  const command = await world.asks('!img a fox --n 2 --seed 7');
  const picture = world.platform.pictures[1]!.id;
  for (const emoji of ['⬆️', '⬆', '🎨', '🔁', 'ℹ️', '⭐️', '😀', '❌']) {
    world.react(emoji, picture);
    await world.settled();
  }
  const kinds = world.store.jobs
    .find({ platform: 'room', room: world.roomId, words: [], limit: 20 })
    .map(({ task, images }) => `${task?.kind ?? 'drawn'} ${images.length}`);
  assert.deepEqual(kinds, ['drawn 2', 'vary 1', 'upscale 1', 'upscale 1', 'drawn 2']);
  assert.match(world.platform.texts.find((text) => /The very same again/u.test(text)) ?? '', /!img a fox --seed 8/u);
  assert.equal(world.store.stars.list('room', world.roomId, 5).length, 1);
  assert.deepEqual(world.platform.refusals, ['already_finished']);
  for (const { delivery } of world.platform.posts) assert.equal(delivery.threadId ?? command, command);
});

test('❌ of somebody else stops nothing, of an admin it does; a reaction in another room is none', async () => {
  await using world = await World.open();
  world.engine.onBegin = (picture) => {
    if (picture === 2) world.engine.gate = new Promise(() => {});
  };
  const command = world.say('!img a fox --n 2');
  await world.until(() => world.platform.pictures.length === 1 && world.engine.made.length === 2, 'one picture');
  const picture = world.platform.pictures[0]!.id;
  world.react('❌', picture, '@bob:room');
  world.react('❌', picture, '@ada:room', '!other');
  await world.until(() => world.platform.refusals.length === 1, 'a refusal');
  assert.deepEqual([world.platform.refusals, world.jobOf(command).state], [['not_your_job'], 'running']);
  world.platform.admins = ['@bob:room'];
  world.react('❌', picture, '@bob:room');
  await world.settled();
  assert.equal(world.jobOf(command).state, 'cancelled');
});

test('the command that info prints makes the same picture, whatever the room and its styles have become', async () => {
  await using world = await World.open({}, [testModel], { styles: true });
  world.platform.admins = ['@ada:room'];
  const printed = (): string => world.lastText.trim().split('\n').at(-1) ?? '';
  const plain = world.jobOf(await world.asks('!img a fox --seed 7'));
  const styled = world.jobOf(await world.asks('!img a cat --seed 7 --style comic --n 2'));
  await world.asks('!img style default watercolor');
  await world.asks(`!img info ${plain.id}`);
  assert.equal(printed(), '!img a fox --seed 7 --style none');
  await world.asks(printed());
  assert.deepEqual(world.engine.made.at(-1), world.engine.made[0]);
  await world.asks(`!img info ${styled.id}`);
  assert.equal(printed(), '!img a cat --n 2 --seed 7 --style comic');

  await world.asks('!img style set comic "manga of {prompt}"');
  await world.asks('!img yes');
  await world.asks(`!img info ${styled.id}`);
  assert.equal(printed(), `!img replay ${styled.id}`);
  await world.asks(`!img info ${styled.id}/A2`);
  assert.equal(printed(), `!img replay ${styled.id}/A2`);
  await world.asks(printed());
  assert.equal(world.engine.made.at(-1)?.prompt, world.engine.made[1]?.prompt, 'in the words of then');
  await world.asks(`!bild info ${styled.id}`);
  assert.equal(printed(), `!bild reproduzieren ${styled.id}`);
});
