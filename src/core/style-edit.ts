/** Changes to a style and what they make of it. */
import type { Limits } from '#core/limits.ts';
import { cleanText, countCharacters } from '#core/prompt-text.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { checkStyleName, styleKey } from '#core/style-names.ts';
import { checkNegative, checkTemplate } from '#core/style-template.ts';
import { styleBounds, type SmallStyle, type Style, type StyleDefaults, type StyleName } from '#core/styles.ts';
import type { Language } from '#core/types.ts';

/** What is to be changed. `null` takes a value back; what is not named stays. */
export type StyleEdit = {
  /** One title for both languages, or one for each. */
  readonly title?: string | Readonly<Record<Language, string>>;
  readonly aliases?: readonly string[];
  readonly prompt?: string;
  readonly negativePrompt?: string | null;
  readonly small?: SmallStyle | null;
} & { readonly [Key in keyof StyleDefaults]?: StyleDefaults[Key] | null };

/**
 * The style with the changes. A new style needs a template, and its title is its name. A new template drops `small`, which was
 * written for the old one: models with a closed vocabulary would otherwise not see the change.
 */
export function mergeStyle(
  name: StyleName,
  old: Style | undefined,
  edit: StyleEdit,
  limits: Pick<Limits, 'maxPromptChars'>,
): Result<Style, Problem> {
  const prompt = edit.prompt ?? old?.prompt;
  if (prompt === undefined) return refuse('style_template_missing', { name });
  const aliases = uniqueAliases(name, edit.aliases ?? old?.aliases ?? []);
  if (!aliases.ok) return aliases;
  const title = typeof edit.title === 'string' ? { en: edit.title, de: edit.title } : (edit.title ?? old?.title ?? titleOf(name));
  const small = edit.small === undefined && (edit.prompt === undefined || edit.prompt === old?.prompt) ? old?.small : edit.small;
  const style: Style = {
    title: { en: cleanText(title.en), de: cleanText(title.de) },
    aliases: aliases.value,
    prompt,
    negativePrompt: edit.negativePrompt === undefined ? (old?.negativePrompt ?? '') : (edit.negativePrompt ?? ''),
    ...(small === undefined || small === null ? {} : { small }),
    defaults: mergeDefaults(old?.defaults ?? {}, edit),
  };
  const problem = checkStyle(style, limits);
  return problem === undefined ? accept(style) : { ok: false, problem };
}

const titleOf = (name: StyleName): Style['title'] => {
  const title = name.replace(/^./u, (letter) => letter.toUpperCase());
  return { en: title, de: title };
};

const defaultKeys = ['size', 'steps', 'guidance', 'model', 'enhance'] as const satisfies readonly (keyof StyleDefaults)[];

function mergeDefaults(old: StyleDefaults, edit: StyleEdit): StyleDefaults {
  const merged = defaultKeys.map((key) => [key, edit[key] === undefined ? old[key] : edit[key]] as const);
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined && value !== null));
}

/** Each once, without the style's own name. */
function uniqueAliases(name: StyleName, typed: readonly string[]): Result<readonly string[], Problem> {
  const aliases = new Map<string, string>();
  for (const alias of typed) {
    const checked = checkStyleName(alias);
    if (!checked.ok) return checked;
    const key = styleKey(checked.value);
    if (key !== styleKey(name) && !aliases.has(key)) aliases.set(key, checked.value);
  }
  return accept([...aliases.values()].slice(0, styleBounds.aliases));
}

/** The first thing that is wrong with a style. */
export function checkStyle(style: Style, limits: Pick<Limits, 'maxPromptChars'>): Problem | undefined {
  const { steps, guidance } = style.defaults;
  return (
    checkTemplate(style.prompt, limits) ??
    checkNegative(style.negativePrompt, limits) ??
    (style.small?.prompt === undefined ? undefined : checkTemplate(style.small.prompt, limits)) ??
    checkTitle(style.title) ??
    checkNumber('--steps', steps, styleBounds.steps) ??
    checkNumber('--guidance', guidance, styleBounds.guidance)
  );
}

function checkTitle(title: Style['title']): Problem | undefined {
  const wrong = Object.values(title).find((text) => text === '' || countCharacters(text) > styleBounds.titleChars);
  return wrong === undefined
    ? undefined
    : refuse('style_title_invalid', { length: countCharacters(wrong), limit: styleBounds.titleChars }).problem;
}

function checkNumber(
  flag: string,
  value: number | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): Problem | undefined {
  if (value === undefined || (value >= min && value <= max)) return undefined;
  const example = `${flag} ${Math.min(max, Math.max(min, value))}`;
  return refuse('number_out_of_range', { flag, value: String(value), min, max, example }).problem;
}
