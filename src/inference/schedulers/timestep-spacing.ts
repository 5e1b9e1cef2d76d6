import type { SchedulerConfig } from './scheduler-config.ts';

/** As numpy's `round`: halves go to the even neighbour. Exact for |x| < 2⁵¹. */
export function roundHalfEven(x: number): number {
  const magic = 6755399441055744; // 1.5 · 2⁵²: at this size a double has no fraction left
  return x + magic - magic;
}

/** numpy's `linspace(start, stop, count)`. */
export function linspace(start: number, stop: number, count: number): Float64Array {
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  const values = Float64Array.from({ length: count }, (_, i) => i * step + start);
  if (count > 1) values[count - 1] = stop;
  return values;
}

/** Timesteps of Euler, Euler ancestral and DDIM, highest first: table 2 of Common Diffusion Noise Schedules and Sample Steps are Flawed. */
export function spacedTimesteps(config: SchedulerConfig, steps: number): Float64Array {
  const trained = config.numTrainTimesteps;
  switch (config.timestepSpacing) {
    case 'linspace':
      return linspace(0, trained - 1, steps).toReversed();
    case 'leading': {
      const ratio = Math.floor(trained / steps);
      return Float64Array.from({ length: steps }, (_, i) => (steps - 1 - i) * ratio + config.stepsOffset);
    }
    case 'trailing':
      return trailing(trained, trained / steps, steps);
  }
}

/**
 * Of the `trained` timesteps that a consistency model was distilled with, every `stride`-th and highest first, `steps` evenly spaced ones
 * (numpy's linspace without its end).
 */
export function distilledTimesteps(trained: number, stride: number, steps: number): Float64Array {
  return linspace(0, trained, steps + 1)
    .subarray(0, -1)
    .map((index) => (trained - Math.floor(index)) * stride - 1);
}

/** numpy's `arange(start, 0, -ratio)`, rounded, minus one; without the value below zero that arange adds for some ratios. */
export function trailing(start: number, ratio: number, atMost: number): Float64Array {
  const delta = start - ratio - start; // as arange: the second value minus the first, rounding included
  const count = Math.min(atMost, Math.ceil(start / ratio));
  return Float64Array.from({ length: count }, (_, i) => roundHalfEven(start + i * delta) - 1);
}
