/** Small ONNX graphs made on the spot, in the shapes that people export. */
import { CountedWeights } from '../bench/random-weights.ts';
import { OnnxGraph, type Dims, type ElementType } from '../bench/onnx-graph.ts';

type Ends = { readonly input?: string; readonly output?: string; readonly dims?: Dims };

/** An encoder that answers with its picture, averaged over 4×4 pixels: [1, 3, height / 4, width / 4]. */
export function averagingEncoder(): Uint8Array {
  const graph = new OnnxGraph(new CountedWeights());
  const sample = graph.input('sample', 'float32', [1, 3, 'height', 'width']);
  const small = graph.node('AveragePool', [sample], { kernel_shape: [4, 4], strides: [4, 4] });
  graph.output(small, 'latent_sample', ['batch', 'channels', 'rows', 'columns']);
  return graph.bytes();
}

type Inputs = Readonly<Record<string, readonly [type: ElementType, dims: Dims]>>;

/** A graph with these inputs that answers with zeros of these shapes. */
export function zerosGraph(inputs: Inputs, outputs: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const graph = new OnnxGraph(new CountedWeights());
  for (const [name, [type, dims]] of Object.entries(inputs)) graph.input(name, type, dims);
  for (const [name, dims] of Object.entries(outputs)) graph.output(graph.node('ConstantOfShape', [graph.ints(...dims)]), name, dims);
  return graph.bytes();
}

/** An SDXL UNet of zeros, or one that differs from it in some inputs. */
export function zerosUnet(change: Inputs = {}): Uint8Array {
  const usual: Inputs = {
    sample: ['float32', ['batch', 4, 'height', 'width']],
    timestep: ['float32', ['batch']],
    encoder_hidden_states: ['float32', ['batch', 'tokens', 40]],
    text_embeds: ['float32', ['batch', 20]],
    time_ids: ['float32', ['batch', 6]],
  };
  return zerosGraph({ ...usual, ...change }, { out_sample: [1, 4, 8, 8] });
}

/**
 * Repeats each pixel `factor` times each way. `blurs`: over 5×5 pixels first, with black beyond the edge as every convolution has
 * it, so that a tile's cut edge shows. `evenSides`: refuses odd sides, as networks do that begin by moving pixels into channels.
 */
export function repeatingUpscaler(
  factor: 2 | 4,
  { input = 'image', output = 'upscaled', dims = [1, 3, 'height', 'width'] }: Ends = {},
  { blurs = false, evenSides = false } = {},
): Uint8Array {
  const graph = new OnnxGraph(new CountedWeights());
  let image = graph.input(input, 'float32', dims);
  if (evenSides) image = graph.node('DepthToSpace', [graph.node('SpaceToDepth', [image], { blocksize: 2 })], { blocksize: 2 });
  if (blurs)
    image = graph.node('AveragePool', [image], { kernel_shape: [5, 5], strides: [1, 1], pads: [2, 2, 2, 2], count_include_pad: 1 });
  const copies = graph.node('Concat', Array<string>(factor ** 2).fill(image), { axis: 1 });
  graph.output(graph.node('DepthToSpace', [copies], { blocksize: factor }), output, ['batch', 'channels', 'rows', 'columns']);
  return graph.bytes();
}
