import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { InferenceError } from '../../../src/inference/errors.ts';
import { loadCaptionTokenizer } from '../../../src/inference/flow/qwen-tokenizer.ts';
import { fixturePath } from '../../golden/fixtures.ts';
import { copyZImage } from './z-image-copies.ts';

// That ids are those of transformers is in test/golden/flow.test.ts.
const published = fixturePath('flow-models/frames');
const long = 'an old lighthouse by the sea, '.repeat(60);

test('what does not fit is told, without the words of the template', () => {
  const tokenizer = loadCaptionTokenizer(published, undefined);
  assert.equal(tokenizer.encode('a red fox').droppedPrompt, undefined);
  const { ids, droppedPrompt } = tokenizer.encode(long);
  assert.equal(ids.length, 512);
  assert.ok(droppedPrompt && long.trim().endsWith(droppedPrompt), droppedPrompt);
  assert.ok(!/assistant|im_end/.test(droppedPrompt));
});

test('a caption whose template alone is cut loses no words', () => {
  const tokenizer = loadCaptionTokenizer(published, undefined);
  const overhead = tokenizer.encode('').ids.length;
  const content = tokenizer.encode('x'.repeat(40)).ids.length - overhead;
  const exact = loadCaptionTokenizer(published, overhead + content - 1).encode('x'.repeat(40));
  assert.equal(exact.ids.length, overhead + content - 1);
  assert.equal(exact.droppedPrompt, undefined);
});

test("a graph's own length counts where it is shorter, never where it is longer", () => {
  assert.equal(loadCaptionTokenizer(published, 77).maxTokens, 77);
  assert.equal(loadCaptionTokenizer(published, 4096).maxTokens, 512);
});

test('a tokenizer that is missing, broken or of another model is refused by name', () => {
  const refused = (code: string, words: RegExp) => (error: unknown) =>
    error instanceof InferenceError && error.code === code && words.test(error.message);
  const missing = copyZImage();
  rmSync(join(missing, 'tokenizer/tokenizer.json'));
  assert.throws(() => loadCaptionTokenizer(missing, undefined), refused('model_missing', /no tokenizer\/tokenizer\.json/));
  const broken = copyZImage();
  writeFileSync(join(broken, 'tokenizer/tokenizer.json'), '{}');
  assert.throws(() => loadCaptionTokenizer(broken, undefined), refused('model_config', /damaged/));
  const other = copyZImage();
  const path = join(other, 'tokenizer/tokenizer.json');
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('<|im_start|>', '<|start|>'));
  assert.throws(() => loadCaptionTokenizer(other, undefined), refused('model_config', /no token <\|im_start\|>/));
});
