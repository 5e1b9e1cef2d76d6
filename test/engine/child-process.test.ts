import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { appError, isAlive, noHooks, request, scriptedEngine } from './engines.ts';

describe('a picture', () => {
  test('comes with its pixels, steps, timings and provider', async (context) => {
    const { engine } = await scriptedEngine(context);
    const steps: string[] = [];
    const picture = await engine.generate(request('fox'), { ...noHooks, onStep: (step, of) => steps.push(`${step}/${of}`) });
    assert.deepEqual(picture.pixels, new Uint8Array(16 * 8 * 3).fill(42));
    assert.deepEqual([picture.widthPx, picture.heightPx, picture.seed, picture.provider], [16, 8, 42, 'cpu']);
    assert.deepEqual(picture.timings, { textMs: 1, denoiseMs: 2, decodeMs: 3, totalMs: 6, sessionRunMs: 5 });
    assert.deepEqual(steps, ['1/4', '2/4', '3/4', '4/4']);
    assert.equal(engine.status().state, 'ready');
    assert.ok(engine.status().loadMs! > 0);
  });

  test('that the model can not make fails alone: the child goes on', async (context) => {
    const { engine, starts } = await scriptedEngine(context);
    await assert.rejects(engine.generate(request('nan'), noHooks), appError('not_a_number', /the VAE answered with NaN/));
    await engine.generate(request('fox'), noHooks);
    assert.equal((await starts('works')).length, 1);
  });

  test('does not start while another one is made', async (context) => {
    const { engine } = await scriptedEngine(context);
    const first = engine.generate(request('fox'), noHooks);
    await assert.rejects(engine.generate(request('fox'), noHooks), /must not overlap/);
    await first;
  });
});

describe('a child that ends in the middle of a picture', () => {
  for (const [prompt, reason] of [
    ['exit', /exit code 7/],
    ['disconnect', /signal SIGKILL|exit code/],
    ['garble', /no message/],
  ] as const)
    test(`by ${prompt}: the picture fails, the next one works`, async (context) => {
      const { engine, starts } = await scriptedEngine(context);
      await assert.rejects(engine.generate(request(prompt), noHooks), appError('engine_crashed', reason));
      assert.equal((await engine.generate(request('fox'), noHooks)).seed, 42);
      assert.equal((await starts('works')).length, 2);
    });

  test('by SIGKILL from outside: the same, and the status tells of the restart', async (context) => {
    const { engine } = await scriptedEngine(context);
    await engine.start('works');
    const picture = engine.generate(request('slow', 'works', { steps: 100 }), {
      ...noHooks,
      onStep: () => process.kill(engine.pid!, 'SIGKILL'),
    });
    await assert.rejects(picture, appError('engine_crashed', /SIGKILL/));
    assert.equal(engine.status().state, 'restarting');
    await engine.generate(request('fox'), noHooks);
    assert.equal(engine.status().state, 'ready');
  });

  test('while idle is replaced before the next picture is asked for', async (context) => {
    const { engine, starts } = await scriptedEngine(context);
    await engine.start('works');
    process.kill(engine.pid!, 'SIGKILL');
    while ((await starts('works')).length < 2) await delay(20);
    await engine.start('works');
    assert.equal(engine.status().state, 'ready');
  });
});

