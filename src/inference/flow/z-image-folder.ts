import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceError } from '../errors.ts';
import { checkGraph } from '../model-folder.ts';
import { readModelJson, readOptionalModelJson, type Json } from '../model-json.ts';

/**
 * A Z-Image folder that was looked through and may be given to onnxruntime. Two layouts are known:
 * - the published one, webnn/Z-Image-Turbo: `onnx/{text_encoder,transformer,vae_decoder}_model_<precision>.onnx` with weights beside
 *   them, `tokenizer/`, no configuration at all. Its little graphs for what we compute ourselves (`scheduler_step`,
 *   `vae_pre_process`) and its safety checker are left alone.
 * - a Diffusers folder: `model_index.json` of a ZImagePipeline, `{text_encoder,transformer,vae_decoder}/model.onnx`, `tokenizer/`,
 *   `scheduler/scheduler_config.json` and `vae/config.json` (or `vae_decoder/config.json`). The published graphs may lie in it, too.
 */
export type ZImageFolder = {
  readonly folder: string;
  readonly schedulerJson: Json;
  readonly vaeJson: Json;
  readonly textEncoderPath: string;
  readonly transformerPath: string;
  readonly vaeDecoderPath: string;
  readonly vaeEncoderFile: string | undefined; // only those who start from a picture need it
  readonly weightsBytes: number; // all graphs with their external weights
};

/** Tongyi-MAI/Z-Image-Turbo's scheduler/scheduler_config.json and vae/config.json, for folders that come without. */
const USUAL_SCHEDULER: Json = { _class_name: 'FlowMatchEulerDiscreteScheduler', num_train_timesteps: 1000, shift: 3 };
const USUAL_VAE: Json = { scaling_factor: 0.3611, shift_factor: 0.1159, block_out_channels: [128, 256, 512, 512] };

/** Where several precisions lie side by side: those that fit most machines first. */
const PRECISIONS = ['_q4f16', '_q4f32', '_q4', '_int8', '_f16', '_fp16', '', '_f32', '_fp32'];

/** Whether a folder is for this family; what is wrong with it is `openZImageFolder`'s to say. */
export function isZImageFolder(folder: string): boolean {
  if (existsSync(join(folder, 'model_index.json'))) return readModelJson(folder, 'model_index.json')['_class_name'] === 'ZImagePipeline';
  const has = (part: string): boolean => findGraph(folder, part)?.startsWith('onnx/') === true;
  return has('transformer') || (has('text_encoder') && has('vae_decoder') && !has('unet'));
}

/** Checks everything that can be known before onnxruntime sees a byte. Throws InferenceError, `model_*`. */
export function openZImageFolder(folder: string, provider: string): ZImageFolder {
  const files = ['text_encoder', 'transformer', 'vae_decoder'].map((part) => findGraph(folder, part) ?? missing(folder, part));
  const [textEncoder, transformer, vaeDecoder] = files as [string, string, string];
  return {
    folder,
    schedulerJson: readOptionalModelJson(folder, 'scheduler/scheduler_config.json') ?? USUAL_SCHEDULER,
    vaeJson: readOptionalModelJson(folder, 'vae_decoder/config.json') ?? readOptionalModelJson(folder, 'vae/config.json') ?? USUAL_VAE,
    textEncoderPath: join(folder, textEncoder),
    transformerPath: join(folder, transformer),
    vaeDecoderPath: join(folder, vaeDecoder),
    vaeEncoderFile: findGraph(folder, 'vae_encoder'),
    weightsBytes: files.map((file) => checkGraph(folder, file, provider)).reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** Path of the graph that turns pictures into latents. Throws InferenceError, `model_*`. */
export function checkZImageEncoder({ folder, vaeEncoderFile }: ZImageFolder, provider: string): string {
  if (vaeEncoderFile === undefined)
    throw new InferenceError(
      'model_missing',
      'The model folder has no vae_encoder/model.onnx, without which it cannot start from a picture; the published Z-Image-Turbo folders have none.',
      { file: 'vae_encoder', folder },
    );
  checkGraph(folder, vaeEncoderFile, provider);
  return join(folder, vaeEncoderFile);
}

/** A graph's path below the folder: of its own part's folder first, or of `onnx/`. */
function findGraph(folder: string, part: string): string | undefined {
  if (existsSync(join(folder, part, 'model.onnx'))) return `${part}/model.onnx`;
  const where = join(folder, 'onnx');
  if (!existsSync(where) || !statSync(where).isDirectory()) return undefined;
  const named = readdirSync(where).filter((name) => name.startsWith(`${part}_model`) && name.endsWith('.onnx'));
  const best = PRECISIONS.map((precision) => `${part}_model${precision}.onnx`).find((name) => named.includes(name)) ?? named.toSorted()[0];
  return best === undefined ? undefined : `onnx/${best}`;
}

/** In the words of whichever layout the folder has. */
function missing(folder: string, part: string): never {
  const file = existsSync(join(folder, 'onnx')) ? `onnx/${part}_model_q4f16.onnx (or another precision)` : `${part}/model.onnx`;
  throw new InferenceError(
    'model_missing',
    `The model folder has no ${file}; a Z-Image folder needs text_encoder, transformer and vae_decoder as ONNX: download the model again.`,
    { file: part, folder },
  );
}
