import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ModelProcess, type KeyedSpec, type ModelProcessOptions } from '#src/engine/model-process.ts';
import { fixturePath } from '../golden/fixtures.ts';
import { appError, isAlive } from './engines.ts';
import { acts } from './first-pixel.ts';

const input = { widthPx: 1, heightPx: 1, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' } as const;

async function scripted(context: TestContext, options: Partial<ModelProcessOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'model-process-'));
  const childModule = fileURLToPath(new URL('scripted-model-child.ts', import.meta.url));
  const models = new ModelProcess({ environment: { ...process.env, BLITZBILD_TOKEN: 'secret' }, childModule, ...options });
  context.after(async () => {
    await models.close();
    await rm(folder, { recursive: true });
  });
  const model: KeyedSpec = { key: 'a', name: 'tiny', spec: { folder, file: 'model.onnx', input, length: 2, finish: 'none' } };
  const look = (act: keyof typeof acts, second = 9, signal?: AbortSignal): Promise<Float32Array> =>
    models.look(model, Uint8Array.of(acts[act], second, 0), signal);
  const notes = async (): Promise<readonly string[]> => (await readFile(join(folder, 'notes'), 'utf8')).trim().split('\n');
  const noted = async (start: string): Promise<number> => (await notes()).filter((line) => line.startsWith(start)).length;
  /** The child has the picture, and waits for the gate. */
  const isWaiting = async (): Promise<void> =>
    until(async () => (await noted(`look ${acts.waitsForGate} `).catch(() => 0)) > 0, 'the child waits');
  const openGate = async (): Promise<void> => writeFile(join(folder, 'gate'), '');
  return { models, model, look, notes, noted, isWaiting, openGate };
}

/** Far longer than anything takes: a limit only for what never comes. */
const until = async (isSo: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  for (let tries = 0; !(await isSo()); tries++) {
    assert.ok(tries < 3000, `never: ${what}`);
    await delay(10);
  }
};

const gone = async (pid: number): Promise<void> => until(() => !isAlive(pid), 'the process is gone');

test('nothing is started before the first picture; a model is loaded once; pictures come back in their order', async (context) => {
  const { models, look, noted, isWaiting, openGate } = await scripted(context);
  assert.equal(models.pid, undefined);
  const came: (number | undefined)[] = [];
  const looks = [look('waitsForGate', 1), look('works', 2), look('works', 3)].map(async (values) => came.push((await values)[0]));
  await isWaiting();
  assert.deepEqual([came, await noted(`look ${acts.works} `)], [[], 0], 'nothing overtakes the first');
  await openGate();
  await Promise.all(looks);
  assert.deepEqual(came, [1, 2, 3]);
  assert.equal(await noted('load'), 1);
});

test('the child sees none of the secrets of the environment', async (context) => {
  const { look } = await scripted(context);
  assert.equal((await look('tellsEnvironment'))[1], 0);
});

test('a picture under which the process ended is looked at once more', async (context) => {
  const { look, notes } = await scripted(context);
  assert.equal((await look('exitsOnce', 5))[0], 5);
  assert.equal((await notes()).filter((line) => line.startsWith('load')).length, 2);
});

test('a picture that ends the process every time fails, and the next one works', async (context) => {
  const { look } = await scripted(context);
  await assert.rejects(look('exits'), appError('engine_crashed', /exit code 7/));
  assert.equal((await look('works', 4))[0], 4);
});

test('what is no message ends the process', async (context) => {
  const { look } = await scripted(context);
  await assert.rejects(look('garbles'), appError('engine_crashed', /no message/));
});

test('a failure of the model is told in our words, and the process stays', async (context) => {
  const { models, look } = await scripted(context);
  await look('works');
  const { pid } = models;
  await assert.rejects(look('fails'), appError('not_a_number', /NaN/));
  await look('works');
  assert.equal(models.pid, pid);
});

