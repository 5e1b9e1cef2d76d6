/** Previews of the styles: drawn while nobody wants a picture, given up at once when somebody does. */
import assert from 'node:assert/strict';
import { toPlainText } from '#core/rich-text.ts';
import { test } from 'node:test';
import { IDLE_MS } from '#src/app/style-previews.ts';
import { AppError } from '#core/errors.ts';
import { userId } from '#core/types.ts';
import { TestClock } from './test-clock.ts';
import { testModel, World } from './world.ts';

const opened = async (styles = true): Promise<{ world: World; clock: TestClock }> => {
  const clock = new TestClock('2026-03-02T06:00:00Z');
  return { clock, world: await World.open({}, [testModel], { styles, clock, previews: true }) };
};

const missing = (world: World): number =>
  world.store.styles.list().filter(({ name, version }) => world.store.styles.preview(name, version) === undefined).length;

test('every style gets one after twenty idle seconds, from the first example and one seed, and nobody pays for it', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  const all = missing(world);
  assert.ok(all >= 7);
  clock.pass(IDLE_MS - 1000);
  assert.equal(world.engine.made.length, 0);
  clock.pass(2000);
  await world.until(() => missing(world) === 0, 'all previews');
  assert.equal(world.engine.made.length, all);
  for (const { prompt, seed, steps } of world.engine.made) {
    assert.match(prompt, /a red fox/);
    assert.deepEqual([seed, steps], [1, 4]);
  }
  assert.deepEqual(world.store.usage.since({ platform: 'room' }, 0), { pictures: 0, workMs: 0 });
  assert.deepEqual(world.platform.posts, [], 'nobody is told');

  await world.asks('!img style show watercolor');
  const shown = world.platform.images[0]?.delivery.content;
  assert.ok(shown?.kind === 'image');
  const { name, version } = world.store.styles.get('watercolor')!;
  assert.equal(shown.image.key, world.store.styles.preview(name, version)?.key);
  assert.match(toPlainText(shown.caption), / · AI-generated$/u);
});

test('a new version gets a new one, and nothing is drawn twice after a restart', async () => {
  const { world: opening, clock } = await opened(false);
  await using world = opening;
  const style = { title: { en: 'T', de: 'T' }, aliases: [], prompt: 'photo of {prompt}', negativePrompt: '', defaults: {} };
  world.store.styles.put('mine', style, userId('@ada:room'), 1);
  await world.asks('!img help');
  clock.pass(IDLE_MS + 1);
  await world.until(() => missing(world) === 0, 'the preview');
  assert.equal(world.engine.made.at(-1)?.prompt, 'photo of a red fox');
  world.store.styles.put('mine', { ...style, prompt: 'drawing of {prompt}' }, userId('@ada:room'), 2);
  await world.asks('!img help');
  clock.pass(IDLE_MS + 1);
  await world.until(() => missing(world) === 0, 'the second preview');
  assert.deepEqual(
    world.engine.made.map(({ prompt }) => prompt),
    ['photo of a red fox', 'drawing of a red fox'],
  );
  await world.restart();
  clock.pass(2 * IDLE_MS);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(world.engine.made.length, 2);
});

test('a job that comes stops the preview at once and goes first; it is drawn when the room is idle again', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  world.engine.gate = new Promise(() => {});
  clock.pass(IDLE_MS + 1);
  await world.until(() => world.engine.made.length === 1, 'a preview that runs');
  const all = missing(world);
  const generate = world.engine.generate.bind(world.engine);
  world.engine.generate = async (request, hooks) => {
    world.engine.gate = Promise.resolve();
    return generate(request, hooks);
  };
  await world.asks('!img a cat');
  assert.deepEqual(
    world.engine.made.slice(1).map(({ prompt }) => prompt),
    ['a cat'],
  );
  assert.equal(world.jobOf(world.platform.posts[0]!.delivery.replyTo!).state, 'done');
  assert.equal(missing(world), all);
  clock.pass(IDLE_MS / 2);
  assert.equal(world.engine.made.length, 2, 'not idle for long enough');
  clock.pass(IDLE_MS);
  await world.until(() => missing(world) === 0, 'all previews');
  assert.equal(world.engine.made.length, 2 + all, 'an interrupted one is no failure');
  assert.deepEqual(world.logged, []);
});

test('one that fails is tried once more and never again, and keeps no other from being drawn', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  const all = missing(world);
  const generate = world.engine.generate.bind(world.engine);
  let tries = 0;
  world.engine.generate = async (request, hooks) => {
    if (!/watercolor/.test(request.prompt)) return generate(request, hooks);
    tries += 1;
    throw new AppError('out_of_memory', { model: 'tiny' });
  };
  for (let pass = 0; pass < 6; pass++) {
    clock.pass(IDLE_MS + 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await world.until(() => missing(world) === 1, 'all but one');
  assert.equal(tries, 2);
  assert.equal(world.engine.made.length, all - 1);
  assert.equal(world.logged.length, 2);
});

test('a paused queue is paused for previews as well', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  world.platform.admins = ['@ada:room'];
  await world.asks('!img admin pause');
  clock.pass(3 * IDLE_MS);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(world.engine.made.length, 0);
  await world.asks('!img admin resume');
  clock.pass(2 * IDLE_MS);
  await world.until(() => missing(world) === 0, 'all previews');
});

test('the bot closes while one is drawn, and draws it after the next start', async () => {
  const { world: opening, clock } = await opened();
  await using world = opening;
  const all = missing(world);
  world.engine.gate = new Promise(() => {});
  clock.pass(IDLE_MS + 1);
  await world.until(() => world.engine.made.length === 1, 'a preview that runs');
  await world.restart(() => (world.engine.gate = Promise.resolve()));
  await world.until(() => world.store.jobs.open().length === 0, 'nothing to do');
  clock.pass(IDLE_MS + 1);
  await world.until(() => missing(world) === 0, 'all previews');
  assert.equal(world.engine.made.length, all + 1);
  assert.deepEqual(world.logged, []);
});

test('without the switch nothing is drawn', async () => {
  const clock = new TestClock('2026-03-02T06:00:00Z');
  await using world = await World.open({}, [testModel], { styles: true, clock });
  clock.pass(10 * IDLE_MS);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(world.engine.made.length, 0);
});
