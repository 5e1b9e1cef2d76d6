import { InferenceError } from '#src/inference/errors.ts';
import type { TextToImagePipeline } from '#src/inference/pipeline.ts';

/** Small enough to take no time, large enough for three halvings of the latents. */
const smallSidePx = 64;

/** Distilled checkpoints accept no other number of steps than their own. */
const stepCounts = [1, 2, 4, 8] as const;

/**
 * The cheapest picture that the pipeline makes, thrown away. A provider that lacks an operator or a number format
 * fails here and not at the first person's picture. Rejects with the pipeline's last error.
 */
export const warmUp = async (pipeline: TextToImagePipeline): Promise<void> => {
  let refusal: unknown;
  for (const [width, height] of sizes(pipeline)) {
    for (const steps of stepCounts) {
      try {
        await pipeline.generate({ prompt: '', width, height, steps, guidanceScale: 1, seed: 0 }, {});
        return;
      } catch (error) {
        if (!(error instanceof InferenceError)) throw error;
        refusal = error;
        if (error.code === 'size_unsupported') break;
        if (error.code !== 'steps_unsupported') throw error;
      }
    }
  }
  throw refusal;
};

const sizes = ({ description }: TextToImagePipeline): readonly (readonly [number, number])[] => {
  const native = [description.nativeWidth, description.nativeHeight] as const;
  if (description.fixedSize || Math.min(...native) <= smallSidePx) return [native];
  return [[smallSidePx, smallSidePx], native];
};
