/** Which marks pictures carry, and what `verify` says of them. */
import assert from 'node:assert/strict';
import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { makeOrganisationKeys } from '#src/c2pa/keys/make-keys.ts';
import { openMarking } from '#src/marking.ts';
import { readChunks } from '#src/finish/png-chunks.ts';
import { readMarks } from '#src/finish/marks.ts';
import { hasWords } from '#src/finish/words-in-file.ts';
import type { StoredImage } from '#core/types.ts';
import { everyLayer, keyedWorld, largeModel } from '../keyed-marking.ts';
import { World, type Post } from '../world.ts';
import { paintedPicture } from '../../finish/pictures.ts';

const imageOf = ({ delivery: { content } }: Post): StoredImage => (content.kind === 'image' ? content.image : assert.fail('no picture'));

test('every posted original carries caption, XMP, watermark and manifest, and so do thumbnail, sheet and ZIP', async () => {
  await using keyed = await keyedWorld();
  const { world, marking } = keyed;
  const command = await world.asks('!img {red,blue} fox --n 2 --seed 5');
  await world.asks('!img zip', { threadId: command });
  const posts = [...world.platform.pictures, ...world.platform.sheets];
  assert.equal(posts.length, 5);
  for (const post of posts) {
    assert.match(post.text, /AI-generated/u);
    const image = imageOf(post);
    assert.deepEqual(image.marks, ['manifest', 'watermark']);
    for (const key of [image.key, image.thumbnail.key]) {
      const file = await world.images.read(key);
      assert.equal(readMarks(file).aiGenerated, true);
      const { watermark } = await marking.marking.markReader.read(file, { maxPixels: 1e7 });
      assert.deepEqual(watermark.state === 'ours' ? watermark.payload : watermark.state, image.watermark, `${post.text} ${key}`);
    }
    assert.ok(readChunks(await world.images.read(image.key)).some(({ type }) => type === 'caBX'));
  }
  assert.equal(new Set(posts.map((post) => imageOf(post).watermark)).size, 5, 'each picture has a number of its own');
  const zip = world.platform.offered[0]?.delivery.content;
  assert.ok(zip?.kind === 'file');
  assert.match(world.platform.offered[0]?.text ?? '', /AI-generated/u);
  const archive = Buffer.from(await world.images.read(zip.file.key));
  for (const post of world.platform.pictures) assert.ok(archive.includes(Buffer.from(await world.images.read(imageOf(post).key))));
});

test('what a room switches off is not in its next pictures, and other rooms keep it', async () => {
  await using keyed = await keyedWorld();
  const { world } = keyed;
  world.platform.admins = ['@ada:room'];
  await world.asks('!img marks watermark off');
  assert.match(world.lastText, /pictures of this room have no invisible watermark; the caption and the note in the file stay/u);
  await world.asks('!bild kennzeichen manifest aus');
  await world.asks('!img marks prompt on');
  await world.asks('!img a red fox --no "fog, rain" --seed 3');
  await world.asks('!img a red fox --seed 3', { room: '!other' });
  const [here, there] = world.platform.pictures.map(imageOf);
  assert.deepEqual([here?.marks, here?.watermark], [['prompt'], undefined]);
  assert.deepEqual(there?.marks, ['manifest', 'watermark']);
  const file = await world.images.read(here?.key ?? assert.fail('no picture'));
  assert.match(
    Buffer.from(readChunks(file).find(({ type }) => type === 'tEXt')?.body ?? []).toString('latin1'),
    /^parameters\0a red fox\nNegative prompt: fog, rain\nSteps: 1, CFG scale: 2, Seed: 3, Size: 256x256, Model hash: .+, Model: large$/u,
  );
  assert.equal(readMarks(file).aiGenerated, true);
  assert.equal(hasWords(await world.images.read(there?.key ?? assert.fail('no picture'))), false, 'the other room keeps its prompts');
  await world.asks('!img marks');
  assert.match(world.lastText, /Signed manifest \(C2PA\): off\n• Invisible watermark: off\n• Prompt in the file: on/u);
  await world.asks('!img marks default');
  await world.asks('!img marks');
  assert.match(world.lastText, /Signed manifest \(C2PA\): on\n• Invisible watermark: on\n• Prompt in the file: off/u);
});

