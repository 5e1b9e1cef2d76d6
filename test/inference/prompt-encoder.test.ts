import assert from 'node:assert/strict';
import test from 'node:test';
import { createPromptEncoder, type PromptEncoder } from '../../src/inference/prompt-encoder.ts';
import { loadTokenizer, type PromptTokenizer } from '../../src/inference/tokenizer.ts';
import { fixturePath } from '../golden/fixtures.ts';
import { recordingEncoder, type RecordingEncoder } from './recording-encoder.ts';

const CLIP = 77;
const tokenizer = loadTokenizer(fixturePath('models/sd-epsilon'), CLIP);
const padding = loadTokenizer(fixturePath('models/sd-v-prediction'), CLIP); // pads with `!`, as SDXL's second one
const states = (...layers: readonly number[]): string[] => layers.map((layer) => `hidden_states.${layer}`);

function single(graph: RecordingEncoder, { maxChunks = 8, tokens = CLIP } = {}): PromptEncoder {
  const encoders = [{ graph, tokenizer: { ...tokenizer, maxTokens: tokens } }];
  return createPromptEncoder({ encoders, isXl: false, forceZerosForEmptyPrompt: false, maxChunks });
}

type Second = { readonly outputs?: readonly string[]; readonly layers?: number; readonly zeros?: boolean; readonly float16?: boolean };

function double({ outputs = ['text_embeds', ...states(0, 1, 2)], layers, zeros = true, float16 = false }: Second = {}) {
  const graphs = [
    recordingEncoder({ width: 2, outputs: ['last_hidden_state', 'pooler_output', ...states(0, 1, 2)], float16 }),
    recordingEncoder({ width: 3, outputs, label: 'text_encoder_2/model.onnx', float16 }),
  ] as const;
  const encoders = graphs.map((graph, index) => ({ graph, tokenizer: index === 0 ? tokenizer : padding, layers }));
  return { graphs, encoder: createPromptEncoder({ encoders, isXl: true, forceZerosForEmptyPrompt: zeros, maxChunks: 8 }) };
}

const long = 'a photo of a red fox in the snow by the sea '.repeat(10); // 120 tokens
const at = (values: ArrayLike<number>, width: number, token: number): number[] =>
  Array.from(values).slice(token * width, (token + 1) * width);

test('a text is encoded once, and the model asked again for one it has not seen only', async () => {
  const graph = recordingEncoder();
  const encoder = single(graph);
  const first = await encoder.encode('a red fox', 'blur');
  assert.equal(graph.runs.length, 2);
  const second = await encoder.encode('a red fox', 'blur');
  assert.deepEqual([graph.runs.length, second], [2, first]);
  await encoder.encode('a (red:1.2) fox', undefined);
  assert.equal(graph.runs.length, 3);
});

test('the same words with other weights are another text', async () => {
  const encoder = single(recordingEncoder());
  const [plain, weighted] = [
    (await encoder.encode('a red fox', undefined)).prompt,
    (await encoder.encode('a (red:1.5) fox', undefined)).prompt,
  ];
  const [red, fox] = [2, 3].map((token) => at(weighted.values, 2, token)[0]! / at(plain.values, 2, token)[0]!);
  assert.ok(Math.abs(red! / fox! - 1.5) < 1e-5, `${red} ÷ ${fox}`);
  const mean = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0) / (CLIP * 2);
  assert.ok(Math.abs(mean(weighted.values) / mean(plain.values) - 1) < 1e-6, 'the mean is not what it was');
});

test('what is remembered is bounded by bytes: thousands of prompts do not add up', async () => {
  const graph = recordingEncoder({ width: 768 }); // 77 · 768 · 4 bytes: 70 fit into 16 MiB
  const encoder = single(graph);
  for (let i = 0; i < 80; i++) await encoder.encode(`fox ${i}`, undefined);
  await encoder.encode('fox 79', undefined);
  await encoder.encode('fox 30', undefined);
  assert.equal(graph.runs.length, 80, 'the latest are remembered');
  await encoder.encode('fox 0', undefined);
  assert.equal(graph.runs.length, 81, 'the first was forgotten');
});

