/** The layers that Stable Diffusion is made of, as torch exports them to ONNX. Pictures are [batch, channels, height, width], words [batch, count, width]. */
import type { OnnxGraph, Tensor } from './onnx-graph.ts';
import { Float } from './protobuf.ts';

const GROUPS = 32;

export function conv(graph: OnnxGraph, x: Tensor, [from, to]: readonly [from: number, to: number], side: 1 | 3, stride = 1): Tensor {
  const weight = graph.weight([to, from, side, side], from * side * side);
  const padding = side === 3 ? 1 : 0;
  return graph.node('Conv', [x, weight, graph.filled(to, 0)], {
    kernel_shape: [side, side],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  });
}

export function linear(graph: OnnxGraph, x: Tensor, [from, to]: readonly [from: number, to: number], { bias = true } = {}): Tensor {
  const product = graph.node('MatMul', [x, graph.weight([from, to], from)]);
  return bias ? graph.node('Add', [product, graph.filled(to, 0)]) : product;
}

export const silu = (graph: OnnxGraph, x: Tensor): Tensor => graph.node('Mul', [x, graph.node('Sigmoid', [x])]);

export function groupNorm(graph: OnnxGraph, x: Tensor, channels: number): Tensor {
  const grouped = graph.node('Reshape', [x, graph.ints(0, GROUPS, -1)]);
  const ones = graph.constant(new Float32Array(GROUPS).fill(1), [GROUPS]);
  const zeros = graph.constant(new Float32Array(GROUPS), [GROUPS]);
  const even = graph.node('InstanceNormalization', [grouped, ones, zeros], { epsilon: new Float(1e-6) });
  const normal = graph.node('Reshape', [even, graph.node('Shape', [x])]);
  const perChannel = (value: number): Tensor => graph.node('Reshape', [graph.filled(channels, value), graph.ints(1, channels, 1, 1)]);
  return graph.node('Add', [graph.node('Mul', [normal, perChannel(1)]), perChannel(0)]);
}

export const layerNorm = (graph: OnnxGraph, x: Tensor, width: number): Tensor =>
  graph.node('LayerNormalization', [x, graph.filled(width, 1), graph.filled(width, 0)], { axis: -1, epsilon: new Float(1e-5) });

export const add = (graph: OnnxGraph, a: Tensor, b: Tensor): Tensor => graph.node('Add', [a, b]);

export type AttentionShape = {
  readonly width: number;
  readonly contextWidth?: number;
  readonly heads: number;
  /** Whether query, key and value have biases. */
  readonly bias?: boolean;
  /** Added to the scores before the softmax. */
  readonly mask?: Tensor;
};

export function attention(graph: OnnxGraph, x: Tensor, context: Tensor, shape: AttentionShape): Tensor {
  const { width, contextWidth = width, heads, bias = false, mask } = shape;
  const split = graph.ints(0, 0, heads, width / heads);
  const part = (from: Tensor, fromWidth: number, order: readonly number[]): Tensor =>
    graph.node('Transpose', [graph.node('Reshape', [linear(graph, from, [fromWidth, width], { bias }), split])], { perm: order });
  const query = part(x, width, [0, 2, 1, 3]);
  const key = part(context, contextWidth, [0, 2, 3, 1]);
  const value = part(context, contextWidth, [0, 2, 1, 3]);
  const scores = graph.node('Mul', [graph.node('MatMul', [query, key]), graph.scalar(1 / Math.sqrt(width / heads))]);
  const shares = graph.node('Softmax', [mask === undefined ? scores : add(graph, scores, mask)], { axis: -1 });
  const mixed = graph.node('Transpose', [graph.node('MatMul', [shares, value])], { perm: [0, 2, 1, 3] });
  return linear(graph, graph.node('Reshape', [mixed, graph.ints(0, 0, width)]), [width, width]);
}

/** x · Φ(x) */
export function gelu(graph: OnnxGraph, x: Tensor): Tensor {
  const erf = graph.node('Erf', [graph.node('Div', [x, graph.scalar(Math.SQRT2)])]);
  return graph.node('Mul', [graph.node('Mul', [x, graph.node('Add', [erf, graph.scalar(1)])]), graph.scalar(0.5)]);
}

/** `time`, if there is one: [batch or 1, timeWidth]. */
export function resnet(graph: OnnxGraph, x: Tensor, [from, to]: readonly [from: number, to: number], time?: Tensor, timeWidth = 0): Tensor {
  let hidden = conv(graph, silu(graph, groupNorm(graph, x, from)), [from, to], 3);
  if (time !== undefined) {
    const shift = graph.node('Reshape', [linear(graph, silu(graph, time), [timeWidth, to]), graph.ints(-1, to, 1, 1)]);
    hidden = add(graph, hidden, shift);
  }
  hidden = conv(graph, silu(graph, groupNorm(graph, hidden, to)), [to, to], 3);
  return add(graph, from === to ? x : conv(graph, x, [from, to], 1), hidden);
}

export function upsample(graph: OnnxGraph, x: Tensor, channels: number): Tensor {
  const doubled = graph.node('Resize', [x, '', graph.constant(Float32Array.of(1, 1, 2, 2), [4])]);
  return conv(graph, doubled, [channels, channels], 3);
}

/** [batch, channels, height, width] → [batch, height · width, channels] */
export const toWords = (graph: OnnxGraph, x: Tensor): Tensor =>
  graph.node('Transpose', [graph.node('Reshape', [x, graph.ints(0, 0, -1)])], { perm: [0, 2, 1] });

export const toPicture = (graph: OnnxGraph, words: Tensor, like: Tensor): Tensor =>
  graph.node('Reshape', [graph.node('Transpose', [words], { perm: [0, 2, 1] }), graph.node('Shape', [like])]);
