/** A style and a prompt → what the model sees. */
import { withoutWeights } from '#core/prompt-weights.ts';
import { placeholder, type SmallStyle, type Style } from '#core/styles.ts';
import type { FilterName } from '#core/types.ts';
import type { ModelInfo, Vocabulary, Words } from '#core/model-info.ts';

export type Prompts = { readonly prompt: string; readonly negativePrompt: string };

export type AppliedStyle = Prompts & {
  /** For the finished pixels. */
  readonly filter?: FilterName;
  /** The model can't draw this style, or only nearly. */
  readonly note?: 'needs_larger_model';
};

/**
 * What somebody typed stands first in the negative prompt, so that a long one of the style can't push it out of what the model
 * reads. A prompt is put in once, as it is: `{prompt}` in it stays. Models with a closed vocabulary get `small`, or else those
 * words of the template that they know: others blur what they draw. Models without guidance take no negative prompt.
 */
export function applyStyle(
  style: Style,
  { prompt, negativePrompt }: Prompts,
  model: Pick<ModelInfo, 'guidance' | 'vocabulary'>,
): AppliedStyle {
  const typed = model.guidance ? negativePrompt : '';
  if (model.vocabulary === undefined) {
    const negative = model.guidance ? [negativePrompt, style.negativePrompt].filter((part) => part !== '').join(', ') : '';
    return { prompt: fill(style.prompt, prompt), negativePrompt: negative };
  }
  const { prompt: template = placeholder, filter, needsLargerModel } = style.small ?? knownPart(style.prompt, model.vocabulary);
  return {
    prompt: fill(template, prompt),
    negativePrompt: typed,
    ...(filter === undefined ? {} : { filter }),
    ...(needsLargerModel === true ? { note: 'needs_larger_model' as const } : {}),
  };
}

/** Whether the answer has to say that this model can't draw the style. */
export const needsLargerModel = (style: Style, model: Pick<ModelInfo, 'guidance' | 'vocabulary'>): boolean =>
  applyStyle(style, { prompt: '', negativePrompt: '' }, model).note === 'needs_larger_model';

function fill(template: string, prompt: string): string {
  const at = template.indexOf(placeholder);
  return at === -1 ? prompt : template.slice(0, at) + prompt + template.slice(at + placeholder.length);
}

/** What such a model understands of a template that nobody wrote for it: `{prompt} at night, watercolor, 8k` → without `8k`. */
function knownPart(template: string, vocabulary: Vocabulary): SmallStyle {
  const own = inWords(withoutWeights(template.replaceAll(placeholder, ' ')));
  const style = firstOf(vocabulary.styles, own);
  // Single words such as `red` or `night` are too often part of something else to be taken for a background.
  const places = [...vocabulary.backgrounds, ...vocabulary.places].flatMap((words) => firstOf([words], own, 2) ?? []);
  const known = [...places, ...(style === undefined ? [] : [style])];
  const isAll = known.reduce((text, name) => text.replace(inWords(name), ' '), own).trim() === '';
  return {
    ...(known.length === 0 ? {} : { prompt: [placeholder, ...known].join(', ') }),
    ...(style === undefined && !isAll ? { needsLargerModel: true } : {}),
  };
}

/** Of all the names that have so many words, the longest of those that stand furthest to the front. */
function firstOf(list: readonly Words[], text: string, fewestWords = 1): string | undefined {
  return list
    .flatMap(({ en, de }) => [...en, ...de])
    .filter((name) => name.split(' ').length >= fewestWords)
    .map((name) => ({ name, at: text.indexOf(inWords(name)) }))
    .filter(({ at }) => at !== -1)
    .sort((a, b) => a.at - b.at || b.name.length - a.name.length)[0]?.name;
}

/** ` pixel art low res `: words with a blank on both sides, so that whole ones are found. */
const inWords = (text: string): string => ` ${(text.toLowerCase().match(/[\p{L}\p{M}\p{N}&]+/gu) ?? []).join(' ')} `;
