/** What a file says about how it was drawn, where its room wants that. */
import { seedOf, singleRequest } from '#core/batch.ts';
import type { ImageRequest } from '#core/types.ts';

/**
 * As AUTOMATIC1111's web UI writes it: the prompt, a line of what must not be there, a line of settings. The size is that at which the model
 * drew; `modelHash` is ours, not that program's. `undefined` where nothing was asked for in words.
 * Source: AUTOMATIC1111/stable-diffusion-webui, «PNG info».
 */
export function parametersOf(request: ImageRequest, index: number, modelHash?: string): string | undefined {
  const { prompt, negativePrompt, widthPx, heightPx, upscale = 1, steps, guidanceScale, model, init } = singleRequest(request, index);
  if (prompt === '') return undefined;
  const settings = [
    `Steps: ${steps}`,
    `CFG scale: ${guidanceScale}`,
    `Seed: ${seedOf(request, index)}`,
    `Size: ${widthPx / upscale}x${heightPx / upscale}`,
    ...(modelHash === undefined ? [] : [`Model hash: ${modelHash}`]),
    `Model: ${model}`,
    ...(init === undefined ? [] : [`Denoising strength: ${init.strength}`]),
    ...(upscale === 1 ? [] : [`Hires upscale: ${upscale}`]),
  ];
  return [prompt, ...(negativePrompt === '' ? [] : [`Negative prompt: ${negativePrompt}`]), settings.join(', ')].join('\n');
}
