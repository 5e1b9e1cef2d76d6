import type { GenerateRequest, LoadedModel } from './generate.ts';
import type { Graph } from './graph.ts';
import { hidePainted, maskChannels, shrinkMask, type KeptLatents } from './inpaint.ts';
import type { NoiseGenerator } from './random.ts';
import type { Scheduler } from './schedulers/scheduler.ts';
import { encodePixels } from './vae-encoder.ts';

export type Start = {
  readonly latents: Float32Array; // [channels, height, width], noised as far as the first step begins
  readonly kept?: KeptLatents; // repainting with a UNet that is not told of it
  readonly channels?: Float32Array; // repainting with a UNet that is: what it sees beside the latents
};

type Run = {
  readonly scheduler: Scheduler;
  readonly firstStep: number;
  readonly latentShape: readonly [channels: number, height: number, width: number];
  readonly noise: NoiseGenerator;
  readonly vaeEncoder: Graph | undefined;
};

/**
 * Noise alone, or a picture and noise; as `prepare_latents` of diffusers' pipelines. Noise is drawn in their order: for the picture's latents,
 * for the start, for the latents of what a mask keeps. Throws `nan`, `model_config`.
 */
export async function initialLatents(model: LoadedModel, request: GenerateRequest, run: Run): Promise<Start> {
  const { scheduler, firstStep, latentShape, noise, vaeEncoder } = run;
  const { init, mask, width, height } = request;
  const size = latentShape[0] * latentShape[1] * latentShape[2];
  const drawNoise = (): Float32Array => noise.fillNormal(new Float32Array(size));
  if (!init || !vaeEncoder) return { latents: scaledBy(scheduler.initNoiseSigma, drawNoise()) };

  const encode = (pixels: Uint8Array | Float32Array): Promise<Float32Array> =>
    encodePixels(vaeEncoder, model.vaeEncoderSettings, { pixels, width, height }, latentShape, noise);
  const { repaints } = model.description;
  const isNoiseAlone = mask !== undefined && init.strength === 1;
  const drawnBefore = noise.drawn;
  const original = repaints && isNoiseAlone ? undefined : await encode(init.pixels);
  const drawnByEncoder = noise.drawn - drawnBefore;
  const fresh = drawNoise();
  const latents = original && !isNoiseAlone ? original.slice() : scaledBy(scheduler.initNoiseSigma, fresh.slice());
  if (!isNoiseAlone) scheduler.addNoise(latents, firstStep, fresh);
  if (!mask) return { latents };

  const isPainted = shrinkMask(mask, latentShape[1], latentShape[2], model.description.vaeScaleFactor);
  if (repaints) return { latents, channels: maskChannels(isPainted, await encode(hidePainted(init.pixels, mask))) };
  // Diffusers encodes what is kept here, too, and makes no use of it: what the steps draw comes after the noise of that.
  noise.fillNormal(new Float32Array(drawnByEncoder));
  return { latents, kept: { isPainted, latents: original!, noise: fresh } };
}

function scaledBy(factor: number, values: Float32Array): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor;
  return values;
}