describe('cancelling', () => {
  test('ends between two steps and keeps the child', async (context) => {
    const { engine, starts } = await scriptedEngine(context);
    const abort = new AbortController();
    const steps: number[] = [];
    const onStep = (step: number): void => {
      steps.push(step);
      if (step === 2) abort.abort();
    };
    await assert.rejects(engine.generate(request('slow', 'works', { steps: 50 }), { signal: abort.signal, onStep }), appError('cancelled'));
    assert.deepEqual(steps, [1, 2]);
    await engine.generate(request('fox'), noHooks);
    assert.equal((await starts('works')).length, 1);
  });

  test('a child that does not listen is killed after the grace period and replaced', async (context) => {
    const { engine, starts } = await scriptedEngine(context);
    await engine.start('works');
    const pid = engine.pid!;
    const startedMs = performance.now();
    await assert.rejects(engine.generate(request('hang'), { ...noHooks, signal: AbortSignal.timeout(50) }), appError('cancelled'));
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs >= 300 && tookMs < 5000, `${tookMs} ms`);
    assert.equal(isAlive(pid), false);
    await engine.generate(request('fox'), noHooks);
    assert.equal((await starts('works')).length, 2);
  });

  test('while the model loads returns at once; the loading goes on', async (context) => {
    const { engine } = await scriptedEngine(context);
    const abort = new AbortController();
    const picture = engine.generate(request('fox'), { ...noHooks, signal: abort.signal });
    abort.abort();
    await assert.rejects(picture, appError('cancelled'));
    await assert.rejects(engine.generate(request('fox'), { ...noHooks, signal: abort.signal }), appError('cancelled'));
    await engine.start('works');
    assert.equal(engine.status().state, 'ready');
  });
});

describe('starting', () => {
  test('goes on after crashes, with pauses', async (context) => {
    const { engine, starts } = await scriptedEngine(context);
    await engine.generate(request('fox', 'crashes-twice'), noHooks);
    assert.equal((await starts('crashes-twice')).length, 3);
  });

  test('gives up after three crashes in a row, rests, and tries again when the rest is over', async (context) => {
    const { engine, starts } = await scriptedEngine(context, { restMs: 400 });
    await assert.rejects(engine.generate(request('fox', 'crashes'), noHooks), appError('engine_unavailable', /exit code 3/));
    assert.deepEqual([engine.status().state, engine.status().failure], ['failed', 'engine_unavailable']);
    assert.match(engine.status().attempts[0]?.reason ?? '', /crashed while loading: exit code 3/);
    await assert.rejects(engine.generate(request('fox', 'crashes'), noHooks), appError('engine_unavailable', /several times/));
    assert.equal((await starts('crashes')).length, 3);
    await delay(450);
    await engine.generate(request('fox', 'works'), noHooks);
    assert.equal(engine.status().state, 'ready');
  });

  test('a broken folder is told at once, not tried again with other providers, and harms no other model', async (context) => {
    const { engine, starts } = await scriptedEngine(context, { providers: ['cpu', 'webgpu'] });
    await assert.rejects(engine.generate(request('fox', 'broken'), noHooks), appError('model_broken', /ends early/));
    assert.equal((await starts('broken')).length, 1);
    assert.equal(engine.status().failure, 'model_broken');
    await engine.generate(request('fox'), noHooks);
  });

  test('an unknown model and a child that can not be started are told apart', async (context) => {
    const { engine } = await scriptedEngine(context);
    await assert.rejects(engine.start('../etc'), appError('model_missing'));
    const { engine: without } = await scriptedEngine(context, { childModule: '/nowhere.ts' });
    await assert.rejects(without.start('works'), appError('engine_unavailable'));
  });

  test('a child that never finishes loading or talks nonsense is ended', async (context) => {
    const { engine } = await scriptedEngine(context, { loadLimitMs: 300, maxFailedStarts: 1, restMs: 0 });
    await assert.rejects(engine.start('hangs'), appError('engine_unavailable', /had not loaded the model after 0.3 s/));
    const { engine: other } = await scriptedEngine(context, { maxFailedStarts: 1 });
    await assert.rejects(other.start('garbles'), appError('engine_unavailable', /no message/));
  });

  test('another model is loaded in a fresh child; the former one is gone', async (context) => {
    const { engine } = await scriptedEngine(context);
    await engine.generate(request('fox', 'works'), noHooks);
    const former = engine.pid!;
    await engine.generate(request('fox', 'other'), noHooks);
    assert.notEqual(engine.pid, former);
    assert.equal(isAlive(former), false);
  });

  test('two starts of different models at the same time end with a working engine', async (context) => {
    const { engine } = await scriptedEngine(context);
    await Promise.allSettled([engine.start('works'), engine.start('other')]);
    assert.equal((await engine.generate(request('fox', 'works'), noHooks)).seed, 42);
  });
});

