/** Real folders that change while the engine runs: kept graphs, a model that is taken away, jobs of two models in turn. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import type { EngineOptions } from '#src/engine/options.ts';
import { appError, noHooks, request } from './engines.ts';
import { assertSameBytes } from '../same-bytes.ts';

const models = join(import.meta.dirname, '../golden/fixtures/models');

const emptyFolder = async (context: TestContext): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'blitzbild-changing-'));
  context.after(() => rm(root, { recursive: true, force: true }));
  return root;
};

const engineWith = (
  context: TestContext,
  folderOf: EngineOptions['folderOf'],
  options: Partial<EngineOptions> = {},
): ChildProcessEngine => {
  const engine = new ChildProcessEngine({ folderOf, environment: process.env, providers: ['cpu'], ...options });
  context.after(() => engine.close());
  return engine;
};

const picture = (model: string, changes: object = {}) =>
  request('a red fox', model, { widthPx: 32, heightPx: 32, steps: 3, guidanceScale: 2, ...changes });

test('a second engine draws the same from the graphs that the first one kept', async (context) => {
  const root = await emptyFolder(context);
  const graphCache = { folder: join(root, 'cache'), maxBytes: 1e9, leastBytes: 0 };
  const folderOf = (): string => join(models, 'sd-epsilon');
  const plain = await engineWith(context, folderOf).generate(picture('tiny'), noHooks);
  for (const turn of ['writes', 'reads']) {
    const engine = engineWith(context, folderOf, { graphCache });
    assertSameBytes((await engine.generate(picture('tiny'), noHooks)).pixels, plain.pixels);
    assert.equal((await readdir(graphCache.folder)).length, 3, `three graphs, and nothing half done (${turn})`);
    await engine.close();
  }
});

describe('a model that is taken away while it runs', () => {
  test('draws on, is told once a picture when it must be loaded anew, and works again when it is back', async (context) => {
    const root = await emptyFolder(context);
    const [folder, away] = [join(root, 'model'), join(root, 'away')];
    await cp(join(models, 'sd-epsilon'), folder, { recursive: true });
    const engine = engineWith(context, () => folder);
    const before = await engine.generate(picture('tiny'), noHooks);
    let isAway = false;
    const onStep = (): void => {
      if (!isAway) void rename(folder, away);
      isAway = true;
    };
    assertSameBytes((await engine.generate(picture('tiny'), { ...noHooks, onStep })).pixels, before.pixels);
    assertSameBytes((await engine.generate(picture('tiny'), noHooks)).pixels, before.pixels);

    const killed = engine.generate(picture('tiny', { steps: 40, widthPx: 128 }), {
      ...noHooks,
      onStep: () => process.kill(engine.pid!, 'SIGKILL'),
    });
    await assert.rejects(killed, appError('engine_crashed'));
    for (let i = 0; i < 2; i++)
      await assert.rejects(engine.generate(picture('tiny'), noHooks), appError('model_missing', /no model folder/));

    await rename(away, folder);
    assertSameBytes((await engine.generate(picture('tiny'), noHooks)).pixels, before.pixels);
  });

  test('with kept graphs as well: what is mapped stays', async (context) => {
    const root = await emptyFolder(context);
    const folder = join(root, 'model');
    await cp(join(models, 'sd-epsilon'), folder, { recursive: true });
    const engine = engineWith(context, () => folder, { graphCache: { folder: join(root, 'cache'), maxBytes: 1e9, leastBytes: 0 } });
    const before = await engine.generate(picture('tiny'), noHooks);
    await rm(folder, { recursive: true });
    await rm(join(root, 'cache'), { recursive: true });
    assertSameBytes((await engine.generate(picture('tiny'), noHooks)).pixels, before.pixels);
  });
});

test('pictures of two models in turn are each drawn by their own', async (context) => {
  const engine = engineWith(context, (model) => join(models, model));
  const alone = new Map<string, Uint8Array>();
  for (const model of ['sd-epsilon', 'sd-v-prediction']) alone.set(model, (await engine.generate(picture(model), noHooks)).pixels);
  assert.notDeepEqual(alone.get('sd-epsilon'), alone.get('sd-v-prediction'));
  for (const model of ['sd-v-prediction', 'sd-epsilon', 'sd-epsilon', 'sd-v-prediction']) {
    assertSameBytes((await engine.generate(picture(model), noHooks)).pixels, alone.get(model));
  }
});
