/** styles × words in braces → the rows of a batch, each with all that its style decides. */
import { permutations } from '#core/batch.ts';
import type { Draw } from '#core/command.ts';
import { clip } from '#core/prompt-text.ts';
import { accept, type Problem, type Result } from '#core/problem.ts';
import type { ResolveContext } from '#core/request.ts';
import { chooseSize } from '#core/size.ts';
import { applyStyle } from '#core/style-apply.ts';
import { findStyle } from '#core/style-names.ts';
import type { Style } from '#core/styles.ts';
import type { ModelInfo, Variant } from '#core/types.ts';

/** A style as it is stored. */
export type StoredStyle = { readonly name: string; readonly version: number; readonly style: Style };

type Rows = {
  /** Absent where every picture is made from the request itself. */
  readonly variants: readonly Variant[] | undefined;
  /** Names of the styles. */
  readonly styles: readonly string[];
};

export function resolveVariants(draw: Draw, context: ResolveContext): Result<Rows, Problem> {
  const chosen = chooseStyles(draw, context);
  if (!chosen.ok) return chosen;
  const ways = permutations(draw.prompt);
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
  { prompt: words, chosen }: ReturnType<typeof permutations>[number],
  context: ResolveContext,
): Result<Variant, Problem> {
  const { options, places } = draw;
  const { style } = named ?? {};
  const model = modelFor(draw, style, context);
  const defaults = model[options.hq === true ? 'high' : 'fast'];
  const ownSize = options.size === undefined && options.aspect === undefined && style?.defaults.size !== undefined;
  const wanted = chooseSize({ options: ownSize ? { ...options, size: style.defaults.size } : options, places, model, defaults });
  // A style may have been made for a model with other sizes.
  const size = wanted.ok || !ownSize ? wanted : chooseSize({ options, places, model, defaults });
  if (!size.ok) return size;
  const steps = options.steps ?? Math.min(style?.defaults.steps ?? defaults.steps, model.maxSteps);
  const { prompt, negativePrompt, filter, note } = applyIfAny(style, { prompt: words, negativePrompt: options.negativePrompt ?? '' }, model);
  const enhance = options.enhance === true || style?.defaults.enhance === 'auto';
  return accept({
    label: [...(named === undefined ? [] : [named.name]), ...chosen].join(' · ') || clip(words, 40),
    words,
    ...(named === undefined ? {} : { style: { name: named.name, version: named.version } }),
    prompt,
    negativePrompt,
    ...size.value,
    steps: options.hq === true ? (options.steps ?? defaults.steps) : steps,
    guidanceScale: options.guidance ?? style?.defaults.guidance ?? defaults.guidanceScale,
    model: model.name,
    ...(filter === undefined ? {} : { filter }),
    ...(enhance ? { enhance } : {}),
    ...(note === undefined ? {} : { needsLargerModel: true }),
  });
}

const applyIfAny = (style: Style | undefined, words: { prompt: string; negativePrompt: string }, model: ModelInfo) =>
  ({ filter: undefined, note: undefined, ...(style === undefined ? words : applyStyle(style, words, model)) });

/** A style's model counts where none was typed and it is installed. */
function modelFor({ options }: Draw, style: Style | undefined, { model, models }: ResolveContext): ModelInfo {
  const named = options.model === undefined ? style?.defaults.model : undefined;
  return (named === undefined ? undefined : models?.(named)) ?? model;
}
