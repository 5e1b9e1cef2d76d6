import assert from 'node:assert/strict';
import test from 'node:test';
import { loadTokenizer } from '../../src/inference/tokenizer.ts';
import { fixturePath, readJsonFixture } from './fixtures.ts';

type TokenCase = { model: string; prompt: string; ids: number[]; untruncated: number[] };

for (const { model, prompt, ids, untruncated } of readJsonFixture('token-ids.json') as TokenCase[]) {
  test(`${model}: token ids of ${JSON.stringify(prompt.slice(0, 40))} are CLIPTokenizerFast's`, () => {
    const tokenizer = loadTokenizer(fixturePath(`models/${model}`), undefined);
    assert.equal(tokenizer.maxTokens, ids.length);
    const encoded = tokenizer.encode(prompt);
    assert.deepEqual(encoded.ids, ids);
    assert.equal(encoded.droppedPrompt !== undefined, untruncated.length > ids.length);
  });
}
