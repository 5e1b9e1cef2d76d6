/** Lists of prompts as the configuration and the library make them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { warningsOf } from '#core/prompt-judgement.ts';
import type { Work } from '#core/similarity-port.ts';
import { readConfig, type Config } from '#src/config.ts';
import { promptListsOf } from '#src/safety-config.ts';

function configOf(t: TestContext, yaml: string): Config {
  const root = mkdtempSync(join(tmpdir(), 'blitzbild-lists-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, 'blitzbild.yaml'), yaml);
  return readConfig(root, { BLITZBILD_CONFIG: root });
}

const works: readonly Work[] = [
  { id: '1', title: 'The Scream', rightsHolder: 'Munch Museum' },
  { id: '2', title: '***' },
  { id: '3', title: '/(a+)+$/', rightsHolder: 'Munch Museum' },
];

test('titles and rights holders count as names only where that is wished; those that no prompt can hold are left out', (t) => {
  const prompt = { prompt: 'the scream at the munch museum, with an Acme bottle' };
  const without = promptListsOf(configOf(t, 'similarity: { names: [Acme] }'), () => works);
  assert.deepEqual(warningsOf(prompt, without).names, ['Acme']);
  const wished = promptListsOf(configOf(t, 'similarity: { names: [Acme], namesFromLibrary: true }'), () => works);
  assert.deepEqual(warningsOf(prompt, wished).names, ['Acme', 'The Scream', 'Munch Museum']);
  assert.equal(wished.names().length, 3);
});

test('the library is not read for every prompt', (t) => {
  let reads = 0;
  const lists = promptListsOf(configOf(t, 'similarity: { namesFromLibrary: true }'), () => {
    reads += 1;
    return works;
  });
  lists.names();
  lists.names();
  assert.equal(reads, 1);
});

test('a library that has not changed keeps its list; what is new in it counts at the next look', (t) => {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const held = [...works];
  const lists = promptListsOf(configOf(t, 'similarity: { namesFromLibrary: true }'), () => held);
  const first = lists.names();
  nowMs += 61_000;
  assert.equal(lists.names(), first);
  held.push({ id: '4', title: 'Water Lilies' });
  assert.equal(lists.names(), first);
  nowMs += 61_000;
  assert.deepEqual(
    lists.names().map(({ text }) => text),
    ['The Scream', 'Munch Museum', 'Water Lilies'],
  );
  held.splice(0, 1);
  nowMs += 61_000;
  assert.deepEqual(
    lists.names().map(({ text }) => text),
    ['Munch Museum', 'Water Lilies'],
  );
});
