import { z } from 'zod';
import { readRule, type ListedRule } from '#core/prompt-rules.ts';

/** The comparison with the library of protected works. */
export type SimilarityConfig = {
  /** Before a picture is posted. `report`: its caption names the work that it resembles. `hold-back`: it is not posted. */
  readonly check: (typeof checks)[number];
  /** What becomes of a picture that could not be compared. */
  readonly onFailure: (typeof onFailures)[number];
  /** Instead of the copy-detection model's own. */
  readonly threshold?: number;
  /** Names and brands that a prompt is warned of. */
  readonly names: readonly ListedRule[];
  /** Titles and rights holders of the library count as names as well. */
  readonly namesFromLibrary: boolean;
};

const checks = ['off', 'report', 'hold-back'] as const;
export const onFailures = ['post', 'hold-back'] as const;

const MOST_RULES = 2000;

/** Lines of a list of words and patterns. */
export const ruleList = z
  .array(
    z.string().transform((line, context): ListedRule => {
      const rule = readRule(line);
      if (typeof rule !== 'string') return rule;
      context.addIssue({ code: 'custom', message: rule });
      return z.NEVER;
    }),
  )
  .max(MOST_RULES, `must have at most ${MOST_RULES} lines`)
  .default([]);

export const similarityFile = z
  .strictObject({
    check: z.enum(checks).default('report'),
    onFailure: z.enum(onFailures).default('post'),
    threshold: z.number().gt(0).max(1).optional(),
    names: ruleList,
    namesFromLibrary: z.boolean().default(false),
  })
  .prefault({})
  .transform(({ threshold, ...rest }): SimilarityConfig => ({ ...rest, ...(threshold === undefined ? {} : { threshold }) }));
