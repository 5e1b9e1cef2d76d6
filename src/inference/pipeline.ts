import { InferenceError } from './errors.ts';
import { generateImage, type GeneratedImage, type GenerateHooks, type GenerateRequest, type LoadedModel } from './generate.ts';
import type { GraphCacheOptions } from './graph-cache.ts';
import { describeModel, type ModelDescription } from './model-description.ts';
import { checkVaeEncoder, openModelFolder } from './model-folder.ts';
import type { Json } from './model-json.ts';
import { createPromptEncoder } from './prompt-encoder.ts';
import { OnnxSession, type ProviderName } from './session.ts';
import { loadTokenizer } from './tokenizer.ts';
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
 * Loads a Diffusers/Optimum ONNX folder (Stable Diffusion 1 and 2, latent consistency models). Set ORT_DISABLE_TELEMETRY=1 before the
 * process starts. Throws InferenceError: `model_*`, `provider_unavailable`, `scheduler_unsupported`, `out_of_memory`.
 */
export async function loadPipeline(folder: string, options: LoadOptions): Promise<TextToImagePipeline> {
  const { provider } = options;
  const modelFolder = openModelFolder(folder, provider);
  const opened: OnnxSession[] = [];
  const open = async (path: string): Promise<OnnxSession> => {
    const session = await OnnxSession.open(path, options);
    opened.push(session);
    return session;
  };
  try {
    const textEncoder = await open(modelFolder.textEncoderPath);
    const unet = await open(modelFolder.unetPath);
    const vaeDecoder = await open(modelFolder.vaeDecoderPath);
    const tokens = textEncoder.inputs.get('input_ids')?.shape[1];
    const tokenizer = loadTokenizer(folder, typeof tokens === 'number' ? tokens : undefined);
    const description = describeModel(modelFolder, unet, vaeDecoder, tokenizer.maxTokens);
    checkTextWidth(textEncoder, unet);
    let vaeEncoder: OnnxSession | undefined; // most pictures start from noise alone
    return createPipeline(
      {
        description,
        schedulerJson: asPipelineHasIt(modelFolder.schedulerJson, modelFolder.family),
        promptEncoder: createPromptEncoder({
          encoders: [{ graph: textEncoder, tokenizer }],
          isXl: false,
          forceZerosForEmptyPrompt: false,
          maxChunks: 1,
        }),
        unet,
        pairTogether: runsPairTogether(unet.inputs.get('sample')!, provider, modelFolder.unetBytes),
        vaeDecoder,
        vaeSettings: vaeSettings(modelFolder.vaeJson),
        vaeEncoder: async () => (vaeEncoder ??= await open(checkVaeEncoder(folder, provider))),
        runMs: () => opened.reduce((sum, session) => sum + session.runMs, 0),
      },
      opened,
    );
  } catch (error) {
    await Promise.all(opened.map((session) => session.release()));
    throw error;
  }
}

/** StableDiffusionPipeline corrects two settings of old scheduler_config.json files when it is made; LatentConsistencyModelPipeline does not. */
function asPipelineHasIt(schedulerJson: Json, family: ModelDescription['family']): Json {
  return family === 'sd' ? { ...schedulerJson, steps_offset: 1, clip_sample: false } : schedulerJson;
}

function checkTextWidth(textEncoder: OnnxSession, unet: OnnxSession): void {
  const made = textEncoder.outputs.get('last_hidden_state')?.shape[2];
  const wanted = unet.inputs.get('encoder_hidden_states')?.shape[2];
  if (typeof made !== 'number' || typeof wanted !== 'number' || made === wanted) return;
  throw new InferenceError(
    'model_config',
    `The text encoder makes ${made} numbers a token and the UNet wants ${wanted}: they are not of one model.`,
    { made, wanted },
  );
}

function createPipeline(model: LoadedModel, sessions: readonly OnnxSession[]): TextToImagePipeline {
  let last: Promise<unknown> = Promise.resolve(); // onnxruntime wants one run at a time
  let isReleased = false;
  const next = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
  return {
    description: model.description,
    generate: (request, hooks = {}) =>
      next(() => {
        if (isReleased) throw new InferenceError('run_failed', 'The pipeline was released.');
        return generateImage(model, request, hooks);
      }),
    release: () =>
      next(async () => {
        if (isReleased) return;
        isReleased = true;
        for (const session of sessions) await session.release();
      }),
  };
}
