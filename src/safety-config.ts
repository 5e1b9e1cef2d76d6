import { z } from 'zod';
import type { PromptLists } from '#core/prompt-judgement.ts';
import { readRule, type ListedRule } from '#core/prompt-rules.ts';
import type { Work } from '#core/similarity-port.ts';
import { onFailures, ruleList, type SimilarityConfig } from '#src/similarity-config.ts';

/** What is not drawn or not shown, beyond the rules that always hold. */
export type SafetyConfig = {
  readonly classifier: {
    /** Where a classifier is installed. */
    readonly check: (typeof classifierChecks)[number];
    readonly onFailure: (typeof onFailures)[number];
    /** Instead of the model's own. */
    readonly threshold?: number;
  };
  readonly prompts: { readonly refuse: readonly ListedRule[]; readonly warn: readonly ListedRule[] };
};

const classifierChecks = ['off', 'hold-back'] as const;

export const safetyFile = z
  .strictObject({
    classifier: z
      .strictObject({
        check: z.enum(classifierChecks).default('hold-back'),
        onFailure: z.enum(onFailures).default('hold-back'),
        threshold: z.number().gt(0).max(1).optional(),
      })
      .prefault({})
      .transform(({ threshold, ...rest }): SafetyConfig['classifier'] => ({ ...rest, ...(threshold === undefined ? {} : { threshold }) })),
    prompts: z.strictObject({ refuse: ruleList, warn: ruleList }).prefault({}),
  })
  .prefault({});

/** New works are looked for that often. */
const WORKS_KEPT_MS = 60_000;

/** What the configuration says about prompts; `works` are those of the library, where there is one. */
export function promptListsOf(
  { safety, similarity }: { readonly safety: SafetyConfig; readonly similarity: SimilarityConfig },
  works: () => readonly Work[] = () => [],
): PromptLists {
  const { refuse, warn } = safety.prompts;
  if (!similarity.namesFromLibrary) return { refuse, warn, names: () => similarity.names };
  let names: readonly ListedRule[] = similarity.names;
  let readAtMs = -Infinity;
  let known = new Map<string, ListedRule | string>();
  return {
    refuse,
    warn,
    names: () => {
      if (performance.now() - readAtMs < WORKS_KEPT_MS) return names;
      readAtMs = performance.now();
      const texts = new Set(works().flatMap(({ title, rightsHolder }) => (rightsHolder === undefined ? [title] : [title, rightsHolder])));
      // An unchanged library keeps its list, and what was made for looking it up.
      if (texts.size === known.size && [...texts].every((text) => known.has(text))) return names;
      known = new Map(Array.from(texts, (text) => [text, known.get(text) ?? readRule(text)]));
      names = [...similarity.names, ...[...known.values()].filter((rule) => typeof rule !== 'string')];
      return names;
    },
  };
}
