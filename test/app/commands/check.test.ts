/** `check`: what is compared, what is said, and what becomes of what somebody brought. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { checksThat } from '../checks.ts';
import { testModel, World, type WorldOptions } from '../world.ts';

const open = async (options: WorldOptions): Promise<World> => World.open({ maxUploadMegapixels: 1 }, [testModel], options);

const png = async (grey: number, side = 32): Promise<Uint8Array> =>
  sharp({ create: { width: side, height: side, channels: 3, background: { r: grey, g: grey, b: grey } } })
    .png()
    .toBuffer();

test('the report tells with what it was compared, how near it is, from where on that counts, and what it does not prove', async () => {
  await using world = await open({ checks: checksThat('report', [8]).checks });
  const { id } = world.jobOf(await world.asks('!img a fox --n 4 --seed 7'));
  await world.asks(`!img check ${id}/A2`);
  assert.match(world.lastText, new RegExp(`^Comparison with protected works: ${id}/A2\n`, 'u'));
  assert.match(world.lastText, /3 works of this library, by a perceptual hash and a copy-detection model \(copies, abc123\)/u);
  assert.match(
    world.lastText,
    /Highest similarity: 0\.93 with «The Scream» \(Munch Museum\), licence all rights reserved, .* from 0\.85 on it counts as a match/u,
  );
  assert.match(world.lastText, /A match\. Look at both/u);
  assert.match(world.lastText, /What this does not prove: only the works of this library were compared/u);
  assert.doesNotMatch(world.lastText, /free of rights/iu);
  await world.asks(`!bild prüfen ${id}/A1`);
  assert.match(world.lastText, /Größte Ähnlichkeit: 0,2 mit «The Scream»[\s\S]*Kein Treffer[\s\S]*Was das nicht beweist/u);
  assert.doesNotMatch(world.lastText, /rechtefrei|frei von Rechten/iu);
});

test('a reply, the newest picture and a picture that is held back can be compared as well', async () => {
  await using world = await open({ checks: checksThat('hold-back', [8]).checks });
  await world.asks('!img a fox --seed 7');
  await world.asks('!img check');
  assert.match(world.lastText, /No match/u);
  const { id } = world.jobOf(await world.asks('!img a fox --seed 8'));
  await world.asks(`!img check ${id}`);
  assert.match(world.lastText, /A match/u);
  await world.asks('!img check', { replyTo: world.platform.pictures[0]!.id });
  assert.match(world.lastText, /No match/u);
  assert.equal(world.platform.images.length, 1, 'nothing that is held back was shown');
});

test('an attached picture is compared with its file, counts against no quota and is not kept', async () => {
  const { library, checks } = checksThat('report', [8]);
  await using world = await open({ checks });
  const before = readdirSync(join(world.folder, 'images'), { recursive: true }).length;
  const file = await png(8);
  await world.asks('!img check', { file: { name: 'scream.png', bytes: file } });
  assert.match(world.lastText, /^Comparison with protected works\n[\s\S]*A match/u);
  assert.deepEqual(Buffer.from(library.files[0] ?? []), Buffer.from(file));
  assert.equal(readdirSync(join(world.folder, 'images'), { recursive: true }).length, before);
  assert.equal(world.engine.made.length, 0);
});

test('what is no picture, too large or broken is refused in one sentence', async () => {
  await using world = await open({ checks: checksThat('report', []).checks });
  for (const bytes of [new TextEncoder().encode('hello'), new Uint8Array(0), (await png(8)).subarray(0, 60), await png(8, 1100)]) {
    await world.asks('!img check', { file: { name: 'a.png', bytes } });
    assert.equal(world.platform.refusals.at(-1), 'picture_refused');
    assert.equal(world.lastText.split('\n').length, 1, world.lastText);
  }
});

test('an empty library, none at all and one that fails say that nothing was checked', async () => {
  const { library, checks } = checksThat('report', []);
  await using world = await open({ checks });
  await world.asks('!img a fox');
  library.works = 0;
  await world.asks('!img check');
  assert.match(world.lastText, /^Not checked: the library is empty.*blitzbild references add DIR/u);
  library.outdated = 2;
  await world.asks('!img check');
  assert.match(world.lastText, /^Not checked: an older version has read the library.*blitzbild references reindex/u);
  library.works = 3;
  library.fails = true;
  await world.asks('!img check');
  assert.match(world.lastText, /^Not checked: the comparison failed/u);
  await using bare = await open({});
  await bare.asks('!img a fox');
  await bare.asks('!img check');
  assert.match(bare.lastText, /^Not checked: this bot has no library/u);
});

test('while one picture is compared, other rooms get their sheets and archives', async () => {
  const { library, checks } = checksThat('report', []);
  await using world = await open({ checks });
  const { id } = world.jobOf(await world.asks('!img a fox --n 2', { room: '!other' }));
  const compared = Promise.withResolvers<void>();
  library.gate = compared.promise;
  const looked = library.files.length;
  world.say('!img check', { file: { name: 'a.png', bytes: await png(8) } });
  await world.until(() => library.files.length === looked + 1, 'the comparison has begun');
  world.say('!img check', { file: { name: 'b.png', bytes: await png(9) }, room: '!third' });
  world.say(`!img zip ${id}`, { room: '!other' });
  try {
    await world.until(() => world.platform.offered.length === 1, 'the archive came');
  } catch (error) {
    // The world ends only when nobody waits any more.
    compared.resolve();
    throw error;
  }
  assert.equal(library.files.length, looked + 1, 'the second comparison waits for the first');
  compared.resolve();
  await world.settled();
  assert.equal(library.files.length, looked + 2);
});
