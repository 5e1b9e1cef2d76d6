import { InferenceError } from './errors.ts';
import type { Json } from './model-json.ts';

export type ModelFamily = 'sd' | 'lcm';

const SUPPORTED: Readonly<Record<string, ModelFamily>> = {
  StableDiffusionPipeline: 'sd',
  OnnxStableDiffusionPipeline: 'sd',
  ORTStableDiffusionPipeline: 'sd',
  LatentConsistencyModelPipeline: 'lcm',
  ORTLatentConsistencyModelPipeline: 'lcm',
};

/** What people call the pipelines that may be met; first match wins. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/StableDiffusionXL/i, 'SDXL'],
  [/StableDiffusion3/i, 'Stable Diffusion 3'],
  [/Flux/i, 'FLUX'],
  [/ZImage/i, 'Z-Image'],
  [/PixArt/i, 'PixArt'],
  [/Sana/i, 'Sana'],
  [/Kandinsky/i, 'Kandinsky'],
  [/Inpaint|Img2Img|InstructPix2Pix|ControlNet|Upscale/i, 'A pipeline that starts from a picture'],
  [/Video|Wan|LTX/i, 'A video model'],
];

/** The family of model_index.json. Throws `model_family` with the name people use for the others. */
export function familyOf(modelIndex: Json): ModelFamily {
  const className = modelIndex['_class_name'];
  if (typeof className !== 'string')
    throw new InferenceError('model_config', 'model_index.json does not say _class_name.', {
      file: 'model_index.json',
      key: '_class_name',
    });
  const family = Object.hasOwn(SUPPORTED, className) ? SUPPORTED[className] : undefined;
  if (family !== undefined) return family;
  const name = NAMES.find(([pattern]) => pattern.test(className))?.[1] ?? className;
  throw new InferenceError(
    'model_family',
    `${name} (${className}) is not supported yet; supported are Stable Diffusion 1 and 2 (StableDiffusionPipeline) and their latent consistency models (LatentConsistencyModelPipeline).`,
    {
      className,
      supported: Object.keys(SUPPORTED).join(', '),
    },
  );
}