test('the caption and the XMP note can not be switched off, and only admins switch the others', async () => {
  await using world = await World.open();
  await world.asks('!img marks watermark off');
  world.platform.admins = ['@ada:room'];
  for (const typed of ['caption off', 'xmp off', 'stamp off', 'watermark', 'prompt']) await world.asks(`!img marks ${typed}`);
  await world.asks('!bild kennzeichen bildunterschrift aus');
  assert.match(world.lastText, /Die Bildunterschrift «KI-generiert» bleibt an jedem Bild: Das Gesetz verlangt/u);
  assert.deepEqual(world.platform.refusals, [
    'admins_only',
    'marks_always_on',
    'marks_always_on',
    'marks_layer_unknown',
    'marks_value_missing',
    'marks_value_missing',
    'marks_always_on',
  ]);
  await world.asks('!img marks manifest on');
  assert.match(world.lastText, /pictures get no signed manifest yet: there is no key/u);
  assert.equal(world.platform.pictures.length, 0);
});

test('a certificate that is not valid today, and keys that are refused, send to the command that helps', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'blitzbild-keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const keys = join(folder, 'keys');
  await makeOrganisationKeys({ folder: keys, organisation: 'Example Org', days: 1, nowMs: Date.now() - 30 * 86_400_000 });
  const asks = async (text: string): Promise<string> => {
    await using marking = openMarking(
      { dataFolder: folder, marks: everyLayer },
      { log: { warn: () => {} }, now: Date.now, program: 'Blitzbild' },
    );
    await using world = await World.open({}, [largeModel], { marking: marking.marking });
    world.platform.admins = ['@ada:room'];
    await world.asks(text);
    return world.lastText;
  };
  assert.match(
    await asks('!img marks manifest on'),
    /the certificate is not valid today\. Whoever runs the bot learns more from .?blitzbild keys show/u,
  );
  assert.match(
    await asks('!bild kennzeichen manifest an'),
    /Das Zertifikat ist heute nicht gültig\. .* erfährt mehr von .?blitzbild keys show/u,
  );
  assert.match(await asks('!img marks'), /on, but the certificate is not valid today/u);
  for (const key of ['signing.key', 'watermark.key']) chmodSync(join(keys, key), 0o644);
  assert.match(await asks('!img marks manifest on'), /its key can’t be used\. .* learns more from .?blitzbild keys show/u);
  assert.match(await asks('!img marks watermark on'), /its key can’t be used\. .* learns more from .?blitzbild doctor/u);
  assert.match(await asks('!img marks'), /Invisible watermark: on, but its key can’t be used/u);
});

test('a replay is identical with the watermark, and where it was switched on or off since', async () => {
  await using keyed = await keyedWorld({ ...everyLayer, manifest: false });
  const { world } = keyed;
  world.platform.admins = ['@ada:room'];
  const command = await world.asks('!img a red fox --seed 9');
  const { id } = world.jobOf(command);
  await world.asks(`!img replay ${id}`);
  assert.match(world.lastText, /Identical/u);
  const [first, second] = world.platform.pictures.map(imageOf);
  assert.equal(first?.key, second?.key, 'equal pixels are equal files');
  await world.asks('!img marks watermark off');
  await world.asks(`!img replay ${id}`);
  assert.match(world.lastText, /Identical/u);
  const without = world.jobOf(await world.asks('!img a red fox --seed 9')).id;
  await world.asks('!img marks watermark on');
  await world.asks(`!img replay ${without}`);
  assert.match(world.lastText, /Identical/u);
});

