/** What somebody typed, the model's defaults and a seed → a request that decides every pixel. */
import type { Command, Draw } from '#core/command.ts';
import type { Options } from '#core/flags.ts';
import type { Limits } from '#core/limits.ts';
import { flagOf, optionRow, type OptionName } from '#core/options.ts';
import { perVariant } from '#core/batch.ts';
import { clip } from '#core/prompt-text.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { chooseSize } from '#core/size.ts';
import { suggest } from '#core/suggest.ts';
import { resolveVariants, type StoredStyle } from '#core/variants.ts';
import type { ImageRequest, ModelInfo } from '#core/types.ts';

export type ResolveContext = {
  readonly model: ModelInfo;
  /** Drawn by the caller; used where none was typed. */
  readonly seed: number;
  readonly limits: Limits;
  /** Those that may be named. */
  readonly styles?: readonly StoredStyle[];
  /** The room's own, where none is named. */
  readonly defaultStyle?: string | undefined;
  /** Of a style that names a model. */
  readonly models?: (name: string) => ModelInfo | undefined;
};

/** Every picture of a batch is decided here: styles × words in braces × `--n`. */
export function resolveRequest(draw: Draw, context: ResolveContext): Result<ImageRequest, Problem> {
  const { model, seed, limits } = context;
  const { options, places } = draw;
  const problem = checkRanges(draw, model, limits) ?? checkSeed(draw, limits) ?? checkGuidance(draw, model);
  if (problem !== undefined) return { ok: false, problem };
  const quality = options.hq === true ? 'high' : 'fast';
  const defaults = model[quality];
  const size = chooseSize({ options, places, model, defaults });
  if (!size.ok) return size;
  const rows = resolveVariants(draw, context);
  if (!rows.ok) return rows;
  const { variants, styles } = rows.value;
  const perVariant = options.count ?? 1;
  const count = perVariant * (variants?.length ?? 1);
  if (count > limits.maxBatch) return refuse('batch_too_large', { pictures: count, variants: variants?.length ?? 1, limit: limits.maxBatch }, places.count);
  // A single variant is what the whole request is about.
  const only = variants?.length === 1 ? variants[0] : undefined;
  const { upscale: _upscale, ...sizeOnly } = size.value;
  return accept({
    prompt: draw.prompt,
    negativePrompt: options.negativePrompt ?? '',
    count,
    seed: options.seed ?? fitSeed(seed, perVariant, limits.maxSeed),
    ...(only === undefined
      ? size.value
      : { ...sizeOnly, widthPx: only.widthPx, heightPx: only.heightPx, ...(only.upscale === undefined ? {} : { upscale: only.upscale }) }),
    steps: only?.steps ?? options.steps ?? defaults.steps,
    guidanceScale: only?.guidanceScale ?? options.guidance ?? defaults.guidanceScale,
    quality,
    model: only?.model ?? model.name,
    ...(styles.length === 0 ? {} : { styles }),
    ...(options.enhance === true ? { enhance: true } : {}),
    ...(variants === undefined ? {} : { variants }),
  });
}

/** A drawn seed is moved down where the last picture's would not fit; a typed one is refused instead, see `checkSeed`. */
const fitSeed = (seed: number, count: number, maxSeed: number): number => Math.min(seed, maxSeed - (count - 1));

/**
 * `again --n 4`: the earlier request as if it had been typed out, with what is changed now. A new quality or model
 * brings its own size, steps and guidance.
 */
export function drawAgain(request: ImageRequest, again: Command & { kind: 'again' }, model: ModelInfo): Draw {
  const { options: changes, places } = again;
  const keepsDefaults = changes.hq === undefined && changes.model === undefined;
  const { size, steps, guidance, styles, ...rest } = requestOptions(request, model);
  const kept: Options = {
    ...rest,
    ...(keepsDefaults && steps !== undefined ? { steps } : {}),
    ...(keepsDefaults && guidance !== undefined ? { guidance } : {}),
    ...(keepsDefaults && changes.aspect === undefined && size !== undefined ? { size } : {}),
  };
  const { seed: _seed, ...withoutSeed } = kept;
  // What a style brought is brought again by the style; the room's own is not added to what was drawn without one.
  const styled: Options = { ...withoutStyleDefaults(withoutSeed, request), styles: styles ?? [] };
  return { kind: 'draw', prompt: request.prompt, options: { ...styled, ...changes }, places };
}

