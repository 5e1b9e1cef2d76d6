import { InferenceError } from './errors.ts';
import type { ModelFamily } from './model-family.ts';
import { readOptionalModelJson, type Json } from './model-json.ts';

const SDXL_SCALING_FACTOR = 0.13025;
const SD_SCALING_FACTOR = 0.18215;

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
  rejectOtherFamily(json, part, family);
  if (json['_class_name'] !== 'AutoencoderTiny') return json;
  return { scaling_factor: 1, block_out_channels: json['decoder_block_out_channels'], ...json };
}

/** The autoencoders of both families have the same shapes, and what the one makes of the other's latents is mud. */
function rejectOtherFamily({ scaling_factor: factor }: Json, part: string, family: ModelFamily): void {
  if (family !== 'sdxl' || factor !== SD_SCALING_FACTOR) return;
  throw new InferenceError(
    'model_config',
    `${part} is that of Stable Diffusion 1 or 2 (scaling_factor ${SD_SCALING_FACTOR}) and the UNet is an SDXL's (${SDXL_SCALING_FACTOR}): put an SDXL's VAE there, with its config.json.`,
    { file: `${part}/config.json`, key: 'scaling_factor' },
  );
}
