import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandOf } from '#core/command-line.ts';
import { limits } from '#core/limits.ts';
import type { Voice } from '#core/message-codes.ts';
import { plain, problemMessage } from '#core/messages.ts';
import { drawAgain, resolveRequest, unknownModel } from '#core/request.ts';
import type { ImageRequest } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { commandIn, drawIn, english, fox, german, smallModel, turboModel } from './sample.ts';

const resolve = (typed: string, model: ModelInfo = smallModel, seed = 7) =>
  resolveRequest(drawIn(`!img ${typed}`), { model, seed, limits });

function requestOf(typed: string, model?: ModelInfo, seed?: number): ImageRequest {
  const result = resolve(typed, model, seed);
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}

/** The sentence that refuses it. */
function refusal(typed: string, voice: Voice, model?: ModelInfo): string {
  const result = resolve(typed, model);
  if (result.ok) throw new Error(`accepted: ${JSON.stringify(result.value)}`);
  return plain(problemMessage(result.problem, voice));
}

describe('defaults', () => {
  test('come from the model and the drawn seed', () => {
    assert.deepEqual(requestOf('a red fox --n 4', smallModel, 42), fox);
  });

  test('of --hq are the model’s own, typed values win', () => {
    const { widthPx, steps, guidanceScale, quality } = requestOf('a fox --hq --steps 20');
    assert.deepEqual({ widthPx, steps, guidanceScale, quality }, { widthPx: 512, steps: 20, guidanceScale: 2.5, quality: 'high' });
  });

  test('a seed of zero is a seed', () => assert.equal(requestOf('a fox --seed 0').seed, 0));

  test('a drawn seed makes room for all pictures, a typed one must', () => {
    assert.equal(requestOf('a fox --n 4', smallModel, 4_294_967_295).seed, 4_294_967_292);
    assert.equal(requestOf('a fox --n 4 --seed 4294967292').seed, 4_294_967_292);
    assert.equal(resolve('a fox --n 4 --seed 4294967293').ok, false);
  });
});

describe('sizes', () => {
  const sizeOf = (typed: string, model?: ModelInfo): string => {
    const { widthPx, heightPx } = requestOf(typed, model);
    return `${widthPx}x${heightPx}`;
  };

  test('of a list', () => {
    assert.equal(sizeOf('x --size 384x256'), '384x256');
    assert.equal(sizeOf('x --size 512'), '512x512');
    assert.equal(sizeOf('x --ar 3:2'), '384x256');
    assert.equal(sizeOf('x --ar landscape'), '384x256');
    assert.equal(sizeOf('x --ar 1:1'), '256x256');
    assert.equal(sizeOf('x --ar 1:1 --hq'), '512x512');
  });

  test('of a range: nearest multiples of about the default area', () => {
    assert.equal(sizeOf('x --size 640x448', turboModel), '640x448');
    assert.equal(sizeOf('x --ar 1:1', turboModel), '512x512');
    for (const [typed, ratio] of [
      ['16:9', 16 / 9],
      ['2:3', 2 / 3],
      ['21:9', 21 / 9],
      ['3:4', 3 / 4],
    ] as const) {
      const { widthPx, heightPx } = requestOf(`x --ar ${typed}`, turboModel);
      assert.ok(widthPx % 64 === 0 && heightPx % 64 === 0);
      assert.ok(Math.abs(widthPx / heightPx / ratio - 1) < 0.1, `${widthPx}x${heightPx} for ${typed}`);
      assert.ok(Math.abs((widthPx * heightPx) / 512 ** 2 - 1) < 0.35, `${widthPx}x${heightPx} for ${typed}`);
    }
    assert.ok(requestOf('x --ar 16:9 --hq', turboModel).widthPx <= 1024);
  });

  test('width and height keep their places', () => {
    const { widthPx, heightPx } = requestOf('x --ar 16:9', turboModel);
    assert.ok(widthPx > heightPx);
  });
});

