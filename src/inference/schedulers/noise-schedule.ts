import type { SchedulerConfig } from './scheduler-config.ts';

const f = Math.fround;

/** Sigma of a zero-SNR schedule's last step in the classes that divide by alpha: 2⁻²⁴, float16's smallest number, instead of 0. */
const ALMOST_ZERO = 2 ** -24;

/**
 * ᾱ(t) for t = 0 … numTrainTimesteps − 1, in float32 as torch computes it (`torch.cumprod` accumulates in double on a CPU).
 * Source: `__init__` of every diffusers scheduling_*.py.
 */
export function alphasCumprod(config: SchedulerConfig): Float32Array {
  let betas = makeBetas(config);
  if (config.rescaleBetasZeroSnr) betas = rescaleZeroTerminalSnr(betas);
  return cumprodOfAlphas(betas);
}

/** As above, for the classes whose sigmas must stay finite. */
export function finiteAlphasCumprod(config: SchedulerConfig): Float32Array {
  const alphas = alphasCumprod(config);
  if (config.rescaleBetasZeroSnr) alphas[alphas.length - 1] = ALMOST_ZERO;
  return alphas;
}

/** σ = √((1 − ᾱ) / ᾱ), by training timestep, lowest noise first. */
export function sigmasOfAlphas(alphas: Float32Array): Float32Array {
  return alphas.map((alpha) => f(Math.sqrt(f(f(1 - alpha) / alpha))));
}

/** `torch.linspace` in float32 on a CPU: counted from both ends. */
export function linspaceFloat32(start: number, end: number, steps: number): Float32Array {
  const [first, last] = [f(start), f(end)];
  const step = steps > 1 ? f(f(last - first) / (steps - 1)) : 0;
  const halfway = Math.floor(steps / 2);
  // The kernel is compiled with fused multiply-add: one rounding, at the end.
  return Float32Array.from({ length: steps }, (_, i) => (steps === 1 || i < halfway ? first + step * i : last - step * (steps - i - 1)));
}

function makeBetas(config: SchedulerConfig): Float32Array {
  if (config.trainedBetas) return Float32Array.from(config.trainedBetas);
  const { betaStart, betaEnd, numTrainTimesteps } = config;
  switch (config.betaSchedule) {
    case 'linear':
      return linspaceFloat32(betaStart, betaEnd, numTrainTimesteps);
    case 'scaled_linear':
      return linspaceFloat32(betaStart ** 0.5, betaEnd ** 0.5, numTrainTimesteps).map((root) => f(root * root));
    case 'squaredcos_cap_v2': {
      const alphaBar = (t: number): number => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
      return Float32Array.from({ length: numTrainTimesteps }, (_, i) =>
        Math.min(1 - alphaBar((i + 1) / numTrainTimesteps) / alphaBar(i / numTrainTimesteps), 0.999),
      );
    }
  }
}

function cumprodOfAlphas(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map((beta) => (product *= f(1 - beta)));
}

/** Common Diffusion Noise Schedules and Sample Steps are Flawed, algorithm 1. */
function rescaleZeroTerminalSnr(betas: Float32Array): Float32Array {
  const roots = cumprodOfAlphas(betas).map((alpha) => f(Math.sqrt(alpha)));
  const first = roots[0]!;
  const last = roots[roots.length - 1]!;
  const factor = f(first / f(first - last));
  const alphasBar = roots.map((root) => {
    const shifted = f(f(root - last) * factor);
    return f(shifted * shifted);
  });
  return alphasBar.map((alphaBar, i) => f(1 - (i === 0 ? alphaBar : f(alphaBar / alphasBar[i - 1]!))));
}
