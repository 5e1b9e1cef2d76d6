import { InferenceError } from './errors.ts';

/** Throws `cancelled` once the signal says so. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  try {
    signal?.throwIfAborted();
  } catch (reason) {
    throw new InferenceError('cancelled', 'The picture was cancelled.', {}, { cause: reason });
  }
}
