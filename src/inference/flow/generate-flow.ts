import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { throwIfAborted } from '../cancellation.ts';
import { InferenceError } from '../errors.ts';
import { finishImage } from '../finish-image.ts';
import type { GeneratedImage, GenerateHooks, GenerateRequest } from '../generate.ts';
import type { Graph } from '../graph.ts';
import { checkInit } from '../image-to-image.ts';
import type { ModelDescription } from '../model-description.ts';
import type { Json } from '../model-json.ts';
import { NoiseGenerator } from '../random.ts';
import { checkNumbers } from '../request-checks.ts';
import { createFlowMatchEuler, dynamicShift } from '../schedulers/flow-match-euler.ts';
import type { VaeSettings } from '../vae-decoder.ts';
import { encodePixels } from '../vae-encoder.ts';
import type { CaptionEncoder } from './caption-encoder.ts';
import { createFlowDenoiser } from './z-image-transformer.ts';

/** A loaded Z-Image: what drawing needs and the folder no longer matters for. */
export type LoadedFlowModel = {
  readonly description: ModelDescription;
  readonly schedulerJson: Json;
  readonly captionEncoder: CaptionEncoder;
  readonly transformer: Graph;
  readonly vaeDecoder: Graph;
  readonly vaeSettings: VaeSettings;
  /** Loads it where that was not done before. Throws `model_*`. */
  vaeEncoder(): Promise<Graph>;
  runMs(): number;
};

/** Latents each way that the transformer takes as one token. */
const PATCH = 2;

/** Text to latents to picture; as ZImagePipeline and ZImageImg2ImgPipeline `__call__` (diffusers 0.36). Throws InferenceError. */
export async function generateFlowImage(model: LoadedFlowModel, request: GenerateRequest, hooks: GenerateHooks): Promise<GeneratedImage> {
  const { description } = model;
  const { prompt, negativePrompt = '', width, height, steps, guidanceScale, seed, init } = request;
  checkFlowRequest(description, request);
  const { vaeScaleFactor, latentChannels } = description;
  const latentShape = [latentChannels, height / vaeScaleFactor, width / vaeScaleFactor] as const;
  const imageTokens = (latentShape[1] / PATCH) * (latentShape[2] / PATCH);
  const scheduler = createFlowMatchEuler(model.schedulerJson, { steps, sigmaMin: 0, mu: dynamicShift(model.schedulerJson, imageTokens) });
  const firstStep = init ? firstStepOf(steps, init.strength) : 0;
  throwIfAborted(hooks.signal);
  const vaeEncoder = init && (await model.vaeEncoder());

  const [startMs, runBeforeMs] = [performance.now(), model.runMs()];
  const caption = await model.captionEncoder.encode(prompt);
  const negative = guidanceScale > 1 ? await model.captionEncoder.encode(negativePrompt) : undefined;
  const textDoneMs = performance.now();

  const denoiser = createFlowDenoiser(model.transformer, { latentShape, caption, negative, guidanceScale });
  const noise = new NoiseGenerator(seed);
  const drawNoise = (): Float32Array => noise.fillNormal(new Float32Array(latentShape[0] * latentShape[1] * latentShape[2]));
  let latents: Float32Array;
  if (init && vaeEncoder) {
    latents = await encodePixels(vaeEncoder, model.vaeSettings, { pixels: init.pixels, width, height }, latentShape, noise);
    scheduler.addNoise(latents, firstStep, drawNoise());
  } else latents = drawNoise();

  for (let step = firstStep; step < steps; step++) {
    await eventLoopTurn(); // so that a message that cancels can arrive
    throwIfAborted(hooks.signal);
    // The schedule's last step goes from 0 to 0: whatever the transformer answered, nothing would move.
    if (scheduler.sigmas[step] !== scheduler.sigmas[step + 1])
      scheduler.step(await denoiser.predict(latents, scheduler.timesteps[step]!), step, latents, noise);
    hooks.onLatents?.(latents, step - firstStep + 1);
    hooks.onStep?.(step - firstStep + 1, steps - firstStep);
  }
  await eventLoopTurn();
  throwIfAborted(hooks.signal);
  return finishImage(model, request, { latents, latentShape, droppedPrompt: caption.droppedPrompt, startMs, textDoneMs, runBeforeMs });
}

/** As ZImageImg2ImgPipeline.get_timesteps, which rounds towards more steps; where it refuses a strength for being too small, one is run. */
function firstStepOf(steps: number, strength: number): number {
  return Math.min(steps - 1, Math.trunc(Math.max(steps - Math.min(steps * strength, steps), 0)));
}

function checkFlowRequest(description: ModelDescription, request: GenerateRequest): void {
  const { width, height, scheduler, init, mask } = request;
  checkNumbers(description, request, description.vaeScaleFactor * PATCH);
  if (scheduler !== undefined)
    throw new InferenceError(
      'scheduler_unsupported',
      `The scheduler ${scheduler} is not for flow-matching models, which have a schedule of their own; leave the scheduler out.`,
      { scheduler },
    );
  if (mask)
    throw new InferenceError('request_invalid', 'A Z-Image cannot paint a part of a picture anew; leave the mask out to change all of it.');
  if (init) checkInit(init, { width, height });
}
