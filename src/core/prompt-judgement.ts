/** All rules about prompts together, for a request with all that it would draw. Pure; nothing of a prompt is kept. */
import { coreRefusal } from '#core/prompt-filter.ts';
import { foundIn } from '#core/prompt-rule-index.ts';
import { readPrompt, readRule, type ListedRule, type ReadPrompt } from '#core/prompt-rules.ts';
import { refuse, type Problem } from '#core/problem.ts';
import type { PromptRule } from '#core/safety-port.ts';
import type { ImageRequest } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';

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
  if (lists.refuse.length === 0) return undefined;
  const [listed] = foundIn(prompts.map(readPrompt), lists.refuse);
  return listed === undefined ? undefined : { rule: 'listed', problem: refuse('prompt_listed', { rule: listed.text }).problem };
}

export type PromptWarnings = { readonly warned: readonly string[]; readonly names: readonly string[] };

/** What is said in the acknowledgement. */
export function warningsOf(request: Pick<ImageRequest, 'prompt' | 'variants'>, lists: PromptLists): PromptWarnings {
  const names = lists.names();
  if (names.length + lists.warn.length === 0) return { warned: [], names: [] };
  const read = promptsOf(request).map(readPrompt);
  return { warned: textsOf(foundIn(read, lists.warn)), names: textsOf(foundIn(read, names)) };
}

const textsOf = (rules: readonly ListedRule[]): readonly string[] => rules.map(({ text }) => text);

/** Reads every text once, however many variants share it. */
function readOnce(): (text: string) => ReadPrompt {
  const known = new Map<string, ReadPrompt>();
  return (text) => {
    const read = known.get(text) ?? readPrompt(text);
    known.set(text, read);
    return read;
  };
}

/** So many names are added at most: a model reads only the first words. */
const MOST_ADDED = 8;

/** The same request with names that its prompts hold among what must not be in the picture, wherever the model reads that. */
export function withoutNames(
  request: ImageRequest,
  names: readonly ListedRule[],
  modelOf: (name: string) => Pick<ModelInfo, 'guidance'> | undefined,
): ImageRequest {
  if (names.length === 0) return request;
  const reading = readOnce();
  const changed = <Part extends Pick<ImageRequest, 'prompt' | 'negativePrompt' | 'model' | 'guidanceScale'>>(part: Part): Part => {
    if (part.guidanceScale <= 1 || modelOf(part.model)?.guidance !== true) return part;
    const present = reading(part.negativePrompt);
    // A pattern is no word for a model.
    const added = textsOf(foundIn([reading(part.prompt)], names).filter((name) => name.words.length > 0 && !name.isIn(present)));
    if (added.length === 0) return part;
    return { ...part, negativePrompt: [part.negativePrompt, ...added.slice(0, MOST_ADDED)].filter((text) => text !== '').join(', ') };
  };
  const { variants } = request;
  return { ...changed(request), ...(variants === undefined ? {} : { variants: variants.map(changed) }) };
}

/** Whether all names stand, as words, among what must not be in the picture. */
export function areNegative(
  { negativePrompt, variants = [] }: Pick<ImageRequest, 'negativePrompt' | 'variants'>,
  names: readonly string[],
): boolean {
  const negative = [...new Set([negativePrompt, ...variants.map((variant) => variant.negativePrompt)])].map(readPrompt);
  return names.every((name) => {
    const rule = readRule(name);
    return typeof rule !== 'string' && rule.words.length > 0 && negative.some(rule.isIn);
  });
}
