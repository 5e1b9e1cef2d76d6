import assert from 'node:assert/strict';
import test from 'node:test';
import { createDenoiser, runsPairTogether, type DenoiseRequest } from '../../src/inference/denoiser.ts';
import type { Graph } from '../../src/inference/graph.ts';
import type { FeedTensor, TensorInfo, TensorType } from '../../src/inference/tensor.ts';
import type { PromptEmbedding } from '../../src/inference/prompt-encoder.ts';

const LATENTS = [1, 2, 2] as const;
const text = (value: number): PromptEmbedding => ({
  values: new Float32Array(6).fill(value),
  tokens: 2,
  width: 3,
  pooled: undefined,
  droppedPrompt: undefined,
});
const info = (name: string, type: TensorType, shape: (number | string)[]): [string, TensorInfo] => [name, { name, type, shape }];

/** A «UNet» that answers sample + timestep · (first number of the text), and writes down what it was fed. */
function fakeUnet(
  options: {
    batch?: number;
    float?: 'float32' | 'float16';
    timestep?: [TensorType, (number | string)[]];
    condition?: boolean;
    answer?: number;
  } = {},
): Graph & { fed: Record<string, FeedTensor>[] } {
  const { batch = 'batch', float = 'float32', timestep = ['float32', []], condition = false, answer } = options;
  const fed: Record<string, FeedTensor>[] = [];
  return {
    fed,
    label: 'unet/model.onnx',
    inputs: new Map([
      info('sample', float, [batch, 1, 'height', 'width']),
      info('timestep', ...timestep),
      info('encoder_hidden_states', float, [batch, 2, 3]),
      ...(condition ? [info('timestep_cond', float, [batch, 5])] : []),
    ]),
    outputs: new Map([info('out_sample', float, [])]),
    async run(feeds) {
      fed.push(Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }])));
      const floats = (tensor: FeedTensor): Float32Array =>
        Float32Array.from(tensor.type === 'float16' ? new Float16Array(tensor.data.buffer as ArrayBuffer) : (tensor.data as Float32Array));
      const [sample, words] = [floats(feeds['sample']!), floats(feeds['encoder_hidden_states']!)];
      const time = feeds['timestep']!.type === 'float16' ? floats(feeds['timestep']!)[0]! : Number(feeds['timestep']!.data[0]);
      const rows = feeds['sample']!.dims[0]!;
      const values = sample.map((value, i) => answer ?? value + time * words[Math.floor(i / (sample.length / rows)) * 6]!);
      return new Map([['out_sample', { dims: feeds['sample']!.dims, values: float === 'float16' ? new Float16Array(values) : values }]]);
    },
  };
}

async function predict(unet: Graph, request: Partial<DenoiseRequest>, pairTogether: boolean): Promise<number[]> {
  const denoiser = createDenoiser(
    unet,
    { latentShape: LATENTS, prompt: text(1), negativePrompt: undefined, guidanceScale: 3, ...request },
    pairTogether,
  );
  denoiser.modelInput.set([1, 2, 3, 4]);
  return [...(await denoiser.predict(10.5))];
}

for (const float of ['float32', 'float16'] as const) {
  test(`guidance, ${float}: a pair in one run is two single runs`, async () => {
    const [together, apart] = [fakeUnet({ float }), fakeUnet({ float })];
    const guided = [1, 2, 3, 4].map((value) => value + 10.5 * (0.5 + 3 * (1 - 0.5)));
    assert.deepEqual(await predict(together, { negativePrompt: text(0.5) }, true), guided);
    assert.deepEqual(await predict(apart, { negativePrompt: text(0.5) }, false), guided);
    assert.deepEqual([together.fed.length, apart.fed.length], [1, 2]);
    assert.deepEqual(together.fed[0]!['sample']!.dims, [2, 1, 2, 2]);
  });
}

test('without a negative prompt there is one pass, even in a graph made for pairs', async () => {
  const plain = [1, 2, 3, 4].map((value) => value + 10.5);
  const [free, pair] = [fakeUnet(), fakeUnet({ batch: 2 })];
  assert.deepEqual(await predict(free, {}, true), plain);
  assert.deepEqual(await predict(pair, {}, true), plain);
  assert.deepEqual([free.fed[0]!['sample']!.dims[0], pair.fed[0]!['sample']!.dims[0]], [1, 2]);
});

