import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { throwIfAborted } from './cancellation.ts';
import { createDenoiser } from './denoiser.ts';
import { InferenceError } from './errors.ts';
import { finishImage } from './finish-image.ts';
import type { Graph } from './graph.ts';
import { checkInit, planSteps, type InitPicture } from './image-to-image.ts';
import { initialLatents } from './initial-latents.ts';
import { checkMask, restoreKept } from './inpaint.ts';
import type { ModelDescription } from './model-description.ts';
import type { Json } from './model-json.ts';
import type { PromptEncoder } from './prompt-encoder.ts';
import { NoiseGenerator } from './random.ts';
import { checkNumbers } from './request-checks.ts';
import type { SchedulerName } from './schedulers/scheduler.ts';
import type { VaeSettings } from './vae-decoder.ts';

export type GenerateRequest = {
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly width: number; // pixels, a multiple of vaeScaleFactor
  readonly height: number;
  readonly steps: number;
  readonly guidanceScale: number; // 1 or less: the prompt alone, in one pass
  readonly seed: number; // picture i of a batch is asked for with seed + i
  readonly scheduler?: SchedulerName; // without it: the model's own
  readonly init?: InitPicture; // without it: noise alone
  /** Which part of `init` is painted anew: [height, width], from 128 on. Without it: all of it. */
  readonly mask?: Uint8Array;
};

export type GenerateHooks = {
  readonly signal?: AbortSignal;
  /** After each step, from 1 to `steps`: those that are run, fewer than asked for where a picture is started from. */
  onStep?(step: number, steps: number): void;
  /** After each step: the latents [channels, height, width] themselves, for looking only, until the next step. */
  onLatents?(latents: Float32Array, step: number): void;
};

export type GeneratedImage = {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array; // RGB, [height, width, 3]
  readonly seed: number;
  readonly timings: GenerateTimings;
  readonly droppedPrompt?: string; // text past the token limit, which the model did not see
};

type GenerateTimings = {
  readonly textMs: number; // near 0 when the prompt was encoded before
  readonly denoiseMs: number; // encoding the picture that is started from included
  readonly decodeMs: number;
  readonly totalMs: number;
  readonly sessionRunMs: number; // inside onnxruntime
};

/** A loaded model: what generating needs and the folder no longer matters for. */
export type LoadedModel = {
  readonly description: ModelDescription;
  readonly schedulerJson: Json;
  readonly promptEncoder: PromptEncoder;
  readonly unet: Graph;
  readonly pairTogether: boolean;
  readonly vaeDecoder: Graph;
  readonly vaeSettings: VaeSettings;
  readonly vaeEncoderSettings: VaeSettings;
  /** Loads it where that was not done before. Throws `model_*`. */
  vaeEncoder(): Promise<Graph>;
  runMs(): number;
};

/**
 * Text to latents to picture; as `__call__` of StableDiffusionPipeline, StableDiffusionXLPipeline, LatentConsistencyModelPipeline and their
 * twins for image-to-image and inpainting.
 * Throws InferenceError.
 */
export async function generateImage(model: LoadedModel, request: GenerateRequest, hooks: GenerateHooks): Promise<GeneratedImage> {
  const { description } = model;
  const { prompt, negativePrompt = '', width, height, guidanceScale, seed, init } = request;
  checkRequest(description, request);
  const { scheduler, firstStep } = planSteps(model, request);
  throwIfAborted(hooks.signal);
  const vaeEncoder = init && (await model.vaeEncoder());

  const [startMs, runBeforeMs] = [performance.now(), model.runMs()];
  const isGuided = description.supportsGuidance && guidanceScale > 1;
  const { prompt: embedding, negative } = await model.promptEncoder.encode(prompt, isGuided ? negativePrompt : undefined);
  const textDoneMs = performance.now();

  const { vaeScaleFactor, latentChannels } = description;
  const latentShape = [latentChannels, height / vaeScaleFactor, width / vaeScaleFactor] as const;
  const noise = new NoiseGenerator(seed);
  const start = await initialLatents(model, request, { scheduler, firstStep, latentShape, noise, vaeEncoder });
  const { latents, kept } = start;
  const denoiser = createDenoiser(
    model.unet,
    { latentShape, prompt: embedding, negativePrompt: negative, guidanceScale, kept: start.channels, size: { width, height } },
    model.pairTogether,
  );
  const scratch = new Float32Array(kept ? latents.length : 0);

  const stepCount = scheduler.timesteps.length - firstStep;
  for (let step = firstStep; step < scheduler.timesteps.length; step++) {
    await eventLoopTurn(); // so that a message that cancels can arrive
    throwIfAborted(hooks.signal);
    scheduler.scaleModelInput(latents, step, denoiser.modelInput);
    const prediction = await denoiser.predict(scheduler.timesteps[step]!).catch((error: unknown) => {
      throw withSides(error, model, request);
    });
    scheduler.step(prediction, step, latents, noise);
    if (kept) restoreKept(latents, kept, scheduler, step + 1, scratch);
    hooks.onLatents?.(latents, step - firstStep + 1);
    hooks.onStep?.(step - firstStep + 1, stepCount);
  }
  await eventLoopTurn();
  throwIfAborted(hooks.signal);
  return finishImage(model, request, { latents, latentShape, droppedPrompt: embedding.droppedPrompt, startMs, textDoneMs, runBeforeMs });
}

/** A UNet that cannot take a size says so by failing: which sides it takes is known of its depth. */
function withSides(error: unknown, { unet, description }: LoadedModel, { width, height }: GenerateRequest): unknown {
  if (!(error instanceof InferenceError) || error.code !== 'size_unsupported') return error;
  const { sideMultiple = 64 } = description;
  return new InferenceError(
    'size_unsupported',
    `${unet.label} cannot make a picture of ${width}×${height}; sides that are multiples of ${sideMultiple} always fit.`,
    { ...error.detail, width, height, multipleOf: sideMultiple },
    { cause: error.cause },
  );
}

function checkRequest(description: ModelDescription, request: GenerateRequest): void {
  const { width, height, init, mask } = request;
  checkNumbers(description, request, description.vaeScaleFactor);
  if (init) checkInit(init, { width, height });
  checkMask(mask, { repaints: description.repaints === true, hasInit: init !== undefined, width, height });
}
