/**
 * A manifest for a Diffusers/Optimum ONNX folder that brings none, from what its own configuration says.
 * Source of the usual numbers: diffusers, `pipeline_stable_diffusion.py` and `pipeline_latent_consistency_text2img.py`.
 */
import { z } from 'zod';
import type { Manifest } from '#src/weights/manifest.ts';

const modelIndex = z.object({ _class_name: z.string() });
const scheduler = z.object({ _class_name: z.string(), original_inference_steps: z.int().positive().nullish() });
const unet = z.object({
  sample_size: z.union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])]).nullish(),
  block_out_channels: z.array(z.number()).min(1).optional(),
  time_cond_proj_dim: z.number().nullish(),
});
const vae = z.object({ block_out_channels: z.array(z.number()).min(1).optional() });

/** Every file as parsed JSON; `undefined` where it is missing. */
export type ModelFiles = {
  readonly modelIndex: unknown;
  readonly scheduler: unknown;
  readonly unet: unknown;
  readonly vae: unknown;
};

const lcmSteps = 4;
const lcmMaxSteps = 50;
const sdSteps = 20;
const sdMaxSteps = 100;
const usualLatentSide = 64;

/** Each resolution level after the first halves the size. */
const halvings = (channels: readonly number[] | undefined, usual: number): number => 2 ** ((channels?.length ?? usual) - 1);

/** Throws an `Error` or a zod error if the files are not those of a text-to-image model of a family we know. */
export const guessManifest = (name: string, files: ModelFiles): Manifest => {
  const { _class_name: pipeline } = modelIndex.parse(files.modelIndex);
  if (!/StableDiffusionPipeline$|LatentConsistencyModelPipeline$/.test(pipeline))
    throw new Error(`a ${pipeline} is not supported yet; Stable Diffusion 1 and 2 and latent consistency models are`);
  const schedule = scheduler.parse(files.scheduler);
  const network = unet.parse(files.unet ?? {});
  const pixelsPerLatent = halvings(vae.parse(files.vae ?? {}).block_out_channels, 4);
  // The UNet's skip connections only meet if every level halves the latents exactly.
  const multipleOf = pixelsPerLatent * halvings(network.block_out_channels, 4);
  const latentSize = network.sample_size ?? usualLatentSide;
  const [latentHeight, latentWidth] = Array.isArray(latentSize) ? latentSize : [latentSize, latentSize];
  const [width, height] = [latentWidth * pixelsPerLatent, latentHeight * pixelsPerLatent];
  const numbers = usualNumbers(schedule, typeof network.time_cond_proj_dim === 'number');
  return {
    name,
    title: name,
    licence: 'not stated',
    sizes: sizesAround(width, height, multipleOf),
    defaults: { width, height, steps: numbers.steps, guidanceScale: numbers.guidanceScale },
    hq: { steps: Math.min(2 * numbers.steps, numbers.maxSteps), guidanceScale: numbers.guidanceScale },
    maxSteps: numbers.maxSteps,
    guidance: numbers.guidance,
    promptLanguages: ['en'],
  };
};

type Numbers = { readonly steps: number; readonly maxSteps: number; readonly guidanceScale: number; readonly guidance: boolean };

const usualNumbers = (
  { _class_name: className, original_inference_steps: trainedSteps }: z.infer<typeof scheduler>,
  hasGuidanceInside: boolean,
): Numbers => {
  if (hasGuidanceInside || className === 'LCMScheduler') {
    const maxSteps = trainedSteps ?? lcmMaxSteps;
    // With guidance inside, the scale is an input of the UNet; without, a distilled model wants none at all.
    return { steps: Math.min(lcmSteps, maxSteps), maxSteps, guidanceScale: hasGuidanceInside ? 8.5 : 1, guidance: false };
  }
  return { steps: sdSteps, maxSteps: sdMaxSteps, guidanceScale: 7.5, guidance: true };
};

/** From half to twice the size that the model was trained at; at most what it takes 2.25 times the memory for. */
const sizesAround = (width: number, height: number, multipleOf: number): Manifest['sizes'] => {
  if (width % multipleOf !== 0 || height % multipleOf !== 0) return [[width, height]];
  const [shortest, longest] = [Math.min(width, height), Math.max(width, height)];
  const min = Math.max(multipleOf, Math.floor(shortest / 2 / multipleOf) * multipleOf);
  return { min, max: 2 * longest, multipleOf, maxPixels: Math.floor(2.25 * width * height) };
};
