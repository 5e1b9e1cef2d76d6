/** `up`, `fix`, `vary`, `+`, `again` and `--strength`: on our own pictures, on what people send, and on what is neither. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_STRENGTH } from '#src/app/commands/draw.ts';
import type { Attachment } from '#core/ports.ts';
import type { EventId, Source, StoredImage } from '#core/types.ts';
import { animation, flag, pngBomb } from '../../finish/files.ts';
import { testModel, World, type Post } from '../world.ts';

const upload = async (widthPx = 40, heightPx = 20): Promise<Attachment> => ({
  name: 'flag.png',
  bytes: await flag(widthPx, heightPx).png().toBuffer(),
});

const imageIn = ({ delivery }: Post): StoredImage =>
  delivery.content.kind === 'image' ? delivery.content.image : assert.fail('this message shows no picture');

const newest = (world: World): Post => world.platform.pictures.at(-1) ?? assert.fail('no picture');

/** A room with one finished job of four pictures. */
async function withFour(): Promise<{ world: World; command: EventId; id: string }> {
  const world = await World.open();
  const command = await world.asks('!img a red fox --n 4 --seed 7');
  return { world, command, id: world.jobOf(command).id };
}

test('up makes the picture larger: by cell, by reply and by reaction', async () => {
  const { world: opened, command, id } = await withFour();
  await using world = opened;
  const up = await world.asks(`!img up ${id}/A3 x2`);
  assert.deepEqual(world.engine.enlarged, [{ widthPx: 16, factor: 2 }]);
  const job = world.jobOf(up);
  assert.deepEqual([job.task?.kind, job.images[0]?.widthPx, job.request.count], ['upscale', 32, 1]);
  assert.ok(job.task?.kind === 'upscale' && job.task.source.job === id && job.task.source.index === 2, JSON.stringify(job.task));
  assert.match(newest(world).text, /a red fox .*enlarged ×2 · 32×32.*AI-generated/u);
  assert.equal(newest(world).delivery.threadId, up);
  assert.match(world.lastText, /^1 image 32×32 in .* · upscale 5 ms · encode/u);

  await world.asks('!img up', { replyTo: world.platform.pictures[1]!.id });
  world.react('⬆️', world.platform.pictures[0]!.id);
  await world.settled();
  assert.deepEqual(world.engine.enlarged.slice(1), [
    { widthPx: 16, factor: 4 },
    { widthPx: 16, factor: 4 },
  ]);
  assert.equal(newest(world).delivery.threadId, command, 'a reaction is answered where its picture stands');
});

test('what is enlarged can be enlarged, optimised and varied again', async () => {
  const { world: opened, id } = await withFour();
  await using world = opened;
  await world.asks(`!img up ${id}/A1 x8`);
  assert.equal(imageIn(newest(world)).widthPx, 128);
  const larger = newest(world).id;
  await world.asks('!img fix', { replyTo: larger });
  assert.equal(imageIn(newest(world)).widthPx, 128);
  const fixed = newest(world).id;
  await world.asks('!img up x2', { replyTo: fixed });
  assert.equal(imageIn(newest(world)).widthPx, 256);
  assert.deepEqual(world.platform.refusals, []);
  for (const source of [larger, fixed, newest(world).id]) {
    const varied = await world.asks('!img vary --strength 0.5', { replyTo: source });
    const { request } = world.jobOf(varied);
    assert.deepEqual([request.prompt, request.widthPx, request.steps, request.init?.strength], ['a red fox', 16, 4, 0.5]);
  }
  assert.deepEqual(world.platform.refusals, []);
});

test('beyond the limit it says so, and what can be typed instead; without a factor it takes what fits', async () => {
  await using world = await World.open({ maxResultMegapixels: 1 });
  const file = await upload(400, 300);
  await world.asks('!img up x8', { file });
  assert.deepEqual(world.platform.refusals, ['result_too_large']);
  assert.match(world.lastText, /400×300 into 3200×2400.*at most 1 megapixels.*!img up x2/u);
  await world.asks('!img up', { file });
  assert.deepEqual(world.engine.enlarged, [{ widthPx: 400, factor: 2 }]);
  await world.asks('!img up', { file: await upload(1000, 900) });
  assert.match(world.lastText, /as large as it can be/u);
  await world.asks('!img up x3', { file });
  assert.deepEqual(world.platform.refusals, ['result_too_large', 'result_too_large', 'factor_unknown']);
});

