import { dpmSchedule } from './dpm-schedule.ts';
import { noiseLevel } from './dpm-solver-update.ts';
import type { SchedulerConfig } from './scheduler-config.ts';
import { copyModelInput, mixNoise, type Scheduler } from './scheduler.ts';
import { unipcWeights, type UnipcWeights } from './unipc-weights.ts';

const f = Math.fround;

/**
 * As diffusers scheduling_unipc_multistep.py with `predict_x0`: each answer first corrects where the step before led to, then predicts the
 * next sample. Orders 1 to 3.
 */
export function createUnipc(config: SchedulerConfig, steps: number): Scheduler & { readonly sigmas: Float32Array } {
  const { timesteps, sigmas } = dpmSchedule(config, steps, true);
  const outputs: Float32Array[] = []; // predicted samples, newest first, at most solverOrder; buffers go round
  let before = new Float32Array(0); // where the last step began
  let order = 0; // of the last step
  let spare: Float32Array | undefined; // the oldest of them, no longer needed
  const levelAt = (index: number) => noiseLevel(sigmas[index]!);

  /** From `origin` at sigma number `step` to the next, over `latents`. `newest` is what the model says at the end, for a correction. */
  function move(latents: Float32Array, origin: Float32Array, weights: UnipcWeights, newest: Float32Array | undefined): void {
    const { sample, output, differences, correction } = weights;
    const [m0, m1, m2] = outputs;
    for (let i = 0; i < latents.length; i++) {
      const center = m0![i]!;
      let next = f(f(sample * origin[i]!) + f(output * center));
      if (differences.length > 0) next = f(next + f(differences[0]! * f(m1![i]! - center)));
      if (differences.length > 1) next = f(next + f(differences[1]! * f(m2![i]! - center)));
      latents[i] = newest ? next + f(correction * f(newest[i]! - center)) : next;
    }
  }

  return {
    timesteps,
    sigmas,
    initNoiseSigma: 1,
    scaleModelInput: (latents, _step, target) => copyModelInput(latents, target),
    addNoise(latents, step, noise) {
      const { alpha, sigma } = levelAt(step);
      mixNoise(latents, noise, alpha, sigma);
    },
    step(modelOutput, step, latents) {
      const predicted = spare?.length === latents.length ? spare : new Float32Array(latents.length);
      predictSample(config, sigmas[step]!, modelOutput, latents, predicted);
      if (order > 0 && !config.disabledCorrectors.includes(step - 1)) {
        const levels = Array.from({ length: order }, (_, i) => levelAt(step - 1 - i));
        move(latents, before, unipcWeights(config, levelAt(step), levels, 'correct'), predicted);
      }
      spare = outputs.length === config.solverOrder ? outputs.pop() : undefined;
      outputs.unshift(predicted);
      const left = timesteps.length - step;
      order = Math.min(config.lowerOrderFinal ? Math.min(config.solverOrder, left) : config.solverOrder, outputs.length);
      if (before.length !== latents.length) before = new Float32Array(latents.length);
      before.set(latents);
      const levels = Array.from({ length: order }, (_, i) => levelAt(step - i));
      move(latents, before, unipcWeights(config, levelAt(step + 1), levels, 'predict'), undefined);
    },
  };
}

function predictSample(
  { predictionType }: SchedulerConfig,
  sigma: number,
  output: Float32Array,
  latents: Float32Array,
  target: Float32Array,
): void {
  const { alpha, sigma: sigmaT } = noiseLevel(sigma);
  for (let i = 0; i < target.length; i++) {
    const answer = output[i]!;
    if (predictionType === 'epsilon') target[i] = f(latents[i]! - f(sigmaT * answer)) / alpha;
    else if (predictionType === 'v_prediction') target[i] = f(alpha * latents[i]!) - f(sigmaT * answer);
    else target[i] = answer;
  }
}
