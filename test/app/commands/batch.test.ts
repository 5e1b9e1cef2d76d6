/** styles × words in braces × n as one job: order, seeds, the sheet, one timing line, cancelling, overtaking, restarts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventId } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { testModel, World, type Post } from '../world.ts';

const withStyles = async (): Promise<World> => World.open({}, [testModel], { styles: true });

const cellsOf = (posts: readonly Post[]): string[] =>
  posts.map(({ delivery }) => (delivery.content.kind === 'image' ? delivery.content.fileName : '').replace(/^.*-|\.png$/gu, ''));

test('two styles × two words × two make eight pictures of one job, in order and with the same seeds', async () => {
  await using world = await withStyles();
  const command = await world.asks('!img a {red, blue} bird --style photo,watercolor --n 2 --seed 7');
  const job = world.jobOf(command);
  assert.deepEqual([job.state, job.images.length, job.request.variants?.length], ['done', 8, 4]);
  const made = world.engine.made.map(
    ({ prompt, seed }) => `${/red|blue/u.exec(prompt)?.[0]} ${/watercolor/u.test(prompt) ? 'watercolor' : 'photo'} ${seed}`,
  );
  assert.deepEqual(made, [
    'red photo 7',
    'red photo 8',
    'blue photo 7',
    'blue photo 8',
    'red watercolor 7',
    'red watercolor 8',
    'blue watercolor 7',
    'blue watercolor 8',
  ]);
  assert.deepEqual(cellsOf(world.platform.pictures), ['A1', 'A2', 'B1', 'B2', 'C1', 'C2', 'D1', 'D2']);
  const captions = world.platform.pictures.map(({ text }) => text);
  assert.match(captions[7] ?? '', /D2.*a blue bird.*watercolor.*8/u);
  for (const { delivery } of world.platform.pictures) assert.equal(delivery.threadId, command);
});

test('there is one sheet, before the end, and the end is one line with total, each and the slowest stage', async () => {
  await using world = await withStyles();
  const order: string[] = [];
  world.platform.onSend = ({ event }) => {
    if (event?.type === 'sheet' || event?.type === 'done') order.push(event.type);
  };
  await world.asks('!img a fox --style photo,watercolor --n 2');
  assert.deepEqual(order, ['sheet', 'done']);
  assert.equal(world.platform.texts.length, 1, 'the acknowledgement has become the timing line');
  assert.match(world.lastText, /^4 images 16×16 in [\d.,]+ (?:ms|s) · [\d.,]+ (?:ms|s) each · waited .* · Tiny · CPU/u);
  assert.match(world.lastText, / · slowest (?:denoise|encode) · fast · Tiny/u);
  const sheet = world.platform.sheets[0]?.delivery.content;
  assert.ok(sheet?.kind === 'image');
  const job = world.store.jobs.get(world.store.outbox.subjectOf('room', world.platform.sheets[0]!.id)!.jobId);
  assert.equal(job?.sheet?.key, sheet.image.key);
  assert.match(world.platform.sheets[0]?.text ?? '', /AI-generated/u);
});

test('the sheet is for everybody, unless its batch was asked for within a thread; asked for again, it answers', async () => {
  await using world = await withStyles();
  await world.asks('!img a fox --style photo,watercolor');
  await world.asks('!img a fox --style photo,watercolor', { threadId: eventId('$somebody-began-it') });
  await world.asks('!img sheet');
  assert.deepEqual(
    world.platform.sheets.map(({ delivery }) => delivery.isForRoom),
    [true, undefined, undefined],
  );
  assert.equal(world.platform.sheets[1]?.delivery.threadId, '$somebody-began-it');
});

test('a job without rows has no sheet of its own, and `sheet` makes one all the same', async () => {
  await using world = await World.open();
  const command = await world.asks('!img a fox --n 3');
  assert.equal(world.platform.sheets.length, 0);
  await world.asks('!img sheet', { threadId: command });
  assert.equal(world.platform.sheets.length, 1);
  assert.equal(world.platform.sheets[0]?.delivery.threadId, command);
});

test('cancel keeps what is finished, makes no sheet and says how many there are', async () => {
  await using world = await withStyles();
  world.engine.onBegin = (picture) => {
    if (picture === 3) world.engine.gate = new Promise(() => {});
  };
  const command = world.say('!img a fox --style photo,watercolor --n 2');
  await world.until(() => world.platform.pictures.length === 2 && world.engine.made.length === 3, 'two pictures and a third that runs');
  await world.asks('!img cancel', { threadId: command });
  const job = world.jobOf(command);
  assert.deepEqual([job.state, job.images.length, world.platform.pictures.length], ['cancelled', 2, 2]);
  assert.equal(world.platform.sheets.length, 0);
  assert.match(world.platform.texts[0] ?? '', /cancelled.*2 of 4/u);
  await world.asks('!img sheet', { threadId: command });
  assert.match(world.platform.sheets.at(-1)?.text ?? '', / 2 of 4 pictures · /u);
  assert.equal(world.platform.sheets.length, 1, 'on request there is one of what is finished');
});

test("a person's own short job and another's overtake a running batch between two pictures", async () => {
  await using world = await withStyles();
  const gate = Promise.withResolvers<void>();
  world.engine.gate = gate.promise;
  world.say('!img a fox --style photo,watercolor,comic,sketch --n 5');
  await world.until(() => world.engine.made.length === 1, 'the batch to begin');
  world.say('!img my cat');
  world.say('!img your dog', { from: '@bob:room' });
  await world.until(() => world.store.jobs.open().length === 3, 'three jobs');
  gate.resolve();
  await world.settled();
  const prompts = world.engine.made.map(({ prompt }) => prompt);
  assert.ok(prompts.indexOf('my cat') < 5, String(prompts));
  assert.ok(prompts.indexOf('your dog') < 4, String(prompts));
  assert.equal(prompts.length, 22);
});

test('a restart in the middle: what is finished stays, sheet and end come once', async () => {
  await using world = await withStyles();
  world.engine.onBegin = (picture) => {
    if (picture === 3) world.engine.gate = new Promise(() => {});
  };
  const command = world.say('!img a fox --style photo,watercolor --n 2 --seed 7');
  await world.until(() => world.platform.pictures.length === 2 && world.engine.made.length === 3, 'two pictures');
  await world.restart(() => (world.engine.gate = Promise.resolve()));
  await world.settled();
  assert.equal(world.jobOf(command).state, 'done');
  assert.deepEqual(
    world.engine.made.map(({ seed }) => seed),
    [7, 8, 7, 7, 8],
  );
  assert.deepEqual(cellsOf(world.platform.pictures), ['A1', 'A2', 'B1', 'B2']);
  assert.equal(world.platform.sheets.length, 1);
  assert.equal(world.platform.texts.length, 1);
  assert.match(world.lastText, /^4 images/u);
});

test('a restart between the last picture and the end: the sheet comes once, and no picture is drawn again', async () => {
  await using world = await withStyles();
  const made = world.store.jobs.setSheet.bind(world.store.jobs);
  world.store.jobs.setSheet = () => {
    throw new Error('the disk is gone');
  };
  const command = world.say('!img a fox --style photo,watercolor');
  await world.until(() => world.logged.length > 0, 'a sheet that was not stored');
  assert.match(world.logged[0] ?? '', /contact sheet/u);
  await world.settled();
  assert.equal(world.jobOf(command).state, 'done', 'a sheet that can not be made keeps nothing from ending');
  world.store.jobs.setSheet = made;
  await world.restart();
  await world.settled();
  assert.equal(world.engine.made.length, 2);
  assert.equal(world.platform.sheets.length, 0);
  await world.asks('!img sheet', { threadId: command });
  assert.equal(world.platform.sheets.length, 1);
});

test('`sheet` and `zip` again: by name, by reply and of another room', async () => {
  await using world = await withStyles();
  const command = await world.asks('!img a fox --style photo,watercolor --n 2');
  const { id } = world.jobOf(command);
  await world.asks(`!img sheet ${id}`);
  const [first, second] = world.platform.sheets.map(({ delivery }) =>
    delivery.content.kind === 'image' ? delivery.content.image.key : '',
  );
  assert.equal(second, first, 'the one that is stored');
  await world.asks('!img zip', { replyTo: world.platform.pictures[0]!.id });
  const offered = world.platform.offered[0]?.delivery.content;
  assert.ok(offered?.kind === 'file');
  assert.deepEqual([offered.file.name, offered.file.mimeType], [`${id}.zip`, 'application/zip']);
  assert.match(world.platform.offered[0]?.text ?? '', /^4 pictures of job/u);
  await world.asks(`!img sheet ${id}`, { room: '!other' });
  await world.asks(`!img zip ${id}`, { room: '!other' });
  assert.deepEqual(world.platform.refusals, ['unknown_job', 'unknown_job']);
});

test('a ZIP is refused before a file is read where its pictures are too large together', async () => {
  await using world = await World.open();
  const command = await world.asks('!img a fox --n 2');
  const job = world.jobOf(command);
  const get = world.store.jobs.get.bind(world.store.jobs);
  world.store.jobs.get = (id) => {
    const found = get(id);
    return found && { ...found, images: found.images.map((image) => ({ ...image, bytes: 260_000_000 })) };
  };
  world.images.read = async () => assert.fail('a file was read');
  await world.asks(`!img zip ${job.id}`);
  assert.deepEqual(world.platform.refusals, ['zip_too_large']);
  assert.match(world.lastText, new RegExp(`2 pictures of job ${job.id} take 520 MB.*at most 500 MB: !img sheet ${job.id}`, 'u'));
});

test('the files of a ZIP are read one after another', async () => {
  await using world = await World.open();
  const command = await world.asks('!img a fox --n 6');
  const read = world.images.read.bind(world.images);
  let [open, most, all] = [0, 0, 0];
  world.images.read = async (key) => {
    all += 1;
    open += 1;
    most = Math.max(most, open);
    const bytes = await read(key);
    open -= 1;
    return bytes;
  };
  await world.asks('!img zip', { threadId: command });
  assert.deepEqual([world.platform.offered.length, all, most], [1, 6, 1]);
});

test('an end of the process while the last picture is stored waits for the sheet that comes of it', async () => {
  await using world = await withStyles();
  const put = world.images.put.bind(world.images);
  let stored = 0;
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  world.images.put = async (bytes, extension) => {
    if (extension === 'png' && (stored += 1) === 2) await gate;
    return put(bytes, extension);
  };
  const command = world.say('!img a fox --style photo,watercolor');
  await world.until(() => stored === 2, 'the last picture to be stored');
  const { id } = world.jobOf(command);
  const closed = world.bot.close();
  await new Promise((resolve) => setTimeout(resolve, 30));
  release();
  await closed;
  // Nothing comes after the end: the store can be closed.
  assert.ok(world.store.jobs.get(id)?.sheet);
  assert.deepEqual([world.store.jobs.get(id)?.state, world.logged], ['done', []]);
  world.reopenStore();
  await world.startBot();
  await world.settled();
  assert.equal(world.platform.sheets.length, 1);
});

test('rows that differ in size are not told as pictures that could not be enlarged; those that could not are', async () => {
  const model = {
    ...testModel,
    sizes: {
      kind: 'fixed',
      list: [
        [16, 16],
        [32, 32],
      ],
    },
  } as const;
  await using world = await World.open({}, [model], { styles: true });
  const { style: plain } = world.store.styles.get('photo') ?? assert.fail();
  world.store.styles.put('small', { ...plain, defaults: {} }, undefined, 1);
  world.store.styles.put('large', { ...plain, defaults: { size: { widthPx: 32, heightPx: 32 } } }, undefined, 1);
  const command = await world.asks('!img a fox --style small,large');
  assert.deepEqual(
    world.jobOf(command).images.map(({ widthPx }) => widthPx),
    [16, 32],
  );
  assert.match(world.lastText, /^2 images in/u, 'no size is that of both');
  assert.doesNotMatch(world.lastText, /enlarged|upscaler/u);

  world.engine.notUpscaled = 'no upscaler';
  await world.asks('!img a fox --n 2 --hq');
  assert.match(world.lastText, /The upscaler could not be used, so you get 16×16/u);
});

test('before the first picture there is neither sheet nor ZIP', async () => {
  await using world = await World.open();
  world.engine.gate = new Promise(() => {});
  const command = world.say('!img a fox --n 2');
  await world.until(() => world.engine.made.length === 1, 'the job to run');
  world.say('!img sheet', { threadId: command });
  world.say('!img zip', { threadId: command });
  await world.until(() => world.platform.refusals.length === 2, 'two refusals');
  assert.deepEqual(world.platform.refusals, ['sheet_nothing', 'sheet_nothing']);
});

test('too many at once, a style that is not there and a range that is wrong queue nothing', async () => {
  await using world = await withStyles();
  await world.asks('!img a {1,2,3,4,5,6} {1,2,3,4,5,6} --style photo,comic,sketch --n 2');
  await world.asks('!img a fox --style photo,watrcolor --n 2');
  await world.asks('!img a {red, blue} fox --n 0');
  assert.deepEqual(world.platform.refusals, ['batch_too_large', 'style_unknown', 'number_out_of_range']);
  assert.match(world.platform.texts[0] ?? '', /36 kinds.*216|108 kinds.*216/u);
  assert.match(world.platform.texts[1] ?? '', /did you mean watercolor/u);
  assert.equal(world.engine.made.length, 0);
});

test('a filter is applied to the finished pixels, and what the model cannot draw is said once', async () => {
  const closed = {
    ...testModel,
    vocabulary: { things: [{ en: ['fox'], de: ['Fuchs'] }], groups: {}, backgrounds: [], styles: [], places: [], related: [] },
  };
  await using world = await World.open({}, [closed], { styles: true });
  world.engine.paint = () => 90;
  const command = await world.asks('!img a fox --style black-and-white,photo');
  const job = world.jobOf(command);
  assert.equal(job.request.variants?.[0]?.filter, 'black-and-white');
  assert.equal(world.engine.made[0]?.prompt, 'a fox, black and white');
  const content = world.platform.pictures[0]?.delivery.content;
  assert.ok(content?.kind === 'image' && content.image.timings.enhanceMs !== undefined);
  assert.deepEqual(
    (job.request.variants ?? []).filter(({ needsLargerModel }) => needsLargerModel).length > 0,
    /needs a larger model/u.test(world.lastText),
    world.lastText,
  );
});

test('of a batch across models, each is named: in the timing line, in the note on what it can’t draw, in the facts', async () => {
  const vocabulary = { things: [{ en: ['fox'], de: ['Fuchs'] }], groups: {}, backgrounds: [], styles: [], places: [], related: [] };
  const large: ModelInfo = { ...testModel, name: 'large', title: 'Large', vocabulary };
  await using world = await World.open({}, [testModel, large], { styles: true });
  const { style: plain } = world.store.styles.get('photo') ?? assert.fail();
  const { small: _, ...style } = plain;
  world.store.styles.put('here', { ...style, prompt: 'etching of {prompt}', defaults: {} }, undefined, 1);
  world.store.styles.put('there', { ...style, prompt: 'etching of {prompt}', defaults: { model: 'large' } }, undefined, 1);
  const command = await world.asks('!img a fox --style here,there');
  assert.match(world.lastText, /· fast · Tiny \+ Large · CPU/u);
  assert.match(world.lastText, /Large can't really draw there/u);
  assert.doesNotMatch(world.lastText, /Tiny can't/u);
  assert.deepEqual(
    world.jobOf(command).images.map(({ modelHash }) => modelHash),
    ['abc123', 'hash of large'],
  );
  await world.asks('!img info', { threadId: command });
  assert.match(world.lastText, /tiny, large/u);
  assert.match(world.lastText, /abc123, hash of large/u);
  await world.asks('!img info A2', { threadId: command });
  assert.match(world.lastText, /Large \(large\)/u);
  assert.doesNotMatch(world.lastText, /abc123/u);
  await world.asks('!img replay', { threadId: command });
  assert.match(world.lastText, /Identical/u);
});
