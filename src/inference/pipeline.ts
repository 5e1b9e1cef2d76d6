import { InferenceError } from './errors.ts';
import { generateImage, type GeneratedImage, type GenerateHooks, type GenerateRequest, type LoadedModel } from './generate.ts';
import { loadFlow } from './flow/load-flow.ts';
import { isZImageFolder } from './flow/z-image-folder.ts';
import type { GraphCacheOptions } from './graph-cache.ts';
import { describeModel, type ModelDescription } from './model-description.ts';
import { checkVaeEncoder, openModelFolder } from './model-folder.ts';
import { checkRoomFor } from './memory.ts';
import { optionalNumber, readOptionalModelJson, type Json } from './model-json.ts';
import { checkTextEncoders } from './model-parts.ts';
import { createPromptEncoder, MOST_CHUNKS } from './prompt-encoder.ts';
import { OnnxSession, type ProviderName } from './session.ts';
import { loadTokenizer, type PromptTokenizer } from './tokenizer.ts';
import { runsPairTogether } from './denoiser.ts';
import { vaeSettings } from './vae-decoder.ts';

export type { GeneratedImage, GenerateRequest } from './generate.ts';
/** @public */
export type { GenerateHooks } from './generate.ts';
/** @public */
export type { ModelDescription } from './model-description.ts';
export type { SchedulerName } from './schedulers/scheduler.ts';
export type { ProviderName } from './session.ts';

export type LoadOptions = {
  /** The one that is tried; what to try next is the caller's affair. */
  readonly provider: ProviderName;
  /** Threads inside an operator; all cores if not given. */
  readonly intraOpThreads?: number;
  /** Where optimised graphs are kept for the next load. */
  readonly graphCache?: GraphCacheOptions;
};

export interface TextToImagePipeline {
  readonly description: ModelDescription;
  /** Makes one picture. Calls queue up: one runs at a time. Throws InferenceError. */
  generate(request: GenerateRequest, hooks?: GenerateHooks): Promise<GeneratedImage>;
  /** Frees the sessions once the current picture is done. GPU memory comes back only when the process ends. */
  release(): Promise<void>;
}

/**
 * Loads a Diffusers/Optimum ONNX folder (Stable Diffusion 1 and 2, SDXL, latent consistency models), or a Z-Image. Throws InferenceError: `model_*`, `provider_unavailable`, `scheduler_unsupported`, `out_of_memory`.
 */
export async function loadPipeline(folder: string, options: LoadOptions): Promise<TextToImagePipeline> {
  const { provider } = options;
  const opened: OnnxSession[] = [];
  const open = async (path: string): Promise<OnnxSession> => {
    const session = await OnnxSession.open(path, options);
    opened.push(session);
    return session;
  };
  try {
    if (isZImageFolder(folder)) return createPipeline(await loadFlow(folder, provider, open), opened);
    const modelFolder = openModelFolder(folder, provider);
    if (provider === 'cpu') checkRoomFor(modelFolder.weightsBytes); // what a graphics card has free is not known before
    const textEncoders: OnnxSession[] = [];
    for (const path of modelFolder.textEncoderPaths) textEncoders.push(await open(path));
    const unet = await open(modelFolder.unetPath);
    const vaeDecoder = await open(modelFolder.vaeDecoderPath);
    const encoders = textEncoders.map((graph, index) => encoderPart(folder, graph, index));
    const description = describeModel(modelFolder, unet, vaeDecoder, encoders[0]!.tokenizer.maxTokens);
    checkTextEncoders(textEncoders, unet);
    let vaeEncoder: OnnxSession | undefined; // most pictures start from noise alone
    const model: LoadedModel = {
      description,
      schedulerJson: asPipelineHasIt(modelFolder.schedulerJson, modelFolder.family),
      promptEncoder: createPromptEncoder({
        encoders,
        isXl: modelFolder.family === 'sdxl',
        forceZerosForEmptyPrompt: modelFolder.modelIndex['force_zeros_for_empty_prompt'] !== false,
        maxChunks: typeof unet.inputs.get('encoder_hidden_states')?.shape[1] === 'number' ? 1 : MOST_CHUNKS,
      }),
      unet,
      pairTogether: runsPairTogether(unet.inputs.get('sample')!, provider, modelFolder.unetBytes),
      vaeDecoder,
      vaeSettings: vaeSettings(modelFolder.vaeJson, provider),
      vaeEncoderSettings: vaeSettings(modelFolder.vaeEncoderJson),
      vaeEncoder: async () => (vaeEncoder ??= await open(checkVaeEncoder(folder, provider))),
      runMs: () => opened.reduce((sum, session) => sum + session.runMs, 0),
    };
    return createPipeline({ description, generate: (request, hooks) => generateImage(model, request, hooks) }, opened);
  } catch (error) {
    await Promise.all(opened.map((session) => session.release()));
    throw error;
  }
}

/** StableDiffusionPipeline corrects two settings of old scheduler_config.json files when it is made; LatentConsistencyModelPipeline does not. */
function asPipelineHasIt(schedulerJson: Json, family: ModelDescription['family']): Json {
  return family === 'sd' ? { ...schedulerJson, steps_offset: 1, clip_sample: false } : schedulerJson;
}

/** A text encoder with the tokenizer that belongs to it: `text_encoder_2` reads what `tokenizer_2` writes. */
function encoderPart(
  folder: string,
  graph: OnnxSession,
  index: number,
): { readonly graph: OnnxSession; readonly tokenizer: PromptTokenizer; readonly layers: number | undefined } {
  const suffix = index === 0 ? '' : `_${index + 1}`;
  const tokens = graph.inputs.get('input_ids')?.shape[1];
  const tokenizer = loadTokenizer(folder, typeof tokens === 'number' ? tokens : undefined, `tokenizer${suffix}`);
  return {
    graph,
    tokenizer,
    layers: optionalNumber(readOptionalModelJson(folder, `text_encoder${suffix}/config.json`), 'num_hidden_layers'),
  };
}

type Drawer = {
  readonly description: ModelDescription;
  generate(request: GenerateRequest, hooks: GenerateHooks): Promise<GeneratedImage>;
};

function createPipeline(drawer: Drawer, sessions: readonly OnnxSession[]): TextToImagePipeline {
  let last: Promise<unknown> = Promise.resolve(); // onnxruntime wants one run at a time
  let isReleased = false;
  const next = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
  return {
    description: drawer.description,
    generate: (request, hooks = {}) =>
      next(() => {
        if (isReleased) throw new InferenceError('run_failed', 'The pipeline was released.');
        return drawer.generate(request, hooks);
      }),
    release: () =>
      next(async () => {
        if (isReleased) return;
        isReleased = true;
        for (const session of sessions) await session.release();
      }),
  };
}
