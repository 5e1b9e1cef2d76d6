import type { SchedulerConfig } from './scheduler-config.ts';
import { linspace } from './timestep-spacing.ts';

const RHO = 7; // Elucidating the Design Space of Diffusion-Based Generative Models

/** numpy's `interp(x, arange(n), values)`: straight lines between whole numbers, the ends held. */
export function interpolateAt(x: number, values: Float32Array): number {
  const last = values.length - 1;
  if (x <= 0) return values[0]!;
  if (x >= last) return values[last]!;
  const low = Math.floor(x);
  return (values[low + 1]! - values[low]!) * (x - low) + values[low]!;
}

/** Sigmas between the limits of `sigmas` (highest first), spaced as the configuration says. */
export function respacedSigmas(config: SchedulerConfig, highest: number, lowest: number, steps: number): Float64Array {
  const sigmaMin = config.sigmaMin ?? lowest;
  const sigmaMax = config.sigmaMax ?? highest;
  if (config.sigmaSpacing === 'karras') {
    const [from, to] = [sigmaMax ** (1 / RHO), sigmaMin ** (1 / RHO)];
    return linspace(0, 1, steps).map((ramp) => (from + ramp * (to - from)) ** RHO);
  }
  return linspace(Math.log(sigmaMax), Math.log(sigmaMin), steps).map(Math.exp);
}

/** As `_convert_to_lu` with ρ = 1: even steps of log σ. The limits are float32 logarithms. */
export function luSigmas(logSigmas: Float32Array, steps: number): Float64Array {
  const [lowest, highest] = [logSigmas[0]!, logSigmas[logSigmas.length - 1]!];
  return linspace(0, 1, steps).map((ramp) => Math.exp(highest + ramp * (lowest - highest)));
}

/** The (fractional) training timestep at which a sigma occurs; `logSigmas` ascends. As `_sigma_to_t`. */
export function timestepOfSigma(sigma: number, logSigmas: Float32Array): number {
  const logSigma = Math.log(Math.max(sigma, 1e-10));
  let low = 0;
  // argmax of the running count of values below: the last index at or below, held two from the end
  for (let i = 0; i < logSigmas.length; i++) if (logSigma - logSigmas[i]! >= 0) low = i;
  low = Math.min(low, logSigmas.length - 2);
  const [below, above] = [logSigmas[low]!, logSigmas[low + 1]!];
  const share = Math.min(1, Math.max(0, (below - logSigma) / Math.fround(below - above)));
  return (1 - share) * low + share * (low + 1);
}
