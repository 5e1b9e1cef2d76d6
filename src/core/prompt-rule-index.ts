/** Long lists, looked up by a word instead of line by line. Pure; nothing of a prompt is kept. */
import { standsAt, type ListedRule, type ReadPrompt } from '#core/prompt-rules.ts';

/** Where a rule has to be tried when a word occurs: the rule begins `offset` words before it. */
type Place = { readonly at: number; readonly rule: ListedRule; readonly offset: number };

type RuleIndex = {
  /** Where a rule stands in its list; in the list's order. */
  readonly placesIn: (prompt: ReadPrompt) => ReadonlySet<number>;
};

/**
 * A rule is filed under that of its words which the fewest rules hold, the first of them where that is several: `The Scream` under `scream`.
 * Patterns have no words; each is tried.
 */
function indexOf(rules: readonly ListedRule[]): RuleIndex {
  const counts = new Map<string, number>();
  for (const { words } of rules) for (const word of new Set(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const filed = new Map<string, Place[]>();
  const patterns: { readonly at: number; readonly rule: ListedRule }[] = [];
  for (const [at, rule] of rules.entries()) {
    let [rarest] = rule.words;
    if (rarest === undefined) {
      patterns.push({ at, rule });
      continue;
    }
    for (const word of rule.words) if ((counts.get(word) ?? 0) < (counts.get(rarest) ?? 0)) rarest = word;
    const place = { at, rule, offset: rule.words.indexOf(rarest) };
    const others = filed.get(rarest);
    if (others === undefined) filed.set(rarest, [place]);
    else others.push(place);
  }
  return {
    placesIn: (prompt) => {
      const found = new Set<number>();
      for (const [index, { forms }] of prompt.words.entries())
        for (const form of new Set(forms))
          for (const { at, rule, offset } of filed.get(form) ?? [])
            if (!found.has(at) && standsAt(rule, prompt, index - offset)) found.add(at);
      for (const { at, rule } of patterns) if (rule.isIn(prompt)) found.add(at);
      return found;
    },
  };
}

const made = new WeakMap<readonly ListedRule[], RuleIndex>();

/** The lines of a list that speak of any of the prompts, each once, in the list's order. A list is indexed once and must not change. */
export function foundIn(prompts: readonly ReadPrompt[], rules: readonly ListedRule[]): readonly ListedRule[] {
  if (rules.length === 0) return [];
  let index = made.get(rules);
  if (index === undefined) {
    index = indexOf(rules);
    made.set(rules, index);
  }
  const places = new Set<number>();
  for (const prompt of prompts) for (const at of index.placesIn(prompt)) places.add(at);
  return [...places].toSorted((one, other) => one - other).flatMap((at) => rules[at] ?? []);
}
