/** Pictures that are checked before they are posted, held back, listed, released; what every other command says of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { checksThat, classifierOf } from '../checks.ts';
import { World, type WorldOptions, testModel } from '../world.ts';

const open = async (options: WorldOptions): Promise<World> => World.open({}, [testModel], options);

/** Seeds 7, 8, 9, 10; the second is a copy. */
const four = '!img a fox --n 4 --seed 7';

const cellsOf = (world: World): string[] =>
  world.platform.pictures.map(({ delivery }) =>
    delivery.content.kind === 'image' ? delivery.content.fileName.replace(/^.*-|\.png$/gu, '') : '',
  );

/** No file of the picture has left for the room, neither itself nor its thumbnail. */
const keysPosted = (world: World): string[] =>
  world.platform.images.flatMap(({ delivery }) =>
    delivery.content.kind === 'image' ? [delivery.content.image.key, delivery.content.image.thumbnail.key] : [],
  );

test('a copy is not posted: one sentence stands in its place, and the end counts it', async () => {
  await using world = await open({ checks: checksThat('hold-back', [8]).checks });
  const job = world.jobOf(await world.asks(four));
  assert.equal(job.state, 'done');
  assert.deepEqual(cellsOf(world), ['A1', 'A3', 'A4']);
  const held = job.images[1];
  assert.deepEqual(held?.heldBack, {
    by: 'similarity',
    title: 'The Scream',
    rightsHolder: 'Munch Museum',
    similarity: 0.93,
    threshold: 0.85,
  });
  assert.ok(!keysPosted(world).includes(held.key) && !keysPosted(world).includes(held.thumbnail.key));
  const said = world.platform.texts.find((text) => text.includes('held back: it'));
  assert.equal(
    said,
    `Picture ${job.id}/A2 is held back: it resembles «The Scream» (Munch Museum) at 0.93 (limit 0.85). Another seed: !img again ${job.id}; an admin can release it with !img release ${job.id}/A2.`,
  );
  assert.match(world.platform.texts[0] ?? '', new RegExp(`1 of 4 pictures of job ${job.id} is held back`, 'u'));
  assert.ok(job.images.every(({ timings }) => timings.checkMs !== undefined));
  assert.deepEqual(world.logged, []);
});

test('no other command shows it', async () => {
  await using world = await open({ checks: checksThat('hold-back', [8]).checks });
  world.platform.admins = ['@root:room'];
  const { id, images } = world.jobOf(await world.asks(four));
  for (const command of ['up', 'fix', 'vary', 'star', 'replay']) {
    await world.asks(`!img ${command} ${id}/A2`);
    assert.match(world.lastText, /A2 is held back: it resembles «The Scream»/u, command);
  }
  assert.equal(world.engine.made.length, 4, 'nothing is drawn from it');
  await world.asks(`!img zip ${id}`);
  assert.match(world.platform.offered.at(-1)?.text ?? '', /3 pictures of job .* in one file[\s\S]*1 of 4 pictures/u);
  await world.asks('!img gallery');
  assert.match(world.lastText, /gallery is empty/u);
  await world.asks(`!img info ${id}/A2`);
  assert.match(world.lastText, /Held back A2 +it resembles a protected work/u);
  assert.match(
    world.lastText,
    /Comparison A2 +compared with 3 works; resembles «The Scream» \(Munch Museum\): 0\.93, a match from 0\.85 on/u,
  );
  await world.asks(`!img info ${id}/A1`);
  assert.match(world.lastText, /Comparison A1 +compared with 3 works; no match; nearest is «The Scream»/u);
  await world.asks('mydata', { room: '!direct', isDirect: true });
  const copy = world.platform.offered.at(-1)!.delivery.content;
  assert.ok(copy.kind === 'file' && copy.file.name === 'mydata.zip');
  const entries = unzipSync(await world.images.read(copy.file.key));
  assert.deepEqual(new Set(Object.keys(entries)), new Set([`${id}-A1.png`, `${id}-A3.png`, `${id}-A4.png`, 'mydata.json']));
  const document = JSON.parse(Buffer.from(entries['mydata.json']!).toString()) as { jobs: { files: { name: string }[] }[] };
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/mydata.schema.json'), 'utf8')) as object;
  const validate = new Ajv2020({ allErrors: true, strict: true }).compile(schema);
  assert.ok(validate(document), JSON.stringify(validate.errors, undefined, 2));
  assert.deepEqual(
    document.jobs[0]?.files.find(({ name }) => name === `${id}-A2.png`),
    { name: `${id}-A2.png`, isIncluded: false, reason: 'held_back' },
  );
  assert.ok(!keysPosted(world).includes(images[1]!.key));
});

test('its message is a subject: reactions and replies to it say the same, and again draws another seed', async () => {
  await using world = await open({ checks: checksThat('hold-back', [8]).checks });
  await world.asks('!img a fox --seed 8');
  const message = world.platform.posts.find(({ text }) => text.includes('held back: it'))!;
  world.react('⬆️', message.id);
  world.react('⭐', message.id);
  await world.settled();
  assert.deepEqual(world.platform.refusals, ['picture_held_back', 'picture_held_back']);
  world.react('🔁', message.id);
  await world.settled();
  assert.equal(world.engine.made.length, 2);
});