test('a process that hangs is ended at the limit, and its picture is not tried again', async (context) => {
  const { models, look, noted } = await scripted(context, { lookLimitMs: 400 });
  const ended = assert.rejects(look('hangs'), appError('engine_crashed', /took longer/));
  await until(() => models.pid !== undefined, 'it is started');
  const pid = models.pid!;
  await ended;
  await gone(pid);
  assert.equal(await noted('load'), 1, 'no second process has begun');
});

test('after crashes in a row it rests, and then it works again', async (context) => {
  let nowMs = 0;
  context.mock.method(performance, 'now', () => nowMs);
  const { look } = await scripted(context, { maxCrashes: 2, restMs: 700 });
  await assert.rejects(look('exits'), appError('engine_crashed', /exit code 7/));
  await assert.rejects(look('works'), appError('engine_crashed', /rests/));
  nowMs = 699;
  await assert.rejects(look('works'), appError('engine_crashed', /rests/));
  nowMs = 700;
  assert.equal((await look('works', 6))[0], 6);
});

test('whoever gives up waits no longer; what has not begun is not looked at', async (context) => {
  const { look, noted, isWaiting, openGate } = await scripted(context);
  await look('works', 1);
  const [first, second] = [new AbortController(), new AbortController()];
  const running = look('waitsForGate', 2, first.signal);
  const waiting = look('works', 3, second.signal);
  second.abort();
  await assert.rejects(waiting, appError('cancelled'));
  await isWaiting();
  first.abort();
  await assert.rejects(running, appError('cancelled'), 'the picture itself is still being looked at');
  await assert.rejects(look('works', 4, first.signal), appError('cancelled'));
  await openGate();
  assert.equal((await look('works', 5))[0], 5);
  assert.equal(await noted(`look ${acts.works} `), 2, 'the first and the last');
});

test('without work the process ends, and starts again with the next picture', async (context) => {
  const { models, look } = await scripted(context, { idleMs: 60 });
  await look('works');
  const pid = models.pid!;
  await gone(pid);
  assert.equal(models.pid, undefined);
  assert.equal((await look('works', 7))[0], 7);
});

test('closing ends it, waiting pictures fail, and none is taken afterwards', async (context) => {
  const { models, look, isWaiting } = await scripted(context);
  await look('works');
  const pid = models.pid!;
  const waiting = assert.rejects(look('waitsForGate'), appError('engine_crashed'));
  await isWaiting();
  await models.close();
  await waiting;
  assert.equal(isAlive(pid), false);
  await assert.rejects(look('works'), appError('engine_unavailable'));
});

test('a folder that is wrong is told in one sentence by the real child, and the process goes on with another model', async (context) => {
  const models = new ModelProcess({ environment: process.env });
  context.after(() => models.close());
  const folder = fixturePath('picture-models/similarity');
  const spec = {
    folder,
    file: 'model.onnx',
    input: { widthPx: 16, heightPx: 16, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' },
    length: 12,
    finish: 'unit',
  } as const;
  const pixels = new Uint8Array(16 * 16 * 3).fill(90);
  const ask = (key: string, change: Partial<KeyedSpec['spec']>): Promise<Float32Array> =>
    models.look({ key, name: 'tiny', spec: { ...spec, ...change } }, pixels);
  await assert.rejects(ask('missing', { file: 'other.onnx' }), appError('model_missing', /has no other\.onnx/));
  await assert.rejects(ask('length', { length: 13 }), appError('model_broken', /answers with \[1, 12\] where \[1, 13\] is wanted/));
  await assert.rejects(ask('layout', { input: { ...spec.input, layout: 'nhwc' } }), appError('model_broken', /must have one input/));
  await assert.rejects(ask('output', { output: 'none' }), appError('model_broken', /has no output none; it has embedding/));
  const vector = await ask('right', {});
  assert.equal(vector.length, 12);
  assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-6);
  assert.equal(getPriority(models.pid), Math.max(10, getPriority()), 'behind the drawing');
});
