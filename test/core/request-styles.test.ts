import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandOf } from '#core/command-line.ts';
import { limits } from '#core/limits.ts';
import type { Voice } from '#core/message-codes.ts';
import { plain, problemMessage } from '#core/messages.ts';
import { drawAgain, resolveRequest, type ResolveContext } from '#core/request.ts';
import type { StyleDefaults } from '#core/styles.ts';
import type { ImageRequest, Variant } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { commandIn, drawIn, english, german, smallModel, styles, turboModel } from './sample.ts';

const [, pixelArt] = styles;
if (pixelArt === undefined) throw new Error('no styles');
const pixelArtWith = (defaults: StyleDefaults) => ({ ...pixelArt, style: { ...pixelArt.style, defaults } });
const installed: readonly ModelInfo[] = [smallModel, turboModel];
const context: ResolveContext = {
  model: smallModel,
  seed: 7,
  limits,
  styles,
  models: (name) => installed.find((model) => model.name === name),
};
const resolve = (typed: string, more: Partial<ResolveContext> = {}) => resolveRequest(drawIn(`!img ${typed}`), { ...context, ...more });

function requestOf(typed: string, more?: Partial<ResolveContext>): ImageRequest {
  const result = resolve(typed, more);
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}

/** The first row of a batch. */
function rowOf(typed: string, more?: Partial<ResolveContext>): Variant {
  const [row] = requestOf(typed, more).variants ?? [];
  if (row === undefined) throw new Error('no rows');
  return row;
}

function refusal(typed: string, voice: Voice = english, more?: Partial<ResolveContext>): string {
  const result = resolve(typed, more);
  if (result.ok) throw new Error(`accepted: ${JSON.stringify(result.value)}`);
  return plain(problemMessage(result.problem, voice));
}

describe('a style', () => {
  test('makes one row, and the request speaks of it', () => {
    const request = requestOf('a fox --style pixel-art --n 2');
    assert.deepEqual(
      { ...request, variants: undefined },
      {
        prompt: 'a fox',
        negativePrompt: '',
        count: 2,
        seed: 7,
        widthPx: 384,
        heightPx: 256,
        steps: 12,
        guidanceScale: 3,
        quality: 'fast',
        model: 'blitzbild-mini',
        styles: ['pixel-art'],
        variants: undefined,
      },
    );
    assert.deepEqual(request.variants, [
      {
        label: 'pixel-art',
        words: 'a fox',
        style: { name: 'pixel-art', version: 1 },
        prompt: 'a fox, pixel art',
        negativePrompt: '',
        widthPx: 384,
        heightPx: 256,
        steps: 12,
        guidanceScale: 3,
        model: 'blitzbild-mini',
        filter: 'pixel',
        enhance: true,
      },
    ]);
  });

  test('is found by its other names and its title, and counts once', () => {
    assert.deepEqual(requestOf('a fox --style "Pixelkunst", pixels, Foto').styles, ['pixel-art', 'photo']);
  });

  test('is marked where the model can’t draw it', () => {
    assert.equal(rowOf('a fox --style photo').needsLargerModel, true);
    assert.equal(rowOf('a fox --style photo', { model: turboModel }).needsLargerModel, undefined);
    assert.equal(rowOf('a fox --style photo', { model: turboModel }).prompt, 'photograph of a fox');
  });

  test('comes before the model, what was typed before the style', () => {
    const { widthPx, steps, guidanceScale } = rowOf('a fox --style pixel-art --size 512 --steps 20 --guidance 4');
    assert.deepEqual([widthPx, steps, guidanceScale], [512, 20, 4]);
    assert.deepEqual([rowOf('a fox --style pixel-art --ar 1:1').widthPx, rowOf('a fox --style pixel-art --ar 1:1').heightPx], [256, 256]);
    assert.deepEqual([rowOf('a fox --style comic').steps, rowOf('a fox --style comic').widthPx], [8, 256]);
  });

  test('with --hq has the better of both', () => {
    const pixel = rowOf('a fox --style pixel-art --hq');
    assert.deepEqual([pixel.steps, pixel.widthPx, pixel.heightPx], [16, 512, 512], 'never smaller than the quality makes it');
    const large = pixelArtWith({ size: { widthPx: 768, heightPx: 512 } });
    assert.equal(
      rowOf('a fox --style pixel-art --hq', { styles: [large], model: { ...smallModel, sizes: turboModel.sizes } }).widthPx,
      768,
    );
    assert.equal(rowOf('a fox --style pixel-art --hq --size 256x256').widthPx, 256, 'what was typed counts');
    const slow = pixelArtWith({ steps: 40 });
    assert.equal(rowOf('a fox --style pixel-art --hq', { styles: [slow] }).steps, 40);
    assert.equal(rowOf('a fox --style comic --hq').widthPx, 512);
    assert.equal(rowOf('a fox --style pixel-art --hq --steps 9').steps, 9);
    assert.equal(requestOf('a fox --style pixel-art --hq').quality, 'high');
  });

  test('adds its negative prompt behind the typed one, for a model that reads it', () => {
    const free: ModelInfo = { ...turboModel, guidance: true, fast: { ...turboModel.fast, guidanceScale: 7 } };
    assert.equal(rowOf('a fox --style photo --no text', { model: free }).negativePrompt, 'text, drawing');
    assert.equal(requestOf('a fox --style photo --no text', { model: free }).negativePrompt, 'text');
    assert.equal(rowOf('a fox --style photo', { model: turboModel }).negativePrompt, '');
  });

  test('optimises where it says so, or where that was typed', () => {
    assert.equal(rowOf('a fox --style pixel-art').enhance, true);
    assert.equal(rowOf('a fox --style comic').enhance, undefined);
    assert.equal(rowOf('a fox --style comic --enhance').enhance, true);
    assert.deepEqual([requestOf('a fox --enhance').enhance, rowOf('a fox --enhance').enhance], [true, true]);
  });

  test('that asks for too many steps or a guidance the model has not gets what there is', () => {
    const greedy = pixelArtWith({ steps: 1000, guidance: 9 });
    const row = rowOf('a fox --style pixel-art', { styles: [greedy], model: turboModel });
    assert.deepEqual([row.steps, row.guidanceScale], [8, 0]);
  });

  test('with a size that the model has not gets the model’s', () => {
    assert.deepEqual([rowOf('a fox --style large', { models: () => undefined }).widthPx], [256]);
  });
});

