import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { InferenceError, type InferenceErrorCode } from '#src/inference/errors.ts';
import { VisionModel, type VisionSpec } from '#src/inference/vision/vision-model.ts';
import { OnnxGraph, type Dims, type Tensor } from '../../bench/onnx-graph.ts';
import { CountedWeights } from '../../bench/random-weights.ts';

const workspace = mkdtempSync(join(tmpdir(), 'vision-'));
after(() => rmSync(workspace, { recursive: true, force: true }));
let graphs = 0;

type Body = (graph: OnnxGraph, picture: Tensor) => readonly [tensor: Tensor, dims: Dims];

const plain = { widthPx: 4, heightPx: 2, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' } as const;

/** A model whose graph is this; its answer has three numbers unless `change` says otherwise. */
async function opened(body: Body, change: Partial<VisionSpec> = {}, dims: Dims = ['batch', 3, 'height', 'width']): Promise<VisionModel> {
  const graph = new OnnxGraph(new CountedWeights());
  const [answer, shape] = body(graph, graph.input('x', 'float32', dims));
  graph.output(answer, 'y', shape);
  const file = `${graphs++}.onnx`;
  writeFileSync(join(workspace, file), graph.bytes());
  const model = await VisionModel.open({ folder: workspace, file, input: plain, length: 3, finish: 'none', ...change }, 1);
  after(() => model.release());
  return model;
}

const means =
  (...axes: readonly number[]): Body =>
  (graph, picture) => [graph.node('ReduceMean', [picture], { axes, keepdims: 0 }), ['batch', 3]];

/** Red 51, green 102, blue 204. */
const pixels = Uint8Array.from({ length: 4 * 2 * 3 }, (_, at) => [51, 102, 204][at % 3]!);

const near = (values: Float32Array, expected: readonly number[]): void => {
  assert.equal(values.length, expected.length);
  for (const [index, value] of expected.entries()) assert.ok(Math.abs(values[index]! - value) < 1e-5, values.join(', '));
};

const refused = (code: InferenceErrorCode, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof InferenceError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, says);
  return true;
};

describe('what a graph sees', () => {
  test('channels are planes, or stand with each pixel; both have their mean and deviation', async () => {
    near(await (await opened(means(2, 3))).run(pixels), [0.2, 0.4, 0.8]);
    const numbers = { ...plain, layout: 'nhwc', mean: [0.1, 0.2, 0.3], std: [0.5, 0.5, 1] } as const;
    near(await (await opened(means(1, 2), { input: numbers }, [1, 2, 4, 3])).run(pixels), [0.2, 0.4, 0.5]);
  });

  test('rows stay rows: the upper half alone is white', async () => {
    const upper: Body = (graph, picture) => {
      const row = graph.node('Slice', [picture, graph.ints(0), graph.ints(1), graph.ints(2)]);
      return [graph.node('ReduceMean', [row], { axes: [2, 3], keepdims: 0 }), ['batch', 3]];
    };
    const half = Uint8Array.from({ length: 24 }, (_, at) => (at < 12 ? 255 : 0));
    near(await (await opened(upper)).run(half), [1, 1, 1]);
  });

  test('pixels that do not fill the size are refused', async () => {
    const model = await opened(means(2, 3));
    await assert.rejects(model.run(new Uint8Array(23)), refused('request_invalid', /^23 bytes are no RGB picture of 4×2\.$/));
  });
});

describe('what a graph answers', () => {
  test('a row in four dimensions, and the first of several tokens', async () => {
    near(
      await (await opened((graph, picture) => [graph.node('GlobalAveragePool', [picture]), ['batch', 3, 1, 1]])).run(pixels),
      [0.2, 0.4, 0.8],
    );
    const tokens: Body = (graph, picture) => {
      const first = graph.node('ReduceMean', [picture], { axes: [2, 3], keepdims: 0 });
      const both = graph.node('Concat', [first, graph.node('Mul', [first, graph.scalar(0.5)])], { axis: 0 });
      return [graph.node('Reshape', [both, graph.ints(1, 2, 3)]), [1, 'tokens', 3]];
    };
    near(await (await opened(tokens)).run(pixels), [0.2, 0.4, 0.8]);
  });

  test('becomes a unit vector, or probabilities', async () => {
    const norm = Math.hypot(0.2, 0.4, 0.8);
    near(await (await opened(means(2, 3), { finish: 'unit' })).run(pixels), [0.2 / norm, 0.4 / norm, 0.8 / norm]);
    const powers = [0.2, 0.4, 0.8].map((value) => Math.exp(value));
    const sum = powers.reduce((total, value) => total + value, 0);
    near(await (await opened(means(2, 3), { finish: 'softmax' })).run(pixels), powers.map((value) => value / sum)); // prettier-ignore
    near(await (await opened(means(2, 3), { finish: 'sigmoid' })).run(pixels), [0.2, 0.4, 0.8].map((value) => 1 / (1 + Math.exp(-value)))); // prettier-ignore
  });

  test('softmax of large numbers is no NaN', async () => {
    const large: Body = (graph, picture) => {
      const mean = graph.node('ReduceMean', [picture], { axes: [2, 3], keepdims: 0 });
      return [graph.node('Mul', [mean, graph.scalar(5000)]), ['batch', 3]];
    };
    near(await (await opened(large, { finish: 'softmax' })).run(pixels), [0, 0, 1]);
  });
});

describe('a graph is refused in one sentence', () => {
  const scaled =
    (factor: number): Body =>
    (graph, picture) => [
      graph.node('Mul', [graph.node('ReduceMean', [picture], { axes: [2, 3], keepdims: 0 }), graph.scalar(factor)]),
      ['batch', 3],
    ];

  test('that answers with NaN, with nothing, or with what is no probability', async () => {
    const nothing: Body = (graph, picture) => {
      const zero = graph.node('Sub', [picture, picture]);
      return [graph.node('ReduceMean', [graph.node('Div', [zero, zero])], { axes: [2, 3], keepdims: 0 }), ['batch', 3]];
    };
    await assert.rejects(opened(nothing), refused('nan', /answered with NaN or infinity for a picture/));
    await assert.rejects(opened(scaled(0), { finish: 'unit' }), refused('model_config', /nothing but zeros/));
    await assert.rejects(opened(scaled(9)), refused('model_config', /no probabilities; set activation/));
  });

  test('that answers with another number of numbers, or with a picture', async () => {
    await assert.rejects(opened(means(2, 3), { length: 4 }), refused('model_config', /answers with \[1, 3\] where \[1, 4\] is wanted/));
    const same: Body = (graph, picture) => [graph.node('Identity', [picture]), ['batch', 3, 'height', 'width']];
    await assert.rejects(opened(same), refused('model_config', /answers with \[1, 3, 2, 4\] where \[1, 3\] is wanted/));
  });

  test('that takes another shape, or whole batches alone', async () => {
    await assert.rejects(
      opened(means(2, 3), {}, [1, 3, 8, 8]),
      refused('model_config', /must have one input that takes \[1, 3, 2, 4\]; it has x \[1, 3, 8, 8\]/),
    );
    await assert.rejects(opened(means(2, 3), {}, [16, 3, 2, 4]), refused('model_config', /must have one input/));
  });

  test('that has two inputs', async () => {
    const two: Body = (graph, picture) => [
      graph.node('ReduceMean', [graph.node('Add', [picture, graph.input('z', 'float32', ['batch', 3, 'height', 'width'])])], {
        axes: [2, 3],
        keepdims: 0,
      }),
      ['batch', 3],
    ];
    await assert.rejects(opened(two), refused('model_config', /must have one input .* x .* and z /));
  });
});
