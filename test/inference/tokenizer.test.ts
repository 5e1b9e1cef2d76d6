import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { readModelJson } from '../../src/inference/model-json.ts';
import { loadTokenizer } from '../../src/inference/tokenizer.ts';
import { copyModel, editJson } from './model-copies.ts';

const END = '<|endoftext|>';

/** What CLIPTokenizer and CLIPTokenizerFast of transformers 4.57 pad with, asked for each of these folders. */
const PADS: readonly (readonly [what: string, inConfig: string | undefined, inMap: string | undefined, isOld: boolean, pad: string])[] = [
  ['an old folder whose files differ (Stable Diffusion 2)', END, '!', true, '!'],
  ['the other way round', '!', END, true, END],
  ['an old folder with a map only', undefined, '!', true, '!'],
  ['an old folder with a configuration only', '!', undefined, true, '!'],
  ['an old folder that says nothing', undefined, undefined, true, END],
  ['a folder with added_tokens_decoder, where the map counts for nothing', END, '!', false, END],
  ['the same, the other way round', '!', END, false, '!'],
  ['the same, with a map only', undefined, '!', false, END],
];

for (const [what, inConfig, inMap, isOld, pad] of PADS)
  test(`padding of ${what} is ${pad}`, () => {
    const folder = copyModel();
    editJson(join(folder, 'tokenizer/tokenizer_config.json'), {
      pad_token: inConfig,
      ...(isOld ? { added_tokens_decoder: undefined } : {}),
    });
    editJson(join(folder, 'tokenizer/special_tokens_map.json'), { pad_token: inMap });
    const padId = readModelJson(folder, 'tokenizer/vocab.json')[pad];
    assert.equal(loadTokenizer(folder, undefined).padId, padId);
  });

test('vocab.json and merges.txt alone are enough: start, end and padding are CLIP’s, 77 tokens', () => {
  const folder = copyModel();
  const whole = loadTokenizer(folder, 77);
  for (const name of ['tokenizer_config.json', 'special_tokens_map.json']) rmSync(join(folder, 'tokenizer', name));
  const tokenizer = loadTokenizer(folder, undefined);
  assert.equal(tokenizer.maxTokens, 77);
  assert.deepEqual(tokenizer.ids('a photo of a red fox'), whole.ids('a photo of a red fox'));
  for (const id of ['startId', 'endId', 'padId', 'commaId'] as const) assert.equal(tokenizer[id], whole[id], id);
});

test('the tokenizer of a second encoder lies in a folder of its own, with its own padding', () => {
  const folder = copyModel();
  cpSync(join(folder, 'tokenizer'), join(folder, 'tokenizer_2'), { recursive: true });
  editJson(join(folder, 'tokenizer_2/special_tokens_map.json'), { pad_token: '!' });
  editJson(join(folder, 'tokenizer_2/tokenizer_config.json'), { pad_token: '!' });
  const [first, second] = [loadTokenizer(folder, undefined), loadTokenizer(folder, undefined, 'tokenizer_2')];
  assert.deepEqual([first.padId, second.padId], [first.endId, readModelJson(folder, 'tokenizer_2/vocab.json')['!']]);
  rmSync(join(folder, 'tokenizer_2/merges.txt'));
  assert.throws(() => loadTokenizer(folder, undefined, 'tokenizer_2'), /has no tokenizer_2\/merges\.txt/);
});
