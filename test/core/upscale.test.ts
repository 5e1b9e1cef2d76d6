import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { commandOf } from '#core/command-line.ts';
import { limits } from '#core/limits.ts';
import { plain, problemMessage } from '#core/messages.ts';
import { renderInfo, renderModels, sizesText } from '#core/render-lists.ts';
import { renderCaption } from '#core/render-caption.ts';
import { renderDone } from '#core/render-done.ts';
import { renderAccepted, renderProgress } from '#core/render.ts';
import { drawAgain, resolveRequest } from '#core/request.ts';
import { toPlainText } from '#core/rich-text.ts';
import { imageKey, jobId, type ImageRequest, type StoredImage } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { drawnSize, mostPixels } from '#core/upscale.ts';
import { commandIn, drawIn, english, german, smallModel, turboModel } from './sample.ts';

/** Draws 256×256 and 384×256, and enlarges four times for --hq. */
const model: ModelInfo = {
  ...smallModel,
  sizes: { kind: 'fixed', list: [[256, 256], [384, 256]] }, // prettier-ignore
  high: { widthPx: 1024, heightPx: 1024, upscale: 4, steps: 16, guidanceScale: 2.5 },
  enlargedBy: [2, 4],
};
const ranged: ModelInfo = {
  ...turboModel,
  high: { widthPx: 1024, heightPx: 1024, upscale: 2, steps: 4, guidanceScale: 0 },
  enlargedBy: [2],
};
/** Draws large pictures; the widest shapes would be too large enlarged. */
const wide: ModelInfo = {
  ...turboModel,
  sizes: { kind: 'range', minPx: 256, maxPx: 2048, multipleOfPx: 64, maxPixels: 1_600_000 },
  fast: { widthPx: 1024, heightPx: 1024, steps: 1, guidanceScale: 0 },
  high: { widthPx: 4096, heightPx: 4096, upscale: 4, steps: 4, guidanceScale: 0 },
  enlargedBy: [2, 4],
};
const without = (asked: ModelInfo): ModelInfo => ({ ...asked, enlargedBy: [] });

const resolve = (typed: string, asked: ModelInfo = model) => resolveRequest(drawIn(`!img ${typed}`), { model: asked, seed: 7, limits });

function requestOf(typed: string, asked?: ModelInfo): ImageRequest {
  const result = resolve(typed, asked);
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}

/** `1024x1024/4`: the finished size and how often the drawn one fits. */
const sizeOf = ({ widthPx, heightPx, upscale }: ImageRequest): string => `${widthPx}x${heightPx}/${upscale ?? 1}`;

