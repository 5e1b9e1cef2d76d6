import type { NoiseLevel } from './dpm-solver-update.ts';
import type { SchedulerConfig } from './scheduler-config.ts';

/** next = sample·x + output·m0 + Σ differences[k]·(mk+1 − m0) + correction·(newest − m0) */
export type UnipcWeights = {
  readonly sample: number;
  readonly output: number;
  readonly differences: readonly number[];
  readonly correction: number;
};

/**
 * `multistep_uni_p_bh_update` and `multistep_uni_c_bh_update` of diffusers scheduling_unipc_multistep.py, predicting samples.
 * @param to where the step ends
 * @param from where it begins, and where those before it began, newest first: as many as the order
 */
export function unipcWeights(
  { solverType }: SchedulerConfig,
  to: NoiseLevel,
  from: readonly NoiseLevel[],
  what: 'predict' | 'correct',
): UnipcWeights {
  const [now, ...earlier] = from as [NoiseLevel, ...NoiseLevel[]];
  const order = from.length;
  const h = to.lambda - now.lambda;
  const fall = Math.expm1(-h); // h·φ1(h)
  const scale = solverType === 'bh1' ? -h : fall; // B(h)
  const ratios = earlier.map((level) => (level.lambda - now.lambda) / h);

  const sums: number[] = []; // b
  let phi = fall / -h - 1;
  for (let i = 1, factorial = 1; i <= order; i++) {
    sums.push((phi * factorial) / scale);
    factorial *= i + 1;
    phi = phi / -h - 1 / factorial;
  }
  let shares: readonly number[]; // ρ, of each earlier answer; a correction has one more, of the newest
  if (what === 'correct') shares = order === 1 ? [0.5] : solvePowers([...ratios, 1], sums);
  else shares = order === 2 ? [0.5] : solvePowers(ratios, sums);
  return {
    sample: to.sigma / now.sigma,
    output: -to.alpha * fall,
    differences: ratios.map((ratio, k) => (-to.alpha * scale * shares[k]!) / ratio),
    correction: what === 'correct' ? -to.alpha * scale * shares[order - 1]! : 0,
  };
}

/** ρ of Σ ρk · nodes[k]^i = sums[i], for as many i as there are nodes: Gauss's elimination, at most three by three. */
function solvePowers(nodes: readonly number[], sums: readonly number[]): number[] {
  const n = nodes.length;
  const rows = Array.from({ length: n }, (_, i) => [...nodes.map((node) => node ** i), sums[i]!]);
  for (let column = 0; column < n; column++) {
    const pivot = rows.reduce((best, row, i) => (i > column && Math.abs(row[column]!) > Math.abs(rows[best]![column]!) ? i : best), column);
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (const [i, row] of rows.entries()) {
      if (i === column) continue;
      const factor = row[column]! / rows[column]![column]!;
      for (let k = column; k <= n; k++) row[k] = row[k]! - factor * rows[column]![k]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}
