import assert from 'node:assert/strict';
import test from 'node:test';
import { InferenceError } from '../../../src/inference/errors.ts';
import { createFlowDenoiser, transformerShape } from '../../../src/inference/flow/z-image-transformer.ts';
import type { Caption } from '../../../src/inference/flow/caption-encoder.ts';
import type { FeedTensor } from '../../../src/inference/tensor.ts';
import { fakeGraph } from './z-image-copies.ts';

const frames = {
  hidden_states: ['float32', [1, 2, 1, 'h', 'w']],
  timestep: ['float32', [1]],
  encoder_hidden_states: ['float32', [1, 'n', 2]],
} as const;
const plain = { ...frames, hidden_states: ['float32', [1, 2, 'h', 'w']] } as const;
const output = { sample: ['float32', ['c', 'h', 'w']] } as const;
const caption = (...tokens: number[]): Caption => ({
  values: Float32Array.from(tokens.flatMap((token) => [token, -token])),
  tokens: tokens.length,
  width: 2,
  droppedPrompt: undefined,
});
const latentShape = [2, 1, 2] as const;

/** Every value of the answer is the caption's first number. */
const first = (feeds: Readonly<Record<string, FeedTensor>>) => ({
  dims: [2, 1, 2],
  values: new Float32Array(4).fill(Number(feeds['encoder_hidden_states']!.data[0])),
});

test('a layout with a frame is fed one, and captions as they are', async () => {
  const graph = fakeGraph(frames, output, first);
  assert.equal(transformerShape(graph).hasFrame, true);
  const denoiser = createFlowDenoiser(graph, { latentShape, caption: caption(3, 4), negative: undefined, guidanceScale: 1 });
  assert.deepEqual([...(await denoiser.predict(Float32Array.of(1, 2, 3, 4), 750))], [-3, -3, -3, -3]);
  assert.deepEqual(graph.fed, [
    {
      hidden_states: { dims: [1, 2, 1, 1, 2], data: [1, 2, 3, 4] },
      timestep: { dims: [1], data: [0.25] },
      encoder_hidden_states: { dims: [1, 2, 2], data: [3, -3, 4, -4] },
    },
  ]);
});

test('without a frame, captions are filled up to a multiple of 32 with their last token', async () => {
  const graph = fakeGraph(plain, output, first);
  const denoise = async (count: number): Promise<{ dims: readonly number[]; data: number[] }> => {
    const tokens = Array.from({ length: count }, (_, i) => i + 1);
    await createFlowDenoiser(graph, { latentShape, caption: caption(...tokens), negative: undefined, guidanceScale: 1 }).predict(
      new Float32Array(4),
      1000,
    );
    return graph.fed.at(-1)!['encoder_hidden_states']!;
  };
  const short = await denoise(3);
  assert.deepEqual(short.dims, [1, 32, 2]);
  assert.deepEqual(short.data.slice(4, 10), [3, -3, 3, -3, 3, -3]);
  assert.deepEqual(short.data.slice(-2), [3, -3]);
  assert.deepEqual((await denoise(32)).dims, [1, 32, 2]);
  assert.deepEqual((await denoise(33)).dims, [1, 64, 2]);
});

test("guidance goes on from the prompt's answer, away from the negative one's", async () => {
  const graph = fakeGraph(frames, output, first);
  const denoiser = createFlowDenoiser(graph, { latentShape, caption: caption(3), negative: caption(1), guidanceScale: 2 });
  assert.deepEqual([...(await denoiser.predict(new Float32Array(4), 500))], [-7, -7, -7, -7]); // −(3 + 2 · (3 − 1))
  assert.equal(graph.fed.length, 2);
});

test('NaN and infinity are errors that name the step', async () => {
  for (const bad of [NaN, Infinity]) {
    const graph = fakeGraph(frames, output, () => ({ dims: [4], values: Float32Array.of(1, bad, 1, 1) }));
    const denoiser = createFlowDenoiser(graph, { latentShape, caption: caption(1), negative: undefined, guidanceScale: 1 });
    await assert.rejects(
      denoiser.predict(new Float32Array(4), 812.5),
      (error: unknown) => error instanceof InferenceError && error.code === 'nan' && error.message.includes('812.5'),
    );
  }
});

const refusals: readonly (readonly [string, Parameters<typeof fakeGraph>[0], RegExp])[] = [
  ['an input that nobody knows', { ...plain, guidance: ['float32', [1]] }, /has the inputs .*guidance; the transformer of a Z-Image takes/],
  ['no timestep', { hidden_states: plain.hidden_states, encoder_hidden_states: plain.encoder_hidden_states }, /has the inputs/],
  ['packed latents', { ...plain, hidden_states: ['float32', [1, 'tokens', 64]] }, /takes hidden_states as \[1, tokens, 64\]/],
  ['batches of two', { ...plain, hidden_states: ['float32', [2, 16, 'h', 'w']] }, /takes hidden_states as \[2, 16/],
  ['captions of one length', { ...plain, encoder_hidden_states: ['float32', [1, 77, 2560]] }, /takes encoder_hidden_states as \[1, 77/],
  ['whole timesteps', { ...plain, timestep: ['int64', [1]] }, /takes its timestep as int64/],
];
for (const [what, inputs, words] of refusals)
  test(`a transformer with ${what} is refused in one sentence`, () => {
    assert.throws(
      () => transformerShape(fakeGraph(inputs, output)),
      (error: unknown) => error instanceof InferenceError && error.code === 'model_config' && words.test(error.message),
    );
  });

test('an answer of another size is an error', async () => {
  const graph = fakeGraph(frames, output, () => ({ dims: [3], values: new Float32Array(3) }));
  const denoiser = createFlowDenoiser(graph, { latentShape, caption: caption(1), negative: undefined, guidanceScale: 1 });
  await assert.rejects(denoiser.predict(new Float32Array(4), 1), { code: 'model_config' });
});
