/** Styles: everybody reads them, admins change them, and what changes is shown and asked about first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attachment } from '#core/ports.ts';
import type { EventId } from '#core/types.ts';
import { testModel, World, type Post } from '../world.ts';

const opened = async (): Promise<World> => {
  const world = await World.open({}, [testModel], { styles: true });
  world.platform.admins = ['@ada:room'];
  return world;
};

const questions = (world: World): Post[] => world.platform.posts.filter(({ delivery }) => delivery.event?.type === 'ask');
const question = (world: World): EventId => questions(world).at(-1)?.id ?? assert.fail('nothing was asked');

async function confirmed(world: World, text: string, said: Parameters<World['say']>[1] = {}): Promise<void> {
  const before = questions(world).length;
  await world.asks(text, said);
  assert.equal(questions(world).length, before + 1, world.lastText);
  world.react('👍', question(world), said.from);
  await world.settled();
}

const attached = (name: string, text: string): Attachment => ({ name, bytes: new TextEncoder().encode(text) });

test('everybody sees the list, finds in it and looks at one', async () => {
  await using world = await opened();
  await world.asks('!img styles', { from: '@bob:room' });
  for (const name of ['photo', 'watercolor', 'comic', 'sketch', 'pixel-art', 'neon', 'black-and-white'])
    assert.ok(world.store.styles.get(name), name);
  assert.match(world.lastText, /watercolor/u);
  await world.asks('!img styles water', { from: '@bob:room' });
  assert.match(world.lastText, /watercolor/u);
  assert.doesNotMatch(world.lastText, /neon/u);
  await world.asks('!bild stil zeigen foto', { from: '@bob:room' });
  assert.match(world.lastText, /photo[\s\S]*\{prompt\}/u);
  await world.asks('!img style history photo', { from: '@bob:room' });
  await world.asks('!img style show watrcolor', { from: '@bob:room' });
  assert.match(world.lastText, /did you mean watercolor/u);
  assert.deepEqual(world.platform.refusals, ['style_unknown']);
});

test('changing is for admins, whatever the message itself claims', async () => {
  await using world = await opened();
  const changes = ['set photo "film still of {prompt}"', 'undo photo', 'rename photo "studio"', 'default photo', 'remove photo', 'import'];
  for (const change of changes) await world.asks(`!img style ${change}`, { from: '@bob:room', isAdmin: true });
  assert.deepEqual(
    world.platform.refusals,
    changes.map(() => 'admins_only'),
  );
  assert.deepEqual([questions(world).length, world.store.styles.get('photo')?.version], [0, 1]);
});

test('set shows the difference, waits for 👍, keeps the version with who and when; undo goes back and forth', async () => {
  await using world = await opened();
  await world.asks('!img style set photo "film still of {prompt}, grain" --no blur --steps 6');
  assert.match(
    world.platform.texts.at(-1) ?? '',
    /photo would change:[\s\S]*film still of \{prompt\}, grain[\s\S]*Steps: 6[\s\S]*React with 👍/iu,
  );
  assert.equal(world.store.styles.get('photo')?.version, 1, 'nothing is changed yet');
  world.react('👍', question(world));
  await world.settled();
  const changed = world.store.styles.get('photo');
  assert.deepEqual(
    [changed?.version, changed?.changedBy, changed?.style.prompt, changed?.style.defaults.steps],
    [2, '@ada:room', 'film still of {prompt}, grain', 6],
  );
  await world.asks('!img a fox --style photo');
  assert.deepEqual([world.engine.made[0]?.prompt, world.engine.made[0]?.steps], ['film still of a fox, grain', 6]);
  assert.match(world.engine.made[0]?.negativePrompt ?? '', /blur/u);

  await confirmed(world, '!img style undo photo');
  assert.deepEqual([world.store.styles.get('photo')?.version, world.store.styles.get('photo')?.style.defaults.steps], [3, undefined]);
  await confirmed(world, '!img style undo photo');
  assert.equal(world.store.styles.get('photo')?.style.defaults.steps, 6);
  await world.asks('!img style history photo');
  assert.match(world.lastText, /ada/u);
});

test('👍 of somebody without the right changes nothing; an admin who lost it neither; another admin may', async () => {
  await using world = await opened();
  await world.asks('!img style set photo "film still of {prompt}"');
  world.react('👍', question(world), '@bob:room');
  await world.settled();
  assert.deepEqual(world.platform.refusals, ['ask_not_yours']);
  world.platform.admins = ['@bob:room'];
  world.react('👍', question(world));
  await world.settled();
  assert.deepEqual([world.platform.refusals.at(-1), world.store.styles.get('photo')?.version], ['admins_only', 1]);

  world.platform.admins = ['@ada:room'];
  await world.asks('!img style set photo "film still of {prompt}"');
  world.platform.admins = ['@bob:room'];
  world.react('👍', question(world), '@bob:room');
  await world.settled();
  assert.equal(world.store.styles.get('photo')?.style.prompt, 'film still of {prompt}');
});

test('rights that nobody can be asked for are none', async () => {
  await using world = await opened();
  world.platform.isAdmin = () => Promise.reject(new Error('the server is away'));
  await world.asks('!img style remove photo');
  assert.deepEqual(world.platform.refusals, ['admins_only']);
});

test('the configured ids are admins everywhere', async () => {
  await using world = await World.open({}, [testModel], { styles: true, admins: ['@root:room'] });
  await confirmed(world, '!img style remove neon', { from: '@root:room', room: '!room' });
  assert.equal(world.store.styles.get('neon'), undefined);
});

test('a new style, one without {prompt}, one with braces of its own, a name that is taken, nothing changed', async () => {
  await using world = await opened();
  await confirmed(world, '!img style set "team look" "{prompt}, flat colours"');
  await world.asks('!img a fox --style "team look"');
  assert.equal(world.engine.made[0]?.prompt, 'a fox, flat colours');
  await world.asks('!img style set other "flat colours"');
  await world.asks('!img style set other "{prompt}, in {red, blue}"');
  await world.asks('!img style set other "{prompt} {prompt}"');
  await world.asks('!img style set "team look" "{prompt}, flat colours"');
  await world.asks('!img style set other');
  await world.asks('!img style set photo --steps 6 --n 4');
  assert.match(world.lastText, /A style can't keep --n/u);
  assert.equal(questions(world).length, 1);
  assert.equal(world.platform.refusals.length, 6, world.platform.texts.slice(-5).join('\n'));
  assert.ok(
    world.platform.refusals.every((code) => code.startsWith('style_')),
    String(world.platform.refusals),
  );
  assert.equal(world.store.styles.get('other'), undefined);
  assert.equal(world.store.styles.get('photo')?.version, 1);
});

test('rename keeps the old name working, also as the default of a room and in a schedule', async () => {
  await using world = await opened();
  await world.asks('!img style default comic');
  await confirmed(world, '!img style rename comic "bande dessinee"');
  assert.equal(world.store.styles.get('comic'), undefined);
  await world.asks('!img a fox');
  await world.asks('!img a fox --style comic');
  const [own, named] = world.engine.made;
  assert.equal(own?.prompt, named?.prompt);
  assert.notEqual(own?.prompt, 'a fox');
  await world.asks('!img style show comic');
  assert.match(world.lastText, /bande dessinee/u);
  assert.match(world.lastText, /default/iu);
  await world.asks('!img style rename "bande dessinee" photo');
  assert.equal(world.platform.refusals.length, 1, 'that name is taken');
});

test('undo takes a rename back; the name in between goes on working', async () => {
  await using world = await opened();
  await confirmed(world, '!img style rename comic manga');
  await world.asks('!img style undo manga');
  assert.match(world.lastText, /manga.*comic/u);
  await world.asks('!img yes');
  const comic = world.store.styles.get('comic') ?? assert.fail();
  assert.ok(comic.style.aliases.includes('manga') && !comic.style.aliases.includes('comic'), String(comic.style.aliases));
  assert.equal(world.store.styles.get('manga'), undefined);
  assert.deepEqual(world.platform.refusals, []);
  await world.asks('!img style undo photo');
  assert.deepEqual(world.platform.refusals, ['style_undo_nothing'], 'it never had another name');
});

test('a default counts in its room only, and is left out by `--style none` or for good', async () => {
  await using world = await opened();
  await world.asks('!img style default sketch');
  await world.asks('!img a fox');
  await world.asks('!img a fox --style none');
  await world.asks('!img a fox', { room: '!other' });
  await world.asks('!img style default none');
  await world.asks('!img a fox');
  assert.deepEqual(
    world.engine.made.map(({ prompt }) => prompt === 'a fox'),
    [false, true, true, true],
  );
});

test('what is removed is gone for everybody, also as a default, and undo brings it back', async () => {
  await using world = await opened();
  await world.asks('!img style default sketch');
  await confirmed(world, '!img style remove sketch');
  await world.asks('!img a fox');
  assert.equal(world.engine.made[0]?.prompt, 'a fox');
  await world.asks('!img a fox --style sketch');
  assert.deepEqual(world.platform.refusals, ['style_unknown']);
  await confirmed(world, '!img style undo sketch');
  await world.asks('!img a fox --style sketch');
  assert.notEqual(world.engine.made[1]?.prompt, 'a fox');
});

test('export writes all styles as a file, in each format; import of that file changes nothing', async () => {
  await using world = await opened();
  for (const format of ['csv', 'json', 'yaml']) {
    await world.asks(`!img style export ${format}`, { from: '@bob:room' });
    const content = world.platform.offered.at(-1)?.delivery.content;
    assert.ok(content?.kind === 'file');
    const bytes = await world.images.read(content.file.key);
    assert.equal(bytes.byteLength, content.file.bytes);
    const before = questions(world).length;
    await world.asks('!img style import', { file: { name: content.file.name, bytes } });
    assert.equal(questions(world).length, before, `${format}: ${world.lastText}`);
  }
  await world.asks('!img style export xml');
  assert.deepEqual(world.platform.refusals, ['style_format_unknown']);
});

test('import shows what would change and asks; the file is read again when it is answered', async () => {
  await using world = await opened();
  const csv = 'name,prompt,negative_prompt\nphoto,"film still of {prompt}",blur\nclay,"clay figure of {prompt}",\n';
  const carrier = world.say('our styles', { file: attached('styles.csv', csv), from: '@bob:room' });
  await world.asks('!img style import', { replyTo: carrier });
  assert.match(world.lastText, /clay[\s\S]*React with 👍/u);
  assert.equal(world.store.styles.get('clay'), undefined);
  // The one who asked has lost the right meanwhile; the one who answers has it, and needs the file as well.
  world.platform.admins = ['@bob:room'];
  world.react('👍', question(world), '@bob:room');
  await world.settled();
  assert.deepEqual(world.platform.refusals, []);
  assert.deepEqual([world.store.styles.get('clay')?.version, world.store.styles.get('photo')?.style.prompt], [1, 'film still of {prompt}']);
  assert.match(world.lastText, /1 .*added.*1 changed/u);
});

test('files that can not be imported: none, too large, broken quotes, no prompt, no styles at all', async () => {
  await using world = await opened();
  const before = world.store.styles.list().length;
  await world.asks('!img style import');
  await world.asks('!img style import', { replyTo: world.say('no file') });
  const bad: readonly Attachment[] = [
    { name: 'styles.csv', bytes: new Uint8Array(5_000_001).fill(97) },
    attached('styles.csv', 'name,prompt,negative_prompt\nphoto,"film still of {prompt},blur\n'),
    attached('styles.json', '[{"name": "x"'),
    attached('notes.docx', 'hello'),
  ];
  for (const file of bad) {
    const posts = world.platform.posts.length;
    await world.asks('!img style import', { file });
    assert.equal(world.platform.posts.length, posts + 1, 'one answer');
    assert.ok(world.lastText.length > 20 && world.lastText.length < 400, world.lastText);
  }
  assert.deepEqual([questions(world).length, world.store.styles.list().length], [0, before]);
  assert.deepEqual(world.platform.refusals.slice(0, 2), ['style_file_missing', 'style_file_missing']);
});

test('a yes carries out what was shown: where a style has changed since, the command is to be sent again', async () => {
  await using world = await opened();
  await world.asks('!img style set photo "film still of {prompt}" --steps 6');
  const stale = question(world);
  await confirmed(world, '!img style set photo "studio photo of {prompt}"');
  await world.asks('!img style undo photo');
  const fresh = question(world);
  world.react('👍', stale);
  await world.settled();
  assert.deepEqual(world.platform.refusals, ['styles_changed_since']);
  assert.match(world.lastText, /styles have changed since I asked: send the command again/u);
  assert.deepEqual(
    [world.store.styles.get('photo')?.version, world.store.styles.get('photo')?.style.prompt],
    [2, 'studio photo of {prompt}'],
  );
  world.react('👍', fresh);
  await world.settled();
  assert.equal(world.store.styles.get('photo')?.version, 3, 'what was asked after the change still counts');
});

test('a model that is not installed is refused where the style is set', async () => {
  await using world = await opened();
  await world.asks('!img style set photo --model tinny');
  assert.deepEqual(world.platform.refusals, ['model_unknown']);
  assert.match(world.lastText, /--model tiny/u);
  assert.equal(questions(world).length, 0);
});
