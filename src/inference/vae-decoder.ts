import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import { numberList, optionalNumber, type Json } from './model-json.ts';
import { createFloatFeed } from './tensor.ts';

const f = Math.fround;

export type VaeSettings = { readonly scalingFactor: number; readonly shiftFactor: number };

/** As AutoencoderKL: 0.18215 where the configuration is older than the setting. */
export function vaeSettings(vaeJson: Json | undefined): VaeSettings {
  return { scalingFactor: optionalNumber(vaeJson, 'scaling_factor') ?? 0.18215, shiftFactor: optionalNumber(vaeJson, 'shift_factor') ?? 0 };
}

/** Pixels per latent, from the configuration: each block but the last doubles the sides. */
export function vaeScaleFactorOf(vaeJson: Json | undefined): number | undefined {
  const channels = numberList(vaeJson, 'block_out_channels');
  return channels && channels.length > 0 ? 2 ** (channels.length - 1) : undefined;
}

/**
 * Latents [channels, height, width] to RGB bytes [height · scale, width · scale, 3].
 * Throws `nan` (never a black picture) and `model_config` if the picture has another size than expected.
 */
export async function decodeLatents(
  graph: Graph,
  settings: VaeSettings,
  latents: Float32Array,
  latentShape: readonly [channels: number, height: number, width: number],
  size: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const input = graph.inputs.get('latent_sample') ?? [...graph.inputs.values()][0]!;
  const feed = createFloatFeed(input, [1, ...latentShape]);
  const scalingFactor = f(settings.scalingFactor);
  const shiftFactor = f(settings.shiftFactor);
  for (let i = 0; i < latents.length; i++) feed.values[i] = f(latents[i]! / scalingFactor) + shiftFactor;
  const answer = await graph.run({ [input.name]: feed.tensor });
  const { dims, values } = answer.get('sample') ?? [...answer.values()][0]!;
  if (dims[1] !== 3 || dims[2] !== size.height || dims[3] !== size.width) {
    throw new InferenceError(
      'model_config',
      `${graph.label} made [${dims.join(', ')}] instead of [1, 3, ${size.height}, ${size.width}]: its configuration does not fit its graph.`,
      {
        file: graph.label,
        dims: dims.join(', '),
      },
    );
  }
  return pixelsOf(values, size.width * size.height, graph.label);
}

/** [3, n] in −1 … 1 to [n, 3] in 0 … 255: clamp(x / 2 + 0.5) · 255 in float32, halves to the even neighbour (VaeImageProcessor and numpy's round). */
function pixelsOf(values: Float32Array | Float16Array, count: number, label: string): Uint8Array {
  const pixels = new Uint8Array(count * 3);
  const magic = 6755399441055744; // 1.5 · 2⁵²: adding it leaves no fraction, rounding halves to even
  let sum = 0;
  for (let channel = 0; channel < 3; channel++) {
    const start = channel * count;
    for (let i = 0, target = channel; i < count; i++, target += 3) {
      const value = values[start + i]!;
      sum += value - value;
      const unit = f(f(value * 0.5) + 0.5);
      pixels[target] = f((unit < 0 ? 0 : unit > 1 ? 1 : unit) * 255) + magic - magic;
    }
  }
  if (sum === 0) return pixels;
  throw new InferenceError(
    'nan',
    `${label} answered with NaN or infinity; a float16 VAE that overflows is the usual cause: use its float32 export.`,
    { file: label },
  );
}
