import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { OnnxGraph } from './onnx-graph.ts';
import { WeightFile } from './random-weights.ts';
import { textEncoder, unet, vaeDecoder, type Sd15Shape } from './sd15-graphs.ts';

const root = join(import.meta.dirname, '../..');
const cache = join(root, '.cache/bench-models');
/** Any tokenizer of CLIP's kind does: only the number of tokens matters here. */
const tokenizer = join(root, 'models/embedded/tokenizer');
const sources = ['onnx-graph.ts', 'random-weights.ts', 'layers.ts', 'sd15-graphs.ts', 'sd15-folder.ts'];

/**
 * A model folder of this shape with random weights in `.cache/`, made once (again when its makers changed).
 * @returns its path
 */
export async function sd15Folder(name: string, shape: Sd15Shape): Promise<string> {
  const folder = join(cache, name);
  const stamp = join(folder, 'complete');
  const wanted = await stampOf(shape);
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return folder;
  await rm(folder, { recursive: true, force: true });
  for (const [part, build] of Object.entries({ text_encoder: textEncoder, unet, vae_decoder: vaeDecoder })) {
    await mkdir(join(folder, part), { recursive: true });
    using weights = new WeightFile(join(folder, part, 'model.onnx_data'));
    const graph = new OnnxGraph(weights);
    build(graph, shape);
    await writeFile(join(folder, part, 'model.onnx'), graph.bytes());
  }
  await cp(tokenizer, join(folder, 'tokenizer'), { recursive: true });
  for (const [file, json] of Object.entries(settings(shape))) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), JSON.stringify(json));
  }
  await writeFile(stamp, wanted);
  return folder;
}

async function stampOf(shape: Sd15Shape): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(shape));
  for (const source of sources) hash.update(await readFile(join(import.meta.dirname, source)));
  return hash.digest('hex');
}

/** As in the published model, as far as the pipeline reads it. */
const settings = ({ unetChannels, vaeChannels }: Sd15Shape): Readonly<Record<string, object>> => ({
  'model_index.json': { _class_name: 'StableDiffusionPipeline' },
  'unet/config.json': {
    in_channels: 4,
    sample_size: 64,
    cross_attention_dim: 768,
    block_out_channels: [1, 2, 4, 4].map((factor) => factor * unetChannels),
  },
  'vae_decoder/config.json': {
    latent_channels: 4,
    scaling_factor: 0.18215,
    block_out_channels: [1, 2, 4, 4].map((factor) => factor * vaeChannels),
  },
  'text_encoder/config.json': { max_position_embeddings: 77 },
  'scheduler/scheduler_config.json': {
    _class_name: 'EulerDiscreteScheduler',
    num_train_timesteps: 1000,
    beta_start: 0.00085,
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    prediction_type: 'epsilon',
    timestep_spacing: 'leading',
    steps_offset: 1,
  },
});
