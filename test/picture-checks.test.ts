/** What the wiring makes of a classifier's folder that can't be used. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readConfig } from '#src/config.ts';
import { openChecks } from '#src/picture-checks.ts';
import { testModel, World } from './app/world.ts';
import { fixturePath } from './golden/fixtures.ts';

/** An installation with the classifier of the tests, whose graph is gone. */
function installation(context: TestContext, yaml: string) {
  const root = mkdtempSync(join(tmpdir(), 'blitzbild-checks-'));
  context.after(() => rmSync(root, { recursive: true }));
  const models = join(root, 'models');
  mkdirSync(join(root, 'config'));
  cpSync(fixturePath('picture-models/classifier'), join(models, 'classifier'), { recursive: true });
  rmSync(join(models, 'classifier', 'onnx', 'model.onnx'));
  writeFileSync(join(root, 'config', 'blitzbild.yaml'), yaml);
  return { ...readConfig(root, {}), modelFolders: [models] };
}

for (const [title, yaml, posted] of [
  ['nothing said', '', 0],
  ['hold-back', 'safety: { classifier: { onFailure: hold-back } }\n', 0],
  ['post', 'safety: { classifier: { onFailure: post } }\n', 1],
  ['off', 'safety: { classifier: { check: off } }\n', 1],
] as const)
  test(`with a broken classifier, the configuration decides about every picture: ${title}`, async (context) => {
    const warnings: object[] = [];
    const log = { debug: () => {}, info: () => {}, error: () => {}, warn: (fields: object) => void warnings.push(fields) };
    await using parts = new AsyncDisposableStack();
    const { checks } = await openChecks(installation(context, yaml), log, parts);
    assert.equal(warnings.length, 1, 'it is told when the program starts');
    assert.match(JSON.stringify(warnings), /onnx\/model\.onnx is missing/u);
    await using world = await World.open({}, [testModel], { checks });
    const { images } = world.jobOf(await world.asks('!img a fox'));
    assert.equal(world.platform.pictures.length, posted);
    assert.deepEqual(images[0]?.heldBack, posted === 1 ? undefined : { by: 'unchecked', check: 'classifier' });
    assert.deepEqual(
      world.errors.map((error) => (error instanceof Error ? error.message : error)),
      title === 'off' ? [] : ['the classifier classifier can’t be used: onnx/model.onnx is missing'],
    );
  });
