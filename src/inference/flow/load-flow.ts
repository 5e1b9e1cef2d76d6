import { InferenceError } from '../errors.ts';
import type { GeneratedImage, GenerateHooks, GenerateRequest } from '../generate.ts';
import type { Graph } from '../graph.ts';
import type { ModelDescription } from '../model-description.ts';
import { checkRoomFor } from '../memory.ts';
import { optionalNumber } from '../model-json.ts';
import { parseFlowMatchConfig } from '../schedulers/flow-match-config.ts';
import { knownDecoder, vaeScaleFactorOf } from '../vae-decoder.ts';
import { createCaptionEncoder } from './caption-encoder.ts';
import { generateFlowImage, type LoadedFlowModel } from './generate-flow.ts';
import { loadCaptionTokenizer } from './qwen-tokenizer.ts';
import { checkZImageEncoder, openZImageFolder, type ZImageFolder } from './z-image-folder.ts';
import { transformerShape, type TransformerShape } from './z-image-transformer.ts';

/** What a person gets who asks for no size: Z-Image was trained around 1024×1024. */
const NATIVE_SIDE_PX = 1024;

export type LoadedFlow = {
  readonly description: ModelDescription;
  generate(request: GenerateRequest, hooks: GenerateHooks): Promise<GeneratedImage>;
};

/**
 * Loads a Z-Image folder (see `ZImageFolder` for what must lie in it). `open` opens one graph; whoever gave it closes it.
 * Throws InferenceError: `model_*`, `provider_unavailable`, `scheduler_unsupported`, `out_of_memory`.
 */
export async function loadFlow(
  folder: string,
  provider: string,
  open: (path: string) => Promise<Graph & { readonly runMs: number }>,
): Promise<LoadedFlow> {
  const modelFolder = openZImageFolder(folder, provider);
  parseFlowMatchConfig(modelFolder.schedulerJson);
  if (provider === 'cpu') checkRoomFor(modelFolder.weightsBytes);
  const opened: { readonly runMs: number }[] = [];
  const openCounted = async (path: string): Promise<Graph> => {
    const graph = await open(path);
    opened.push(graph);
    return graph;
  };
  const textEncoder = await openCounted(modelFolder.textEncoderPath);
  const tokens = textEncoder.inputs.get('input_ids')?.shape[1];
  const tokenizer = loadCaptionTokenizer(folder, typeof tokens === 'number' ? tokens : undefined);
  const captionEncoder = createCaptionEncoder(textEncoder, tokenizer);
  const transformer = await openCounted(modelFolder.transformerPath);
  const shape = transformerShape(transformer);
  checkCaptionWidth(textEncoder, shape);
  const vaeDecoder = await openCounted(modelFolder.vaeDecoderPath);
  checkDecoder(vaeDecoder, shape);
  let vaeEncoder: Graph | undefined; // most pictures start from noise alone
  const model: LoadedFlowModel = {
    description: describe(modelFolder, shape, tokenizer.maxTokens),
    schedulerJson: modelFolder.schedulerJson,
    captionEncoder,
    transformer,
    vaeDecoder,
    vaeSettings: {
      scalingFactor: optionalNumber(modelFolder.vaeJson, 'scaling_factor') ?? 1,
      shiftFactor: optionalNumber(modelFolder.vaeJson, 'shift_factor') ?? 0,
      ...knownDecoder(modelFolder.vaeJson, provider),
    },
    vaeEncoder: async () => (vaeEncoder ??= await openCounted(checkZImageEncoder(modelFolder, provider))),
    runMs: () => opened.reduce((sum, graph) => sum + graph.runMs, 0),
  };
  return { description: model.description, generate: (request, hooks) => generateFlowImage(model, request, hooks) };
}

function describe({ vaeJson, weightsBytes }: ZImageFolder, shape: TransformerShape, maxTokens: number): ModelDescription {
  const vaeScaleFactor = vaeScaleFactorOf(vaeJson) ?? 8;
  return {
    family: 'z-image',
    scheduler: 'FlowMatchEulerDiscreteScheduler',
    vaeScaleFactor,
    nativeWidth: shape.width === undefined ? NATIVE_SIDE_PX : shape.width * vaeScaleFactor,
    nativeHeight: shape.height === undefined ? NATIVE_SIDE_PX : shape.height * vaeScaleFactor,
    fixedSize: shape.width !== undefined || shape.height !== undefined,
    latentChannels: shape.channels,
    supportsGuidance: true,
    maxTokens,
    weightsBytes,
  };
}

function checkCaptionWidth(textEncoder: Graph, { captionWidth }: TransformerShape): void {
  const made = [...textEncoder.outputs.values()].map(({ shape }) => shape[2]).find((width) => typeof width === 'number');
  if (made === undefined || captionWidth === undefined || made === captionWidth) return;
  throw new InferenceError(
    'model_config',
    `The text encoder makes ${made} numbers a token and the transformer wants ${captionWidth}: they are not of one model.`,
    { made, wanted: captionWidth },
  );
}

function checkDecoder(vaeDecoder: Graph, { channels }: TransformerShape): void {
  const taken = [...vaeDecoder.inputs.values()][0]?.shape[1];
  if (typeof taken !== 'number' || taken === channels) return;
  throw new InferenceError(
    'model_config',
    `The transformer works on ${channels} channels and the decoder takes ${taken}: they are not of one model.`,
    { file: vaeDecoder.label, channels, taken },
  );
}
