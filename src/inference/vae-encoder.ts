import { InferenceError } from './errors.ts';
import type { Graph, OutputTensor } from './graph.ts';
import type { NoiseGenerator } from './random.ts';
import { checkFinite, createFloatFeed } from './tensor.ts';
import type { VaeSettings } from './vae-decoder.ts';

const f = Math.fround;

/**
 * RGB bytes [height, width, 3] to latents [channels, height, width] as the UNet sees them; as `prepare_latents` of diffusers'
 * image-to-image pipelines. A graph that answers with twice the channels (Optimum's `latent_parameters`) gives a distribution,
 * and a random sample of it is drawn from `noise`. One that answers with the latents (`latent_sample` of older exports, which
 * drew the sample themselves, and of encoders without chance) is taken as it is. Throws `nan` and `model_config`.
 */
export async function encodePixels(
  graph: Graph,
  settings: VaeSettings,
  picture: { readonly pixels: Uint8Array | Float32Array; readonly width: number; readonly height: number },
  latentShape: readonly [channels: number, height: number, width: number],
  noise: NoiseGenerator,
): Promise<Float32Array> {
  const { pixels, width, height } = picture;
  const input = graph.inputs.get('sample') ?? [...graph.inputs.values()][0]!;
  const feed = createFloatFeed(input, [1, 3, height, width]);
  const count = width * height;
  for (let i = 0, source = 0; i < count; i++) {
    for (let channel = 0; channel < 3; channel++) feed.values[channel * count + i] = f(f(pixels[source++]! / 255) * 2) - 1;
  }
  const answer = await graph.run({ [input.name]: feed.tensor });
  const encoded = answer.get('latent_parameters') ?? answer.get('latent_sample') ?? [...answer.values()][0]!;
  const isDistribution = checkShape(encoded, latentShape, graph.label);
  checkFinite(encoded.values, graph.label, 'for this picture');

  const [channels, latentHeight, latentWidth] = latentShape;
  const size = channels * latentHeight * latentWidth;
  const latents = Float32Array.from(encoded.values.subarray(0, size));
  if (isDistribution) sample(latents, encoded.values.subarray(size), noise.fillNormal(new Float32Array(size)));
  const [scalingFactor, shiftFactor] = [f(settings.scalingFactor), f(settings.shiftFactor)];
  for (let i = 0; i < size; i++) latents[i] = scalingFactor * f(latents[i]! - shiftFactor);
  return latents;
}

/** mean + e^(log variance / 2) · noise, in place of the mean; as DiagonalGaussianDistribution. */
function sample(mean: Float32Array, logVariance: Float32Array | Float16Array, noise: Float32Array): void {
  for (let i = 0; i < mean.length; i++) {
    const deviation = f(Math.exp(0.5 * Math.min(20, Math.max(-30, logVariance[i]!))));
    mean[i] = mean[i]! + f(deviation * noise[i]!);
  }
}

/** Whether the answer is a mean with its log variance. */
function checkShape({ dims }: OutputTensor, latentShape: readonly number[], label: string): boolean {
  const [channels = 0, ...sides] = latentShape;
  const fits = dims.length === 4 && dims[0] === 1 && dims[2] === sides[0] && dims[3] === sides[1];
  if (fits && (dims[1] === channels || dims[1] === 2 * channels)) return dims[1] === 2 * channels;
  throw new InferenceError(
    'model_config',
    `${label} made [${dims.join(', ')}] instead of [1, ${channels}, ${sides.join(', ')}] or [1, ${2 * channels}, ${sides.join(', ')}]: it is not of this model.`,
    { file: label, dims: dims.join(', ') },
  );
}
