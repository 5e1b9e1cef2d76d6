import type { SchedulerConfig } from './scheduler-config.ts';
import { finiteAlphasCumprod, sigmasOfAlphas } from './noise-schedule.ts';
import { interpolateAt, luSigmas, respacedSigmas, timestepOfSigma } from './sigma-schedule.ts';
import { linspace, roundHalfEven, trailing } from './timestep-spacing.ts';

const f = Math.fround;

/** Timesteps before any respacing: unlike Euler's they leave out the end of the range. */
function spacedDpmTimesteps(config: SchedulerConfig, alphas: Float32Array, steps: number): Float64Array {
  const trained = config.numTrainTimesteps;
  // λ = log(α/σ) falls with t: cosine schedules are cut where it would fall below the limit
  const clipped = alphas.reduce((count, alpha) => count + (logSignalToNoise(alpha) < config.lambdaMinClipped ? 1 : 0), 0);
  const last = trained - clipped;
  switch (config.timestepSpacing) {
    case 'linspace':
      return linspace(0, last - 1, steps + 1)
        .map(roundHalfEven)
        .toReversed()
        .subarray(0, -1);
    case 'leading': {
      const ratio = Math.floor(last / (steps + 1));
      return Float64Array.from({ length: steps }, (_, i) => (steps - i) * ratio + config.stepsOffset);
    }
    case 'trailing':
      return trailing(last, trained / steps, steps);
  }
}

function logSignalToNoise(alpha: number): number {
  return f(f(Math.log(f(Math.sqrt(alpha)))) - f(Math.log(f(Math.sqrt(f(1 - alpha))))));
}

/**
 * Sigmas (one more than steps) and timesteps of diffusers scheduling_dpmsolver_multistep.py and scheduling_unipc_multistep.py, which differ
 * where cosine schedules are respaced: the latter rounds timesteps there, too.
 */
export function dpmSchedule(
  config: SchedulerConfig,
  steps: number,
  roundsCosine = false,
): { timesteps: Float64Array; sigmas: Float32Array } {
  const alphas = finiteAlphasCumprod(config);
  const trainedSigmas = sigmasOfAlphas(alphas);
  const logSigmas = trainedSigmas.map((sigma) => f(Math.log(sigma)));
  let timesteps = spacedDpmTimesteps(config, alphas, steps);
  let sigmas: Float64Array;
  if (config.sigmaSpacing === 'timesteps') {
    sigmas = timesteps.map((t) => interpolateAt(t, trainedSigmas));
  } else {
    const isLu = config.sigmaSpacing === 'lu';
    sigmas = isLu ? luSigmas(logSigmas, steps) : respacedSigmas(config, trainedSigmas[trainedSigmas.length - 1]!, trainedSigmas[0]!, steps);
    const rounds = config.sigmaSpacing !== 'exponential' && (roundsCosine || config.betaSchedule !== 'squaredcos_cap_v2');
    timesteps = sigmas.map((sigma) => {
      const t = timestepOfSigma(sigma, logSigmas);
      return rounds ? roundHalfEven(t) : Math.trunc(t);
    });
  }
  const last = config.finalSigmasType === 'sigma_min' ? trainedSigmas[0]! : 0;
  return { timesteps, sigmas: Float32Array.from([...sigmas, last]) };
}
