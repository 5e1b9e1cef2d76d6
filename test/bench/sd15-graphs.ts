/**
 * The three graphs of Stable Diffusion 1.5 with random weights: the inputs and outputs of the real ones, the same
 * layers in the same order, and as many channels as asked for.
 * Source of the structure: diffusers `unet_2d_condition.py`, `vae.py`; transformers `modeling_clip.py`.
 */
import { add, attention, conv, gelu, groupNorm, layerNorm, linear, resnet, silu, toPicture, toWords, upsample } from './layers.ts';
import type { OnnxGraph, Tensor } from './onnx-graph.ts';

export type Sd15Shape = {
  /** 320, and the attention's 8 heads, in the real one. */
  readonly unetChannels: number;
  readonly heads: number;
  /** 128 in the real one. */
  readonly vaeChannels: number;
  /** 12 layers and 49,408 words in the real one. */
  readonly textLayers: number;
  readonly vocabulary: number;
};

export const realShape: Sd15Shape = { unetChannels: 320, heads: 8, vaeChannels: 128, textLayers: 12, vocabulary: 49_408 };

const TOKENS = 77;
const TEXT_WIDTH = 768;
const TEXT_HEADS = 12;
const LATENT_CHANNELS = 4;
const MASKED = -1e9;

export function textEncoder(graph: OnnxGraph, { textLayers, vocabulary }: Sd15Shape): void {
  const ids = graph.input('input_ids', 'int32', ['batch', TOKENS]);
  const words = graph.node('Gather', [graph.weight([vocabulary, TEXT_WIDTH], 1), ids], { axis: 0 });
  let x = add(graph, words, graph.weight([TOKENS, TEXT_WIDTH], 1));
  const later = Float32Array.from({ length: TOKENS * TOKENS }, (_, index) => (index % TOKENS > Math.floor(index / TOKENS) ? MASKED : 0));
  const mask = graph.constant(later, [TOKENS, TOKENS]);
  for (let layer = 0; layer < textLayers; layer++) {
    const calm = layerNorm(graph, x, TEXT_WIDTH);
    x = add(graph, x, attention(graph, calm, calm, { width: TEXT_WIDTH, heads: TEXT_HEADS, bias: true, mask }));
    const inner = linear(graph, layerNorm(graph, x, TEXT_WIDTH), [TEXT_WIDTH, 4 * TEXT_WIDTH]);
    const quickGelu = graph.node('Mul', [inner, graph.node('Sigmoid', [graph.node('Mul', [inner, graph.scalar(1.702)])])]);
    x = add(graph, x, linear(graph, quickGelu, [4 * TEXT_WIDTH, TEXT_WIDTH]));
  }
  graph.output(layerNorm(graph, x, TEXT_WIDTH), 'last_hidden_state', ['batch', TOKENS, TEXT_WIDTH]);
}

export function unet(graph: OnnxGraph, { unetChannels, heads }: Sd15Shape): void {
  const latents = ['batch', LATENT_CHANNELS, 'height', 'width'] as const;
  const sample = graph.input('sample', 'float32', latents);
  const timestep = graph.input('timestep', 'int64', [1]);
  const context = graph.input('encoder_hidden_states', 'float32', ['batch', TOKENS, TEXT_WIDTH]);
  const levels = [1, 2, 4, 4].map((factor) => factor * unetChannels);
  const timeWidth = 4 * unetChannels;
  const time = timeEmbedding(graph, timestep, unetChannels, timeWidth);
  const res = (x: Tensor, from: number, to: number): Tensor => resnet(graph, x, [from, to], time, timeWidth);
  const attend = (x: Tensor, channels: number): Tensor => spatialTransformer(graph, x, context, { channels, heads });

  let x = conv(graph, sample, [LATENT_CHANNELS, unetChannels], 3);
  const skips: { readonly tensor: Tensor; readonly channels: number }[] = [{ tensor: x, channels: unetChannels }];
  let channels = unetChannels;
  for (const [level, to] of levels.entries()) {
    for (let layer = 0; layer < 2; layer++) {
      x = res(x, channels, to);
      channels = to;
      if (level < 3) x = attend(x, channels);
      skips.push({ tensor: x, channels });
    }
    if (level === 3) continue;
    x = conv(graph, x, [channels, channels], 3, 2);
    skips.push({ tensor: x, channels });
  }
  x = res(attend(res(x, channels, channels), channels), channels, channels);
  for (const [level, to] of levels.toReversed().entries()) {
    for (let layer = 0; layer < 3; layer++) {
      const skip = skips.pop()!;
      x = res(graph.node('Concat', [x, skip.tensor], { axis: 1 }), channels + skip.channels, to);
      channels = to;
      if (level > 0) x = attend(x, channels);
    }
    if (level < 3) x = upsample(graph, x, channels);
  }
  x = conv(graph, silu(graph, groupNorm(graph, x, unetChannels)), [unetChannels, LATENT_CHANNELS], 3);
  graph.output(x, 'out_sample', latents);
}

