import type { Counts, FaultRow } from './row.ts';

export type Outcome = {
  readonly row: FaultRow;
  readonly seconds: number;
  /** What was counted, or why there is nothing to count. */
  readonly result: Counts | { readonly skipped: string } | { readonly failure: string };
};

/** Injects one row's fault `runs` times, with chance from `seed`; never rejects. */
export async function runRow(row: FaultRow, runs: number, seed: number): Promise<Outcome> {
  const startedAt = performance.now();
  const outcome = (result: Outcome['result']): Outcome => ({ row, seconds: (performance.now() - startedAt) / 1000, result });
  try {
    const skipped = await row.skip?.();
    if (skipped !== undefined) return outcome({ skipped });
    return outcome(await row.inject({ runs, random: randomOf(seed, row.number) }));
  } catch (error) {
    return outcome({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

/** What is wrong with it, in a few words; `undefined` where the promise held. */
export function complaint({ row, result }: Outcome): string | undefined {
  if ('skipped' in result) return undefined;
  if ('failure' in result) return result.failure;
  const { runs, commands, lost, doubled, unknown } = result;
  if (runs === 0 || commands === 0) return 'nothing was injected';
  const wrong = [
    ...(lost > 0 ? [`${lost} lost`] : []),
    ...(doubled > 0 ? [`${doubled} doubled`] : []),
    ...(unknown > 0 && row.allowsUnknown === undefined ? [`${unknown} unknown`] : []),
  ];
  return wrong.length === 0 ? undefined : wrong.join(', ');
}

/** 0 … 1, the same for the same seed and row whichever other rows run (mulberry32). */
export function randomOf(seed: number, row: number): () => number {
  let state = Math.imul(seed ^ (row * 0x9e37_79b1), 0x85eb_ca6b);
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
