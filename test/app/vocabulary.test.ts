import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelInfo } from '#core/model-info.ts';
import { smallModel } from '../core/sample.ts';
import { testModel, World } from './world.ts';

/** Knows a fox, a cat and ice cream; a wolf is near a fox. */
const listed: ModelInfo = { ...testModel, ...(smallModel.vocabulary && { vocabulary: smallModel.vocabulary }) };

test('a prompt that names nothing the model knows makes its pictures, and the end adds one line, once', async () => {
  await using world = await World.open({}, [listed]);
  world.say('!img a wolf in the snow --n 3 --no fox');
  await world.settled();
  assert.equal(world.platform.images.length, 3);
  const [end = '', ...more] = world.platform.texts;
  assert.deepEqual(more, []);
  assert.match(
    end,
    /^3 images 16×16 .*\nThis small model knows 3 things, and your prompt names none of them; the nearest are fox and cat, and !img models lists all it knows\. Whoever runs the bot can install a larger model: docs\/models\.md\.$/,
  );
});

test('in the language of the command', async () => {
  await using world = await World.open({}, [listed]);
  world.say('!bild ein Wolf');
  world.say('!bild ein Teppich');
  await world.settled();
  const [near = '', nothingNear = ''] = world.platform.texts;
  assert.match(
    near,
    /\nDieses kleine Modell kennt 3 Dinge, und dein Prompt nennt keines davon; am nächsten kommen Fuchs und Katze, die ganze Liste zeigt !bild modelle\./,
  );
  assert.match(nothingNear, /; zeichnen kann es zum Beispiel Fuchs, Katze und Eis, die ganze Liste zeigt !bild modelle\./);
});

test('a known thing, a model without a list, a job that was cancelled: no such line', async () => {
  await using world = await World.open({}, [listed, { ...testModel, name: 'large', title: 'Large' }]);
  world.say('!img two foxes and a wolf');
  world.say('!img a wolf --model large');
  await world.settled();
  world.engine.gate = new Promise(() => {});
  world.say('!img a wolf');
  await world.until(() => world.engine.made.length === 3, 'the third picture to begin');
  world.say('!img cancel mine');
  await world.settled();
  for (const text of world.platform.texts) assert.doesNotMatch(text, /small model/);
  world.engine.gate = Promise.resolve();
  world.say('!img a wolf');
  await world.settled();
  assert.match(world.platform.texts.at(-1) ?? '', /For a larger model, add --model large\.$/);
});

test('models lists what is known, in the language of the command', async () => {
  await using world = await World.open({}, [listed]);
  world.say('!img models');
  world.say('!bild modelle');
  await world.settled();
  const [english = '', german = ''] = world.platform.texts;
  assert.match(
    english,
    /\nTiny knows 3 things:\n• Animals: fox, cat\n• Food: ice cream\n• Backgrounds: red, in the snow\n• Styles: pixel art\n• Place and size: on the left\nFor example:\n• !img a red fox$/,
  );
  assert.match(german, /\nTiny kennt 3 Dinge:\n• Tiere: Fuchs, Katze\n(?:.*\n)*• Lage und Größe: links\n/);
});
