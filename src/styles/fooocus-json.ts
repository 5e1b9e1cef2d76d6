/** `sdxl_styles_*.json` as Fooocus and the SDXL prompt stylers have it: a list of `{name, prompt, negative_prompt}`. */
import { z } from 'zod';
import { refuse, type Problem } from '#core/problem.ts';
import { clip } from '#core/prompt-text.ts';
import type { ImportProblem, StyleImport } from '#core/style-import.ts';
import type { NamedStyle } from '#core/styles.ts';
import { collect, type ForeignEntry } from '#src/styles/foreign-entry.ts';
import { foreignName } from '#src/styles/lost.ts';

const entrySchema = z.looseObject({ name: z.string(), prompt: z.string().nullish(), negative_prompt: z.string().nullish() });

export function readStylesJson(written: string): StyleImport {
  let parsed: unknown;
  try {
    parsed = JSON.parse(written.replace(/^\ufeff/u, ''));
  } catch (error) {
    const [, line] = (error instanceof Error ? error.message : '').match(/\(line (\d+) column/u) ?? [];
    return failed(refuse('style_import_json', line === undefined ? {} : { line: Number(line) }).problem);
  }
  if (!Array.isArray(parsed)) return failed(refuse('style_import_json_shape', {}).problem);
  const problems: ImportProblem[] = [];
  const unused = new Set<string>();
  const entries = parsed.flatMap((value: unknown, index): readonly ForeignEntry[] => {
    const place = { entry: index + 1 };
    const read = entrySchema.safeParse(value);
    if (!read.success) {
      problems.push({ place, problem: refuse('style_import_json_entry', {}).problem });
      return [];
    }
    const { name, prompt, negative_prompt: negativePrompt, ...rest } = read.data;
    for (const key of Object.keys(rest)) unused.add(clip(key, 40));
    return [{ name, prompt: prompt ?? '', negativePrompt: negativePrompt ?? '', place }];
  });
  const collected = collect(entries);
  return { format: 'json', ...collected, problems: [...problems, ...collected.problems], unused: [...unused] };
}

const failed = (problem: Problem): StyleImport => ({
  format: 'json',
  styles: [],
  problems: [{ place: {}, problem }],
  leftOut: 0,
  unused: [],
});

/** Indented as Fooocus has it. */
export function writeStylesJson(styles: readonly NamedStyle[]): string {
  const entries = styles.map((named) => ({
    name: foreignName(named),
    prompt: named.style.prompt,
    negative_prompt: named.style.negativePrompt,
  }));
  return `${JSON.stringify(entries, null, 4)}\n`;
}
