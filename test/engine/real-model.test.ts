/** The engine with its real child: onnxruntime and a real model folder. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import type { EngineOptions } from '#src/engine/options.ts';
import { appError, isAlive, noHooks, request } from './engines.ts';
import { assertSameBytes } from '../same-bytes.ts';

/** Random weights, 32×32 pixels: small enough to be in the repository. */
const tiny = join(import.meta.dirname, '../golden/fixtures/models/sd-epsilon');
const folders: Readonly<Record<string, string>> = { tiny, broken: import.meta.dirname };

const realEngine = (context: TestContext, options: Partial<EngineOptions> = {}): ChildProcessEngine => {
  const engine = new ChildProcessEngine({ folderOf: (model) => folders[model], environment: process.env, providers: ['cpu'], ...options });
  context.after(() => engine.close());
  return engine;
};

const picture = (changes: object = {}) =>
  request('a red fox', 'tiny', { widthPx: 32, heightPx: 32, steps: 3, guidanceScale: 7.5, ...changes });
/** Some seconds of both cores. */
const longPicture = picture({ widthPx: 128, heightPx: 128, steps: 40 });

describe('the real child', () => {
  test('makes the same picture every time, with plausible timings', async (context) => {
    const engine = realEngine(context);
    const first = await engine.generate(picture(), noHooks);
    const second = await engine.generate(picture(), noHooks);
    assert.equal(first.pixels.length, 32 * 32 * 3);
    assert.ok(new Set(first.pixels).size > 10, 'the picture has shades');
    assertSameBytes(first.pixels, second.pixels);
    const { textMs, denoiseMs, decodeMs, totalMs, sessionRunMs } = first.timings;
    assert.ok(sessionRunMs > 0 && sessionRunMs <= totalMs && textMs + denoiseMs + decodeMs <= totalMs + 1);
    assert.notDeepEqual((await engine.generate(picture({ seed: 43 }), noHooks)).pixels, first.pixels);
  });

  test('tries the providers of its order and tells why the first ones are left out', async (context) => {
    const engine = realEngine(context, { providers: ['dml', 'coreml', 'cpu'] });
    await engine.start('tiny');
    const { attempts, provider } = engine.status();
    assert.equal(provider, 'cpu');
    const left = attempts.filter(({ ok }) => !ok);
    assert.ok(left.length > 0 && left.every(({ reason }) => reason !== undefined && reason.length > 10), JSON.stringify(attempts));
  });

  test('is killed in the middle of a picture: that one fails, the next one is the same as ever', async (context) => {
    const engine = realEngine(context);
    const before = await engine.generate(picture(), noHooks);
    const killed = engine.generate(longPicture, { ...noHooks, onStep: () => process.kill(engine.pid!, 'SIGKILL') });
    await assert.rejects(killed, appError('engine_crashed', /SIGKILL/));
    assertSameBytes((await engine.generate(picture(), noHooks)).pixels, before.pixels);
  });

  test(
    'outlives Ctrl-C, which a terminal sends to every process: the parent decides',
    { skip: process.platform === 'win32' && 'Windows has no signals between processes' },
    async (context) => {
      const engine = realEngine(context);
      await engine.start('tiny');
      const pid = engine.pid!;
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        await engine.generate(picture(), { ...noHooks, onStep: () => process.kill(pid, signal) });
        assert.equal(engine.pid, pid);
      }
    },
  );

  test('cancels between two steps without being killed', async (context) => {
    const engine = realEngine(context, { cancelGraceMs: 20_000 });
    await engine.start('tiny');
    const pid = engine.pid;
    const abort = new AbortController();
    let last = 0;
    const onStep = (step: number): void => {
      last = step;
      if (step === 2) abort.abort();
    };
    await assert.rejects(engine.generate(longPicture, { signal: abort.signal, onStep }), appError('cancelled'));
    assert.ok(last < 40, `stopped at step ${last}`);
    await engine.generate(picture(), noHooks);
    assert.equal(engine.pid, pid);
  });

  test('explains a model that was cut short, once for all providers', async (context) => {
    const root = await mkdtemp(join(tmpdir(), 'blitzbild-cut-'));
    context.after(() => rm(root, { recursive: true }));
    await cp(tiny, root, { recursive: true });
    await truncate(join(root, 'vae_decoder/model.onnx'), 1000);
    const engine = realEngine(context, { folderOf: () => root, providers: ['cpu', 'webgpu'] });
    await assert.rejects(engine.start('cut'), appError('model_broken', /vae_decoder/));
    assert.deepEqual([engine.status().state, engine.status().attempts.length], ['failed', 1]);
  });

  test('explains a broken folder and a size the model can not make, and lives', async (context) => {
    const engine = realEngine(context);
    await assert.rejects(engine.start('broken'), appError('model_missing', /model_index/));
    await assert.rejects(engine.generate(picture({ widthPx: 33 }), noHooks), appError('size_unsupported'));
    await engine.generate(picture(), noHooks);
  });
});

describe('the parent', () => {
  test('stays free while the child computes: 99 % of the delays of its event loop are within 100 ms', async (context) => {
    const engine = realEngine(context);
    await engine.start('tiny');
    const histogram = monitorEventLoopDelay({ resolution: 5 });
    histogram.enable();
    // Fast machines draw several in that time.
    while (histogram.count <= 100) await engine.generate(longPicture, noHooks);
    histogram.disable();
    const p99Ms = histogram.percentile(99) / 1e6;
    assert.ok(p99Ms <= 100, `p99 ${p99Ms} ms`);
  });

  test('gets the memory back when it closes the engine', { skip: process.platform !== 'linux' && 'reads /proc' }, async (context) => {
    const engine = realEngine(context);
    await engine.generate(picture(), noHooks);
    const pid = engine.pid!;
    assert.match(await readFile(`/proc/${pid}/status`, 'utf8'), /VmRSS:\s+\d{5,} kB/);
    await engine.close();
    assert.equal(existsSync(`/proc/${pid}`), false);
    assert.equal(engine.pid, undefined);
  });

  test('leaves no child when it is killed in the middle of a picture', async (context) => {
    const parent = spawn(process.execPath, [join(import.meta.dirname, 'parent-to-kill.ts'), tiny], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    context.after(() => parent.kill('SIGKILL'));
    const [line] = await once(parent.stdout.setEncoding('utf8'), 'data');
    const childPid = Number(line);
    assert.ok(childPid > 0 && isAlive(childPid));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    for (let waitedMs = 0; isAlive(childPid) && waitedMs < 10_000; waitedMs += 50) await delay(50);
    assert.equal(isAlive(childPid), false);
  });

  test('finds nothing written to home, cache or temporary folder by onnxruntime', async (context) => {
    const home = await mkdtemp(join(tmpdir(), 'blitzbild-home-'));
    context.after(() => rm(home, { recursive: true }));
    const environment = { PATH: process.env['PATH'], HOME: home, XDG_CACHE_HOME: join(home, 'cache'), TMPDIR: home };
    const engine = realEngine(context, { environment });
    await engine.generate(picture(), noHooks);
    if (process.platform === 'linux') {
      const seen = (await readFile(`/proc/${engine.pid}/environ`, 'utf8')).split('\0');
      assert.ok(seen.includes('ORT_DISABLE_TELEMETRY=1') && seen.includes(`HOME=${home}`));
    }
    await engine.close();
    assert.deepEqual(await readdir(home, { recursive: true }), []);
  });
});
