import assert from 'node:assert/strict';
import test from 'node:test';
import { createPromptEncoder } from '../../src/inference/prompt-encoder.ts';
import { loadTokenizer } from '../../src/inference/tokenizer.ts';
import { recordingEncoder } from '../inference/recording-encoder.ts';
import { fixturePath, readJsonFixture } from './fixtures.ts';

type TokenCase = { model: string; prompt: string; ids: number[]; untruncated: number[] };

for (const { model, prompt, ids, untruncated } of readJsonFixture('token-ids.json') as TokenCase[]) {
  const escaped = prompt.replace(/[()[\]]/gu, String.raw`\$&`); // brackets alone would be weights
  test(`${model}: token ids of ${JSON.stringify(prompt.slice(0, 40))} are CLIPTokenizerFast's`, async () => {
    const tokenizer = loadTokenizer(fixturePath(`models/${model}`), undefined);
    assert.equal(tokenizer.maxTokens, ids.length);
    const graph = recordingEncoder();
    const encoder = createPromptEncoder({ encoders: [{ graph, tokenizer }], isXl: false, forceZerosForEmptyPrompt: false, maxChunks: 1 });
    const { droppedPrompt } = (await encoder.encode(escaped, undefined)).prompt;
    assert.deepEqual(graph.runs, [ids]);
    assert.equal(droppedPrompt !== undefined, untruncated.length > ids.length);
  });
}
