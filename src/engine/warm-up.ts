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
