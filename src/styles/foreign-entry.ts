/** One style of another program: a name, a prompt and a negative prompt, each optional there. */
import { refuse } from '#core/problem.ts';
import { cleanText, clip } from '#core/prompt-text.ts';
import type { ImportedStyle, ImportPlace, ImportProblem } from '#core/style-import.ts';
import { styleKey, toStyleName } from '#core/style-names.ts';
import { placeholder, styleBounds } from '#core/styles.ts';

export type ForeignEntry = { readonly name: string; readonly prompt: string; readonly negativePrompt: string; readonly place: ImportPlace };

type Collected = { readonly styles: readonly ImportedStyle[]; readonly problems: readonly ImportProblem[]; readonly leftOut: number };

/** Comments (`#…`) and entries without any words are left out; of two with one name, the first counts. */
export function collect(entries: readonly ForeignEntry[]): Collected {
  const styles: ImportedStyle[] = [];
  const problems: ImportProblem[] = [];
  const first = new Map<string, ImportPlace>();
  let leftOut = 0;
  for (const entry of entries) {
    const title = cleanText(entry.name);
    const place = { ...entry.place, ...(title === '' ? {} : { name: clip(title, styleBounds.nameChars) }) };
    const [prompt, negativePrompt] = [cleanText(entry.prompt), cleanText(entry.negativePrompt)];
    if (title.startsWith('#') || (prompt === '' && negativePrompt === '')) {
      leftOut += 1;
      continue;
    }
    const name = toStyleName(title);
    if (name === undefined) {
      const problem =
        title === ''
          ? refuse('style_import_name_missing', {})
          : refuse('style_name_invalid', { name: clip(title, 40), limit: styleBounds.nameChars });
      problems.push({ place, problem: problem.problem });
      continue;
    }
    const earlier = first.get(styleKey(name));
    if (earlier !== undefined) {
      problems.push({ place, problem: refuse('style_import_duplicate', { name, ...whereIs(earlier) }).problem });
      continue;
    }
    first.set(styleKey(name), place);
    styles.push({
      name,
      ...spellingOf(title),
      edit: { prompt: withPlaceholder(prompt), negativePrompt: withoutPlaceholder(negativePrompt) },
      place,
    });
  }
  return { styles, problems, leftOut };
}

/** The name as it was written, where that is no longer than a title. */
const spellingOf = (title: string): { readonly spelling?: string } =>
  Array.from(title).length <= styleBounds.titleChars ? { spelling: title } : {};

/** As A1111 does: a style without `{prompt}` is appended to the prompt. */
function withPlaceholder(prompt: string): string {
  if (prompt.includes(placeholder)) return prompt;
  const added = prompt.replace(/^[\s,]+/u, '');
  return added === '' ? placeholder : `${placeholder}, ${added}`;
}

/** A1111 puts the typed negative prompt there; here the two are always joined. */
const withoutPlaceholder = (negative: string): string =>
  negative
    .replaceAll(placeholder, '')
    .replace(/,(?:\s*,)+/gu, ',')
    .replace(/^[\s,]+|[\s,]+$/gu, '')
    .replaceAll(/\s{2,}/gu, ' ');

const whereIs = ({ line, entry = 1 }: ImportPlace): { readonly unit: 'line' | 'entry'; readonly first: number } =>
  line === undefined ? { unit: 'entry', first: entry } : { unit: 'line', first: line };