test('verify knows what was posted here, what was changed since, and what is of another room', async () => {
  await using keyed = await keyedWorld();
  const { world } = keyed;
  const command = await world.asks('!img a red fox --seed 4');
  const { id } = world.jobOf(command);
  const [post] = world.platform.pictures;
  const original = await world.images.read(imageOf(post ?? assert.fail('no picture')).key);
  await world.asks('!img verify', { replyTo: post?.id ?? assert.fail('no picture') });
  assert.match(world.lastText, new RegExp(`^Made here, unchanged since\\. It is ${id}/A1 of this room\\.`, 'u'));
  await world.asks(`!img verify ${id}`);
  assert.match(world.lastText, /^Made here, unchanged since\./u);
  assert.match(
    world.lastText,
    /Invisible watermark: ours, number [0-9a-f]{12} \(by chance in fewer than one of 10[⁰¹²³⁴⁵⁶⁷⁸⁹]+ pictures\)/u,
  );

  // A sheet is posted without being one of the pictures: the posted file itself is looked at.
  await world.asks('!img {red,blue} fox');
  const [sheet] = world.platform.sheets;
  const sheetFile = await world.images.read(imageOf(sheet ?? assert.fail('no sheet')).key);
  world.platform.files.set(sheet?.id ?? assert.fail('no sheet'), { name: 'sheet.png', bytes: sheetFile });
  await world.asks('!img verify', { replyTo: sheet?.id ?? assert.fail('no sheet') });
  assert.match(world.lastText, /^Made here, unchanged since\. It is [a-z0-9]{4} of this room\./u);

  const upload = async (bytes: Uint8Array, room = '!room'): Promise<string> => {
    await world.asks('!img verify', { file: { name: 'picture', bytes }, room });
    return world.lastText;
  };
  assert.match(await upload(original), /^Made here, unchanged since\./u);
  const jpeg = await sharp(original).jpeg({ quality: 70 }).toBuffer();
  assert.match(await upload(jpeg), new RegExp(`^Made here, but this is not the original file: .* It is ${id}/A1 of this room\\.`, 'u'));
  const elsewhere = await upload(jpeg, '!other');
  assert.match(elsewhere, /^Made here\. Whether it was changed since, nothing in this file tells\./u);
  assert.doesNotMatch(elsewhere, new RegExp(id, 'u'), 'nothing of a room leaves it');
  assert.equal(world.platform.refusals.length, 0);
});

test('verify says what a foreign picture says, and does not keep it', async () => {
  await using world = await World.open();
  const before = await world.images.put(new Uint8Array([1]), 'bin');
  const { pixels, widthPx: width, heightPx: height } = paintedPicture(200, 160);
  const plainPng = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  const answers: string[] = [];
  const files: readonly Uint8Array[] = [
    plainPng,
    await sharp(plainPng)
      .withXmp(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/></rdf:RDF></x:xmpmeta>',
      )
      .jpeg()
      .toBuffer(),
    new TextEncoder().encode('a text, no picture'),
    new Uint8Array(),
    new Uint8Array([0, 1, 2, 3]),
  ];
  for (const bytes of files) {
    await world.asks('!img verify', { file: { name: 'file', bytes } });
    answers.push(world.lastText);
  }
  await world.asks('!bild echtheit', { file: { name: 'file', bytes: plainPng } });
  answers.push(world.lastText);
  const expected = [
    /^No mark of AI found\. That does not prove/u,
    /^It says it is AI-generated; nothing in it shows that it was made here\./u,
    /^This file is text: I look at PNG/u,
    /^This file is empty: I look at PNG/u,
    /^This file is no picture that I can read: I look at PNG/u,
    /^Kein KI-Kennzeichen gefunden\. Das beweist nicht/u,
  ];
  for (const [at, pattern] of expected.entries()) assert.match(answers[at] ?? '', pattern);
  assert.deepEqual(world.platform.refusals, ['verify_not_picture', 'verify_not_picture', 'verify_not_picture']);
  const kept = globSync('images/**/*.*', { cwd: world.folder }).map((path) => basename(path));
  assert.deepEqual(kept, [before], 'nothing that was looked at is kept');
});

test('files wait for each other, a slow one is announced, and too many are refused', async () => {
  const opened = Promise.withResolvers<void>();
  let [running, most] = [0, 0];
  await using keyed = await keyedWorld(everyLayer, {});
  const { world, marking } = keyed;
  const reader = marking.marking.markReader;
  const read = reader.read.bind(reader);
  Object.assign(reader, {
    read: async (...given: Parameters<typeof read>) => {
      running += 1;
      most = Math.max(most, running);
      await opened.promise;
      running -= 1;
      return read(...given);
    },
  });
  const file = { name: 'file', bytes: new TextEncoder().encode('text') };
  // Commands of one room come one after the other, so each has a room of its own.
  for (let room = 0; room < 10; room++) world.say('!img verify', { file, room: `!room-${room}` });
  await world.until(() => world.platform.refusals.length === 2, 'those that are too many');
  await world.until(
    () => world.platform.texts.filter((text) => text.startsWith('I am looking at this file')).length === 8,
    'eight announcements',
  );
  assert.deepEqual(world.platform.refusals, ['verify_busy', 'verify_busy']);
  opened.resolve();
  await world.settled();
  assert.equal(most, 1);
  assert.equal(world.platform.refusals.filter((code) => code === 'verify_not_picture').length, 8);
});
