/** Numbers that were typed, against the limits and what a model takes. Sizes are checked where they are chosen, see size.ts. */
import type { Draw } from '#core/command.ts';
import type { Limits } from '#core/limits.ts';
import { flagOf, optionRow, type OptionName } from '#core/options.ts';
import { countCharacters } from '#core/prompt-text.ts';
import { refuse, type Problem } from '#core/problem.ts';
import type { Style } from '#core/styles.ts';
import type { ModelInfo } from '#core/model-info.ts';

/** Those that have the same range for every model. */
export function checkNumbers({ options, places }: Draw, limits: Limits): Problem | undefined {
  for (const name of ['count', 'guidance', 'strength'] as const satisfies readonly OptionName[]) {
    const value = options[name];
    const { min, max = Infinity } = optionRow(name).range?.(limits) ?? { min: 0 };
    if (value === undefined || (value >= min && value <= max)) continue;
    const nearest = String(Math.min(max, Math.max(min, value)));
    const flag = flagOf(name);
    return refuse('number_out_of_range', { flag, value: showNumber(value), min, max, example: `${flag} ${nearest}` }, places[name]).problem;
  }
  return undefined;
}

export function checkSeed({ options, places }: Draw, { maxSeed }: Limits): Problem | undefined {
  const { seed, count = 1 } = options;
  if (seed === undefined) return undefined;
  const value = showNumber(seed);
  if (seed < 0 || seed > maxSeed) return refuse('seed_out_of_range', { value, max: String(maxSeed) }, places.seed).problem;
  if (seed + count - 1 <= maxSeed) return undefined;
  return refuse('seed_too_high_for_count', { seed: value, count, highest: String(maxSeed - (count - 1)) }, places.seed).problem;
}

/** However it came: typed, kept from an earlier request, or by a schedule from when more was allowed. */
export function checkNegative(
  { options, places }: Pick<Draw, 'options' | 'places'>,
  { maxPromptChars: limit }: Limits,
): Problem | undefined {
  const length = countCharacters(options.negativePrompt ?? '');
  return length > limit ? refuse('negative_too_long', { length, limit }, places.negativePrompt).problem : undefined;
}

/** Steps, guidance and negative prompt; a style may bring a guidance that `--no` needs. */
export const checkForModel = (draw: Draw, model: ModelInfo, style?: Style): Problem | undefined =>
  checkSteps(draw, model) ?? checkGuidance(draw, model, style);

function checkSteps({ options: { steps }, places }: Draw, { maxSteps, title }: ModelInfo): Problem | undefined {
  if (steps === undefined || (steps >= 1 && steps <= maxSteps)) return undefined;
  const nearest = String(Math.min(maxSteps, Math.max(1, steps)));
  return refuse('steps_out_of_range', { value: showNumber(steps), max: maxSteps, model: title, nearest }, places.steps).problem;
}

function checkGuidance({ options, places }: Draw, model: ModelInfo, style: Style | undefined): Problem | undefined {
  if (!model.guidance) {
    if (options.guidance !== undefined)
      return refuse('guidance_unsupported', { flag: '--guidance', model: model.title }, places.guidance).problem;
    if (options.negativePrompt !== undefined)
      return refuse('guidance_unsupported', { flag: '--no', model: model.title }, places.negativePrompt).problem;
    return undefined;
  }
  const guidance = options.guidance ?? style?.defaults.guidance ?? model[options.hq === true ? 'high' : 'fast'].guidanceScale;
  if (options.negativePrompt === undefined || guidance > 1) return undefined;
  return refuse('negative_needs_guidance', { guidance: String(guidance) }, places.negativePrompt).problem;
}

/** Twenty digits are no longer exact as a number: they are shown as large, not as wrong digits. */
const showNumber = (value: number): string => (Math.abs(value) <= Number.MAX_SAFE_INTEGER ? String(value) : value.toExponential(1));
