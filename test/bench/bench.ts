import type { BenchRow } from './row.ts';

export type BenchOptions = {
  /** A tenth of the pictures and commands, to see whether the bench itself works. */
  readonly quick: boolean;
  /** Also what needs 16 GB of memory and 5 GB of disk. */
  readonly large: boolean;
};

export type BenchOutcome =
  | {
      readonly rows: readonly BenchRow[];
      /** What the numbers don't say themselves. */
      readonly remark?: string;
    }
  /** Why this machine can't measure it. */
  | { readonly skip: string };

export type Bench = {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  run(options: BenchOptions): Promise<BenchOutcome>;
};

/** How often something is done: `count`, or a tenth of it, at least two. */
export const times = (count: number, { quick }: BenchOptions): number => (quick ? Math.max(2, Math.round(count / 10)) : count);
