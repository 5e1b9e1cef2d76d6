/** `enlarge`: what the parent half does, with the scripted child; then the real child with a real, tiny upscaler. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Pixels } from '#core/ports.ts';
import type { EnlargeFactor } from '#core/model-info.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { assertSameBytes } from '../same-bytes.ts';
import { appError, isAlive, noHooks, request, scriptedEngine } from './engines.ts';
import { firstByte } from './first-byte.ts';

const { works, exits, hangs, isTooLarge, isSlow, hasNoFolder } = firstByte;
const picture = (first: number = works): Pixels => ({ pixels: new Uint8Array(4 * 2 * 3).fill(first), widthPx: 4, heightPx: 2 });

describe('enlarging', () => {
  test('uses the child that holds a model, and says pixels, time, provider and tiles', async (context) => {
    const { engine, starts } = await scriptedEngine(context, { upscaler: 'other' });
    await engine.generate(request('fox'), noHooks);
    const { pid } = engine;
    const steps: number[][] = [];
    const made = await engine.enlarge(picture(), 8, { ...noHooks, onStep: (...step) => void steps.push(step) });
    assert.deepEqual(made, { pixels: new Uint8Array(32 * 16 * 3).fill(8), widthPx: 32, heightPx: 16, upscaleMs: 3, provider: 'cpu' });
    assert.deepEqual(steps, [[1, 2], [2, 2]]); // prettier-ignore
    assert.deepEqual([engine.pid, (await starts('other')).length], [pid, 0]);
  });

  test('starts a child without a model where there is none, and that one gives way to a model', async (context) => {
    const { engine, starts } = await scriptedEngine(context, { upscaler: 'other' });
    assert.equal((await engine.enlarge(picture(), 2, noHooks)).widthPx, 8);
    assert.equal((await engine.enlarge(picture(), 4, noHooks)).widthPx, 16);
    assert.deepEqual([(await starts('other')).length, (await starts('works')).length], [1, 0]);
    assert.equal(engine.status().state, 'starting', 'nothing is said of drawing');
    const former = engine.pid!;
    await engine.generate(request('fox'), noHooks);
    assert.deepEqual([isAlive(former), engine.status().state], [false, 'ready']);
    await engine.enlarge(picture(), 2, noHooks);
    assert.deepEqual([(await starts('other')).length, (await starts('works')).length], [1, 1]);
  });

  test('goes on without the model that can not be loaded, whose failure stays told', async (context) => {
    const { engine } = await scriptedEngine(context, { upscaler: 'works' });
    const start = assert.rejects(engine.start('broken'), appError('model_broken'));
    assert.equal((await engine.enlarge(picture(), 2, noHooks)).widthPx, 8);
    await start;
    assert.deepEqual([engine.status().state, engine.status().failure], ['failed', 'model_broken']);
  });

  test('waits for a model that is being loaded, and for one that takes the place of its own child', async (context) => {
    const { engine, starts } = await scriptedEngine(context, { upscaler: 'other' });
    const start = engine.start('works');
    await engine.enlarge(picture(), 2, noHooks);
    await start;
    assert.equal((await starts('other')).length, 0);
    const { engine: second } = await scriptedEngine(context, { upscaler: 'other' });
    const enlarging = second.enlarge(picture(), 2, noHooks);
    await second.start('works');
    assert.equal((await enlarging).widthPx, 8);
  });

  test('tries the providers in order for its own child', async (context) => {
    const { engine } = await scriptedEngine(context, { upscaler: 'only-cpu', providers: ['cuda', 'cpu'] });
    assert.equal((await engine.enlarge(picture(), 2, noHooks)).provider, 'cpu');
    assert.deepEqual(engine.status().attempts, [], 'the status is about drawing');
    const { engine: without } = await scriptedEngine(context, { upscaler: 'no-provider', providers: ['cuda', 'cpu'] });
    await assert.rejects(without.enlarge(picture(), 2, noHooks), appError('provider_unavailable'));
  });

  test('does not overlap with drawing', async (context) => {
    const { engine } = await scriptedEngine(context, { upscaler: 'works' });
    const first = engine.enlarge(picture(), 2, noHooks);
    await assert.rejects(engine.generate(request('fox'), noHooks), /must not overlap/);
    await assert.rejects(engine.enlarge(picture(), 2, noHooks), /must not overlap/);
    await first;
  });
});

describe('enlarging that fails', () => {
  test('for want of an upscaler is told so', async (context) => {
    const { engine } = await scriptedEngine(context);
    await assert.rejects(engine.enlarge(picture(), 2, noHooks), appError('upscaler_missing'));
    assert.equal(engine.pid, undefined, 'and starts nothing');
    const { engine: gone } = await scriptedEngine(context, { upscaler: 'works' });
    await assert.rejects(gone.enlarge(picture(hasNoFolder), 2, noHooks), appError('upscaler_missing'));
  });

  test('for want of memory leaves the child', async (context) => {
    const { engine, starts } = await scriptedEngine(context, { upscaler: 'other' });
    await engine.start('works');
    await assert.rejects(engine.enlarge(picture(isTooLarge), 8, noHooks), appError('out_of_memory', /no memory for this picture/));
    assert.equal((await engine.enlarge(picture(), 2, noHooks)).widthPx, 8);
    assert.equal((await starts('works')).length, 1);
  });

  test('with a crash is a crash: the model is loaded again, a child without one is not', async (context) => {
    const { engine, starts } = await scriptedEngine(context, { upscaler: 'other' });
    await assert.rejects(engine.enlarge(picture(exits), 4, noHooks), appError('engine_crashed', /exit code 8/));
    assert.deepEqual([engine.pid, (await starts('other')).length], [undefined, 1]);
    await engine.generate(request('fox'), noHooks);
    await assert.rejects(engine.enlarge(picture(exits), 4, noHooks), appError('engine_crashed', /exit code 8/));
    assert.equal(engine.status().state, 'restarting');
    assert.equal((await engine.enlarge(picture(), 2, noHooks)).widthPx, 8);
    assert.equal((await starts('works')).length, 2);
  });

  test('because it was cancelled ends between two tiles, or by force', async (context) => {
    const { engine, starts } = await scriptedEngine(context, { upscaler: 'other' });
    await engine.start('works');
    const abort = new AbortController();
    const steps: number[] = [];
    const onStep = (step: number): void => {
      steps.push(step);
      if (step === 2) abort.abort();
    };
    await assert.rejects(engine.enlarge(picture(isSlow), 8, { signal: abort.signal, onStep }), appError('cancelled'));
    assert.deepEqual(steps, [1, 2]);
    await assert.rejects(engine.enlarge(picture(), 8, { signal: abort.signal, onStep }), appError('cancelled'));
    assert.equal((await starts('works')).length, 1);
    await assert.rejects(engine.enlarge(picture(hangs), 8, { ...noHooks, signal: AbortSignal.timeout(50) }), appError('cancelled'));
    assert.equal((await engine.enlarge(picture(), 2, noHooks)).widthPx, 8);
    assert.equal((await starts('works')).length, 2);
  });

  test('because the engine is closed is told so', async (context) => {
    const { engine } = await scriptedEngine(context, { upscaler: 'other' });
    await engine.close();
    await assert.rejects(engine.enlarge(picture(), 2, noHooks), appError('engine_unavailable', /closed/));
    const { engine: closing } = await scriptedEngine(context, { upscaler: 'hangs' });
    const enlarging = assert.rejects(closing.enlarge(picture(), 2, noHooks), appError('engine_unavailable', /closed/));
    await closing.close();
    await enlarging;
  });
});

describe('the real child', () => {
  const fixtures = join(import.meta.dirname, '../golden/fixtures');
  const engineWith = (context: TestContext, upscalerFolder: string): ChildProcessEngine => {
    const folderOf = (): string => join(fixtures, 'models/sd-epsilon');
    const engine = new ChildProcessEngine({ folderOf, environment: process.env, providers: ['cpu'], upscalerFolder });
    context.after(() => engine.close());
    return engine;
  };
  const chequered = { pixels: Uint8Array.from({ length: 70 * 40 * 3 }, (_, i) => (i % 5) * 60), widthPx: 70, heightPx: 40 };

  test('enlarges by every factor, the same with a model and without one', async (context) => {
    const [alone, drawing] = [engineWith(context, join(fixtures, 'upscaler')), engineWith(context, join(fixtures, 'upscaler'))];
    await drawing.start('tiny');
    for (const [factor, tiles] of [[2, 2], [4, 2], [8, 2 + 8 * 4]] as readonly (readonly [EnlargeFactor, number])[]) {
      const steps: string[] = [];
      const made = await alone.enlarge(chequered, factor, { ...noHooks, onStep: (step, of) => steps.push(`${step}/${of}`) });
      assert.deepEqual([made.widthPx, made.heightPx, made.provider], [70 * factor, 40 * factor, 'cpu']);
      assert.ok(made.upscaleMs > 0);
      assert.deepEqual(steps, Array.from({ length: tiles }, (_, i) => `${i + 1}/${tiles}`));
      assertSameBytes((await drawing.enlarge(chequered, factor, noHooks)).pixels, made.pixels);
    } // prettier-ignore
  });

  test('can be cancelled between two tiles of the second pass', async (context) => {
    const engine = engineWith(context, join(fixtures, 'upscaler'));
    const abort = new AbortController();
    const steps: number[] = [];
    const onStep = (step: number): void => {
      steps.push(step);
      if (step === 4) abort.abort();
    };
    await assert.rejects(engine.enlarge(chequered, 8, { signal: abort.signal, onStep }), appError('cancelled'));
    assert.ok(steps.at(-1)! < 34, `stopped at ${steps.at(-1)}`);
    assert.equal((await engine.enlarge(chequered, 2, noHooks)).widthPx, 140);
  });

  test('says which file of the upscaler is damaged', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'blitzbild-upscaler-'));
    context.after(() => rm(folder, { recursive: true }));
    await cp(join(fixtures, 'upscaler'), folder, { recursive: true });
    await truncate(join(folder, 'x2.onnx'), 100);
    await assert.rejects(engineWith(context, folder).enlarge(chequered, 2, noHooks), appError('model_broken', /x2\.onnx is cut off/));
  });
});
