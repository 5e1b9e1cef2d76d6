/** What `doctor` says about the comparison and the lists of prompts. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readConfig, type Config } from '#src/config.ts';
import { checkSafety } from '#src/cli/check-safety.ts';

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
