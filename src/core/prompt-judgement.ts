/** All rules about prompts together, for a request with all that it would draw. Pure; nothing of a prompt is kept. */
import { foldLetters } from '#core/prompt-spelling.ts';
import { coreRefusal } from '#core/prompt-filter.ts';
import { readPrompt, type ListedRule } from '#core/prompt-rules.ts';
import { refuse, type Problem } from '#core/problem.ts';
import type { PromptRule } from '#core/safety-port.ts';
import type { ImageRequest, ModelInfo } from '#core/types.ts';

/** What the configuration adds to the rules that always hold. */
export type PromptLists = {
  readonly refuse: readonly ListedRule[];
  readonly warn: readonly ListedRule[];
  /** Names and brands; a library of works may add its titles, so they are asked for each time. */
  readonly names: () => readonly ListedRule[];
};

export const noPromptLists: PromptLists = { refuse: [], warn: [], names: () => [] };

/** Everything that a model would read, styles and permutations included. */
const promptsOf = ({ prompt, variants = [] }: Pick<ImageRequest, 'prompt' | 'variants'>): readonly string[] =>
  variants.length === 0 ? [prompt] : [...new Set(variants.map((variant) => variant.prompt))];

export type Refusal = { readonly rule: PromptRule; readonly problem: Problem };

/** Why it is not drawn; `undefined` where no rule speaks against it. The rules that always hold come first. */
export function refusalOf(request: Pick<ImageRequest, 'prompt' | 'variants'>, lists: PromptLists): Refusal | undefined {
  const prompts = promptsOf(request);
  for (const prompt of prompts) {
    const rule = coreRefusal(prompt);
    if (rule !== undefined) return { rule, problem: refuse(rule === 'minors' ? 'prompt_minors' : 'prompt_named_nudity', {}).problem };
  }
  const [listed] = foundIn(prompts, lists.refuse);
  return listed === undefined ? undefined : { rule: 'listed', problem: refuse('prompt_listed', { rule: listed }).problem };
}

export type PromptWarnings = { readonly warned: readonly string[]; readonly names: readonly string[] };

/** What is said in the acknowledgement. */
export const warningsOf = (request: Pick<ImageRequest, 'prompt' | 'variants'>, lists: PromptLists): PromptWarnings => ({
  warned: foundIn(promptsOf(request), lists.warn),
  names: foundIn(promptsOf(request), lists.names()),
});

/** The lines of a list that speak of a prompt, each once, in the list's order. */
function foundIn(prompts: readonly string[], rules: readonly ListedRule[]): readonly string[] {
  if (rules.length === 0) return [];
  const read = prompts.map(readPrompt);
  return rules.filter(({ isIn }) => read.some(isIn)).map(({ text }) => text);
}

/** So many names are added at most: a model reads only the first words. */
const MOST_ADDED = 8;

/** The same request with names that its prompts hold among what must not be in the picture, wherever the model reads that. */
export function withoutNames(
  request: ImageRequest,
  names: readonly ListedRule[],
  modelOf: (name: string) => Pick<ModelInfo, 'guidance'> | undefined,
): ImageRequest {
  // A pattern is no word for a model.
  const words = names.filter(({ text }) => !text.startsWith('/'));
  if (words.length === 0) return request;
  const changed = <Part extends Pick<ImageRequest, 'prompt' | 'negativePrompt' | 'model' | 'guidanceScale'>>(part: Part): Part => {
    if (part.guidanceScale <= 1 || modelOf(part.model)?.guidance !== true) return part;
    const present = foldLetters(part.negativePrompt);
    const added = foundIn([part.prompt], words).filter((name) => !present.includes(foldLetters(name)));
    if (added.length === 0) return part;
    return { ...part, negativePrompt: [part.negativePrompt, ...added.slice(0, MOST_ADDED)].filter((text) => text !== '').join(', ') };
  };
  const { variants } = request;
  return { ...changed(request), ...(variants === undefined ? {} : { variants: variants.map(changed) }) };
}

/** Whether all names stand among what must not be in the picture. */
export const areNegative = (
  { negativePrompt, variants = [] }: Pick<ImageRequest, 'negativePrompt' | 'variants'>,
  names: readonly string[],
): boolean =>
  names.every((name) =>
    [negativePrompt, ...variants.map((variant) => variant.negativePrompt)].some((text) => foldLetters(text).includes(foldLetters(name))),
  );
