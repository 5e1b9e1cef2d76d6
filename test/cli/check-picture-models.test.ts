import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkPictureModels } from '#src/cli/check-picture-models.ts';
import { fixturePath } from '../golden/fixtures.ts';

const check = (folder: string) => checkPictureModels({ folders: [folder], environment: {} });

test('each model looks at a picture, and is named with its licence and hash', async () => {
  const findings = await check(fixturePath('picture-models'));
  assert.deepEqual(
    findings.map(({ ok }) => ok),
    [true, true],
  );
  assert.match(
    findings[0]!.what,
    /^Copy detection tiny-copies \([0-9a-f]{12}\): Tiny, untrained, MIT; a picture looked at in .+, with loading .+$/,
  );
  assert.match(findings[1]!.what, /^Classifier tiny-red \([0-9a-f]{12}\): Mostly red or not, MIT; /);
});

test('where none is installed, what that means is said, and nothing needs mending', async () => {
  assert.deepEqual(await check(fixturePath('pictures')), [
    { ok: true, what: 'Copy detection: no model is installed; works are compared by their hashes alone' },
    { ok: true, what: 'Classifier: no model is installed; what pictures show is not looked at' },
  ]);
});

test('a broken manifest, and a graph that does not run, are findings of their own', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'picture-doctor-'));
  context.after(() => rm(folder, { recursive: true }));
  for (const kind of ['similarity', 'classifier']) await cp(fixturePath(`picture-models/${kind}`), join(folder, kind), { recursive: true });
  await writeFile(join(folder, 'similarity', 'model.onnx'), 'version https://git-lfs.github.com/spec/v1\n');
  await writeFile(join(folder, 'classifier', 'blitzbild-classifier.json'), '{"name": "red"}');
  const findings = await check(folder);
  assert.deepEqual(
    findings.map(({ ok }) => ok),
    [false, false],
  );
  assert.match(findings[0]!.what, /^Copy detection tiny-copies: model\.onnx is a Git LFS pointer/);
  assert.match(findings[1]!.what, /^Classifier classifier: blitzbild-classifier\.json: /);
});