describe('refusals', () => {
  const cases: readonly (readonly [string, string, string, ModelInfo?])[] = [
    [
      'x --n 0',
      '--n 0 is too low: --n goes from 1 to 20, so type --n 1.',
      '--n 0 ist zu klein: --n geht von 1 bis 20, schreib also --n 1.',
    ],
    [
      'x --n 10000',
      '--n 10000 is too high: --n goes from 1 to 20, so type --n 20.',
      '--n 10000 ist zu groß: --n geht von 1 bis 20, schreib also --n 20.',
    ],
    [
      'x --steps -1',
      '--steps -1 is too low: Blitzbild mini takes 1 to 50 steps, so type --steps 1.',
      '--steps -1 ist zu klein: Blitzbild mini rechnet mit 1 bis 50 Schritten, schreib also --steps 1.',
    ],
    [
      'x --steps 9',
      '--steps 9 is too high: Turbo takes 1 to 8 steps, so type --steps 8.',
      '--steps 9 ist zu groß: Turbo rechnet mit 1 bis 8 Schritten, schreib also --steps 8.',
      turboModel,
    ],
    [
      'x --size 9999x9999',
      "Blitzbild mini can't draw 9999x9999: it makes 256×256, 384×256 or 512×512, so type --size 512x512.",
      '9999x9999 kann Blitzbild mini nicht: Möglich ist 256×256, 384×256 oder 512×512, schreib also --size 512x512.',
    ],
    [
      'x --size 9999x9999',
      "Turbo can't draw 9999x9999: each side is a multiple of 64 from 256 to 1024 pixels, 1.05 megapixels in all, so type --size 1024x1024.",
      '9999x9999 kann Turbo nicht: Jede Seite ist ein Vielfaches von 64 zwischen 256 und 1024 Pixeln, zusammen höchstens 1,05 Megapixel; schreib also --size 1024x1024.',
      turboModel,
    ],
    [
      'x --size 500',
      "Turbo can't draw 500x500: each side is a multiple of 64 from 256 to 1024 pixels, 1.05 megapixels in all, so type --size 512x512.",
      '500x500 kann Turbo nicht: Jede Seite ist ein Vielfaches von 64 zwischen 256 und 1024 Pixeln, zusammen höchstens 1,05 Megapixel; schreib also --size 512x512.',
      turboModel,
    ],
    [
      'x --size 0',
      "Blitzbild mini can't draw 0x0: it makes 256×256, 384×256 or 512×512, so type --size 256x256.",
      '0x0 kann Blitzbild mini nicht: Möglich ist 256×256, 384×256 oder 512×512, schreib also --size 256x256.',
    ],
    [
      'x --ar 16:9',
      "Blitzbild mini can't draw the shape 16:9: it makes 1:1 or 3:2, so type --ar 3:2.",
      'Das Format 16:9 kann Blitzbild mini nicht: Möglich ist 1:1 oder 3:2, schreib also --ar 3:2.',
    ],
    [
      'x --ar 1:100',
      "Turbo can't draw the shape 1:100: it makes 1:4 … 4:1, so type --ar 1:4.",
      'Das Format 1:100 kann Turbo nicht: Möglich ist 1:4 … 4:1, schreib also --ar 1:4.',
      turboModel,
    ],
    [
      'x --size 256 --ar 3:2',
      '--size 256x256 and --ar 3:2 both set the shape: leave one of them out.',
      '--size 256x256 und --ar 3:2 legen beide die Form fest: Lass eines davon weg.',
    ],
    [
      'x --seed 4294967296',
      '--seed 4294967296 is out of range: a seed is a whole number from 0 to 4294967295; leave --seed out for a random one.',
      '--seed 4294967296 geht nicht: Ein Seed ist eine ganze Zahl von 0 bis 4294967295; ohne --seed wird einer ausgelost.',
    ],
    [
      'x --seed -1',
      '--seed -1 is out of range: a seed is a whole number from 0 to 4294967295; leave --seed out for a random one.',
      '--seed -1 geht nicht: Ein Seed ist eine ganze Zahl von 0 bis 4294967295; ohne --seed wird einer ausgelost.',
    ],
    [
      'x --seed 4294967295 --n 2',
      'Seed 4294967295 leaves no room for 2 pictures, which take one seed each: type --seed 4294967294 or lower.',
      'Hinter Seed 4294967295 ist kein Platz für 2 Bilder, die je einen Seed brauchen: Schreib --seed 4294967294 oder einen kleineren.',
    ],
    [
      'x --guidance 30.5',
      '--guidance 30.5 is too high: --guidance goes from 0 to 30, so type --guidance 30.',
      '--guidance 30,5 ist zu groß: --guidance geht von 0 bis 30, schreib also --guidance 30.',
    ],
    [
      'x --guidance 5',
      'Turbo works without guidance, so --guidance would change nothing: leave it out, or choose another model with --model.',
      'Turbo arbeitet ohne Guidance, --guidance würde also nichts ändern: Lass es weg, oder nimm mit --model ein anderes Modell.',
      turboModel,
    ],
    [
      'x --no text',
      'Turbo works without guidance, so --no would change nothing: leave it out, or choose another model with --model.',
      'Turbo arbeitet ohne Guidance, --no würde also nichts ändern: Lass es weg, oder nimm mit --model ein anderes Modell.',
      turboModel,
    ],
    [
      'x --no text --guidance 1',
      '--no works only with a guidance above 1, and it is 1 here: add --guidance 2, or leave --no out.',
      '--ohne wirkt nur bei einer Guidance über 1, hier ist sie 1: Schreib --guidance 2 dazu, oder lass --ohne weg.',
    ],
  ];
  for (const [typed, inEnglish, inGerman, model] of cases) {
    test(`${typed}${model === undefined ? '' : ` (${model.title})`}`, () => {
      assert.equal(refusal(typed, english, model), inEnglish);
      assert.equal(refusal(typed, german, model), inGerman);
    });
  }

  test('propose a size of the same shape rather than of the same area', () => {
    assert.match(refusal('x --size 300x200', english), /so type --size 384x256\.$/u);
  });

  test('point at the flag', () => {
    const result = resolve('x --n 0 y');
    assert.ok(!result.ok);
    assert.deepEqual(result.problem.place, { start: 7, end: 12 });
  });

  test('what they propose is accepted', () => {
    for (const [typed, , , model] of cases) {
      const proposal = /(?:so type|: type|add) (--\w+ \S+?)(?: or lower)?[.,]/u.exec(refusal(typed, english, model))?.[1];
      if (proposal === undefined) continue;
      const others = typed.replace(new RegExp(`${proposal.split(' ')[0]} \\S+`, 'u'), '');
      assert.equal(resolve(`${others} ${proposal}`, model).ok, true, `${others} ${proposal}`);
    }
  });

  test('follow the configured limits', () => {
    const result = resolveRequest(drawIn('!img x --n 5'), { model: smallModel, seed: 1, limits: { ...limits, maxCount: 4 } });
    assert.ok(!result.ok && result.problem.code === 'number_out_of_range' && result.problem.params.max === 4);
  });

  test('an unknown model is named with what there is', () => {
    const problem = unknownModel(drawIn('!img x --model blitzbild-mimi'), ['blitzbild-mini', 'turbo']);
    assert.equal(
      plain(problemMessage(problem, english)),
      'There is no model blitzbild-mimi here: did you mean --model blitzbild-mini? Installed are blitzbild-mini, turbo.',
    );
    assert.deepEqual(problem.place, { start: 7, end: 29 });
    assert.equal(
      plain(problemMessage(unknownModel(drawIn('!img x --model flux'), ['turbo']), german)),
      'Ein Modell flux gibt es hier nicht: Installiert sind turbo.',
    );
  });
});

