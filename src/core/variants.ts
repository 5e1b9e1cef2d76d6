/** styles × words in braces → the rows of a batch, each with all that its style decides. */
import type { Draw } from '#core/command.ts';
import type { Options } from '#core/flags.ts';
import type { Size } from '#core/options.ts';
import { countPermutations, permutations, type Permutation } from '#core/permutations.ts';
import { clip } from '#core/prompt-text.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { ResolveContext } from '#core/request.ts';
import { checkForModel } from '#core/request-checks.ts';
import { chooseSize } from '#core/size.ts';
import { applyStyle } from '#core/style-apply.ts';
import { findStyle } from '#core/style-names.ts';
import type { Style } from '#core/styles.ts';
import type { ModelDefaults, ModelInfo } from '#core/model-info.ts';
import type { Variant } from '#core/types.ts';

/** A style as it is stored. */
export type StoredStyle = { readonly name: string; readonly version: number; readonly style: Style };

type Rows = {
  /** Absent where every picture is made from the request itself. */
  readonly variants: readonly Variant[] | undefined;
  /** Names of the styles. */
  readonly styles: readonly string[];
};

/** More than anybody asks for; larger ones are told as this. */
const countless = 1_000_000;

export function resolveVariants(draw: Draw, context: ResolveContext): Result<Rows, Problem> {
  const chosen = chooseStyles(draw, context);
  if (!chosen.ok) return chosen;
  const { maxBatch } = context.limits;
  // Before any are made: braces multiply.
  const most = Math.min(countless, countPermutations(draw.prompt) * Math.max(1, chosen.value.length));
  if (most > maxBatch) return refuse('batch_too_large', { pictures: most * (draw.options.count ?? 1), variants: most, limit: maxBatch });
  const ways = permutations(draw.prompt);
  if (draw.prompt !== '' && ways[0]?.prompt === '') return refuse('prompt_empty', {});
  const isPlain = chosen.value.length === 0 && ways.length === 1 && draw.options.enhance !== true;
  if (isPlain && ways[0]?.prompt === draw.prompt) return accept({ variants: undefined, styles: [] });
  const styles: readonly (StoredStyle | undefined)[] = chosen.value.length === 0 ? [undefined] : chosen.value;
  const variants: Variant[] = [];
  for (const style of styles) {
    for (const way of ways) {
      const variant = variantFor(draw, style, way, context);
      if (!variant.ok) return variant;
      variants.push(variant.value);
    }
  }
  return accept({ variants, styles: chosen.value.map(({ name }) => name) });
}

/** Those that were named, else the room's own if it is still there. */
function chooseStyles({ options, places }: Draw, { styles = [], defaultStyle }: ResolveContext): Result<readonly StoredStyle[], Problem> {
  if (options.styles === undefined) {
    const own = defaultStyle === undefined ? undefined : findStyle(defaultStyle, styles);
    return accept(own?.ok === true ? [own.value] : []);
  }
  const found: StoredStyle[] = [];
  for (const typed of options.styles) {
    const style = findStyle(typed, styles);
    if (!style.ok) return places.styles === undefined ? style : { ok: false, problem: { ...style.problem, place: places.styles } };
    if (!found.includes(style.value)) found.push(style.value);
  }
  return accept(found);
}

/** What was typed comes before what the style says, which comes before the model's own. */
function variantFor(
  draw: Draw,
  named: StoredStyle | undefined,
  { prompt: words, chosen }: Permutation,
  context: ResolveContext,
): Result<Variant, Problem> {
  const { options, places } = draw;
  const { style } = named ?? {};
  const model = modelFor(draw, style, context);
  const problem = checkForModel(draw, model, style);
  if (problem !== undefined) return { ok: false, problem };
  const defaults = model[options.hq === true ? 'high' : 'fast'];
  const ownSize = options.size === undefined && options.aspect === undefined ? sizeOfStyle(style, options, defaults) : undefined;
  const wanted = chooseSize({ options: ownSize === undefined ? options : { ...options, size: ownSize }, places, model, defaults });
  // A style may have been made for a model with other sizes.
  const size = wanted.ok || ownSize === undefined ? wanted : chooseSize({ options, places, model, defaults });
  if (!size.ok) return size;
  // The higher quality never takes fewer steps than the style alone.
  const ownSteps = options.hq === true ? Math.max(defaults.steps, style?.defaults.steps ?? 0) : (style?.defaults.steps ?? defaults.steps);
  const ownGuidance = model.guidance ? (style?.defaults.guidance ?? defaults.guidanceScale) : defaults.guidanceScale;
  const { prompt, negativePrompt, filter, note } = applyIfAny(
    style,
    { prompt: words, negativePrompt: options.negativePrompt ?? '' },
    model,
  );
  const enhance = options.enhance === true || style?.defaults.enhance === 'auto';
  return accept({
    label: [...(named === undefined ? [] : [named.name]), ...chosen].join(' · ') || clip(words, 40),
    words,
    ...(named === undefined ? {} : { style: { name: named.name, version: named.version } }),
    prompt,
    negativePrompt,
    ...size.value,
    steps: options.steps ?? Math.min(ownSteps, model.maxSteps),
    guidanceScale: options.guidance ?? ownGuidance,
    model: model.name,
    ...(filter === undefined ? {} : { filter }),
    ...(enhance ? { enhance } : {}),
    ...(note === undefined ? {} : { needsLargerModel: true }),
  });
}

/** The higher quality is never smaller for its style. */
function sizeOfStyle(style: Style | undefined, { hq }: Options, defaults: ModelDefaults): Size | undefined {
  const size = style?.defaults.size;
  const isSmaller = size !== undefined && size.widthPx * size.heightPx < defaults.widthPx * defaults.heightPx;
  return hq === true && isSmaller ? undefined : size;
}

const applyIfAny = (style: Style | undefined, words: { prompt: string; negativePrompt: string }, model: ModelInfo) => ({
  filter: undefined,
  note: undefined,
  ...(style === undefined ? words : applyStyle(style, words, model)),
});

/** A style's model counts where none was typed and it is installed. */
function modelFor({ options }: Draw, style: Style | undefined, { model, models }: ResolveContext): ModelInfo {
  const named = options.model === undefined ? style?.defaults.model : undefined;
  return (named === undefined ? undefined : models?.(named)) ?? model;
}
