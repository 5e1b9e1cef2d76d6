import { InferenceError } from './errors.ts';
import type { ModelFamily } from './model-family.ts';
import { readOptionalModelJson, type Json } from './model-json.ts';

const SDXL_SCALING_FACTOR = 0.13025;

/**
 * config.json of one half of the autoencoder, else `fallback`, with what its class leaves unsaid: a TAESD (AutoencoderTiny) works on latents as
 * the UNet has them, where AutoencoderKL divides by its scaling factor. Throws `model_config`.
 */
export function readVaeJson(folder: string, part: string, family: ModelFamily, fallback?: Json): Json | undefined {
  const json = readOptionalModelJson(folder, `${part}/config.json`) ?? fallback ?? readOptionalModelJson(folder, 'vae/config.json');
  if (json === undefined) return family === 'sdxl' ? { scaling_factor: SDXL_SCALING_FACTOR } : undefined;
  for (const key of ['latents_mean', 'latents_std']) {
    if (Array.isArray(json[key]))
      throw new InferenceError('model_config', `${part}/config.json sets ${key} for each channel, which is not supported yet.`, {
        file: `${part}/config.json`,
        key,
      });
  }
  if (json['_class_name'] !== 'AutoencoderTiny') return json;
  return { scaling_factor: 1, block_out_channels: json['decoder_block_out_channels'], ...json };
}
