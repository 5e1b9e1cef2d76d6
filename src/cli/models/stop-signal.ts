import { ModelStoreError } from '#src/weights/store/store-error.ts';

/**
 * Ends `work` at Ctrl-C. It comes twice, from the terminal and from the launcher: the second must not end what the first began to close.
 * @throws ModelStoreError `stopped` where the work itself says nothing better
 */
export async function untilStopped<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  try {
    return await work(stopping.signal);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw new ModelStoreError('stopped', 'Stopped; nothing was changed.', { cause: error });
    throw error;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, stop);
  }
}