test('a long prompt is told in chunks, and the shorter text filled with empty ones', async () => {
  const graph = recordingEncoder();
  const { prompt, negative } = await single(graph).encode(long, 'blur');
  assert.deepEqual([prompt.tokens, negative?.tokens, prompt.values.length, negative?.values.length], [154, 154, 308, 308]);
  assert.equal(prompt.droppedPrompt, undefined);
  const empty = [tokenizer.startId, ...Array<number>(76).fill(tokenizer.endId)];
  assert.deepEqual(graph.runs.at(-1), empty);
  assert.deepEqual(at(negative!.values, 2, 77 + 5), at((await single(recordingEncoder()).encode('', undefined)).prompt.values, 2, 5));
});

test('a long negative prompt lengthens the prompt, and leaves what is remembered of it as it was', async () => {
  const encoder = single(recordingEncoder());
  const alone = (await encoder.encode('a red fox', undefined)).prompt;
  const { prompt } = await encoder.encode('a red fox', long);
  assert.deepEqual([prompt.tokens, prompt.values.subarray(0, 154)], [154, alone.values]);
  assert.equal((await encoder.encode('a red fox', undefined)).prompt.tokens, 77);
});

test('where the UNet takes a fixed number of tokens, what does not fit is told', async () => {
  const graph = recordingEncoder();
  const { prompt } = await single(graph, { maxChunks: 1 }).encode(`${long} BREAK (a lighthouse:1.3)`, undefined);
  assert.deepEqual([prompt.tokens, graph.runs.length], [77, 1]);
  assert.match(prompt.droppedPrompt!, /^a red fox in the snow .* a lighthouse$/u);
});

test('an encoder of fewer tokens than CLIP’s is never given two chunks: its UNet has not learned to read them', async () => {
  const graph = recordingEncoder();
  const { prompt } = await single(graph, { tokens: 20 }).encode('a photo of a red fox in the snow by the sea '.repeat(3), undefined);
  assert.deepEqual([prompt.tokens, graph.runs.length], [20, 1]);
  assert.ok(prompt.droppedPrompt!.startsWith('in the snow'));
});

test('however long a prompt is, eight chunks are the most', async () => {
  const graph = recordingEncoder();
  const { prompt } = await single(graph, { maxChunks: 1000 }).encode(long.repeat(20), undefined);
  assert.deepEqual([prompt.tokens, graph.runs.length], [8 * 77, 8]);
  assert.equal(prompt.droppedPrompt!.split(' ').length, 2400 - 8 * 75);
});

test('SDXL: the last layer but one of both encoders side by side, text_embeds of the second', async () => {
  const { graphs, encoder } = double();
  const { prompt } = await encoder.encode('a red fox', undefined);
  const ids = graphs.map(({ runs }) => runs[0]!);
  assert.deepEqual([prompt.tokens, prompt.width, prompt.values.length], [77, 5, 77 * 5]);
  const wanted = [ids[0]![2]!, ids[0]![2]!, ids[1]![2]!, ids[1]![2]!, ids[1]![2]!].map((id) => id + 2 / 128 + 1);
  assert.deepEqual(at(prompt.values, 5, 2), wanted);
  assert.deepEqual([...prompt.pooled!], Array<number>(3).fill(ids[1]![1]!));
  assert.deepEqual([ids[0]!.at(-1), ids[1]!.at(-1)], [tokenizer.padId, padding.padId]);
  assert.notEqual(tokenizer.padId, padding.padId);
});

test('SDXL: pooled states are those of the first chunk', async () => {
  const { graphs, encoder } = double();
  const { prompt } = await encoder.encode(`${long} BREAK a lighthouse`, undefined);
  assert.equal(prompt.tokens, 3 * 77);
  assert.deepEqual([...prompt.pooled!], Array<number>(3).fill(graphs[1].runs[0]![1]!));
});

for (const text of ['', '  '])
  test(`SDXL: the empty negative prompt ${JSON.stringify(text)} is zeros where the model says so, in as many tokens as the prompt`, async () => {
    const { graphs, encoder } = double();
    const { negative } = await encoder.encode(long, text);
    assert.equal(negative!.tokens, 154);
    assert.ok([...negative!.values, ...negative!.pooled!].every((value) => value === 0));
    assert.deepEqual([negative!.values.length, negative!.pooled!.length, graphs[0].runs.length], [154 * 5, 3, 2]);
    const written = (await double({ zeros: false }).encoder.encode(long, text)).negative!;
    assert.ok(written.values.every((value) => value !== 0));
  });

