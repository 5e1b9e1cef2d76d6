import { InferenceError } from './errors.ts';
import type { GenerateRequest } from './generate.ts';
import type { ModelDescription } from './model-description.ts';

/**
 * What every pipeline asks of a request, whatever it draws with.
 * @param multipleOf of both sides, in pixels
 * Throws `size_unsupported`, `request_invalid`.
 */
export function checkNumbers(
  { fixedSize, nativeWidth, nativeHeight }: ModelDescription,
  { width, height, guidanceScale, seed }: GenerateRequest,
  multipleOf: number,
): void {
  if (fixedSize && (width !== nativeWidth || height !== nativeHeight))
    throw new InferenceError(
      'size_unsupported',
      `This model makes pictures of ${nativeWidth}×${nativeHeight} only; ${width}×${height} was asked for.`,
      { width, height, nativeWidth, nativeHeight },
    );
  if (![width, height].every((side) => Number.isSafeInteger(side) && side >= multipleOf && side % multipleOf === 0))
    throw new InferenceError('size_unsupported', `Width and height must be multiples of ${multipleOf}; ${width}×${height} was asked for.`, {
      width,
      height,
      multipleOf,
    });
  if (!Number.isFinite(guidanceScale))
    throw new InferenceError('request_invalid', `The guidance scale must be a number; ${guidanceScale} was given.`, { guidanceScale });
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new InferenceError(
      'request_invalid',
      `The seed must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}; ${seed} was given.`,
      { seed },
    );
}
