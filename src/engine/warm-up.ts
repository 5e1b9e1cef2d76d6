import type { ChildUpscaling } from '#src/engine/child-upscaling.ts';
import type { ProviderName } from '#src/engine/providers.ts';
import { InferenceError } from '#src/inference/errors.ts';
import type { TextToImagePipeline } from '#src/inference/pipeline.ts';

/** Small enough to take no time, large enough for three halvings of the latents. */
const smallSidePx = 64;

/**
 * The cheapest picture that the pipeline makes, thrown away. A provider that lacks an operator or a number format
 * fails here and not at the first person's picture. Rejects with the pipeline's InferenceError.
 */
export const warmUp = async (pipeline: TextToImagePipeline): Promise<void> => {
  const { fixedSize, nativeWidth, nativeHeight } = pipeline.description;
  const draw = async (width: number, height: number): Promise<void> => {
    await pipeline.generate({ prompt: '', width, height, steps: 1, guidanceScale: 1, seed: 0 });
  };
  if (!fixedSize && Math.min(nativeWidth, nativeHeight) > smallSidePx) {
    try {
      return await draw(smallSidePx, smallSidePx);
    } catch (error) {
      if (!(error instanceof InferenceError && error.code === 'size_unsupported')) throw error;
    }
  }
  await draw(nativeWidth, nativeHeight);
};

/** The same for the upscaler: one tile, on this provider alone. The CPU lacks nothing, and a large network's tile takes it long. */
export const warmUpUpscaler = async (
  upscaling: ChildUpscaling,
  { folder, provider }: { readonly folder: string; readonly provider: ProviderName },
): Promise<void> => {
  if (provider === 'cpu') return;
  const small = { pixels: new Uint8Array(8 * 8 * 3), widthPx: 8, heightPx: 8 };
  await upscaling.enlarge(small, { factor: 2, folder, providers: [provider] }, { signal: new AbortController().signal, onTile: () => {} });
};
