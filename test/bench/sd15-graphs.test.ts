import assert from 'node:assert/strict';
import { it } from 'node:test';
import { OnnxGraph } from './onnx-graph.ts';
import { CountedWeights } from './random-weights.ts';
import { realShape, textEncoder, unet, vaeDecoder } from './sd15-graphs.ts';

const parametersOf = (build: typeof unet): number => {
  const weights = new CountedWeights();
  build(new OnnxGraph(weights), realShape);
  return weights.parameters;
};

it('the graphs have the parameters of Stable Diffusion 1.5, to the last one', () => {
  // As torch counts them in the published model: UNet2DConditionModel, CLIPTextModel, and AutoencoderKL's decoder with post_quant_conv.
  assert.equal(parametersOf(unet), 859_520_964);
  assert.equal(parametersOf(textEncoder), 123_060_480);
  assert.equal(parametersOf(vaeDecoder), 49_490_179 + 20);
});