test('its tile on the sheet is a word, and after the release the picture', async () => {
  await using world = await open({ checks: checksThat('hold-back', [200]).checks });
  world.platform.admins = ['@root:room'];
  // Greys 199, 200, 201, 202.
  const { id, sheet } = world.jobOf(await world.asks('!img a fox --n 4 --seed 199'));
  assert.equal(sheet, undefined, 'four pictures of one kind are no batch');
  const tilesOf = async (): Promise<number[]> => {
    await world.asks(`!img sheet ${id}`);
    const content = world.platform.sheets.at(-1)!.delivery.content;
    assert.ok(content.kind === 'image');
    const { data } = await sharp(await world.images.read(content.image.key))
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return [199, 200, 201, 202].map((grey) => data.filter((value) => value === grey).length);
  };
  const before = await tilesOf();
  await world.asks(`!img release ${id}/A2`, { from: '@root:room' });
  const after = await tilesOf();
  assert.ok(before[1]! < before[0]! / 10, `tiles before: ${before.join(', ')}`);
  assert.ok(after[1]! > after[0]! * 0.8, `tiles after: ${after.join(', ')}`);
});

test('a batch whose sheet is painted early shows no copy on it', async () => {
  await using world = await open({ checks: checksThat('hold-back', [200]).checks });
  const { id, sheet, images } = world.jobOf(await world.asks('!img a {red, blue} bird --n 4 --seed 198'));
  assert.equal(images.filter(({ heldBack }) => heldBack !== undefined).length, 2);
  const { data } = await sharp(await world.images.read(sheet!.key))
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const [copies, others] = [200, 199].map((grey) => data.filter((value) => value === grey).length);
  assert.ok(copies! < others! / 10, `${copies} of ${others}`);
  assert.match(world.platform.texts[0] ?? '', new RegExp(`2 of 8 pictures of job ${id} are held back`, 'u'));
});

test('an admin lists and releases; members can’t', async () => {
  await using world = await open({ checks: checksThat('hold-back', [8]).checks });
  world.platform.admins = ['@root:room'];
  await world.asks('!img held', { from: '@root:room' });
  assert.match(world.lastText, /No picture of this room is held back/u);
  const { id } = world.jobOf(await world.asks(four));
  for (const command of ['held', `release ${id}/A2`]) {
    await world.asks(`!img ${command}`);
    assert.equal(world.platform.refusals.at(-1), 'admins_only');
  }
  await world.asks('!img held', { from: '@root:room' });
  assert.match(world.lastText, new RegExp(`Picture ${id}/A2 is held back`, 'u'));
  assert.ok(world.lastText.includes(world.store.jobs.get(id)!.images[1]!.key), 'its file is named, so that somebody can look');
  await world.asks('!img held', { from: '@root:room', room: '!other' });
  assert.match(world.lastText, /No picture of this room is held back/u);
  await world.asks(`!bild freigeben ${id}/A2`, { from: '@root:room' });
  assert.deepEqual(cellsOf(world).toSorted(), ['A1', 'A2', 'A3', 'A4']);
  assert.match(
    world.platform.pictures.find(({ text }) => text.includes('/A2'))?.text ?? '',
    /Resembles «The Scream» \(Munch Museum\): 0\.93/u,
  );
  await world.asks(`!img release ${id}/A2`, { from: '@root:room' });
  assert.equal(world.platform.refusals.at(-1), 'release_not_held');
  await world.asks(`!img up ${id}/A2`);
  assert.equal(world.engine.enlarged.length, 1, 'it can be enlarged now');
  assert.match(
    world.platform.texts.join('\n'),
    /A1 is held back: it resembles/u,
    'and what comes of it is a picture of its own, which is checked',
  );
});

test('alone with the bot only its own admins list and release; elsewhere the room’s admins still do', async () => {
  for (const admins of [['@root:room'], []]) {
    await using world = await World.open({}, [testModel], { platform: 'matrix', admins, checks: checksThat('hold-back', [8]).checks });
    // Whoever opens a conversation with the bot administers it.
    world.platform.admins = ['@ada:room'];
    const { id } = world.jobOf(await world.asks(four, { isDirect: true }));
    for (const command of ['held', `release ${id}/A2`]) {
      await world.asks(`!img ${command}`, { isDirect: true });
      assert.equal(world.platform.refusals.at(-1), 'held_bot_admins_only');
    }
    assert.equal(world.platform.pictures.length, 3);
    assert.ok(!world.platform.texts.join('\n').includes(world.store.jobs.get(id)!.images[1]!.key));
    if (admins.length > 0) {
      await world.asks(`!img release ${id}/A2`, { isDirect: true, from: '@root:room' });
      assert.equal(world.platform.pictures.length, 4);
    }
    const other = world.jobOf(await world.asks('!img a fox --seed 8', { room: '!team' }));
    await world.asks(`!img release ${other.id}`, { room: '!team' });
    assert.equal(world.platform.refusals.length, 2);
    assert.match(world.platform.texts.join('\n'), new RegExp(`${other.id}/A1 is released`, 'u'));
  }
});