describe('the size of a request', () => {
  const cases: readonly (readonly [string, string, ModelInfo?])[] = [
    ['x', '256x256/1'],
    ['x --hq', '1024x1024/4'],
    ['x --hq --ar 3:2', '1536x1024/4'],
    ['x --ar 3:2', '384x256/1'],
    ['x --size 512', '512x512/2'],
    ['x --size 1024x1024', '1024x1024/4'],
    ['x --size 768x512', '768x512/2'],
    ['x --hq --size 256', '256x256/1'],
    ['x --hq --size 512', '512x512/2'],
    ['x --hq', '1024x1024/2', ranged],
    ['x --size 1024', '1024x1024/1', ranged],
    ['x --size 2048x1024', '2048x1024/2', ranged],
    ['x --hq --ar 16:9', '1408x768/2', ranged],
    ['x --hq --size 512', '512x512/1', ranged],
    ['x --hq', '512x512/1', smallModel],
  ];
  for (const [typed, size, asked = model] of cases)
    test(`${typed} is ${size} for ${asked.title}`, () => assert.equal(sizeOf(requestOf(typed, asked)), size));

  test('is drawn smaller by what it is enlarged', () => {
    assert.deepEqual(drawnSize(requestOf('x --hq --ar 3:2')), { widthPx: 384, heightPx: 256 });
    assert.deepEqual(drawnSize(requestOf('x')), { widthPx: 256, heightPx: 256 });
  });

  test('is drawn by the model, whatever is asked for', () => {
    const asked = fc.constantFrom(model, ranged, wide, without(model), without(wide));
    const side = fc.integer({ min: 1, max: 90 }).map((count) => count * 64);
    const size = fc.tuple(fc.constantFrom('', ' --hq'), fc.constantFrom('--ar', '--size'), side, side);
    fc.assert(
      fc.property(asked, size, (chosen, [hq, flag, a, b]) => {
        const result = resolve(`x ${flag} ${flag === '--ar' ? `${a / 64}:${b / 64}` : `${a}x${b}`}${hq}`, chosen);
        if (!result.ok) return;
        const { widthPx, heightPx, upscale } = result.value;
        const drawn = drawnSize(result.value);
        assert.ok(upscale === undefined || widthPx * heightPx <= mostPixels, sizeOf(result.value));
        const outright = resolve(`x --size ${drawn.widthPx}x${drawn.heightPx}`, without(chosen));
        assert.ok(outright.ok, sizeOf(result.value));
      }),
      { numRuns: 2000 },
    );
    // The enlarged shape nearest in area is 20 megapixels.
    assert.equal(sizeOf(requestOf('x --hq --ar 20:13', wide)), '4864x3072/4');
  });

  const refusal = (typed: string, asked?: ModelInfo): string => {
    const result = resolve(typed, asked);
    if (result.ok) throw new Error(`accepted as ${sizeOf(result.value)}`);
    return plain(problemMessage(result.problem, english));
  };

  test('typed is refused where nothing enlarges by its factor; --hq is not', () => {
    const mini = without(model);
    assert.equal(
      refusal('x --size 1024', mini),
      "Blitzbild mini can't draw 1024x1024: it makes 256×256 or 384×256, so type --size 256x256.",
    );
    assert.match(refusal('x --hq --size 512', mini), /it makes 256×256 or 384×256,/);
    assert.match(refusal('x --size 512', { ...model, enlargedBy: [4] }), /384×256, 1024×1024 or 1536×1024, so type --size 256x256/);
    assert.match(refusal('x --size 2048', without(ranged)), /1\.05 megapixels in all, so type --size 1024x1024\.$/);
    for (const [typed, size] of [
      ['x --hq', '1024x1024/4'],
      ['x --hq --ar 3:2', '1536x1024/4'],
      ['x --hq --size 1024', '1024x1024/4'],
    ] as const)
      assert.equal(sizeOf(requestOf(typed, mini)), size);
    assert.equal(sizesText(mini, 'en'), '256×256, 384×256');
    assert.doesNotMatch(sizesText(without(ranged), 'en'), /enlarged/);
  });

  test('out of range is refused with the range, what is enlarged, and a size that is made', () => {
    const range = 'each side is a multiple of 64 from 256 to 1024 pixels, 1.05 megapixels in all, or that ×2';
    assert.equal(refusal('x --size 4096', ranged), `Turbo can't draw 4096x4096: ${range}, so type --size 2048x2048.`);
    assert.equal(refusal('x --size 1000', ranged), `Turbo can't draw 1000x1000: ${range}, so type --size 1024x1024.`);
    const large = 'each side is a multiple of 64 from 256 to 2048 pixels, 1.6 megapixels in all, or that ×2 or ×4 up to 16.78 megapixels';
    assert.equal(refusal('x --size 5120x3328', wide), `Turbo can't draw 5120x3328: ${large}, so type --size 4864x3072.`);
    const german = resolve('x --size 4096', ranged);
    assert.match(german.ok ? '' : plain(problemMessage(german.problem, { language: 'de', prefix: '!bild' })), /Megapixel, oder das Ganze ×2; schreib also --size 2048x2048\.$/); // prettier-ignore
    fc.assert(
      fc.property(fc.constantFrom(ranged, wide), fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 9999 }), (asked, a, b) => {
        const result = resolve(`x --size ${a}x${b}`, asked);
        if (result.ok) return;
        const nearest = /--size \d+x\d+/.exec(plain(problemMessage(result.problem, english)))?.[0] ?? '';
        assert.ok(resolve(`x ${nearest}`, asked).ok, nearest);
      }),
    );
  });

  test('a size that is not made is refused with all that are', () => {
    assert.equal(
      refusal('x --size 1000'),
      "Blitzbild mini can't draw 1000x1000: it makes 256×256, 384×256, 512×512, 768×512, 1024×1024 or 1536×1024, so type --size 1024x1024.",
    );
    assert.match(refusal('x --size 4096', ranged), /can't draw 4096x4096/);
    assert.match(refusal('x --size 1024', smallModel), /it makes 256×256, 384×256 or 512×512/);
  });
});

test('the command of a request, and again, come back to the same size and quality', () => {
  for (const asked of [model, ranged, wide, without(model), without(ranged)]) {
    for (const typed of ['x --hq', 'x --hq --ar 3:2', 'x --size 512', 'x --size 1024', 'x --hq --size 256', 'x --hq --ar 16:9 --n 2']) {
      const first = resolve(typed, asked);
      if (!first.ok) continue;
      const command = commandOf(first.value, { prefix: '!img', model: asked, activeModel: asked.name });
      assert.deepEqual(requestOf(command.replace('!img ', ''), asked), first.value, command);
      const again = commandIn('!img again');
      if (again.kind !== 'again') throw new Error(again.kind);
      const repeated = resolveRequest(drawAgain(first.value, again, asked), { model: asked, seed: 9, limits });
      assert.deepEqual(repeated, { ok: true, value: { ...first.value, seed: 9 } }, typed);
    }
  }
});