/** cos and sin at falling frequencies, then two layers: [1, timeWidth]. */
function timeEmbedding(graph: OnnxGraph, timestep: Tensor, channels: number, timeWidth: number): Tensor {
  const half = channels / 2;
  const frequencies = Float32Array.from({ length: half }, (_, index) => Math.exp((-Math.log(10_000) * index) / half));
  const moment = graph.node('Reshape', [graph.node('Cast', [timestep], { to: 1 }), graph.ints(-1, 1)]);
  const angles = graph.node('Mul', [moment, graph.constant(frequencies, [1, half])]);
  const waves = graph.node('Concat', [graph.node('Cos', [angles]), graph.node('Sin', [angles])], { axis: 1 });
  return linear(graph, silu(graph, linear(graph, waves, [channels, timeWidth])), [timeWidth, timeWidth]);
}

function spatialTransformer(
  graph: OnnxGraph,
  picture: Tensor,
  context: Tensor,
  shape: { readonly channels: number; readonly heads: number },
): Tensor {
  const { channels: width, heads } = shape;
  let x = toWords(graph, conv(graph, groupNorm(graph, picture, width), [width, width], 1));
  const calm = layerNorm(graph, x, width);
  x = add(graph, x, attention(graph, calm, calm, { width, heads }));
  x = add(graph, x, attention(graph, layerNorm(graph, x, width), context, { width, heads, contextWidth: TEXT_WIDTH }));
  const fresh = layerNorm(graph, x, width);
  // GEGLU: one matrix of twice the width in the real one, two of the single width here; the same numbers.
  const gate = gelu(graph, linear(graph, fresh, [width, 4 * width]));
  const inner = graph.node('Mul', [linear(graph, fresh, [width, 4 * width]), gate]);
  x = add(graph, x, linear(graph, inner, [4 * width, width]));
  return add(graph, picture, conv(graph, toPicture(graph, x, picture), [width, width], 1));
}

export function vaeDecoder(graph: OnnxGraph, { vaeChannels }: Sd15Shape): void {
  const latents = graph.input('latent_sample', 'float32', ['batch', LATENT_CHANNELS, 'height', 'width']);
  const levels = [4, 4, 2, 1].map((factor) => factor * vaeChannels);
  let channels = levels[0]!;
  let x = conv(graph, conv(graph, latents, [LATENT_CHANNELS, LATENT_CHANNELS], 1), [LATENT_CHANNELS, channels], 3);
  x = resnet(graph, x, [channels, channels]);
  const words = toWords(graph, groupNorm(graph, x, channels));
  x = add(graph, x, toPicture(graph, attention(graph, words, words, { width: channels, heads: 1, bias: true }), x));
  x = resnet(graph, x, [channels, channels]);
  for (const [level, to] of levels.entries()) {
    for (let layer = 0; layer < 3; layer++) {
      x = resnet(graph, x, [channels, to]);
      channels = to;
    }
    if (level < 3) x = upsample(graph, x, channels);
  }
  x = conv(graph, silu(graph, groupNorm(graph, x, channels)), [channels, 3], 3);
  // Kept between −1 and 1, where a trained decoder's pictures are.
  graph.output(graph.node('Tanh', [x]), 'sample', ['batch', 3, 'height_pixels', 'width_pixels']);
}