test('the timestep comes in the type and shape that the graph wants', async () => {
  const shapes: [TensorType, (number | string)[], readonly number[], number | bigint][] = [
    ['float32', [], [], 10.5],
    ['float64', ['batch'], [2], 10.5],
    ['int64', ['batch'], [2], 10n],
    ['int64', [1], [1], 10n],
    ['int32', [], [], 10],
    ['float16', ['batch'], [2], new Uint16Array(new Float16Array([10.5]).buffer)[0]!],
  ];
  for (const [type, shape, dims, first] of shapes) {
    const unet = fakeUnet({ timestep: [type, shape] });
    await predict(unet, { negativePrompt: text(0) }, true);
    const fed = unet.fed[0]!['timestep']!;
    assert.deepEqual([fed.type, fed.dims, fed.data[0]], [type, dims, first]);
  }
});

test('a latent consistency model is told its guidance as sines and cosines', async () => {
  const unet = fakeUnet({ condition: true });
  await predict(unet, { guidanceScale: 1.001 }, true);
  const { dims, data } = unet.fed[0]!['timestep_cond']!;
  assert.deepEqual(dims, [1, 5]);
  const expected = [Math.sin(1), Math.sin(1 / 10000), Math.cos(1), Math.cos(1 / 10000), 0];
  expected.forEach((value, i) => assert.ok(Math.abs(Number(data[i]) - value) < 1e-3, `${data[i]} instead of ${value}`));
});

test('an SDXL UNet is told the summary of each text, and the size as height before width', async () => {
  const pooled = (value: number): PromptEmbedding => ({ ...text(value), pooled: Float32Array.of(value, -value) });
  for (const [negativePrompt, together, rows] of [
    [undefined, true, [[1]]],
    [pooled(0.5), true, [[0.5, 1]]],
    [pooled(0.5), false, [[0.5], [1]]],
  ] as const) {
    const unet = fakeUnet();
    const inputs = new Map([...unet.inputs, info('text_embeds', 'float32', ['batch', 2]), info('time_ids', 'float16', ['batch', 6])]);
    await predict({ ...unet, inputs }, { prompt: pooled(1), negativePrompt, size: { width: 16, height: 24 } }, together);
    for (const [run, values] of rows.entries()) {
      const { text_embeds: summary, time_ids: ids } = unet.fed[run]!;
      assert.deepEqual(summary!.dims, [values.length, 2]);
      assert.deepEqual([...(summary!.data as Float32Array)], values.flatMap((value) => [value, -value])); // prettier-ignore
      const sizes = [...new Float16Array(ids!.data.buffer as ArrayBuffer)];
      assert.deepEqual(sizes, values.flatMap(() => [24, 16, 0, 0, 24, 16])); // prettier-ignore
    }
  }
});

test('an SDXL UNet without a text encoder that sums up is a folder that does not fit together', async () => {
  const unet = fakeUnet();
  const inputs = new Map([...unet.inputs, info('text_embeds', 'float32', ['batch', 2]), info('time_ids', 'float32', ['batch', 6])]);
  await assert.rejects(predict({ ...unet, inputs }, { size: { width: 16, height: 24 } }, true), {
    code: 'model_config',
    message: 'unet/model.onnx wants text_embeds, and no text encoder makes them.',
  });
});

test('a UNet that repaints sees more channels behind the latents, in every row', async () => {
  const fed: FeedTensor[] = [];
  const unet: Graph = {
    ...fakeUnet(),
    async run({ sample }) {
      fed.push({ ...sample!, data: sample!.data.slice() });
      return new Map([['out_sample', { dims: [2, 1, 2, 2], values: new Float32Array(8) }]]);
    },
  };
  await predict(unet, { negativePrompt: text(0), kept: Float32Array.of(5, 6, 7, 8) }, true);
  assert.deepEqual(fed[0]!.dims, [2, 2, 2, 2]);
  assert.deepEqual([...(fed[0]!.data as Float32Array)], [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test('NaN and infinity are errors that name the graph and the timestep', async () => {
  for (const answer of [Number.NaN, Infinity, -Infinity]) {
    for (const pairTogether of [true, false]) {
      await assert.rejects(predict(fakeUnet({ answer }), { negativePrompt: text(0) }, pairTogether), {
        code: 'nan',
        message: /^unet\/model\.onnx answered with NaN or infinity at timestep 10\.5/,
      });
    }
  }
});

test('pairs run together in small models, on GPUs, and where the graph is made so', () => {
  const sample = (batch: number | string): TensorInfo => ({ name: 'sample', type: 'float32', shape: [batch, 4, 64, 64] });
  assert.equal(runsPairTogether(sample('batch'), 'cpu', 30_000_000), true);
  assert.equal(runsPairTogether(sample('batch'), 'cpu', 3_400_000_000), false);
  assert.equal(runsPairTogether(sample('batch'), 'cuda', 3_400_000_000), true);
  assert.equal(runsPairTogether(sample(1), 'cuda', 30_000_000), false);
  assert.equal(runsPairTogether(sample(2), 'cpu', 3_400_000_000), true);
});
