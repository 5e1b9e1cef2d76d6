/** The shape of `styles.yaml`, ours and imported ones: parsed YAML → styles, and back. */
import { z } from 'zod';
import { typedSize } from '#core/size.ts';
import { cleanText, clip } from '#core/prompt-text.ts';
import { refuse, type Problem } from '#core/problem.ts';
import type { StyleEdit } from '#core/style-edit.ts';
import type { ImportedStyle, ImportProblem } from '#core/style-import.ts';
import { isStyleKey } from '#core/style-keys.ts';
import { checkStyleName, styleKey } from '#core/style-names.ts';
import { styleBounds, type NamedStyle, type SmallStyle, type Style } from '#core/styles.ts';
import { suggest } from '#core/suggest.ts';
import { filterNames } from '#core/types.ts';

const text = z.string().transform(cleanText);
const size = z
  .string()
  .regex(/^\d{1,5}[x×]\d{1,5}$/u)
  .transform((typed) => ({ widthPx: Number(typed.split(/[x×]/u)[0]), heightPx: Number(typed.split(/[x×]/u)[1]) }))
  .refine(({ widthPx, heightPx }) => [widthPx, heightPx].every((side) => side >= styleBounds.sidePx.min && side <= styleBounds.sidePx.max));

const shape = {
  title: z
    .union([text.pipe(z.string().min(1)), z.strictObject({ en: text.pipe(z.string().min(1)), de: text.pipe(z.string().min(1)) })])
    .optional(),
  aliases: z.array(z.string()).max(styleBounds.aliases).default([]),
  prompt: text,
  negativePrompt: text.default(''),
  small: z
    .strictObject({ prompt: text.optional(), filter: z.enum(filterNames).optional(), needsLargerModel: z.boolean().optional() })
    .optional(),
  defaults: z
    .strictObject({
      size: size.optional(),
      steps: z.int().min(styleBounds.steps.min).max(styleBounds.steps.max).optional(),
      guidance: z.number().min(styleBounds.guidance.min).max(styleBounds.guidance.max).optional(),
      model: z
        .string()
        .regex(/^\S{1,64}$/u)
        .optional(),
      enhance: z.enum(['auto', 'off']).optional(),
    })
    .default({}),
};
const entrySchema = z.strictObject(shape);
type Entry = z.infer<typeof entrySchema>;

/** @param parsed what the YAML says; all mistakes are told at once */
export function readStyles(parsed: unknown): { readonly styles: readonly ImportedStyle[]; readonly problems: readonly ImportProblem[] } {
  const file = z.strictObject({ styles: z.record(z.string(), z.unknown()) }).safeParse(parsed);
  if (!file.success) return { styles: [], problems: file.error.issues.flatMap((issue) => problemsOf(issue, [], ['styles'])) };
  const styles: ImportedStyle[] = [];
  const problems: ImportProblem[] = [];
  const seen = new Map<string, number>();
  for (const [index, [typed, value]] of Object.entries(file.data.styles).entries()) {
    const entry = index + 1;
    const name = checkStyleName(typed);
    const key = styleKey(typed);
    const first = seen.get(key);
    seen.set(key, first ?? entry);
    const place = { entry, name: clip(cleanText(typed), styleBounds.nameChars) };
    if (!name.ok) problems.push({ place, problem: name.problem });
    else if (first !== undefined)
      problems.push({ place, problem: refuse('style_import_duplicate', { name: name.value, unit: 'entry', first }).problem });
    const read = entrySchema.safeParse(value);
    if (!read.success) problems.push(...read.error.issues.flatMap((issue) => problemsOf(issue, [place.name], Object.keys(shape), place)));
    else if (name.ok && first === undefined) styles.push({ name: name.value, edit: toEdit(read.data), place });
  }
  return { styles, problems };
}

function toEdit({ title, aliases, prompt, negativePrompt, small, defaults }: Entry): StyleEdit {
  return {
    ...(title === undefined ? {} : { title }),
    aliases,
    prompt,
    negativePrompt,
    small: small === undefined ? null : toSmall(small),
    size: defaults.size ?? null,
    steps: defaults.steps ?? null,
    guidance: defaults.guidance ?? null,
    model: defaults.model ?? null,
    enhance: defaults.enhance ?? null,
  };
}

const toSmall = ({ prompt, filter, needsLargerModel }: NonNullable<Entry['small']>): SmallStyle => ({
  ...(prompt === undefined ? {} : { prompt }),
  ...(filter === undefined ? {} : { filter }),
  ...(needsLargerModel === true ? { needsLargerModel } : {}),
});

const allowedIn: ReadonlyMap<string, readonly string[]> = new Map([
  ['title', ['en', 'de']],
  ['small', ['prompt', 'filter', 'needsLargerModel']],
  ['defaults', ['size', 'steps', 'guidance', 'model', 'enhance']],
]);

function problemsOf(
  issue: z.core.$ZodIssue,
  above: readonly string[],
  top: readonly string[],
  place: ImportProblem['place'] = {},
): readonly ImportProblem[] {
  const inner = issue.path.map(String);
  const path = [...above, ...inner];
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedIn.get(inner[0] ?? '') ?? top;
    return issue.keys.map((key) => ({ place, problem: unknownKey(clip([...path, key].join('.'), 80), key, allowed) }));
  }
  const known = inner.findLast(isStyleKey);
  const field = known ?? (above.length === 0 ? 'styles' : 'entry');
  return [{ place, problem: refuse('style_value_invalid', { key: clip(path.join('.') || 'styles', 80), field }).problem }];
}

function unknownKey(path: string, key: string, allowed: readonly string[]): Problem {
  const suggestion = suggest(key, allowed);
  return refuse('style_key_unknown', { key: path, allowed: allowed.join(', '), ...(suggestion === undefined ? {} : { suggestion }) })
    .problem;
}

/** The styles as `readStyles` takes them; what is empty is left out. */
export function toStylesFile(styles: readonly NamedStyle[]): { readonly styles: Readonly<Record<string, unknown>> } {
  return { styles: Object.fromEntries(styles.map(({ name, style }) => [name, toEntry(style)])) };
}

function toEntry({ title, aliases, prompt, negativePrompt, small, defaults }: Style): Readonly<Record<string, unknown>> {
  const { size: pixels, ...rest } = defaults;
  const written = { ...(pixels === undefined ? {} : { size: typedSize(pixels) }), ...rest };
  return {
    title: { en: title.en, de: title.de },
    ...(aliases.length === 0 ? {} : { aliases }),
    prompt,
    ...(negativePrompt === '' ? {} : { negativePrompt }),
    ...(small === undefined ? {} : { small }),
    ...(Object.keys(written).length === 0 ? {} : { defaults: written }),
  };
}
