import type { SchedulerConfig } from './scheduler-config.ts';
import { copyModelInput, mixNoise, type Scheduler } from './scheduler.ts';
import { firstOrder, noiseLevel, secondOrder, thirdOrder, type UpdateWeights } from './dpm-solver-update.ts';
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

/** Sigmas (one more than steps) and timesteps of diffusers scheduling_dpmsolver_multistep.py. */
function dpmSchedule(config: SchedulerConfig, steps: number): { timesteps: Float64Array; sigmas: Float32Array } {
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
    const rounds = config.sigmaSpacing !== 'exponential' && config.betaSchedule !== 'squaredcos_cap_v2';
    timesteps = sigmas.map((sigma) => {
      const t = timestepOfSigma(sigma, logSigmas);
      return rounds ? roundHalfEven(t) : Math.trunc(t);
    });
  }
  const last = config.finalSigmasType === 'sigma_min' ? trainedSigmas[0]! : 0;
  return { timesteps, sigmas: Float32Array.from([...sigmas, last]) };
}

/** DPM-Solver++ (multistep, orders 1 to 3), DPM-Solver and the noisy SDE variant. */
export function createDpmSolverMultistep(config: SchedulerConfig, steps: number): Scheduler & { readonly sigmas: Float32Array } {
  const { timesteps, sigmas } = dpmSchedule(config, steps);
  const count = timesteps.length;
  const isNoisy = config.algorithmType === 'sde-dpmsolver++';
  const history: Float32Array[] = []; // newest first, at most solverOrder; buffers go round
  let fresh = new Float32Array(0);

  function orderOf(step: number): number {
    const isLast = step === count - 1;
    const few = config.lowerOrderFinal && count < 15;
    if (isLast && (config.eulerAtFinal || few || config.finalSigmasType === 'zero')) return 1;
    const wanted = step === count - 2 && few ? Math.min(2, config.solverOrder) : config.solverOrder;
    return Math.min(wanted, history.length); // as many answers as there are since the first step
  }

  function weights(step: number): UpdateWeights {
    const at = (index: number) => noiseLevel(sigmas[index]!);
    const order = orderOf(step);
    if (order === 1) return firstOrder(config, at(step + 1), at(step));
    if (order === 2) return secondOrder(config, at(step + 1), at(step), at(step - 1));
    return thirdOrder(at(step + 1), at(step), at(step - 1), at(step - 2));
  }

  return {
    timesteps,
    sigmas,
    initNoiseSigma: 1,
    scaleModelInput: (latents, _step, target) => copyModelInput(latents, target),
    addNoise(latents, step, noise) {
      const { alpha, sigma } = noiseLevel(sigmas[step]!);
      mixNoise(latents, noise, alpha, sigma);
    },
    step(modelOutput, step, latents, noise) {
      const newest = history.length === config.solverOrder ? history.pop()! : new Float32Array(latents.length);
      convertModelOutput(config, sigmas[step]!, modelOutput, latents, newest);
      history.unshift(newest);
      if (isNoisy) {
        if (fresh.length !== latents.length) fresh = new Float32Array(latents.length);
        noise.fillNormal(fresh);
      }
      const { sample, outputs, noise: noiseWeight, differences } = weights(step);
      const [m0, m1, m2] = history;
      for (let i = 0; i < latents.length; i++) {
        let next = f(sample * latents[i]!) + f(outputs[0]! * m0![i]!);
        if (differences.length > 0) {
          const first = f(differences[0]! * f(m0![i]! - m1![i]!));
          if (differences.length === 1) {
            next = f(next) + f(outputs[1]! * first);
          } else {
            const earlier = f(differences[1]! * f(m1![i]! - m2![i]!));
            const bend = f(first - earlier);
            next = f(f(next) + f(outputs[1]! * f(first + f(differences[2]! * bend)))) + f(outputs[2]! * f(differences[3]! * bend));
          }
        }
        latents[i] = isNoisy ? f(next) + f(noiseWeight * fresh[i]!) : next;
      }
    },
  };
}

/** What the solver integrates: the predicted sample for the ++ algorithms, the predicted noise for plain DPM-Solver. */
function convertModelOutput(
  config: SchedulerConfig,
  sigma: number,
  modelOutput: Float32Array,
  latents: Float32Array,
  target: Float32Array,
): void {
  const { alpha, sigma: sigmaT } = noiseLevel(sigma);
  const { predictionType } = config;
  const wantsNoise = config.algorithmType === 'dpmsolver';
  for (let i = 0; i < target.length; i++) {
    const output = modelOutput[i]!;
    const sample = latents[i]!;
    if (predictionType === 'v_prediction') {
      target[i] = wantsNoise ? f(alpha * output) + f(sigmaT * sample) : f(alpha * sample) - f(sigmaT * output);
    } else if ((predictionType === 'epsilon') === wantsNoise) {
      target[i] = output;
    } else {
      target[i] = wantsNoise ? f(sample - f(alpha * output)) / sigmaT : f(sample - f(sigmaT * output)) / alpha;
    }
  }
}
