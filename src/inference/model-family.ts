import { InferenceError } from './errors.ts';
import type { Json } from './model-json.ts';

export type ModelFamily = 'sd' | 'lcm' | 'sdxl' | 'z-image';

/** By the pipeline's class, without the ORT or Onnx that exporters put in front. The UNet says whether a model repaints, not the name. */
const SUPPORTED: Readonly<Record<string, ModelFamily>> = {
  StableDiffusionPipeline: 'sd',
  StableDiffusionImg2ImgPipeline: 'sd',
  StableDiffusionInpaintPipeline: 'sd',
  LatentConsistencyModelPipeline: 'lcm',
  LatentConsistencyModelImg2ImgPipeline: 'lcm',
  StableDiffusionXLPipeline: 'sdxl',
  StableDiffusionXLImg2ImgPipeline: 'sdxl',
  StableDiffusionXLInpaintPipeline: 'sdxl',
  ZImagePipeline: 'z-image',
};

/** What people call the pipelines that may be met; first match wins. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/ControlNet/i, 'A ControlNet'],
  [/StableDiffusionXL/i, 'SDXL of this kind'],
  [/StableDiffusion3/i, 'Stable Diffusion 3'],
  [/Flux/i, 'FLUX'],
  [/ZImage/i, 'Z-Image'],
  [/PixArt/i, 'PixArt'],
  [/Sana/i, 'Sana'],
  [/Kandinsky/i, 'Kandinsky'],
  [/Inpaint|Img2Img|InstructPix2Pix|Upscale/i, 'A pipeline that starts from a picture'],
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
  const plainName = className.replace(/^(ORT|Onnx)/, '');
  const family = Object.hasOwn(SUPPORTED, plainName) ? SUPPORTED[plainName] : undefined;
  if (family !== undefined) {
    if (family === 'sdxl') rejectRefiner(modelIndex, className);
    return family;
  }
  const name = NAMES.find(([pattern]) => pattern.test(className))?.[1] ?? className;
  throw new InferenceError(
    'model_family',
    `${name} (${className}) is not supported yet; supported are Stable Diffusion 1 and 2 (StableDiffusionPipeline), SDXL (StableDiffusionXLPipeline), latent consistency models (LatentConsistencyModelPipeline) and Z-Image (ZImagePipeline).`,
    {
      className,
      supported: Object.keys(SUPPORTED).join(', '),
    },
  );
}

/** The second half of SDXL 1.0, which has one text encoder and wants to be told how beautiful its picture is. */
function rejectRefiner(modelIndex: Json, className: string): void {
  if (modelIndex['requires_aesthetics_score'] !== true) return;
  throw new InferenceError(
    'model_family',
    'This is the SDXL refiner, which only finishes pictures of another model and is not supported; take the folder of the SDXL base model or of a model made from it.',
    { className },
  );
}
