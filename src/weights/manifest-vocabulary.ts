/** `vocabulary` in `blitzbild.json`: the closed list of what a model can draw. Only for models that have one. */
import { z } from 'zod';
import { languages } from '#core/types.ts';
import type { Thing, Vocabulary } from '#core/model-info.ts';

const names = z.array(z.string().min(1)).min(1);
/** What something is called; the first name of each language is the one that is shown. */
const words = { en: names, de: names };
const forms = { en: z.array(z.string().min(1)), de: z.array(z.string().min(1)) };

const shape = z.strictObject({
  /** `forms`: plurals and cases of all the names; they are guessed where they are left out. */
  things: z.array(z.strictObject({ ...words, forms: z.strictObject(forms).optional(), group: z.string().optional() })).min(1),
  /** Titles by the name that `group` refers to, in the order in which they are shown. */
  groups: z.record(z.string(), z.strictObject({ en: z.string().min(1), de: z.string().min(1) })).default({}),
  backgrounds: z.array(z.strictObject(words)).default([]),
  styles: z.array(z.strictObject(words)).default([]),
  /** Where in the picture the thing is, and how large. */
  places: z.array(z.strictObject(words)).default([]),
  /** What people ask for and the model can't draw, with the things that come nearest, by their first English name. */
  related: z.array(z.strictObject({ ...words, near: z.array(z.string()).min(1) })).default([]),
});

export const vocabulary = shape.superRefine((list, context) => {
  for (const { path, message } of mistakesIn(list)) context.addIssue({ code: 'custom', path: [...path], message });
});

type Mistake = { readonly path: readonly (string | number)[]; readonly message: string };

/** Names that lead nowhere, and names that a thing has already. */
function mistakesIn({ things, groups, related }: z.infer<typeof shape>): readonly Mistake[] {
  const firstNames = new Set(things.map(({ en }) => en[0]));
  const taken = { en: new Set(things.flatMap(({ en }) => en)), de: new Set(things.flatMap(({ de }) => de)) };
  return [
    ...things.flatMap(({ group }, index): readonly Mistake[] =>
      group === undefined || Object.hasOwn(groups, group)
        ? []
        : [{ path: ['things', index, 'group'], message: `«${group}» is not among groups` }],
    ),
    ...related.flatMap(({ near }, index): readonly Mistake[] =>
      near
        .filter((name) => !firstNames.has(name))
        .map((name) => ({ path: ['related', index, 'near'], message: `«${name}» is not the first English name of a thing` })),
    ),
    ...related.flatMap((entry, index) =>
      languages.flatMap((language): readonly Mistake[] =>
        entry[language]
          .filter((name) => taken[language].has(name))
          .map((name) => ({ path: ['related', index, language], message: `«${name}» is a name of a thing, so it is not unknown` })),
      ),
    ),
  ];
}

/** `group` and `forms` are left out where there are none, as `Thing` wants it. */
export const toVocabulary = ({ things, ...rest }: z.infer<typeof shape>): Vocabulary => ({
  ...rest,
  things: things.map(({ group, forms: given, ...both }): Thing => ({
    ...both,
    ...(group === undefined ? {} : { group }),
    ...(given && { forms: given }),
  })),
});
