import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import type { ModelFamily } from './model-family.ts';
import type { ModelFolder } from './model-folder.ts';
import { numberList, optionalNumber } from './model-json.ts';
import { checkUnet, checkVaeDecoder } from './model-parts.ts';
import { schedulerClassOf } from './schedulers/create-scheduler.ts';
import type { TensorInfo } from './tensor.ts';
import { vaeScaleFactorOf } from './vae-decoder.ts';

export type ModelDescription = {
  readonly family: ModelFamily;
  readonly scheduler: string; // the class that runs when a request names none
  readonly vaeScaleFactor: number; // pixels per latent
  readonly nativeWidth: number;
  readonly nativeHeight: number;
  readonly fixedSize: boolean; // the graph makes pictures of the native size only
  readonly sideMultiple?: number; // sides that every UNet of this depth takes; some take any multiple of vaeScaleFactor
  readonly latentChannels: number;
  readonly repaints?: boolean; // the UNet is told what to keep: every picture needs one to start from, and a mask
  readonly supportsGuidance: boolean; // false: the model has its guidance built in, negative prompts do nothing
  readonly maxTokens: number; // with the start and end token
  readonly weightsBytes: number;
};

const USUAL_LEVELS = 4; // of a UNet whose configuration is missing: sides that are multiples of 64

const fixed = (dim: number | string | undefined): number | undefined => (typeof dim === 'number' && dim > 0 ? dim : undefined);

/** What a model can do, from its graphs first and its configuration second. Throws `model_config`, `model_family`. */
export function describeModel(folder: ModelFolder, unet: Graph, vaeDecoder: Graph, maxTokens: number): ModelDescription {
  checkUnet(unet, folder.family);
  checkVaeDecoder(vaeDecoder);
  const sample = unet.inputs.get('sample')!;
  const latents = [...vaeDecoder.inputs.values()][0];
  const image = [...vaeDecoder.outputs.values()][0];
  const [latentHeight, latentWidth] = [
    fixed(sample.shape[2]) ?? fixed(latents?.shape[2]),
    fixed(sample.shape[3]) ?? fixed(latents?.shape[3]),
  ];
  const vaeScaleFactor = scaleOfGraph(latents, image) ?? vaeScaleFactorOf(folder.vaeJson) ?? 8;
  const { latentChannels, repaints } = channelsOf(folder, sample, latents);
  const batch = fixed(sample.shape[0]);
  if (batch !== undefined && batch > 2)
    throw new InferenceError('model_config', `${unet.label} was exported for batches of ${batch}; free, 1 and 2 are supported.`, {
      file: unet.label,
      batch,
    });
  const [sampleHeight, sampleWidth] = sampleSize(folder);
  const levels = numberList(folder.unetJson, 'block_out_channels')?.length ?? USUAL_LEVELS;
  return {
    family: folder.family,
    scheduler: schedulerClassOf(folder.schedulerJson),
    vaeScaleFactor,
    nativeWidth: (latentWidth ?? sampleWidth) * vaeScaleFactor,
    nativeHeight: (latentHeight ?? sampleHeight) * vaeScaleFactor,
    fixedSize: latentHeight !== undefined || latentWidth !== undefined,
    sideMultiple: vaeScaleFactor * 2 ** (levels - 1),
    latentChannels,
    repaints,
    supportsGuidance: !unet.inputs.has('timestep_cond'),
    maxTokens,
    weightsBytes: folder.weightsBytes,
  };
}

/** A UNet that repaints takes the latents, one channel of mask, and the latents of what is kept. */
function channelsOf(
  folder: ModelFolder,
  sample: TensorInfo,
  latents: TensorInfo | undefined,
): { readonly latentChannels: number; readonly repaints: boolean } {
  const unetChannels = fixed(sample.shape[1]) ?? optionalNumber(folder.unetJson, 'in_channels') ?? 4;
  const latentChannels =
    fixed(latents?.shape[1]) ?? optionalNumber(folder.vaeJson, 'latent_channels') ?? (unetChannels === 9 ? 4 : unetChannels);
  const repaints = unetChannels === 2 * latentChannels + 1;
  if (repaints || unetChannels === latentChannels) return { latentChannels, repaints };
  throw new InferenceError(
    'model_family',
    `The UNet takes ${unetChannels} channels and the decoder ${latentChannels}: supported are UNets with ${latentChannels}, and with ${2 * latentChannels + 1} for repainting parts of a picture.`,
    {
      unetChannels,
      vaeChannels: latentChannels,
    },
  );
}

function scaleOfGraph(latents: TensorInfo | undefined, image: TensorInfo | undefined): number | undefined {
  const [from, to] = [fixed(latents?.shape[2]), fixed(image?.shape[2])];
  return from !== undefined && to !== undefined ? to / from : undefined;
}

/** unet/config.json's sample_size: one number or [height, width], in latents. SDXL is trained at 128. */
function sampleSize(folder: ModelFolder): readonly [height: number, width: number] {
  const side = optionalNumber(folder.unetJson, 'sample_size');
  if (side !== undefined) return [side, side];
  const sides = numberList(folder.unetJson, 'sample_size');
  const usual = folder.family === 'sdxl' ? 128 : 64;
  return [sides?.[0] ?? usual, sides?.[1] ?? usual];
}
