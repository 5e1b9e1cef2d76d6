/** One measured number of the bench. */
export type BenchRow = {
  readonly name: string;
  readonly value: number;
  /** Such as `ms`, `MB`, `%`. */
  readonly unit: string;
  /** The most that `value` may be, in the same unit. */
  readonly target?: number;
  /** What was measured, where the name leaves a question open. */
  readonly note?: string;
};

/** `fraction` of the values are at most this; 0.5 for the median. */
export const quantile = (values: readonly number[], fraction: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN;
};
