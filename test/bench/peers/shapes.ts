/**
 * What is compared, as configurations of diffusers' and transformers' own classes: make.py builds the modules from a seed
 * and exports the very same weights. Source: the config.json files of the published models' architectures in diffusers.
 */
export type PeerShape = {
  /** Name of its folder in the cache. */
  readonly name: string;
  readonly family: 'sd' | 'sdxl';
  readonly dtype: 'float32' | 'float16';
  readonly latentChannels: 4;
  readonly timestepSpacing: 'leading' | 'trailing';
  readonly unet: Readonly<Record<string, unknown>>;
  readonly vae: Readonly<Record<string, unknown>>;
  /** CLIPTextConfig of each text encoder; the second one has a projection. */
  readonly textEncoders: readonly Readonly<Record<string, unknown>>[];
};

const kl = (channels: number, scaling: number): PeerShape['vae'] => ({
  block_out_channels: [1, 2, 4, 4].map((factor) => factor * channels),
  down_block_types: Array.from({ length: 4 }, () => 'DownEncoderBlock2D'),
  up_block_types: Array.from({ length: 4 }, () => 'UpDecoderBlock2D'),
  layers_per_block: 2,
  latent_channels: 4,
  norm_num_groups: 32,
  sample_size: 512,
  scaling_factor: scaling,
  force_upcast: false,
});

const clip = (width: number, layers: number, heads: number, activation: 'quick_gelu' | 'gelu'): PeerShape['textEncoders'][number] => ({
  vocab_size: 49_408,
  hidden_size: width,
  intermediate_size: 4 * width,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  max_position_embeddings: 77,
  hidden_act: activation,
  projection_dim: width,
});

/** Stable Diffusion 1.5: 0.86 + 0.05 + 0.12 billion parameters. */
const sd15 = (channels: number, vaeChannels: number, textLayers: number): Omit<PeerShape, 'name'> => ({
  family: 'sd',
  dtype: 'float32',
  latentChannels: 4,
  timestepSpacing: 'leading',
  unet: {
    sample_size: 64,
    block_out_channels: [1, 2, 4, 4].map((factor) => factor * channels),
    down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
    layers_per_block: 2,
    cross_attention_dim: 768,
    attention_head_dim: 8,
  },
  vae: kl(vaeChannels, 0.18215),
  textEncoders: [clip(768, textLayers, 12, 'quick_gelu')],
});

type SdxlSize = {
  readonly channels: number;
  readonly heads: readonly number[];
  readonly transformers: readonly number[];
  readonly vaeChannels: number;
  readonly text: readonly [width: number, layers: number, heads: number];
  readonly text2: readonly [width: number, layers: number, heads: number];
};

const sdxl = ({ channels, heads, transformers, vaeChannels, text, text2 }: SdxlSize): Omit<PeerShape, 'name' | 'dtype'> => ({
  family: 'sdxl',
  latentChannels: 4,
  timestepSpacing: 'trailing',
  unet: {
    sample_size: 128,
    block_out_channels: [1, 2, 4].map((factor) => factor * channels),
    down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
    up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
    layers_per_block: 2,
    transformer_layers_per_block: transformers,
    cross_attention_dim: text[0] + text2[0],
    attention_head_dim: heads,
    use_linear_projection: true,
    addition_embed_type: 'text_time',
    addition_time_embed_dim: 256,
    projection_class_embeddings_input_dim: text2[0] + 6 * 256,
  },
  vae: kl(vaeChannels, 0.13025),
  textEncoders: [clip(...text, 'quick_gelu'), clip(...text2, 'gelu')],
});

export const sd15Shape: PeerShape = { name: 'sd15', ...sd15(320, 128, 12) };

/** Half the channels of SDXL and 1, 1 and 2 transformers in its blocks instead of 1, 2 and 10: two cores draw it in seconds. */
export const smallSdxlShape: PeerShape = {
  name: 'sdxl-small',
  dtype: 'float32',
  ...sdxl({ channels: 160, heads: [5, 10, 20], transformers: [1, 1, 2], vaeChannels: 64, text: [384, 6, 6], text2: [640, 8, 10] }),
};

/** SDXL as it is, in float16: 2.6 + 0.05 + 0.12 + 0.69 billion parameters. */
export const fullSdxlShape: PeerShape = {
  name: 'sdxl-float16',
  dtype: 'float16',
  ...sdxl({ channels: 320, heads: [5, 10, 20], transformers: [1, 2, 10], vaeChannels: 128, text: [768, 12, 12], text2: [1280, 32, 20] }),
};

/** Too small to measure anything: for trying the bench itself (`--only tiny-sd`, `--only tiny-sdxl`). */
export const tinyShapes = {
  sd: { name: 'tiny-sd', ...sd15(32, 32, 1) },
  sdxl: {
    name: 'tiny-sdxl',
    dtype: 'float32',
    ...sdxl({ channels: 64, heads: [2, 4, 8], transformers: [1, 1, 1], vaeChannels: 32, text: [64, 2, 2], text2: [96, 2, 2] }),
  },
} as const satisfies Record<string, PeerShape>;
