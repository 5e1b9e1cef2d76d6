import { AppError } from '#core/errors.ts';

export const throwIfCancelled = (signal: AbortSignal): void => {
  if (signal.aborted) throw new AppError('cancelled');
};

/** The promise goes on; only the waiting ends. */
export const unlessCancelled = <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const cancel = (): void => reject(new AppError('cancelled'));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
