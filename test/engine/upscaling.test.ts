/** The engine with its real child, a real model folder and a real, tiny upscaler. */
import assert from 'node:assert/strict';
import { copyFile, cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { GeneratedPicture, PictureRequest } from '#core/ports.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { appError, noHooks, request, scriptedEngine } from './engines.ts';
import { assertSameBytes } from '../same-bytes.ts';

const fixtures = join(import.meta.dirname, '../golden/fixtures');
const tiny = join(fixtures, 'models/sd-epsilon');
const upscaler = join(fixtures, 'upscaler');

const engineWith = (context: TestContext, upscalerFolder: string | undefined): ChildProcessEngine => {
  const engine = new ChildProcessEngine({ folderOf: () => tiny, environment: process.env, providers: ['cpu'], upscalerFolder });
  context.after(() => engine.close());
  return engine;
};

const copyOfUpscaler = async (context: TestContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'blitzbild-upscaler-'));
  context.after(() => rm(folder, { recursive: true }));
  await cp(upscaler, folder, { recursive: true });
  return folder;
};

const picture = (changes: Partial<PictureRequest> = {}): PictureRequest =>
  request('a red fox', 'tiny', { widthPx: 32, heightPx: 32, steps: 3, guidanceScale: 7.5, ...changes });
const large = picture({ widthPx: 128, heightPx: 128, upscale: 4 });