test('float16 stays float16', async () => {
  const { prompt, negative } = await double({ float16: true }).encoder.encode('a (red:9) fox', '');
  for (const values of [prompt.values, prompt.pooled, negative!.values, negative!.pooled]) assert.ok(values instanceof Float16Array);
  assert.ok([...prompt.values].every(Number.isFinite));
});

const LAYERS: readonly (readonly [what: string, outputs: readonly string[], layers: number | undefined, taken: number])[] = [
  ['all states of 2 layers', states(0, 1, 2), 2, 1],
  ['all states of 2 layers, without a configuration', states(0, 1, 2), undefined, 1],
  ['an export that leaves the last state to last_hidden_state', states(0, 1), 2, 1],
  ['ten states and more, in any order', states(10, 2, 12, 11, 0), undefined, 11],
  ['the one that is needed', states(31), 32, 31],
  ['the one that is needed, without a configuration', states(11), undefined, 11],
];
for (const [what, outputs, layers, taken] of LAYERS)
  test(`of ${what}, number ${taken} is the last but one`, async () => {
    const graph = recordingEncoder({ outputs: ['text_embeds', ...outputs] });
    const encoder = createPromptEncoder({
      encoders: [{ graph, tokenizer, layers }],
      isXl: true,
      forceZerosForEmptyPrompt: false,
      maxChunks: 1,
    });
    const { values } = (await encoder.encode('a fox', undefined)).prompt;
    assert.equal(values[0], tokenizer.startId + taken);
  });

test('exports without hidden states or pooled states are told apart and explained', () => {
  assert.throws(
    () => double({ outputs: ['text_embeds', 'last_hidden_state'] }),
    /text_encoder_2\/model\.onnx gives only text_embeds, last_hidden_state; .*output_hidden_states/u,
  );
  assert.throws(() => double({ outputs: states(0, 1, 2) }), /text_encoder_2\/model\.onnx has no output text_embeds/u);
  const encoders = [CLIP, 64].map((maxTokens): { graph: RecordingEncoder; tokenizer: PromptTokenizer } => ({
    graph: recordingEncoder({ outputs: ['text_embeds', ...states(0, 1)] }),
    tokenizer: { ...tokenizer, maxTokens },
  }));
  assert.throws(
    () => createPromptEncoder({ encoders, isXl: true, forceZerosForEmptyPrompt: true, maxChunks: 8 }),
    /read 77 and 64 tokens/u,
  );
});

test('an encoder that wants a mask sees the padding, as in diffusers', async () => {
  const graph = recordingEncoder();
  const masks: number[][] = [];
  const masked: RecordingEncoder = {
    ...graph,
    inputs: new Map([...graph.inputs, ['attention_mask', { name: 'attention_mask', type: 'int64', shape: [1, 'tokens'] }]]),
    run: (feeds) => {
      masks.push(Array.from(feeds['attention_mask']!.data as BigInt64Array, Number));
      return graph.run(feeds);
    },
  };
  await single(masked).encode('a red fox', undefined);
  assert.deepEqual(masks, [Array.from({ length: CLIP }, () => 1)]);
});

const HOSTILE: Record<string, string> = {
  'ten thousand brackets': '('.repeat(10_000),
  'ten thousand pairs': '()'.repeat(10_000),
  'a thousand in one another': `${'('.repeat(1000)}fox${')'.repeat(1000)}`,
  'everything weighs nothing': '(fox:0)',
  'weights that cancel out': `(${'fox '.repeat(70)}:-5) (sea:1000000000)`,
  'weights that are none': '(a:NaN) (b:inf) (c:1e9) (d:) (:) (e:--1)',
  'empty chunks': 'BREAK '.repeat(100),
  emoji: '(👩‍🚀:1.4) [🦊] (🏳️‍🌈)',
  'right to left': '(ثعلب أحمر:1.3) שועל [ثلج]',
  'one word': 'x'.repeat(10_000),
};
for (const [what, prompt] of Object.entries(HOSTILE))
  test(`hostile text: ${what}`, async () => {
    const startMs = performance.now();
    const { encoder } = double();
    const made = await encoder.encode(prompt, prompt);
    for (const embedding of [made.prompt, made.negative!]) {
      assert.ok([...embedding.values, ...embedding.pooled!].every(Number.isFinite));
      assert.ok(embedding.tokens <= 8 * 77 && embedding.values.length === embedding.tokens * 5);
    }
    assert.ok(performance.now() - startMs < 2000, `${performance.now() - startMs} ms`);
  });
