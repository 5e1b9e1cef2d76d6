import { dpmSchedule } from './dpm-schedule.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { copyModelInput, mixNoise, type Scheduler } from './scheduler.ts';
import { firstOrder, noiseLevel, secondOrder, thirdOrder, type UpdateWeights } from './dpm-solver-update.ts';

const f = Math.fround;

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