test('a list that leaves pictures out says how many', async () => {
  await using world = await open({ checks: checksThat('hold-back', [8]).checks });
  world.platform.admins = ['@root:room'];
  for (let job = 0; job < 52; job += 1) await world.asks('!img a fox --seed 8');
  await world.asks('!img held', { from: '@root:room' });
  assert.equal(world.lastText.match(/is held back/gu)?.length, 50);
  assert.match(world.lastText, /And 2 more, older ones/u);
});

test('release alone means the one picture of a job that is held back, and asks where there are several', async () => {
  await using world = await open({ checks: checksThat('hold-back', [8, 9]).checks });
  world.platform.admins = ['@root:room'];
  const command = await world.asks(four);
  const { id } = world.jobOf(command);
  await world.asks(`!img release ${id}`, { from: '@root:room' });
  assert.match(world.lastText, /Held back are A2, A3/u);
  await world.asks(`!img release ${id}/A3`, { from: '@root:room' });
  await world.asks(`!img release ${id}`, { from: '@root:room' });
  assert.equal(world.platform.pictures.length, 4);
});

test('in report mode everything is posted, the copy with what it resembles, the others without a word', async () => {
  await using world = await open({ checks: checksThat('report', [8]).checks });
  await world.asks(four);
  const captions = world.platform.pictures.map(({ text }) => text);
  assert.equal(captions.length, 4);
  assert.deepEqual(
    captions.map((text) => /Resembles «The Scream» \(Munch Museum\): 0\.93, a match from 0\.85 on\./u.test(text)),
    [false, true, false, false],
  );
});

test('a check that fails lets the picture through or holds it back, as configured, and says so', async () => {
  for (const onFailure of ['post', 'hold-back'] as const) {
    const { library, checks } = checksThat('hold-back', [], { onFailure });
    library.fails = true;
    await using world = await open({ checks });
    await world.asks('!img a fox');
    assert.equal(world.platform.pictures.length, onFailure === 'post' ? 1 : 0);
    if (onFailure === 'hold-back') assert.match(world.platform.texts.join('\n'), /could not be compared with the protected works/u);
    await world.asks('!img info');
    assert.match(world.lastText, /not checked: the comparison failed/u);
  }
});

test('a library without works holds nothing back, and no caption claims anything', async () => {
  const { library, checks } = checksThat('hold-back', [7], { onFailure: 'hold-back' });
  library.works = 0;
  await using world = await open({ checks });
  await world.asks('!img a fox --seed 7');
  assert.equal(world.platform.pictures.length, 1);
  assert.doesNotMatch(world.platform.pictures[0]!.text, /esembles|match|checked/u);
  assert.doesNotMatch(world.platform.texts[0]!, / · check /u);
  await world.asks('!img info');
  assert.match(world.lastText, /not checked: the library was empty/u);
});

test('the classifier holds back from its threshold on; one that fails or answers nonsense counts as unchecked', async () => {
  const classifier = classifierOf((grey) => (grey === 8 ? 0.8 : grey === 9 ? Number.NaN : 0.79));
  await using world = await open({ checks: { classifier: { find: () => classifier, onFailure: 'hold-back' } } });
  const { images } = world.jobOf(await world.asks(four));
  assert.deepEqual(
    images.map(({ heldBack }) => heldBack?.by),
    [undefined, 'classifier', 'unchecked', undefined],
  );
  assert.match(world.platform.texts.join('\n'), /finds «nsfw» in it with 0\.8 \(limit 0\.8\), and may be wrong/u);
  assert.deepEqual(world.logged, ['A picture could not be classified']);
});

test('the next picture is drawn while one is checked', async () => {
  const { library, checks } = checksThat('report', []);
  const { promise, resolve } = Promise.withResolvers<void>();
  library.gate = promise;
  await using world = await open({ checks });
  world.say(four);
  while (world.engine.made.length < 3) await new Promise((wait) => setTimeout(wait, 5));
  assert.equal(world.platform.pictures.length, 0);
  resolve();
  await world.settled();
  assert.deepEqual(cellsOf(world), ['A1', 'A2', 'A3', 'A4']);
});

test('after a restart it is still held back, and can be released', async () => {
  const { checks } = checksThat('hold-back', [8]);
  await using world = await open({ checks });
  world.platform.admins = ['@root:room'];
  const { id } = world.jobOf(await world.asks(four));
  await world.restart();
  await world.asks(`!img up ${id}/A2`);
  assert.equal(world.platform.refusals.at(-1), 'picture_held_back');
  await world.asks(`!img release ${id}/A2`, { from: '@root:room' });
  assert.equal(world.platform.pictures.length, 4);
});
