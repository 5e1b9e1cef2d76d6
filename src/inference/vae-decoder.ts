import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import { smallerTile, tileSideFor, type DecoderShape } from './memory.ts';
import { numberList, optionalNumber, type Json } from './model-json.ts';
import { createFloatFeed, type TensorInfo } from './tensor.ts';
import { decodeInTiles } from './vae-tiles.ts';

const f = Math.fround;

export type VaeSettings = {
  readonly scalingFactor: number;
  readonly shiftFactor: number;
  /** What the decoder's memory follows from; not known: it is never tiled before it failed. */
  readonly decoder?: DecoderShape;
};

/** As AutoencoderKL: 0.18215 where the configuration is older than the setting. */
export function vaeSettings(vaeJson: Json | undefined, provider?: string): VaeSettings {
  return {
    scalingFactor: optionalNumber(vaeJson, 'scaling_factor') ?? 0.18215,
    shiftFactor: optionalNumber(vaeJson, 'shift_factor') ?? 0,
    ...knownDecoder(vaeJson, provider),
  };
}

/** Only of the CPU is known what is free. */
export function knownDecoder(vaeJson: Json | undefined, provider: string | undefined): Pick<VaeSettings, 'decoder'> {
  const channels = numberList(vaeJson, 'block_out_channels')?.[0];
  if (provider !== 'cpu' || channels === undefined) return {};
  const hasAttention = vaeJson?.['mid_block_add_attention'] !== false && vaeJson?.['_class_name'] !== 'AutoencoderTiny';
  return { decoder: { channels, hasAttention } };
}

/** Pixels per latent, from the configuration: each block but the last doubles the sides. */
export function vaeScaleFactorOf(vaeJson: Json | undefined): number | undefined {
  const channels = numberList(vaeJson, 'block_out_channels');
  return channels && channels.length > 0 ? 2 ** (channels.length - 1) : undefined;
}

type Shape = readonly [channels: number, height: number, width: number];

/** Tiles that a decoder needed after a run of it had failed for want of memory. */
const learnedSides = new WeakMap<Graph, number>();

/**
 * Latents [channels, height, width] to RGB bytes [height · scale, width · scale, 3]. Where memory is short, and the graph takes any
 * size, it works in tiles: `tileSide` latents each, chosen by what is free if not given.
 * Throws `nan` (never a black picture), `out_of_memory`, and `model_config` if the picture has another size than expected.
 */
export async function decodeLatents(
  graph: Graph,
  settings: VaeSettings,
  latents: Float32Array,
  latentShape: Shape,
  size: { readonly width: number; readonly height: number },
  tileSide?: number,
): Promise<Uint8Array> {
  const [, height, width] = latentShape;
  const longest = Math.max(height, width);
  const scale = size.height / height;
  const isFree = typeof inputOf(graph).shape[2] !== 'number' && typeof inputOf(graph).shape[3] !== 'number';
  const known = tileSide ?? learnedSides.get(graph);
  let side = isFree ? (known ?? (settings.decoder && tileSideFor(settings.decoder, [height, width], scale))) : undefined;
  for (;;) {
    try {
      const values =
        side === undefined || side >= longest
          ? await decodeAtOnce(graph, settings, latents, latentShape, scale)
          : await decodeInTiles(latents, latentShape, { side, scale }, async (cut, tile) =>
              Float32Array.from(await decodeAtOnce(graph, settings, cut, [latentShape[0], tile.height, tile.width], scale)),
            );
      return pixelsOf(values, size.width * size.height, graph.label);
    } catch (error) {
      const smaller = smallerTile(side, longest);
      if (!isFree || smaller === undefined || !(error instanceof InferenceError && error.code === 'out_of_memory')) throw error;
      side = smaller;
      learnedSides.set(graph, side);
    }
  }
}

const inputOf = (graph: Graph): TensorInfo => graph.inputs.get('latent_sample') ?? [...graph.inputs.values()][0]!;

/** One run of the graph: planes [3, height · scale, width · scale], which are the graph's own until its next run. */
async function decodeAtOnce(
  graph: Graph,
  settings: VaeSettings,
  latents: Float32Array,
  latentShape: Shape,
  scale: number,
): Promise<Float32Array | Float16Array> {
  const input = inputOf(graph);
  const feed = createFloatFeed(input, [1, ...latentShape]);
  const scalingFactor = f(settings.scalingFactor);
  const shiftFactor = f(settings.shiftFactor);
  for (let i = 0; i < latents.length; i++) feed.values[i] = f(latents[i]! / scalingFactor) + shiftFactor;
  const answer = await graph.run({ [input.name]: feed.tensor });
  const { dims, values } = answer.get('sample') ?? [...answer.values()][0]!;
  const [height, width] = [latentShape[1] * scale, latentShape[2] * scale];
  if (dims[1] !== 3 || dims[2] !== height || dims[3] !== width) {
    throw new InferenceError(
      'model_config',
      `${graph.label} made [${dims.join(', ')}] instead of [1, 3, ${height}, ${width}]: its configuration does not fit its graph.`,
      {
        file: graph.label,
        dims: dims.join(', '),
      },
    );
  }
  return values;
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