test('fix measures before and after, and tells both', async () => {
  const { world: opened, id } = await withFour();
  await using world = opened;
  const fix = await world.asks(`!img fix ${id}/A1`);
  const job = world.jobOf(fix);
  assert.equal(job.task?.kind, 'enhance');
  assert.ok(job.images[0]?.enhancement);
  assert.equal(world.engine.made.length, 4, 'nothing is drawn');
  await world.asks('!img fix', { file: await upload() });
  assert.match(world.lastText, /^1 image 40×20/u);
  assert.match(world.lastText, /Contrast [\d.]+ → [\d.]+, sharpness [\d.]+ → [\d.]+\.|stays as it is/u);
});

test('vary starts from the picture, at the size that is drawn, with a new seed and the same words', async () => {
  const { world: opened, id } = await withFour();
  await using world = opened;
  const vary = await world.asks(`!img vary ${id}/A2 --strength 0.4 --n 2`);
  const job = world.jobOf(vary);
  assert.deepEqual([job.images.length, job.request.init?.strength, job.request.prompt], [2, 0.4, 'a red fox']);
  const made = world.engine.made.slice(4);
  assert.deepEqual(
    made.map(({ init }) => [init?.strength, init?.widthPx, init?.pixels[0]]),
    [
      [0.4, 16, 8],
      [0.4, 16, 8],
    ],
  );
  assert.notEqual(made[0]?.seed, 8);
  world.react('🎨', world.platform.pictures[0]!.id);
  await world.settled();
  assert.deepEqual([world.engine.made.length, world.engine.made.at(-1)?.init?.strength], [7, DEFAULT_STRENGTH]);
});

test('uploads: attached to the command, and replied to', async () => {
  await using world = await World.open();
  const file = await upload();
  const carrier = world.say('look at this', { file, from: '@bob:room' });
  const attached = await world.asks('!img vary --strength 0.3', { file });
  const replied = await world.asks('!img up x2', { replyTo: carrier });
  const drawn = await world.asks('!img a boat', { file });
  const strong = await world.asks('!img a boat --strength 0.9', { replyTo: carrier });
  assert.deepEqual(
    [attached, replied, drawn, strong].map((command) => [world.jobOf(command).task?.kind, world.jobOf(command).request.prompt]),
    [
      ['vary', ''],
      ['upscale', ''],
      ['vary', 'a boat'],
      ['vary', 'a boat'],
    ],
  );
  assert.deepEqual(
    world.engine.made.map(({ init }) => init?.strength),
    [0.3, DEFAULT_STRENGTH, 0.9],
  );
  assert.deepEqual(world.platform.refusals, []);
  const enlarged = world.platform.pictures.find((post) => imageIn(post).widthPx === 80);
  assert.match(enlarged?.text ?? '', /80×40.*AI-edited/u);
});

test('a variation has the shape of its picture where the model makes it, and the one that was typed', async () => {
  const wide = { ...testModel, sizes: { kind: 'range', minPx: 8, maxPx: 64, multipleOfPx: 8, maxPixels: 1024 } } as const;
  await using world = await World.open({}, [wide]);
  const file = await upload(200, 100);
  const shapes: string[] = [];
  for (const text of ['vary', 'a boat', 'vary --ar 1:1', 'vary --size 16x24']) {
    const { request } = world.jobOf(await world.asks(`!img ${text}`, { file }));
    shapes.push(`${request.widthPx}x${request.heightPx}`);
  }
  assert.deepEqual(shapes, [shapes[0], shapes[0], '16x16', '16x24']);
  const [width = 0, height = 0] = (shapes[0] ?? '').split('x').map(Number);
  assert.equal(width, 2 * height, String(shapes));
  const { request } = world.jobOf(await world.asks('!img vary', { file: await upload(400, 10) }));
  assert.deepEqual([request.widthPx, request.heightPx], [16, 16], 'too wide for the model: cut');
});

test('what became of an upload can be varied, enlarged and optimised as well', async () => {
  await using world = await World.open();
  await world.asks('!img up x2', { file: await upload() });
  const enlarged = newest(world).id;
  const vary = await world.asks('!img vary', { replyTo: enlarged });
  const fix = await world.asks('!img fix', { replyTo: enlarged });
  assert.deepEqual(world.platform.refusals, [], world.lastText);
  assert.deepEqual(
    [world.jobOf(vary).request.model, world.jobOf(vary).request.widthPx, world.jobOf(vary).request.prompt],
    ['tiny', 16, ''],
  );
  assert.equal(world.jobOf(fix).images.length, 1);
  const larger = await world.asks('!img up x2', { replyTo: newest(world).id });
  assert.equal(world.jobOf(larger).images.length, 1);
  const captions = world.platform.pictures.map(({ text }) => /AI-\w+/u.exec(text)?.[0]);
  assert.deepEqual(captions, ['AI-edited', 'AI-generated', 'AI-edited', 'AI-edited'], 'somebody’s own stays theirs');
  for (const command of ['again', '+ in the rain', 'replay']) await world.asks(`!img ${command}`, { replyTo: enlarged });
  assert.deepEqual(world.platform.refusals, ['replay_other', 'replay_other', 'replay_other']);
});