describe('again', () => {
  const again = (typed: string) => {
    const command = commandIn(`!img ${typed}`);
    if (command.kind !== 'again') throw new Error(command.kind);
    return command;
  };

  test('is the same request with a new seed that fits', () => {
    const draw = drawAgain(fox, again('again'), smallModel);
    const seedFor = (seed: number) => {
      const result = resolveRequest(draw, { model: smallModel, seed, limits });
      return result.ok ? result.value.seed : undefined;
    };
    assert.equal(seedFor(99), 99);
    assert.equal(seedFor(4_294_967_295), 4_294_967_295 - (fox.count - 1));
  });

  test('keeps what is not changed', () => {
    const earlier = { ...fox, steps: 12, guidanceScale: 3, widthPx: 384, negativePrompt: 'text' };
    const draw = drawAgain(earlier, again('again --n 2'), smallModel);
    const result = resolveRequest(draw, { model: smallModel, seed: 5, limits });
    assert.deepEqual(result, { ok: true, value: { ...earlier, count: 2, seed: 5 } });
  });

  test('takes size, steps and guidance of a new quality', () => {
    const result = resolveRequest(drawAgain(fox, again('again --hq --seed 3'), smallModel), { model: smallModel, seed: 5, limits });
    assert.deepEqual(result, {
      ok: true,
      value: { ...fox, seed: 3, quality: 'high', widthPx: 512, heightPx: 512, steps: 16, guidanceScale: 2.5 },
    });
  });

  test('takes a new shape', () => {
    const result = resolveRequest(drawAgain(fox, again('again --ar 3:2'), smallModel), { model: smallModel, seed: 5, limits });
    assert.ok(result.ok && result.value.widthPx === 384);
  });
});

