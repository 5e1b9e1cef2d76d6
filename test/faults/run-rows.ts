import type { FaultRow } from './row.ts';
import { runRow, type Outcome } from './run-row.ts';

/** Two cores, and most of a row is waiting. */
const sideBySide = 2;

/** Runs every row, two side by side where they allow it; `onEnd` is called as each ends. Resolves in the order of the rows. */
export async function runRows(
  rows: readonly FaultRow[],
  options: {
    readonly runsOf: (row: FaultRow) => number;
    readonly seed: number;
    readonly onEnd: (outcome: Outcome) => void;
  },
): Promise<readonly Outcome[]> {
  const outcomes = new Map<FaultRow, Outcome>();
  const run = async (row: FaultRow): Promise<void> => {
    const outcome = await runRow(row, options.runsOf(row), options.seed);
    outcomes.set(row, outcome);
    options.onEnd(outcome);
  };
  const together = rows.filter(({ isAlone }) => isAlone !== true);
  await Promise.all(
    Array.from({ length: sideBySide }, async () => {
      for (let row = together.shift(); row !== undefined; row = together.shift()) await run(row);
    }),
  );
  for (const row of rows.filter(({ isAlone }) => isAlone === true)) await run(row);
  return rows.flatMap((row) => outcomes.get(row) ?? []);
}