describe('providers', () => {
  test('are tried in order; what is missing is remembered and told', async (context) => {
    const { engine, starts } = await scriptedEngine(context, { providers: ['dml', 'cuda', 'cpu'] });
    await engine.start('only-cpu');
    assert.deepEqual(engine.status().attempts, [
      { provider: 'dml', ok: false, reason: `does not exist on ${process.platform}-${process.arch}` },
      { provider: 'cuda', ok: false, reason: 'no cuda here' },
      { provider: 'cpu', ok: true },
    ]);
    assert.equal(engine.status().provider, 'cpu');
    await assert.rejects(engine.generate(request('exit', 'only-cpu'), noHooks), appError('engine_crashed'));
    await engine.generate(request('fox', 'only-cpu'), noHooks);
    assert.deepEqual(
      (await starts('only-cpu')).map((line) => line.split(' ')[0]),
      ['cuda', 'cpu', 'cpu'],
    );
  });

  test('one that crashes is left out, with what it said last', async (context) => {
    const { engine } = await scriptedEngine(context, { providers: ['cuda', 'cpu'] });
    assert.equal((await engine.generate(request('fox', 'crashes-on-cuda'), noHooks)).provider, 'cpu');
    assert.match(engine.status().attempts[0]?.reason ?? '', /exit code 4 \(libcudart\.so\.12: cannot open shared object file\)/);
  });

  test('when none works, each reason is told', async (context) => {
    const { engine } = await scriptedEngine(context, { providers: ['cuda', 'cpu'] });
    await assert.rejects(engine.start('no-provider'), appError('provider_unavailable', /cuda: no cuda here; cpu: no cpu here/));
  });
});

describe('the end', () => {
  test('closing ends the child, a running picture and further calls', async (context) => {
    const { engine } = await scriptedEngine(context);
    await engine.start('works');
    const pid = engine.pid!;
    const picture = assert.rejects(engine.generate(request('hang'), noHooks), appError('engine_unavailable', /closed/));
    await delay(50);
    await engine.close();
    await picture;
    assert.equal(isAlive(pid), false);
    assert.equal(engine.status().state, 'closed');
    await assert.rejects(engine.generate(request('fox'), noHooks), appError('engine_unavailable', /closed/));
    await engine.close();
  });

  test('closing while the model loads leaves no child', async (context) => {
    const { engine, starts } = await scriptedEngine(context);
    const start = assert.rejects(engine.start('hangs'), appError('engine_unavailable', /closed/));
    while ((await starts('hangs')).length === 0) await delay(20);
    await engine.close();
    await start;
    const [pid] = (await starts('hangs')).map((line) => Number(line.split(' ')[1]));
    assert.equal(isAlive(pid!), false);
    assert.deepEqual(engine.status().attempts, [], 'a start that was broken off says nothing about its provider');
  });

  test('the child sees no secret of the parent and has telemetry off', async (context) => {
    const secret = { MATRIX_ACCESS_TOKEN: 'hidden', NODE_OPTIONS: '--no-warnings', PATH: '/bin', ORT_DISABLE_TELEMETRY: '0' };
    const { engine } = await scriptedEngine(context, { environment: secret });
    await assert.rejects(engine.generate(request('environment'), noHooks), (error: Error) => {
      const { detail } = (error as unknown as { params: { detail: string } }).params;
      const { NODE_CHANNEL_FD: _fd, NODE_CHANNEL_SERIALIZATION_MODE: _mode, ...environment } = JSON.parse(detail) as Record<string, string>;
      assert.deepEqual(environment, { PATH: '/bin', ORT_DISABLE_TELEMETRY: '1', MALLOC_MMAP_THRESHOLD_: '1048576' });
      return true;
    });
  });
});
