import { InferenceError } from './errors.ts';
import type { Graph } from './graph.ts';
import type { ModelFamily } from './model-family.ts';
import type { TensorInfo } from './tensor.ts';

const UNET_INPUTS = ['sample', 'timestep', 'encoder_hidden_states', 'timestep_cond'];
const XL_INPUTS = ['text_embeds', 'time_ids'];
const TIME_IDS = 6; // original height and width, crop top and left, target height and width

/** Throws `model_family` if the UNet is not one of this family, `model_config` if its number types are not ours. */
export function checkUnet(unet: Graph, family: ModelFamily): void {
  const names = [...unet.inputs.keys()];
  if (!['sample', 'timestep', 'encoder_hidden_states'].every((name) => unet.inputs.has(name))) {
    throw new InferenceError(
      'model_family',
      `${unet.label} has the inputs ${names.join(', ')}; a Stable Diffusion UNet has sample, timestep and encoder_hidden_states.`,
      { file: unet.label },
    );
  }
  const missing = family === 'sdxl' ? XL_INPUTS.find((name) => !unet.inputs.has(name)) : undefined;
  if (missing !== undefined)
    throw new InferenceError(
      'model_family',
      `${unet.label} has no input ${missing}, which an SDXL UNet has: model_index.json names another family than its UNet is of.`,
      { file: unet.label, input: missing },
    );
  const known = family === 'sdxl' ? [...UNET_INPUTS, ...XL_INPUTS] : UNET_INPUTS;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InferenceError(
      'model_family',
      XL_INPUTS.includes(unknown)
        ? `${unet.label} also wants ${unknown}: it is an SDXL UNet, but model_index.json does not name StableDiffusionXLPipeline.`
        : `${unet.label} also wants ${unknown}, which Stable Diffusion and SDXL do not have; ControlNet and adapter models are not supported.`,
      { file: unet.label, input: unknown },
    );
  const timeIds = unet.inputs.get('time_ids')?.shape[1];
  if (typeof timeIds === 'number' && timeIds !== TIME_IDS)
    throw new InferenceError('model_family', `${unet.label} takes ${timeIds} time_ids and SDXL has ${TIME_IDS}: it is the SDXL refiner.`, {
      file: unet.label,
      timeIds,
    });
  for (const name of ['sample', 'encoder_hidden_states', 'timestep_cond', ...XL_INPUTS]) checkFloat(unet, unet.inputs.get(name));
}

/** Throws `model_config` if the decoder takes numbers of a type that we cannot write. */
export function checkVaeDecoder(vaeDecoder: Graph): void {
  checkFloat(vaeDecoder, vaeDecoder.inputs.get('latent_sample') ?? [...vaeDecoder.inputs.values()][0]);
}

function checkFloat(graph: Graph, input: TensorInfo | undefined): void {
  if (input === undefined || input.type === 'float32' || input.type === 'float16') return;
  throw new InferenceError(
    'model_config',
    `${graph.label} takes its ${input.name} as ${input.type}; float32 and float16 are supported: export the model with one of them.`,
    { file: graph.label, input: input.name, type: input.type },
  );
}

/** Throws `model_config` where the widths say that text encoders and UNet are not of one model, or that two encoders were exchanged. */
export function checkTextEncoders(encoders: readonly Graph[], unet: Graph): void {
  if (encoders.length === 2) checkOrder(encoders[0]!, encoders[1]!, unet);
  const widths = encoders.map((encoder) => widthOf([...encoder.outputs.values()].find(({ shape }) => shape.length === 3)));
  const wanted = widthOf(unet.inputs.get('encoder_hidden_states'));
  if (wanted === undefined || widths.includes(undefined)) return;
  const made = widths.reduce<number>((sum, width) => sum + width!, 0);
  if (made === wanted) return;
  const sum = widths.length === 1 ? `The text encoder makes ${made}` : `The text encoders together make ${widths.join(' + ')} = ${made}`;
  throw new InferenceError('model_config', `${sum} numbers a token and the UNet wants ${wanted}: they are not of one model.`, {
    made,
    wanted,
  });
}

/** The second encoder is the one whose `text_embeds`, the summary of a prompt, the UNet takes. */
function checkOrder(first: Graph, second: Graph, unet: Graph): void {
  const wanted = lastDim(unet.inputs.get('text_embeds'));
  const [firstMakes, secondMakes] = [first, second].map((encoder) => lastDim(encoder.outputs.get('text_embeds')));
  const isExchanged = first.outputs.has('text_embeds') && !second.outputs.has('text_embeds');
  if (isExchanged || (wanted !== undefined && firstMakes === wanted && secondMakes !== undefined && secondMakes !== wanted))
    throw new InferenceError(
      'model_config',
      `text_encoder and text_encoder_2 are exchanged: ${first.label} makes the text_embeds that the second one should make; swap the two folders, and tokenizer with tokenizer_2.`,
      { file: first.label },
    );
  if (!second.outputs.has('text_embeds'))
    throw new InferenceError(
      'model_config',
      `${second.label} has no output text_embeds, which SDXL needs; export the model again (optimum-cli export onnx).`,
      { file: second.label, output: 'text_embeds' },
    );
  if (wanted !== undefined && secondMakes !== undefined && wanted !== secondMakes)
    throw new InferenceError(
      'model_config',
      `${second.label} makes text_embeds of ${secondMakes} numbers and the UNet wants ${wanted}: they are not of one model.`,
      { made: secondMakes, wanted },
    );
}

const asNumber = (dim: number | string | undefined): number | undefined => (typeof dim === 'number' && dim > 0 ? dim : undefined);
const widthOf = (info: TensorInfo | undefined): number | undefined => asNumber(info?.shape[2]);
const lastDim = (info: TensorInfo | undefined): number | undefined => asNumber(info?.shape.at(-1));
