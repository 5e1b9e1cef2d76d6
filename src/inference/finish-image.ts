import type { GeneratedImage, GenerateRequest } from './generate.ts';
import type { Graph } from './graph.ts';
import { decodeLatents, type VaeSettings } from './vae-decoder.ts';

type Model = { readonly vaeDecoder: Graph; readonly vaeSettings: VaeSettings; runMs(): number };

type Drawn = {
  readonly latents: Float32Array;
  readonly latentShape: readonly [channels: number, height: number, width: number];
  readonly droppedPrompt: string | undefined;
  /** Of `performance.now()`, and what `runMs` said at the start. */
  readonly startMs: number;
  readonly textDoneMs: number;
  readonly runBeforeMs: number;
};

/** The last part of every pipeline: latents to pixels, and where the time went. Throws as `decodeLatents`. */
export async function finishImage(model: Model, { width, height, seed }: GenerateRequest, drawn: Drawn): Promise<GeneratedImage> {
  const { latents, latentShape, droppedPrompt, startMs, textDoneMs, runBeforeMs } = drawn;
  const denoiseDoneMs = performance.now();
  const pixels = await decodeLatents(model.vaeDecoder, model.vaeSettings, latents, latentShape, { width, height });
  const doneMs = performance.now();
  return {
    width,
    height,
    pixels,
    seed,
    timings: {
      textMs: textDoneMs - startMs,
      denoiseMs: denoiseDoneMs - textDoneMs,
      decodeMs: doneMs - denoiseDoneMs,
      totalMs: doneMs - startMs,
      sessionRunMs: model.runMs() - runBeforeMs,
    },
    ...(droppedPrompt === undefined ? {} : { droppedPrompt }),
  };
}