describe('what the room reads', () => {
  const request = requestOf('a red fox --hq');
  const timings = { textMs: 12, denoiseMs: 200, decodeMs: 50, upscaleMs: 900, encodeMs: 100, waitedMs: 0, workMs: 1262 };
  const image: StoredImage = {
    key: imageKey('ab.png'),
    index: 0,
    seed: 7,
    widthPx: 1024,
    heightPx: 1024,
    bytes: 1,
    mimeType: 'image/png',
    thumbnail: { key: imageKey('cd.jpg'), widthPx: 1, heightPx: 1, bytes: 1, mimeType: 'image/jpeg' },
    blurhash: '',
    timings,
  };
  const done = { jobId: jobId('k7f3'), request, timings, images: 1, provider: 'cpu', modelTitle: 'Mini' };

  test('the acknowledgement, the caption and the timing line tell the finished size', () => {
    assert.match(toPlainText(renderAccepted({ jobId: jobId('k7f3'), request, picturesAhead: 0, ...english })), /1 picture 1024×1024/);
    const caption = toPlainText(renderCaption({ jobId: jobId('k7f3'), cell: 'A1', request, image, language: 'en' }));
    assert.match(caption, /1024×1024 · 1\.26 s/);
    const line =
      '1 image 1024×1024 in 1.26 s · waited 0 ms · text 12 ms · denoise 0.2 s · decode 50 ms · upscale 0.9 s · encode 0.1 s · high quality · Mini';
    assert.ok(toPlainText(renderDone({ ...done, ...english })).startsWith(line));
    assert.match(toPlainText(renderDone({ ...done, ...german })), /Vergrößern 0,9 s/);
  });

  test('a picture that was not enlarged has its own size and one sentence', () => {
    const text = toPlainText(renderDone({ ...done, notUpscaled: { count: 1, size: { widthPx: 256, heightPx: 256 } }, ...english }));
    assert.match(text, /^1 image 256×256 in/);
    assert.match(
      text,
      /The upscaler could not be used, so you get 256×256 as the model drew it; blitzbild doctor or the bot's log shows why/,
    );
    assert.match(toPlainText(renderDone({ ...done, notUpscaled: { count: 1, size: image }, ...german })), /bleibt es bei 1024×1024/);
    assert.doesNotMatch(toPlainText(renderDone({ ...done, ...english })), /upscaler/);
  });

  test('of a batch in which some were not enlarged, those are told', () => {
    const small = { widthPx: 256, heightPx: 256 };
    const text = (count: number, voice = english): string =>
      toPlainText(renderDone({ ...done, images: 4, notUpscaled: { count, size: small }, ...voice }));
    assert.match(text(1), /^4 images 1024×1024 in/);
    assert.match(text(1), /^1 of 4 could not be enlarged and stays 256×256; the bot's log says why\.$/m);
    assert.match(text(2), /^2 of 4 could not be enlarged and stay 256×256;/m);
    assert.match(text(1, german), /^1 von 4 ließ sich nicht vergrößern und bleibt bei 256×256; warum, steht im Log des Bots\.$/m);
    assert.match(text(4), /^4 images 256×256 in[^]*you get 256×256 as the model drew it/);
  });

  test('progress does not stand at its end while the picture is enlarged', () => {
    const at = (step: number, language: 'en' | 'de' = 'en'): string =>
      toPlainText(renderProgress({ jobId: jobId('k7f3'), request, done: 0, step, steps: 17, language }));
    assert.match(at(8), /47% · step 8\/16/);
    assert.match(at(16), /94% · enlarging/);
    assert.match(at(16, 'de'), /94.% · wird vergrößert/);
    assert.match(at(17), /100% · step 16\/16/);
  });

  test('the list of models says what is enlarged and by what', () => {
    assert.equal(sizesText(model, 'en'), '256×256, 384×256, enlarged 512×512, 768×512, 1024×1024, 1536×1024');
    assert.match(sizesText(ranged, 'de'), /Megapixel, vergrößert ×2$/);
    const upscaler = { name: 'illustration', title: 'Illustration', licence: 'MIT', domain: 'illustrations', factors: [2, 4] as const };
    const list = (extra: object): string =>
      toPlainText(renderModels({ models: [model], active: model.name, engine: { attempts: [] }, ...german, ...extra }));
    assert.match(
      list({ upscaler: { ...upscaler, fingerprint: '0123456789ab' } }),
      /Zum Vergrößern: illustration ×2 ×4 für Illustrationen \(MIT\), Hash 0123456789ab\./,
    );
    assert.match(list({ upscaler, ...english }), /Upscaler: illustration ×2 ×4 for illustrations \(MIT\)\./);
    assert.match(list({ upscaler: { ...upscaler, domain: 'maps' } }), /×4 für maps \(MIT\)/);
    assert.doesNotMatch(list({}), /Vergrößern/);
  });

  test('the facts of a picture say how it was made', () => {
    const info = (images: readonly StoredImage[]): string =>
      toPlainText(
        renderInfo({ jobId: jobId('k7f3'), request, state: 'done', images, models: [model], activeModel: model.name, ...english }),
      );
    assert.match(info([image]), /1024×1024 \(drawn at 256×256, enlarged ×4\)/);
    assert.match(info([image]), /!img a red fox --seed 7 --hq/);
    assert.match(info([{ ...image, widthPx: 256, heightPx: 256 }]), /256×256\b(?! \()/);
    assert.match(
      info([
        { ...image, widthPx: 256, heightPx: 256 },
        { ...image, index: 1 },
      ]),
      /1024×1024 \(drawn/,
    );
  });
});
