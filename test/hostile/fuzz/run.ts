import fc, { type Parameters } from 'fast-check';
import type { FuzzTarget } from './target.ts';

export type FuzzOutcome = {
  readonly cases: number;
  readonly ms: number;
  /** The smallest case that was found and how to see it again; absent where all is well. */
  readonly failure?: string;
};

/** Runs one target with `cases` cases made from `seed`; `path` leads at once to a case that failed before. */
export async function runTarget(
  { open }: FuzzTarget,
  { cases, seed, path }: { cases: number; seed: number; path?: string },
): Promise<FuzzOutcome> {
  const startedMs = performance.now();
  const { property, close } = await open();
  try {
    const parameters: Parameters<readonly unknown[]> = { numRuns: cases, seed, ...(path === undefined ? {} : { path }) };
    const details = await fc.check(property as fc.IAsyncProperty<readonly unknown[]>, parameters);
    const outcome = { cases: details.numRuns, ms: performance.now() - startedMs };
    if (!details.failed) return outcome;
    const { errorInstance: error } = details;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...outcome, failure: `${fc.defaultReportMessage(details)}\n${reason}` };
  } finally {
    await close?.();
  }
}
