/** What somebody typed, the model's defaults and a seed → a request that decides every pixel. */
import type { Command, Draw } from '#core/command.ts';
import type { Options } from '#core/flags.ts';
import type { Limits } from '#core/limits.ts';
import type { OptionName } from '#core/options.ts';
import { isCommon, perVariant } from '#core/batch.ts';
import { clip } from '#core/prompt-text.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { chooseSize } from '#core/size.ts';
import { suggest } from '#core/suggest.ts';
import type { ImageRequest, Variant } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { checkForModel, checkNegative, checkNumbers, checkSeed } from '#core/request-checks.ts';
import { resolveVariants, type StoredStyle } from '#core/variants.ts';

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
  const { seed, limits } = context;
  const { options, places } = draw;
  const problem = checkNumbers(draw, limits) ?? checkSeed(draw, limits) ?? checkNegative(draw, limits);
  if (problem !== undefined) return { ok: false, problem };
  const rows = resolveVariants(draw, context);
  if (!rows.ok) return rows;
  const { variants, styles } = rows.value;
  const picture = variants === undefined ? resolvePlain(draw, context) : accept(agreed(variants, draw, context));
  if (!picture.ok) return picture;
  const each = options.count ?? 1;
  const count = each * (variants?.length ?? 1);
  if (count > limits.maxBatch)
    return refuse('batch_too_large', { pictures: count, variants: variants?.length ?? 1, limit: limits.maxBatch }, places.count);
  return accept({
    prompt: draw.prompt,
    negativePrompt: options.negativePrompt ?? '',
    count,
    seed: options.seed ?? fitSeed(seed, each, limits.maxSeed),
    ...picture.value,
    quality: qualityOf(options),
    ...(styles.length === 0 ? {} : { styles }),
    ...(options.enhance === true ? { enhance: true } : {}),
    ...(variants === undefined ? {} : { variants }),
  });
}

const qualityOf = ({ hq }: Options): ImageRequest['quality'] => (hq === true ? 'high' : 'fast');

type Picture = Pick<ImageRequest, 'widthPx' | 'heightPx' | 'upscale' | 'steps' | 'guidanceScale' | 'model'>;

/** Of pictures that no style touches. */
function resolvePlain(draw: Draw, { model }: ResolveContext): Result<Picture, Problem> {
  const { options, places } = draw;
  const problem = checkForModel(draw, model);
  if (problem !== undefined) return { ok: false, problem };
  const defaults = model[qualityOf(options)];
  const size = chooseSize({ options, places, model, defaults });
  if (!size.ok) return size;
  const { steps = defaults.steps, guidance = defaults.guidanceScale } = options;
  return accept({ ...size.value, steps, guidanceScale: guidance, model: model.name });
}

/** What all rows have in common; where they differ, the first one's size and the model's own numbers stand for them. */
function agreed(variants: readonly Variant[], { options }: Draw, { model }: ResolveContext): Picture {
  const defaults = model[qualityOf(options)];
  const [first] = variants;
  if (first === undefined) throw new RangeError('a batch has rows');
  const { widthPx, heightPx, upscale } = first;
  return {
    widthPx,
    heightPx,
    ...(upscale === undefined ? {} : { upscale }),
    steps: isCommon({ variants }, 'steps') ? first.steps : defaults.steps,
    guidanceScale: isCommon({ variants }, 'guidanceScale') ? first.guidanceScale : defaults.guidanceScale,
    model: isCommon({ variants }, 'model') ? first.model : model.name,
  };
}

/** A drawn seed is moved down where the last picture's would not fit; a typed one is refused instead, see `checkSeed`. */
const fitSeed = (seed: number, count: number, maxSeed: number): number => Math.min(seed, maxSeed - (count - 1));

/**
 * `again --n 4`: the earlier request as if it had been typed out, with what is changed now. A new quality, model or style brings
 * its own size, steps and guidance; the room's own style is not added to what was drawn without one.
 */
export function drawAgain(request: ImageRequest, again: Command & { kind: 'again' }, model: ModelInfo): Draw {
  const { options: changes, places } = again;
  const { seed: _seed, size, steps, guidance, model: name, ...rest } = requestOptions(request, model);
  const kept = keptNumbers(request, changes, model);
  const options: Options = {
    ...rest,
    ...(kept.has('size') && size !== undefined ? { size } : {}),
    ...(kept.has('steps') && steps !== undefined ? { steps } : {}),
    ...(kept.has('guidance') && guidance !== undefined ? { guidance } : {}),
    ...(isCommon(request, 'model') && name !== undefined ? { model: name } : {}),
    styles: request.styles ?? [],
    ...changes,
  };
  return { kind: 'draw', prompt: request.prompt, options, places };
}

/** Of size, steps and guidance, those that still count beside the changes. Rows that differ have them from their styles, which bring them again. */
function keptNumbers(request: ImageRequest, changes: Options, model: ModelInfo): ReadonlySet<OptionName> {
  if (changes.hq !== undefined || changes.model !== undefined) return new Set();
  const isStyled = request.variants?.some(({ style }) => style !== undefined) === true;
  if (changes.styles !== undefined && isStyled) return new Set();
  const { widthPx, heightPx, steps, guidanceScale } = model[request.quality];
  // In front of a new style, only what somebody typed.
  const counts = (isDefault: boolean): boolean => changes.styles === undefined || !isDefault;
  const isDefaultSize = request.widthPx === widthPx && request.heightPx === heightPx;
  return new Set<OptionName>([
    ...(changes.aspect === undefined && isCommon(request, 'widthPx') && isCommon(request, 'heightPx') && counts(isDefaultSize)
      ? (['size'] as const)
      : []),
    ...(isCommon(request, 'steps') && counts(request.steps === steps) ? (['steps'] as const) : []),
    ...(isCommon(request, 'guidanceScale') && counts(request.guidanceScale === guidanceScale) ? (['guidance'] as const) : []),
  ]);
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
  const params = {
    name: clip(name, 40),
    models: installed.join(', '),
    ...(suggestion === undefined ? {} : { suggestion: `--model ${suggestion}` }),
  };
  return refuse('model_unknown', params, draw.places.model).problem;
}
