import { InferenceError } from './errors.ts';
import type { Scheduler } from './schedulers/scheduler.ts';

/**
 * Repainting a part of a picture, as StableDiffusionInpaintPipeline and StableDiffusionXLInpaintPipeline. Masks are [height, width] of the
 * picture, 0 to 255: from 128 on a pixel is painted anew.
 */
const PAINTED = 128;
/** Grey: 0 between −1 and 1, which no whole number of 0 to 255 is. */
const HIDDEN = 127.5;

/** What keeps the rest of a picture as it is, where the UNet was not told of it. */
export type KeptLatents = {
  readonly isPainted: Uint8Array; // [height, width] of the latents: 0 or 1
  readonly latents: Float32Array; // of the picture, [channels, height, width]
  readonly noise: Float32Array; // the same noise at every step
};

/** [height · scale, width · scale] → [height, width]: the first pixel of each square decides, as torch's nearest neighbour. */
export function shrinkMask(mask: Uint8Array, height: number, width: number, scale: number): Uint8Array {
  return Uint8Array.from({ length: height * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return mask[(row * width * scale + column) * scale]! >= PAINTED ? 1 : 0;
  });
}

/** The picture without what is painted anew: RGB, [height, width, 3], not whole numbers. */
export function hidePainted(pixels: Uint8Array, mask: Uint8Array): Float32Array {
  return Float32Array.from(pixels, (value, i) => (mask[Math.floor(i / 3)]! >= PAINTED ? HIDDEN : value));
}

/** What a UNet that repaints sees beside the latents: the mask, then the latents of what is kept. [1 + channels, height, width] */
export function maskChannels(isPainted: Uint8Array, keptLatents: Float32Array): Float32Array {
  const channels = new Float32Array(isPainted.length + keptLatents.length);
  channels.set(isPainted);
  channels.set(keptLatents, isPainted.length);
  return channels;
}

/** After a step: what is kept becomes the picture's latents again, noised as far as the next step begins; at the end without noise. */
export function restoreKept(latents: Float32Array, kept: KeptLatents, scheduler: Scheduler, nextStep: number, scratch: Float32Array): void {
  scratch.set(kept.latents);
  if (nextStep < scheduler.timesteps.length) scheduler.addNoise(scratch, nextStep, kept.noise);
  const area = kept.isPainted.length;
  for (let i = 0; i < latents.length; i++) if (kept.isPainted[i % area] === 0) latents[i] = scratch[i]!;
}

/** Throws `request_invalid`. */
export function checkMask(
  mask: Uint8Array | undefined,
  {
    repaints,
    hasInit,
    width,
    height,
  }: { readonly repaints: boolean; readonly hasInit: boolean; readonly width: number; readonly height: number },
): void {
  if (repaints && !(hasInit && mask))
    throw new InferenceError(
      'request_invalid',
      'This model only repaints parts of a picture: give it a picture to start from and a mask of what to paint anew, or take another model.',
    );
  if (!mask) return;
  if (!hasInit) throw new InferenceError('request_invalid', 'A mask says which part of a picture to paint anew: give the picture, too.');
  if (mask.length !== width * height)
    throw new InferenceError(
      'request_invalid',
      `The mask must have the size of the picture, ${width}×${height} with one byte a pixel; ${mask.length} bytes were given.`,
      { width, height },
    );
}
