/** What is asked of the child for one picture, and its answer as the rest of the program knows it. */
import type { GeneratedPicture, PictureRequest } from '#core/ports.ts';
import { drawnSize } from '#core/upscale.ts';
import type { GenerateCall, Result, UpscaleCall } from '#src/engine/protocol.ts';

export function pictureCall(request: PictureRequest, upscale: UpscaleCall | undefined): Omit<GenerateCall, 'kind' | 'id'> {
  const { prompt, negativePrompt, steps, guidanceScale, seed, init } = request;
  const { widthPx: width, heightPx: height } = drawnSize(request);
  return {
    prompt,
    negativePrompt,
    width,
    height,
    steps,
    guidanceScale,
    seed,
    ...(init === undefined ? {} : { init: { pixels: init.pixels, strength: init.strength } }),
    ...(upscale === undefined ? {} : { upscale }),
  };
}

/** @param notUpscaled why enlarging was not even asked for */
export function generatedPicture(result: Result, { provider, notUpscaled }: { provider: string; notUpscaled?: string }): GeneratedPicture {
  const { upscaleMs, ...timings } = result.timings;
  const reason = notUpscaled ?? result.notUpscaled;
  return {
    pixels: result.pixels,
    widthPx: result.width,
    heightPx: result.height,
    seed: result.seed,
    timings: { ...timings, ...(upscaleMs === undefined ? {} : { upscaleMs }) },
    provider,
    ...(result.droppedPrompt === undefined ? {} : { droppedPrompt: result.droppedPrompt }),
    ...(reason === undefined ? {} : { notUpscaled: reason }),
  };
}
