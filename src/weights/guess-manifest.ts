/**
 * A manifest for a Diffusers/Optimum ONNX folder that brings none, from what its own configuration says: the family from model_index.json, the
 * size from the UNet's, steps and guidance from the scheduler's (`usual-numbers.ts`). A folder whose name says how many steps it was made
 * for, as `sdxl-lightning-4step`, is taken at its word.
 */
import { z } from 'zod';
import type { Manifest } from '#src/weights/manifest.ts';
import { parseWith } from '#src/weights/manifest-file.ts';
import { usualNumbers } from '#src/weights/usual-numbers.ts';

const modelIndex = z.object({ _class_name: z.string(), requires_aesthetics_score: z.boolean().nullish() });
const scheduler = z.object({
  _class_name: z.string(),
  original_inference_steps: z.int().positive().nullish(),
  timestep_spacing: z.string().nullish(),
  prediction_type: z.string().nullish(),
  rescale_betas_zero_snr: z.boolean().nullish(),
});
const unet = z.object({
  sample_size: z.union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])]).nullish(),
  block_out_channels: z.array(z.number()).min(1).optional(),
  time_cond_proj_dim: z.number().nullish(),
  in_channels: z.int().positive().nullish(),
});
const vae = z.object({
  block_out_channels: z.array(z.number()).min(1).optional(),
  decoder_block_out_channels: z.array(z.number()).min(1).optional(), // of a TAESD
});

/** Every file as parsed JSON; `undefined` where it is missing. */
export type ModelFiles = {
  readonly modelIndex: unknown;
  readonly scheduler: unknown;
  readonly unet: unknown;
  readonly vae: unknown;
};

type Family = { readonly isXl: boolean; readonly usualLatentSide: number; readonly usualLevels: number };
const sd: Family = { isXl: false, usualLatentSide: 64, usualLevels: 4 };
const sdxl: Family = { isXl: true, usualLatentSide: 128, usualLevels: 3 };
const usualVaeLevels = 4;

/** Each resolution level after the first halves the size. */
const halvings = (channels: readonly number[] | undefined, usual: number): number => 2 ** ((channels?.length ?? usual) - 1);

/** Throws an `Error` of one sentence, with the file's name, if the files are not those of a text-to-image model of a family we know. */
export const guessManifest = (name: string, files: ModelFiles): Manifest => {
  const index = parseWith(modelIndex, files.modelIndex, 'model_index.json');
  const family = familyOf(index);
  const { _class_name: schedulerClass, ...schedule } = parseWith(scheduler, files.scheduler, 'scheduler/scheduler_config.json');
  const network = parseWith(unet, files.unet ?? {}, 'unet/config.json');
  refuseRepainting(index, network);
  const { block_out_channels: vaeChannels, decoder_block_out_channels: tinyChannels } = parseWith(
    vae,
    files.vae ?? {},
    'the config.json of the VAE',
  );
  const pixelsPerLatent = halvings(vaeChannels ?? tinyChannels, usualVaeLevels);
  // The UNet's skip connections only meet if every level halves the latents exactly.
  const multipleOf = pixelsPerLatent * halvings(network.block_out_channels, family.usualLevels);
  const latentSize = network.sample_size ?? family.usualLatentSide;
  const [latentHeight, latentWidth] = Array.isArray(latentSize) ? latentSize : [latentSize, latentSize];
  const [width, height] = [latentWidth * pixelsPerLatent, latentHeight * pixelsPerLatent];
  const { steps, hqSteps, maxSteps, guidanceScale, guidance } = usualNumbers({
    name,
    isXl: family.isXl,
    scheduler: schedulerClass,
    trainedSteps: schedule.original_inference_steps ?? undefined,
    isTrailing: schedule.timestep_spacing === 'trailing',
    predictionType: schedule.prediction_type ?? 'epsilon',
    isZeroSnr: schedule.rescale_betas_zero_snr === true,
    hasGuidanceInside: typeof network.time_cond_proj_dim === 'number',
  });
  return {
    name,
    title: name,
    licence: 'not stated',
    sizes: sizesAround(width, height, multipleOf),
    defaults: { width, height, steps, guidanceScale },
    hq: { steps: hqSteps, guidanceScale },
    maxSteps,
    guidance,
    promptLanguages: ['en'],
  };
};

const withoutExporter = (pipeline: string): string => pipeline.replace(/^(ORT|Onnx)/, '');
const xlPipelines = /^StableDiffusionXL(Img2Img|Inpaint)?Pipeline$/;

/** Whether a folder with this model_index.json has two text encoders. */
export const isXl = (index: unknown): boolean => {
  const { _class_name: pipeline = '' } = modelIndex.partial().safeParse(index).data ?? {};
  return xlPipelines.test(withoutExporter(pipeline));
};

const familyOf = ({ _class_name: pipeline, requires_aesthetics_score: wantsScore }: z.infer<typeof modelIndex>): Family => {
  if (wantsScore === true)
    throw new Error('it is the SDXL refiner, which only finishes pictures of another model; take the SDXL base model');
  const plainName = withoutExporter(pipeline);
  if (xlPipelines.test(plainName)) return sdxl;
  if (/^(StableDiffusion(Img2Img|Inpaint)?|LatentConsistencyModel(Img2Img)?)Pipeline$/.test(plainName)) return sd;
  throw new Error(`a ${pipeline} is not supported yet; Stable Diffusion 1 and 2, SDXL, latent consistency models and Z-Image are`);
};

/** UNets that are told of a picture at every step: the pipeline can repaint, people cannot ask for it yet. */
const refuseRepainting = ({ _class_name: pipeline }: z.infer<typeof modelIndex>, { in_channels: channels }: z.infer<typeof unet>): void => {
  if (channels === undefined || channels === null || channels === 4) return;
  throw new Error(
    channels === 9
      ? `it is made for repainting parts of a picture (${pipeline}, 9 channels), which no command does yet; take the model it was made from`
      : `its UNet takes ${channels} channels: a model that only changes pictures is not supported`,
  );
};

/** From half to twice the size that the model was trained at; at most what it takes 2.25 times the memory for. */
const sizesAround = (width: number, height: number, multipleOf: number): Manifest['sizes'] => {
  if (width % multipleOf !== 0 || height % multipleOf !== 0) return [[width, height]];
  const [shortest, longest] = [Math.min(width, height), Math.max(width, height)];
  const min = Math.max(multipleOf, Math.floor(shortest / 2 / multipleOf) * multipleOf);
  return { min, max: 2 * longest, multipleOf, maxPixels: Math.floor(2.25 * width * height) };
};