test('what is no picture is refused in one sentence each, and nothing is queued', async () => {
  await using world = await World.open({ maxUploadMegabytes: 1 });
  const jpeg = await flag(400, 400).jpeg().toBuffer();
  const wrong: readonly (readonly [string, Attachment, RegExp])[] = [
    ['bomb', { name: 'bomb.png', bytes: await pngBomb(20_000) }, /20000×20000|20,000×20,000/u],
    ['animated', { name: 'cat.gif', bytes: await animation('gif') }, /an animation/u],
    ['corrupt', { name: 'cut.jpg', bytes: jpeg.subarray(0, 300) }, /can't be read/u],
    ['text', { name: 'notes.txt', bytes: Buffer.from('hello') }, /can't be read/u],
    ['empty', { name: 'empty.png', bytes: new Uint8Array() }, /can't be read/u],
    ['bytes', { name: 'big.png', bytes: new Uint8Array(1_000_001) }, /larger than 1 MB/u],
  ];
  for (const [what, file, sentence] of wrong)
    for (const command of ['!img up', '!img fix', '!img vary', '!img a boat --strength 0.5']) {
      await world.asks(command, { file });
      assert.match(world.lastText, sentence, `${command} of ${what}`);
      assert.match(world.lastText, /^I can't use this /u);
    }
  assert.equal(world.platform.refusals.length, wrong.length * 4);
  assert.equal(world.platform.posts.length, wrong.length * 4, 'one sentence each');
  assert.equal(world.store.jobs.find({ platform: 'room', room: world.roomId, words: [], limit: 9 }).length, 0);
});

test('a reply to words, a message of the bot without a picture, and no picture at all', async () => {
  await using world = await World.open();
  const words = world.say('what a nice day', { from: '@bob:room' });
  await world.asks('!img up');
  await world.asks('!img up', { replyTo: words });
  await world.asks('!img fix', { replyTo: words });
  await world.asks('!img vary', { replyTo: words });
  await world.asks('!img a boat --strength 0.5', { replyTo: words });
  await world.asks('!img a boat --strength 0.5');
  await world.asks('!img help');
  await world.asks('!img up', { replyTo: world.platform.posts.at(-1)!.id });
  assert.deepEqual(world.platform.refusals, [
    'no_picture',
    'reply_no_picture',
    'reply_no_picture',
    'reply_no_picture',
    'reply_no_picture',
    'strength_needs_picture',
    'reply_no_picture',
  ]);
});

test('cells that do not exist, several pictures without a cell, one that is not finished, jobs of other rooms', async () => {
  const { world: opened, command, id } = await withFour();
  await using world = opened;
  for (const verb of ['up', 'fix', 'vary', 'info', 'replay', 'collect']) await world.asks(`!img ${verb} ${id}/D5`);
  assert.deepEqual(
    world.platform.refusals,
    Array.from({ length: 6 }, () => 'unknown_cell'),
  );
  assert.match(world.lastText, /D5/u);
  await world.asks('!img up', { replyTo: command });
  await world.asks('!img fix', { threadId: command });
  assert.deepEqual(world.platform.refusals.slice(6), ['which_picture', 'which_picture']);
  assert.match(world.lastText, /from A1 to A4/u);
  for (const verb of ['up', 'fix', 'vary', 'info', 'replay', 'collect']) await world.asks(`!img ${verb} ${id}/A1`, { room: '!other' });
  assert.deepEqual(
    world.platform.refusals.slice(8),
    Array.from({ length: 6 }, () => 'unknown_job'),
  );
  world.engine.gate = new Promise(() => {});
  const running = world.say('!img a cat');
  await world.until(() => world.engine.made.length === 5, 'the cat');
  world.say('!img up', { replyTo: running });
  await world.until(() => world.platform.refusals.length === 15, 'the refusal');
  assert.equal(world.platform.refusals.at(-1), 'picture_not_ready');
});

test('`+` edits the words and keeps the rest, the seed included; flags change the rest', async () => {
  const { world: opened, command, id } = await withFour();
  await using world = opened;
  const edit = await world.asks('!img + in the evening, rain', { replyTo: world.platform.pictures[0]!.id });
  const { request, task } = world.jobOf(edit);
  assert.deepEqual(
    [request.prompt, request.seed, request.count, task],
    ['a red fox, in the evening, rain', 7, 4, { kind: 'edit', job: id }],
  );
  const again = await world.asks('!img + --n 1 --steps 6', { threadId: command });
  assert.deepEqual(
    [world.jobOf(again).request.prompt, world.jobOf(again).request.count, world.jobOf(again).request.steps],
    ['a red fox', 1, 6],
  );
  await world.asks('!img +');
  await world.asks(`!img + ${'x'.repeat(1999)}`);
  await world.asks('!img + rain', { room: '!other' });
  assert.deepEqual(world.platform.refusals, ['edit_empty', 'prompt_too_long', 'nothing_to_repeat']);
});

test('what started from a picture starts from it again: again, + and replay, and replays of those', async () => {
  const { world: opened, id } = await withFour();
  await using world = opened;
  const vary = await world.asks(`!img vary ${id}/A2 --strength 0.4 --seed 5`);
  const { init } = world.jobOf(vary).request;
  let of = vary;
  for (const verb of ['again', '+ in the rain', 'replay', 'again', '+ at night']) {
    of = await world.asks(`!img ${verb}`, { threadId: of });
    assert.deepEqual(world.jobOf(of).request.init, init, verb);
  }
  assert.equal(world.jobOf(of).request.prompt, 'a red fox, in the rain, at night');
  const weaker = await world.asks('!img again --strength 0.2', { threadId: vary });
  assert.equal(world.jobOf(weaker).request.init?.strength, 0.2);
  assert.deepEqual(world.platform.refusals, []);
});

test('again on each kind of job draws the words again', async () => {
  await using world = await World.open({}, [testModel], { styles: true });
  const command = await world.asks('!img a {red, blue} fox --style photo,comic --seed 7');
  const { id } = world.jobOf(command);
  const batch = await world.asks(`!img again ${id}`);
  assert.deepEqual(
    [world.jobOf(batch).request.variants?.map(({ label }) => label), world.jobOf(batch).request.seed === 7],
    [world.jobOf(command).request.variants?.map(({ label }) => label), false],
  );
  const up = await world.asks(`!img up ${id}/A3 x2`);
  const fix = await world.asks('!img fix', { threadId: up });
  for (const [name, of] of Object.entries({ up, fix })) {
    const again = await world.asks('!img again', { threadId: of });
    const { request } = world.jobOf(again);
    assert.deepEqual([request.prompt, request.count, request.styles, request.widthPx], ['a red fox', 1, ['comic'], 16], name);
  }
  const edit = await world.asks('!img + at night', { threadId: command });
  const ofEdit = await world.asks('!img again', { threadId: edit });
  assert.deepEqual([world.jobOf(ofEdit).request.prompt, world.jobOf(ofEdit).request.count], ['a {red, blue} fox, at night', 4]);
  assert.deepEqual(world.platform.refusals, []);
});

test('--strength without a picture is refused, and a number that is none of its own', async () => {
  const { world: opened, command, id } = await withFour();
  await using world = opened;
  await world.asks('!img a boat --strength 0.5');
  await world.asks(`!img vary ${id}/A1 --strength 2`);
  await world.asks(`!img again --strength 0.5`, { threadId: command });
  assert.deepEqual(world.platform.refusals, ['strength_needs_picture', 'number_out_of_range', 'strength_needs_picture']);
});

test('a cell that the job spoken of does not have is the one of the own latest job that has it', async () => {
  const { world: opened, command, id } = await withFour();
  await using world = opened;
  const single = await world.asks('!img a boat');
  await world.asks('!img a wide boat --n 4', { from: '@bob:room' });
  const up = await world.asks('!img up A3 x2', { threadId: single });
  const { source } = world.jobOf(up).task as { source?: Source };
  assert.deepEqual([source?.job, source?.cell], [id, 'A3']);
  await world.asks('!img info A2', { threadId: single });
  assert.match(world.lastText, new RegExp(`${id}/A2`, 'u'));
  const again = await world.asks('!img replay A4');
  assert.deepEqual(world.jobOf(again).task, { kind: 'replay', job: id, first: 3 });
  const own = await world.asks('!img up A1 x2', { threadId: single });
  assert.notEqual((world.jobOf(own).task as { source?: Source }).source?.job, id, 'where it has one, that is meant');
  await world.asks('!img up B5', { threadId: command });
  assert.deepEqual(world.platform.refusals, ['unknown_cell']);
});
