import assert from 'node:assert/strict';
import test from 'node:test';
import { InferenceError } from '../../../src/inference/errors.ts';
import { createCaptionEncoder } from '../../../src/inference/flow/caption-encoder.ts';
import type { CaptionTokenizer } from '../../../src/inference/flow/qwen-tokenizer.ts';
import type { OutputTensor } from '../../../src/inference/graph.ts';
import type { FeedTensor } from '../../../src/inference/tensor.ts';
import { fakeGraph } from './z-image-copies.ts';

const tokenizer: CaptionTokenizer = {
  maxTokens: 8,
  padId: 99,
  encode: (prompt) => ({ ids: Array.from(prompt, (letter) => letter.charCodeAt(0) - 96), droppedPrompt: undefined }),
};
const free = { input_ids: ['int64', [1, 'n']], attention_mask: ['int64', [1, 'n']] } as const;
const output = { encoder_hidden_states: ['float32', [1, 'n', 2]] } as const;

/** Each token's id, twice. */
function echo(feeds: Readonly<Record<string, FeedTensor>>): OutputTensor {
  const ids = Array.from(feeds['input_ids']!.data, Number);
  return { dims: [1, ids.length, 2], values: Float32Array.from(ids.flatMap((id) => [id, id])) };
}

const isConfig = (words: RegExp) => (error: unknown) =>
  error instanceof InferenceError && error.code === 'model_config' && words.test(error.message);

test('a caption is as long as its tokens, and encoded once', async () => {
  const graph = fakeGraph(free, output, echo);
  const encoder = createCaptionEncoder(graph, tokenizer);
  const caption = await encoder.encode('abc');
  assert.deepEqual([...caption.values], [1, 1, 2, 2, 3, 3]);
  assert.deepEqual([caption.tokens, caption.width], [3, 2]);
  await encoder.encode('abc');
  assert.equal(graph.fed.length, 1);
  assert.deepEqual(graph.fed[0], { input_ids: { dims: [1, 3], data: [1, 2, 3] }, attention_mask: { dims: [1, 3], data: [1, 1, 1] } });
});

test('a graph of one length is filled up, and its answer cut again', async () => {
  const graph = fakeGraph(
    { input_ids: ['int32', [1, 5]], attention_mask: ['int64', [1, 5]], position_ids: ['int64', [1, 5]] },
    output,
    echo,
  );
  const { values } = await createCaptionEncoder(graph, tokenizer).encode('ab');
  assert.deepEqual([...values], [1, 1, 2, 2]);
  assert.deepEqual(graph.fed[0], {
    input_ids: { dims: [1, 5], data: [1, 2, 99, 99, 99] },
    attention_mask: { dims: [1, 5], data: [1, 1, 0, 0, 0] },
    position_ids: { dims: [1, 5], data: [0, 1, 2, 3, 4] },
  });
});

test('the last but one of all layers is taken where there are all', async () => {
  const layers = ['hidden_states.0', 'hidden_states.9', 'hidden_states.10', 'hidden_states.11'];
  const outputs = Object.fromEntries(layers.toReversed().map((name) => [name, ['float32', [1, 'n', 2]] as const]));
  const graph = fakeGraph(free, outputs, echo);
  graph.run = (feeds) =>
    Promise.resolve(
      new Map(layers.map((name) => [name, name === 'hidden_states.10' ? echo(feeds) : { dims: [], values: new Float32Array() }])),
    );
  assert.deepEqual([...(await createCaptionEncoder(graph, tokenizer).encode('a')).values], [1, 1]);
});

test('an encoder that ends after its last layer is refused: its pictures would be of something else', () => {
  const graph = fakeGraph(free, { last_hidden_state: ['float32', [1, 'n', 2]] });
  assert.throws(
    () => createCaptionEncoder(graph, tokenizer),
    isConfig(/last_hidden_state; Z-Image needs the hidden states before the last layer/),
  );
});

test('a model that writes texts is refused', () => {
  const graph = fakeGraph({ ...free, 'past_key_values.0.key': ['float32', [1, 8, 'past', 16]] }, output);
  assert.throws(() => createCaptionEncoder(graph, tokenizer), isConfig(/past keys/));
});

test('NaN is an error', async () => {
  const graph = fakeGraph(free, output, () => ({ dims: [1, 1, 2], values: Float32Array.of(1, NaN) }));
  await assert.rejects(createCaptionEncoder(graph, tokenizer).encode('a'), { code: 'nan' });
});

test('an answer of another length is an error', async () => {
  const graph = fakeGraph(free, output, () => ({ dims: [1, 1, 2], values: Float32Array.of(1, 2) }));
  await assert.rejects(createCaptionEncoder(graph, tokenizer).encode('abc'), isConfig(/for 3 tokens/));
});
