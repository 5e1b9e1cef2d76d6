import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuTimeMs, StandstillWatch } from '#src/engine/standstill.ts';
import { appError, noHooks, request, scriptedEngine } from './engines.ts';

const withoutProc = cpuTimeMs(process.pid) === undefined && 'this system has no /proc';

/** Another process that says nothing. */
async function running(t: { after: (work: () => void) => void }, script: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', `console.log('on'); ${script}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid!;
}

/** What a watch says within `ms`. */
async function told(pid: number, limits: { standstillLimitMs: number; silenceLimitMs: number }, ms: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const watch = new StandstillWatch(pid, limits, resolve);
  const reason = await Promise.race([promise, delay(ms, undefined)]);
  watch.stop();
  return reason;
}

describe('a process that hangs', { skip: withoutProc, concurrency: true }, () => {
  test('one that waits for ever is told from one that computes', async (t) => {
    const waits = await running(t, 'setInterval(() => {}, 1e6)');
    const computes = await running(t, 'for (;;);');
    const limits = { standstillLimitMs: 2000, silenceLimitMs: 60_000 };
    assert.deepEqual(await Promise.all([told(waits, limits, 6000), told(computes, limits, 6000)]), ['it stood still for 2 s', undefined]);
  });

  test('one that computes for ever is told in the end', async (t) => {
    const computes = await running(t, 'for (;;);');
    assert.equal(await told(computes, { standstillLimitMs: 60_000, silenceLimitMs: 2000 }, 6000), 'it gave no sign for 2 s');
  });

  test('an engine that waits for ever is ended, and the next picture has a new one', async (t) => {
    const { engine, starts } = await scriptedEngine(t, { standstillLimitMs: 2000 });
    await assert.rejects(engine.generate(request('hang'), noHooks), appError('engine_crashed', /it stood still for 2 s/));
    assert.equal((await engine.generate(request('fox'), noHooks)).widthPx, 16);
    assert.equal((await starts('works')).length, 2);
  });

  test('one that is stopped is ended too', async (t) => {
    const { engine } = await scriptedEngine(t, { standstillLimitMs: 2000 });
    await engine.start('works');
    process.kill(engine.pid!, 'SIGSTOP');
    await assert.rejects(engine.generate(request('fox'), noHooks), appError('engine_crashed', /it stood still for 2 s/));
  });

  test('a slow one that shows its steps is left alone, and so is one that has nothing to do', async (t) => {
    const { engine, starts } = await scriptedEngine(t, { standstillLimitMs: 1000 });
    await engine.start('works');
    await delay(2500);
    assert.equal((await engine.generate(request('slow', 'works', { steps: 60 }), noHooks)).widthPx, 16);
    assert.equal((await starts('works')).length, 1);
  });
});