/** The variants know what their style made of size, steps and guidance; typed once more, it would count for every style. */
function withoutStyleDefaults(options: Options, { variants }: ImageRequest): Options {
  if (variants?.every(({ style }) => style === undefined) ?? true) return options;
  const { size: _size, steps: _steps, guidance: _guidance, model: _model, ...rest } = options;
  return rest;
}

/** Every option of a request, as far as the model takes it. */
export function requestOptions(request: ImageRequest, model: ModelInfo | undefined): Options {
  const takesGuidance = model?.guidance ?? true;
  return {
    count: perVariant(request),
    seed: request.seed,
    size: { widthPx: request.widthPx, heightPx: request.heightPx },
    steps: request.steps,
    ...(takesGuidance ? { guidance: request.guidanceScale } : {}),
    ...(takesGuidance && request.negativePrompt !== '' ? { negativePrompt: request.negativePrompt } : {}),
    ...(request.quality === 'high' ? { hq: true as const } : {}),
    model: request.model,
    ...(request.styles === undefined ? {} : { styles: request.styles }),
    ...(request.enhance === undefined ? {} : { enhance: request.enhance }),
  };
}

/** `--model` named one that is not installed. */
export function unknownModel(draw: Pick<Draw, 'options' | 'places'>, installed: readonly string[]): Problem {
  const name = draw.options.model ?? '';
  const suggestion = suggest(name, installed);
  const params = { name: clip(name, 40), models: installed.join(', '), ...(suggestion === undefined ? {} : { suggestion }) };
  return refuse('model_unknown', params, draw.places.model).problem;
}

function checkRanges({ options, places }: Draw, model: ModelInfo, limits: Limits): Problem | undefined {
  for (const name of ['count', 'steps', 'guidance', 'strength'] as const satisfies readonly OptionName[]) {
    const value = options[name];
    const { min, max = Infinity } = optionRow(name).range?.(limits, model) ?? { min: 0 };
    if (value === undefined || (value >= min && value <= max)) continue;
    const nearest = String(Math.min(max, Math.max(min, value)));
    const shown = showNumber(value);
    if (name === 'steps') return refuse('steps_out_of_range', { value: shown, max, model: model.title, nearest }, places.steps).problem;
    const flag = flagOf(name);
    return refuse('number_out_of_range', { flag, value: shown, min, max, example: `${flag} ${nearest}` }, places[name]).problem;
  }
  return undefined;
}

/** Twenty digits are no longer exact as a number: they are shown as large, not as wrong digits. */
const showNumber = (value: number): string => (Math.abs(value) <= Number.MAX_SAFE_INTEGER ? String(value) : value.toExponential(1));

function checkSeed({ options, places }: Draw, { maxSeed }: Limits): Problem | undefined {
  const { seed, count = 1 } = options;
  if (seed === undefined) return undefined;
  const value = showNumber(seed);
  if (seed < 0 || seed > maxSeed) return refuse('seed_out_of_range', { value, max: String(maxSeed) }, places.seed).problem;
  if (seed + count - 1 <= maxSeed) return undefined;
  return refuse('seed_too_high_for_count', { seed: value, count, highest: String(maxSeed - (count - 1)) }, places.seed).problem;
}

function checkGuidance({ options, places }: Draw, model: ModelInfo): Problem | undefined {
  if (!model.guidance) {
    if (options.guidance !== undefined)
      return refuse('guidance_unsupported', { flag: '--guidance', model: model.title }, places.guidance).problem;
    if (options.negativePrompt !== undefined)
      return refuse('guidance_unsupported', { flag: '--no', model: model.title }, places.negativePrompt).problem;
    return undefined;
  }
  const guidance = options.guidance ?? model[options.hq === true ? 'high' : 'fast'].guidanceScale;
  if (options.negativePrompt === undefined || guidance > 1) return undefined;
  return refuse('negative_needs_guidance', { guidance: String(guidance) }, places.negativePrompt).problem;
}
