/** What --hq is in a room, with an engine that enlarges by a script: sizes, texts, what happens without an upscaler. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import type { ModelInfo } from '#core/model-info.ts';
import type { StoredImage } from '#core/types.ts';
import { scriptedEngine } from '../engine/engines.ts';
import { testModel, World, type Post } from './world.ts';

const imageIn = ({ delivery }: Post): StoredImage =>
  delivery.content.kind === 'image' ? delivery.content.image : assert.fail('this message shows no picture');

test('--hq is drawn small, stored and shown large, and repeated as it was', async () => {
  await using world = await World.open();
  const command = world.say('!img a red fox --hq --seed 3');
  await world.settled();
  const [first] = world.engine.made;
  assert.deepEqual([first?.widthPx, first?.heightPx, first?.upscale, first?.steps], [64, 64, 4, 8]);
  const image = imageIn(world.platform.images[0]!);
  assert.deepEqual([image.widthPx, image.heightPx, image.timings.upscaleMs], [64, 64, 5]);
  assert.match(world.platform.images[0]!.text, /64×64/);
  assert.match(world.platform.texts[0] ?? '', /^1 image 64×64 in .* · decode 2 ms · upscale 5 ms · encode .* · Tiny · CPU/);

  world.say('!img again', { threadId: command });
  await world.settled();
  const [, second] = world.engine.made;
  assert.deepEqual([second?.widthPx, second?.upscale, second?.steps, second?.seed === first?.seed], [64, 4, 8, false]);

  world.say('!img info', { threadId: command });
  await world.settled();
  assert.match(world.platform.texts.at(-1) ?? '', /64×64 \(drawn at 16×16, enlarged ×4\)/);
  assert.match(world.platform.texts.at(-1) ?? '', /!img a red fox --seed \d+ --hq$/m);
});

test('without --hq nothing is enlarged and nothing is said of it', async () => {
  await using world = await World.open();
  world.say('!img a red fox');
  await world.settled();
  assert.equal(world.engine.made[0]?.upscale, undefined);
  assert.deepEqual([imageIn(world.platform.images[0]!).widthPx, 'upscaleMs' in imageIn(world.platform.images[0]!).timings], [16, false]);
  assert.doesNotMatch(world.platform.texts[0] ?? '', /upscale/);
});

test('an exact size is enlarged by the smallest factor that makes it', async () => {
  await using world = await World.open();
  world.say('!img a red fox --size 32');
  world.say('!img a red fox --hq --size 16');
  await world.settled();
  assert.deepEqual(
    world.engine.made.map(({ widthPx, upscale, steps }) => [widthPx, upscale, steps]),
    [
      [32, 2, 4],
      [16, undefined, 8],
    ],
  );
});

test('without a working upscaler the picture comes in its own size, with one sentence, and the job is done', async () => {
  await using world = await World.open();
  world.engine.notUpscaled = 'x4.onnx is cut off';
  world.say('!img a red fox --hq --n 2');
  await world.settled();
  assert.deepEqual(
    world.platform.images.map((post) => imageIn(post).widthPx),
    [16, 16],
  );
  const text = world.platform.texts[0] ?? '';
  assert.match(text, /^2 images 16×16 in/);
  assert.equal(text.match(/The upscaler could not be used, so you get 16×16 as the model drew it; blitzbild doctor/g)?.length, 1, text);
  assert.doesNotMatch(text, /x4\.onnx/, 'what broke is for the operator');
});

test('one of four that can not be enlarged is told by itself', async () => {
  await using world = await World.open();
  world.engine.onBegin = (picture) => (world.engine.notUpscaled = picture === 2 ? 'out of memory' : undefined);
  world.say('!img a red fox --hq --n 4');
  await world.settled();
  const images = world.platform.images.map(imageIn).toSorted((a, b) => a.index - b.index);
  assert.deepEqual(
    images.map(({ widthPx }) => widthPx),
    [64, 16, 64, 64],
  );
  const text = world.platform.texts[0] ?? '';
  assert.match(text, /^4 images 64×64 in/);
  assert.match(text, /^1 of 4 could not be enlarged and stays 16×16;/m);
});

test('a child that dies of enlarging costs the job one crash', async (context) => {
  const works: ModelInfo = { ...testModel, name: 'works' };
  await using world = await World.open({}, [works]);
  const { engine } = await scriptedEngine(context, { upscalerFolder: world.folder });
  world.engine.generate = async (request, hooks) => engine.generate(request, hooks);
  const command = world.say('!img enlarge and exit --hq --n 3');
  await world.settled();
  const job = world.store.jobs.ofCommand('room', command);
  assert.deepEqual([job?.state, job?.crashes, job?.images.map(({ widthPx }) => widthPx)], ['done', 1, [16, 16, 16]]);
  assert.match(world.platform.texts[0] ?? '', /^3 images 16×16 in/);
});

test('progress never passes its end, however the engine counts', async () => {
  await using world = await World.open();
  const shown: (number | undefined)[] = [];
  const texts: string[] = [];
  world.engine.generate = async (request, { onStep }) => {
    for (const step of [4, 5, 9]) {
      onStep(step, 4);
      await world.until(() => step < 9 || shown.length > 1, 'progress that is shown');
      await delay(30);
    }
    throw new AppError('out_of_memory', { model: request.model });
  };
  world.platform.onSend = ({ event, content }) => {
    if (event?.type !== 'progress') return;
    shown.push(event.progress);
    texts.push(JSON.stringify(content));
  };
  world.say('!img a red fox --n 2');
  await world.settled();
  assert.ok(shown.length > 0);
  assert.deepEqual([...new Set(shown.filter((progress) => progress !== 0))], [0.5], String(shown));
  assert.doesNotMatch(texts.join('\n'), /step [5-9]/);
});

test('an ETA of --hq comes from enlarged pictures alone', async () => {
  await using world = await World.open();
  const acknowledgements = (): string[] =>
    world.platform.posts.flatMap(({ delivery }) => (delivery.event?.type === 'ack' ? [JSON.stringify(delivery.content)] : []));
  world.say('!img a red fox');
  await world.settled();
  world.say('!img a red fox --hq');
  await world.settled();
  world.say('!img a red fox --hq');
  await world.settled();
  assert.deepEqual(
    acknowledgements().map((text) => /ready in about/.test(text)),
    [false, false, true],
  );
});

test('a job that is being enlarged says so, and can be cancelled', async () => {
  await using world = await World.open();
  let open = (): void => {};
  const command = world.say('!img a red fox --hq');
  const next = world.engine.generate.bind(world.engine);
  world.engine.generate = async (request, hooks) =>
    next(request, {
      ...hooks,
      onStep: (step, steps) => {
        hooks.onStep(step, steps);
        if (step === request.steps) world.engine.gate = new Promise((resolve) => (open = resolve));
      },
    });
  await world.until(() => world.platform.texts.some((text) => /88% · enlarging/.test(text)), 'the progress of enlarging');
  world.say('!img cancel', { threadId: command });
  await world.settled();
  open();
  assert.equal(world.platform.images.length, 0);
  assert.match(world.platform.texts.find((text) => /cancelled before/.test(text)) ?? '', /cancelled before a picture was finished/);
});