describe('a picture to be enlarged', () => {
  test('is drawn small and comes large, every pixel in its place, with the time of enlarging', async (context) => {
    const engine = engineWith(context, upscaler);
    const [small, made] = [await engine.generate(picture(), noHooks), await engine.generate(large, noHooks)];
    assert.deepEqual([made.widthPx, made.heightPx, made.pixels.length], [128, 128, 128 * 128 * 3]);
    const repeated = Uint8Array.from(made.pixels, (_, i) => {
      const [channel, x, y] = [i % 3, Math.floor(i / 12) % 32, Math.floor(i / 3 / 128 / 4)];
      return small.pixels[(y * 32 + x) * 3 + channel]!;
    });
    assertSameBytes(made.pixels, repeated);
    const { textMs, denoiseMs, decodeMs, upscaleMs = 0, totalMs, sessionRunMs } = made.timings;
    assert.ok(upscaleMs > 0 && textMs + denoiseMs + decodeMs + upscaleMs <= totalMs + 1, JSON.stringify(made.timings));
    assert.ok(sessionRunMs <= totalMs, JSON.stringify(made.timings));
    assert.equal('upscaleMs' in small.timings, false);
    assert.deepEqual((await engine.generate(picture({ widthPx: 64, heightPx: 64, upscale: 2 }), noHooks)).widthPx, 64);
  });

  test('reaches its factor with the only graph that the upscaler has', async (context) => {
    const folder = await copyOfUpscaler(context);
    await writeFile(join(folder, 'blitzbild-upscaler.json'), JSON.stringify({ name: 'half', factors: { 2: 'x2.onnx' } }));
    const steps: number[] = [];
    const made = await engineWith(context, folder).generate(large, { ...noHooks, onStep: (_, of) => steps.push(of) });
    assert.deepEqual([made.widthPx, made.heightPx, made.notUpscaled], [128, 128, undefined]);
    assert.deepEqual([...new Set(steps)], [5], 'three steps of drawing and two passes');
  });

  test('may start from a picture: the steps are those that are run', async (context) => {
    const engine = engineWith(context, upscaler);
    const drawn = await engine.generate(picture(), noHooks);
    const init = { ...drawn, strength: 0.7 };
    const steps: number[][] = [];
    const made = await engine.generate({ ...large, init }, { ...noHooks, onStep: (...step) => void steps.push(step) });
    assert.deepEqual([made.widthPx, made.notUpscaled], [128, undefined]);
    assert.deepEqual(steps, [
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test('counts as steps after those of drawing', async (context) => {
    const engine = engineWith(context, upscaler);
    const steps: number[][] = [];
    const onStep = (...step: number[]): void => void steps.push(step);
    // 96×32 pixels are two tiles of 64.
    await engine.generate(picture({ widthPx: 192, heightPx: 64, upscale: 2, steps: 2 }), { ...noHooks, onStep });
    assert.deepEqual(steps, [
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
  });

  test('can be cancelled between two tiles, and the child lives', async (context) => {
    const engine = engineWith(context, upscaler);
    await engine.start('tiny');
    const { pid } = engine;
    const abort = new AbortController();
    let last = 0;
    const onStep = (step: number): void => {
      last = step;
      if (step === 2) abort.abort();
    };
    // 160×160 pixels are sixteen tiles.
    const many = picture({ widthPx: 320, heightPx: 320, upscale: 2, steps: 1, guidanceScale: 1 });
    await assert.rejects(engine.generate(many, { signal: abort.signal, onStep }), appError('cancelled'));
    assert.ok(last < 17, `stopped at step ${last}`);
    assert.equal((await engine.generate(large, noHooks)).widthPx, 128);
    assert.equal(engine.pid, pid);
  });
});

describe('a picture that can not be enlarged', () => {
  const isDrawnOnly = ({ widthPx, heightPx, pixels, timings, notUpscaled }: GeneratedPicture, reason: RegExp): void => {
    assert.deepEqual([widthPx, heightPx, pixels.length, 'upscaleMs' in timings], [32, 32, 32 * 32 * 3, false]);
    assert.match(notUpscaled ?? '', reason);
  };

  test('comes in its own size where no upscaler is installed, or its folder is gone', async (context) => {
    isDrawnOnly(await engineWith(context, undefined).generate(large, noHooks), /^no upscaler is installed$/);
    isDrawnOnly(await engineWith(context, join(tmpdir(), 'nowhere-at-all')).generate(large, noHooks), /no upscaler folder/);
  });

  test('is told why while a file is broken, and is enlarged again once it is mended, by the same child', async (context) => {
    const folder = await copyOfUpscaler(context);
    await truncate(join(folder, 'x4.onnx'), 100);
    const engine = engineWith(context, folder);
    const steps: number[] = [];
    isDrawnOnly(await engine.generate(large, { ...noHooks, onStep: (_, of) => steps.push(of) }), /x4\.onnx is cut off/);
    assert.deepEqual([...new Set(steps)], [3], 'nothing is promised');
    const { pid } = engine;
    await copyFile(join(upscaler, 'x4.onnx'), join(folder, 'x4.onnx'));
    assert.equal((await engine.generate(large, noHooks)).widthPx, 128);
    assert.equal(engine.pid, pid);
  });

  test('gets another session after a run that failed, in the same child', async (context) => {
    const folder = await copyOfUpscaler(context);
    await copyFile(join(upscaler, 'x2.onnx'), join(folder, 'x4.onnx'));
    const engine = engineWith(context, folder);
    isDrawnOnly(await engine.generate(large, noHooks), /x4\.onnx made \[1, 3, 64, 64\] instead of/);
    const { pid } = engine;
    await copyFile(join(upscaler, 'x4.onnx'), join(folder, 'x4.onnx'));
    assert.deepEqual([(await engine.generate(large, noHooks)).widthPx, engine.pid], [128, pid]);
  });

  test('does not trouble those who ask for no such picture', async (context) => {
    const folder = await copyOfUpscaler(context);
    await truncate(join(folder, 'x2.onnx'), 0);
    const made = await engineWith(context, folder).generate(picture(), noHooks);
    assert.deepEqual([made.widthPx, made.notUpscaled], [32, undefined]);
  });
});

describe('enlarging that ends the child', () => {
  test('costs one attempt; every picture of that size goes without from then on, others are not concerned', async (context) => {
    const { engine } = await scriptedEngine(context, { upscalerFolder: upscaler });
    const fatal = request('enlarge and exit', 'works', { upscale: 4 });
    await assert.rejects(engine.generate(fatal, noHooks), appError('engine_crashed', /exit code 9/));
    const others = [{ upscale: 2 }, { upscale: 4, widthPx: 32 }, { upscale: 4, model: 'other' }] as const;
    for (const other of others)
      assert.equal((await engine.generate(request('fox', 'works', other), noHooks)).notUpscaled, undefined, JSON.stringify(other));
    for (const seed of [42, 43, 44])
      assert.match((await engine.generate({ ...fatal, seed }, noHooks)).notUpscaled ?? '', /ended the engine before/);
  });

  test('is noticed after fewer steps than were asked for, as a picture that starts from one takes them', async (context) => {
    const { engine } = await scriptedEngine(context, { upscalerFolder: upscaler });
    const init = { pixels: new Uint8Array(16 * 8 * 3), widthPx: 16, heightPx: 8, strength: 0.5 };
    const fatal = request('enlarge and exit', 'works', { upscale: 4, widthPx: 64, heightPx: 32, init });
    await assert.rejects(engine.generate(fatal, noHooks), appError('engine_crashed', /exit code 9/));
    assert.match((await engine.generate(fatal, noHooks)).notUpscaled ?? '', /ended the engine before/);
  });

  test('is told from a crash while drawing', async (context) => {
    const { engine } = await scriptedEngine(context, { upscalerFolder: upscaler });
    const large = request('exit', 'works', { upscale: 4 });
    for (let attempt = 0; attempt < 2; attempt++)
      await assert.rejects(engine.generate(large, noHooks), appError('engine_crashed', /exit code 7/));
  });
});