test('a negative prompt has the limits of today, however it came', () => {
  const earlier = { ...fox, negativePrompt: 'y'.repeat(101) };
  const draw = drawAgain(earlier, { kind: 'again', options: {}, places: {} }, smallModel);
  const result = resolveRequest(draw, { model: smallModel, seed: 5, limits: { ...limits, maxPromptChars: 100 } });
  assert.deepEqual(!result.ok && [result.problem.code, result.problem.params], ['negative_too_long', { length: 101, limit: 100 }]);
  assert.ok(resolveRequest(draw, { model: smallModel, seed: 5, limits: { ...limits, maxPromptChars: 101 } }).ok);
});

describe('the command of a request', () => {
  const line = { prefix: '!img', model: smallModel, activeModel: 'blitzbild-mini' };

  test('leaves out what the model does by itself', () => {
    assert.equal(commandOf(fox, line), '!img a red fox --n 4 --seed 42');
    assert.equal(
      commandOf({ ...fox, count: 1, negativePrompt: 'text, blur', steps: 12, widthPx: 512, heightPx: 512 }, line),
      '!img a red fox --size 512x512 --no text, blur --seed 42 --steps 12',
    );
  });

  test('writes everything where the model is gone or not the active one', () => {
    assert.equal(commandOf(fox, { ...line, model: undefined }), '!img a red fox --n 4 --size 256x256 --seed 42 --steps 8 --guidance 2');
    assert.equal(commandOf(fox, { ...line, activeModel: 'turbo' }), '!img a red fox --n 4 --seed 42 --model blitzbild-mini');
  });

  test('protects a prompt that looks like a command or a flag', () => {
    assert.equal(commandOf({ ...fox, prompt: 'queue' }, line), '!img --n 4 --seed 42 -- queue');
    assert.equal(commandOf({ ...fox, prompt: 'a --n flag' }, line), '!img --n 4 --seed 42 -- a --n flag');
    assert.equal(commandOf({ ...fox, negativePrompt: 'a "--n" sign' }, line), '!img a red fox --n 4 --no a "--n" sign --seed 42');
    assert.equal(commandOf({ ...fox, negativePrompt: 'a "big" --n' }, line), '!img a red fox --n 4 --no "a \\"big\\" --n" --seed 42');
  });
});
