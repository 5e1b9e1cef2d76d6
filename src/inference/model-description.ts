import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import type { ModelFamily } from './model-family.ts';
import type { ModelFolder } from './model-folder.ts';
import { numberList, optionalNumber } from './model-json.ts';
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
  readonly latentChannels: number;
  readonly supportsGuidance: boolean; // false: the model has its guidance built in, negative prompts do nothing
  readonly maxTokens: number; // with the start and end token
  readonly weightsBytes: number;
};

const fixed = (dim: number | string | undefined): number | undefined => (typeof dim === 'number' && dim > 0 ? dim : undefined);

/** What a model can do, from its graphs first and its configuration second. Throws `model_config`, `model_family`. */
export function describeModel(folder: ModelFolder, unet: Graph, vaeDecoder: Graph, maxTokens: number): ModelDescription {
  const sample = unet.inputs.get('sample');
  if (!sample || !unet.inputs.has('timestep') || !unet.inputs.has('encoder_hidden_states')) {
    throw new InferenceError(
      'model_family',
      `${unet.label} has the inputs ${[...unet.inputs.keys()].join(', ')}; a Stable Diffusion UNet has sample, timestep and encoder_hidden_states.`,
      { file: unet.label },
    );
  }
  const unknown = [...unet.inputs.keys()].find((name) => !['sample', 'timestep', 'encoder_hidden_states', 'timestep_cond'].includes(name));
  if (unknown !== undefined)
    throw new InferenceError(
      'model_family',
      `${unet.label} also wants ${unknown}, which Stable Diffusion 1 and 2 do not have; SDXL and ControlNet models are not supported yet.`,
      { file: unet.label, input: unknown },
    );
  const latents = [...vaeDecoder.inputs.values()][0];
  const image = [...vaeDecoder.outputs.values()][0];
  const [latentHeight, latentWidth] = [
    fixed(sample.shape[2]) ?? fixed(latents?.shape[2]),
    fixed(sample.shape[3]) ?? fixed(latents?.shape[3]),
  ];
  const vaeScaleFactor = scaleOfGraph(latents, image) ?? vaeScaleFactorOf(folder.vaeJson) ?? 8;
  const latentChannels = fixed(sample.shape[1]) ?? optionalNumber(folder.unetJson, 'in_channels') ?? 4;
  const vaeChannels = fixed(latents?.shape[1]) ?? optionalNumber(folder.vaeJson, 'latent_channels');
  if (vaeChannels !== undefined && vaeChannels !== latentChannels) {
    throw new InferenceError(
      'model_family',
      `The UNet takes ${latentChannels} channels and the decoder ${vaeChannels}: a model that starts from a picture (inpainting, instruct-pix2pix) is not supported yet.`,
      {
        unetChannels: latentChannels,
        vaeChannels,
      },
    );
  }
  const batch = fixed(sample.shape[0]);
  if (batch !== undefined && batch > 2)
    throw new InferenceError('model_config', `${unet.label} was exported for batches of ${batch}; free, 1 and 2 are supported.`, {
      file: unet.label,
      batch,
    });
  const [sampleHeight, sampleWidth] = sampleSize(folder);
  return {
    family: folder.family,
    scheduler: schedulerClassOf(folder.schedulerJson),
    vaeScaleFactor,
    nativeWidth: (latentWidth ?? sampleWidth) * vaeScaleFactor,
    nativeHeight: (latentHeight ?? sampleHeight) * vaeScaleFactor,
    fixedSize: latentHeight !== undefined || latentWidth !== undefined,
    latentChannels,
    supportsGuidance: !unet.inputs.has('timestep_cond'),
    maxTokens,
    weightsBytes: folder.weightsBytes,
  };
}

function scaleOfGraph(latents: TensorInfo | undefined, image: TensorInfo | undefined): number | undefined {
  const [from, to] = [fixed(latents?.shape[2]), fixed(image?.shape[2])];
  return from !== undefined && to !== undefined ? to / from : undefined;
}

/** unet/config.json's sample_size: one number or [height, width], in latents. */
function sampleSize(folder: ModelFolder): readonly [height: number, width: number] {
  const side = optionalNumber(folder.unetJson, 'sample_size');
  if (side !== undefined) return [side, side];
  const sides = numberList(folder.unetJson, 'sample_size');
  return [sides?.[0] ?? 64, sides?.[1] ?? 64];
}