describe('a style with another model', () => {
  test('is drawn by that model, with its sizes, steps and quality', () => {
    const row = rowOf('a fox --style large');
    assert.deepEqual([row.model, row.widthPx, row.heightPx, row.steps, row.guidanceScale], ['turbo', 640, 448, 3, 0]);
    assert.equal(row.prompt, 'cinematic still of a fox');
    assert.equal(requestOf('a fox --style large').model, 'turbo');
    // A size that only that model makes.
    assert.equal(rowOf('a fox --style large --size 768x512').widthPx, 768);
    assert.equal(requestOf('a fox --style large --size 768x512').widthPx, 768);
  });

  test('typed numbers are checked against that model', () => {
    assert.equal(refusal('a fox --style large --steps 20'), '--steps 20 is too high: Turbo takes 1 to 8 steps, so type --steps 8.');
    assert.match(refusal('a fox --style large --guidance 5'), /^Turbo works without guidance/u);
    assert.match(refusal('a fox --style large --no text'), /^Turbo works without guidance/u);
    assert.match(refusal('a fox --style large --size 300'), /^Turbo can't draw 300x300/u);
    // In a batch each row's own.
    assert.match(refusal('a fox --style comic,large --steps 20'), /^--steps 20 is too high: Turbo/u);
    assert.match(refusal('a fox --style comic,large --size 640x448'), /^Blitzbild mini can't draw 640x448/u);
  });

  test('a typed model wins', () => {
    const row = rowOf('a fox --style large --model blitzbild-mini');
    assert.deepEqual([row.model, row.widthPx], ['blitzbild-mini', 256]);
  });

  test('that is not installed any more is drawn by the one in use', () => {
    assert.equal(rowOf('a fox --style large', { models: () => undefined }).model, 'blitzbild-mini');
  });

  test('beside others leaves the request with the model in use and the first size', () => {
    const request = requestOf('a fox --style comic,large');
    assert.deepEqual([request.model, request.widthPx, request.steps], ['blitzbild-mini', 256, 8]);
    assert.deepEqual(
      request.variants?.map(({ model }) => model),
      ['blitzbild-mini', 'turbo'],
    );
  });
});

describe('the style of the room', () => {
  const room = { defaultStyle: 'pixel-art' };

  test('counts where none is typed', () => {
    assert.deepEqual(requestOf('a fox', room).styles, ['pixel-art']);
    assert.deepEqual(requestOf('a fox --style comic', room).styles, ['comic']);
    assert.deepEqual(requestOf('a fox --stil ohne', room).styles, ['none']);
    assert.equal(rowOf('a fox --stil ohne', room).prompt, 'a fox');
  });

  test('that is gone is none', () => assert.equal(requestOf('a fox', { defaultStyle: 'gone' }).variants, undefined));
});

describe('refusals', () => {
  test('an unknown style is named in its place, with the nearest', () => {
    const typed = 'a fox --style comic,pixel-ort --n 2';
    const result = resolve(typed);
    assert.ok(!result.ok);
    assert.deepEqual([result.problem.code, result.problem.params], ['style_unknown', { name: 'pixel-ort', suggestion: 'pixel-art' }]);
    assert.equal(`!img ${typed}`.slice(result.problem.place?.start, result.problem.place?.end), '--style comic,pixel-ort');
    assert.match(refusal('a fox --style xyzzy', german), /xyzzy/u);
  });

  test('more than a batch may have', () => {
    assert.equal(
      refusal('a {red, blue} fox --style comic,photo,none --n 20'),
      '6 kinds of pictures make 120 in all, and one batch has at most 100: take fewer styles or words in braces, or a lower --n.',
    );
    assert.equal(
      refusal('a {red, blue} fox --style comic,photo,none --n 20', german),
      '6 Arten von Bildern ergeben zusammen 120, erlaubt sind höchstens 100 in einem Stapel: Nimm weniger Stile oder Wörter in Klammern, oder ein kleineres --anzahl.',
    );
    assert.equal(
      refusal('a fox --n 12', english, { limits: { ...limits, maxBatch: 10 } }),
      '12 pictures are too many for one batch, which has at most 10: take a lower --n.',
    );
    assert.equal(requestOf('a {red, blue} fox --style comic,photo,none --n 16').count, 96);
  });

  test('are quick, however many words there are to choose from', () => {
    const before = process.cpuUsage();
    for (const prompt of ['{a,b}'.repeat(390), '{a,{b,{c,d}}}'.repeat(140), `{${'a,'.repeat(900)}b}`]) {
      const result = resolve(prompt);
      assert.ok(!result.ok && result.problem.code === 'batch_too_large' && result.problem.params.pictures > 100);
      assert.ok(plain(problemMessage(result.problem, english)).length < 200);
    }
    assert.ok(process.cpuUsage(before).user / 1000 < 250);
  });

  test('nothing to draw is left of commas alone', () => assert.match(refusal('{,}'), /^There is nothing to draw/u));
});

describe('again', () => {
  function again(typed: string, changes: string): ImageRequest {
    const earlier = requestOf(typed);
    const command = commandIn(`!img again ${changes}`);
    if (command.kind !== 'again') throw new Error(command.kind);
    const model = installed.find(({ name }) => name === (command.options.model ?? earlier.model)) ?? smallModel;
    const draw = drawAgain(earlier, command, model);
    const used = installed.find(({ name }) => name === draw.options.model) ?? smallModel;
    const result = resolveRequest(draw, { ...context, model: used, seed: 9 });
    if (!result.ok) throw new Error(JSON.stringify(result.problem));
    return result.value;
  }

  for (const typed of [
    'a fox --style pixel-art',
    'a fox --style pixel-art --steps 8 --size 256 --guidance 2',
    'a fox --style comic,pixel-art,large --n 2',
    'a fox --style comic,pixel-art --steps 5 --no text',
    'a fox --style large --size 768x512',
    'a fox --style large --model blitzbild-mini',
    'a {red, blue} fox --enhance --hq',
    'a fox --style photo --enhance --ar 3:2',
  ]) {
    test(`of «${typed}» is the same with a new seed`, () => assert.deepEqual(again(typed, ''), { ...requestOf(typed), seed: 9 }));
  }

  test('a new style brings its own size and steps', () => {
    assert.deepEqual(again('a fox', '--style pixel-art'), { ...requestOf('a fox --style pixel-art'), seed: 9 });
    assert.deepEqual(again('a fox --style pixel-art', '--style comic'), { ...requestOf('a fox --style comic'), seed: 9 });
  });

  test('what was typed for no style is kept in front of a new one', () => {
    assert.deepEqual(again('a fox --size 512 --n 2', '--style pixel-art'), {
      ...requestOf('a fox --size 512 --n 2 --style pixel-art'),
      seed: 9,
    });
  });

  test('a new number counts for every row', () => {
    assert.deepEqual(again('a fox --style comic,pixel-art', '--steps 5'), {
      ...requestOf('a fox --style comic,pixel-art --steps 5'),
      seed: 9,
    });
  });

  test('the style of the room is not added to what was drawn without one', () => {
    const command = commandIn('!img again');
    if (command.kind !== 'again') throw new Error(command.kind);
    const draw = drawAgain(requestOf('a fox'), command, smallModel);
    const result = resolveRequest(draw, { ...context, defaultStyle: 'pixel-art' });
    assert.ok(result.ok && result.value.variants === undefined);
  });
});

describe('the command of a batch', () => {
  const written = (typed: string): string => {
    const request = requestOf(typed);
    const model = installed.find(({ name }) => name === request.model);
    return commandOf(request, { prefix: '!img', model, activeModel: 'blitzbild-mini' });
  };

  test('names styles and leaves braces as they were', () => {
    assert.equal(
      written('a {red, blue} fox --style comic,none --n 3 --seed 5'),
      '!img a {red, blue} fox --n 3 --seed 5 --style comic,none',
    );
    assert.equal(written('a fox --enhance --seed 5'), '!img a fox --seed 5 --enhance');
    assert.equal(written('a fox --style comic --steps 5 --seed 5 --no text'), '!img a fox --no text --seed 5 --steps 5 --style comic');
  });

  for (const typed of [
    'a fox --style pixel-art',
    'a fox --style pixel-art --steps 10 --size 512',
    'a fox --style comic,pixel-art,large --n 2',
    'a fox --style large --size 768x512',
    'a {red, blue} fox --enhance --hq --style photo',
    String.raw`a \{red\} fox in {fog, sun}`,
  ]) {
    test(`of «${typed}» gives the same again`, () => {
      const command = written(typed);
      const draw = drawIn(command);
      const model = installed.find(({ name }) => name === draw.options.model) ?? smallModel;
      assert.deepEqual(requestOf(command.replace('!img ', ''), { model }), requestOf(typed), command);
    });
  }
});
