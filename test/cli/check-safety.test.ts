/** What `doctor` says about the comparison and the lists of prompts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readConfig, type Config } from '#src/config.ts';
import { checkSafety } from '#src/cli/check-safety.ts';
import { openChecks } from '#src/picture-checks.ts';
import { libraryPath } from '#src/similarity-check.ts';
import { hashForm } from '#src/similarity/fingerprints.ts';
import { ReferenceLibrary } from '#src/store/reference-library.ts';
import { fixturePath } from '../golden/fixtures.ts';

function configOf(t: TestContext, similarity: Partial<Config['similarity']> = {}): Config {
  const root = mkdtempSync(join(tmpdir(), 'blitzbild-safety-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const config = readConfig(root, { BLITZBILD_DATA: root });
  return { ...config, similarity: { ...config.similarity, ...similarity } };
}

test('an empty library is said, and is wrong where pictures are to be held back', async (t) => {
  const [reported] = await checkSafety(configOf(t));
  assert.deepEqual([reported?.ok, reported?.what], [true, 'Protected works: the library is empty, so no picture is compared']);
  const [held] = await checkSafety(configOf(t, { check: 'hold-back' }));
  assert.ok(held?.ok === false && /references add DIR/u.test(held.advice ?? ''));
});

function fill(dataFolder: string, title: string, form = hashForm): void {
  const library = new ReferenceLibrary(libraryPath(dataFolder));
  const file = { path: title, bytes: 1, modifiedMs: 1, sha256: title, pixelsSha256: title, widthPx: 1, heightPx: 1 };
  library.put({ title, ...file, hashes: new Uint8Array(8), hashForm: form });
  library.close();
}

/** Sentences of the log at the start. */
async function warnings(config: Config): Promise<readonly string[]> {
  const said: string[] = [];
  const say = (_fields: object, sentence: string): void => void said.push(sentence);
  await using parts = new AsyncDisposableStack();
  await openChecks(config, { debug: () => {}, info: () => {}, warn: say, error: say }, parts);
  return said;
}

test('works that lack vectors are a tip and a warning: the model that is installed is not used', async (t) => {
  const config = { ...configOf(t), modelFolders: [fixturePath('picture-models')] };
  fill(config.dataFolder, 'a');
  const [tip] = await checkSafety(config);
  assert.ok(tip?.ok);
  assert.equal(tip.what, 'TIP Protected works: 1 of 1 work lacks vectors, so the copy-detection model is not used');
  assert.match(tip.advice ?? '', /blitzbild references reindex/u);
  assert.deepEqual(await warnings(config), ['Works lack vectors, so the copy-detection model is not used']);
  const [bare] = await checkSafety({ ...config, modelFolders: [] });
  assert.equal(bare?.what, 'Protected works: 1 work; a picture: its caption names the work that it resembles');
  assert.deepEqual(await warnings({ ...config, modelFolders: [] }), []);
});

test('a library that an older version has read is not called empty', async (t) => {
  const config = { ...configOf(t), modelFolders: [] };
  fill(config.dataFolder, 'a', hashForm - 1);
  fill(config.dataFolder, 'b', hashForm - 1);
  const [finding] = await checkSafety(config);
  assert.ok(finding?.ok === false);
  assert.equal(finding.what, 'Protected works: an older version has read 2 of 2 works, so no picture is compared with them');
  assert.match(finding.advice ?? '', /blitzbild references reindex/u);
  assert.deepEqual(await warnings(config), ['Works that an older version has read are not compared']);
});

test('a library that can’t be read is wrong', async (t) => {
  const config = configOf(t);
  writeFileSync(join(config.dataFolder, 'references.sqlite'), 'no database at all'.repeat(100));
  const [finding] = await checkSafety(config);
  assert.ok(finding?.ok === false, finding?.what);
  assert.match(finding.what, /can't be read/u);
});

test('the lists are counted, not shown', async (t) => {
  const [, prompts] = await checkSafety(configOf(t, { namesFromLibrary: true }));
  assert.equal(
    prompts?.what,
    'Prompts: what never is drawn, 0 refused and 0 warned of by the configuration, 0 names and those of the library',
  );
});
