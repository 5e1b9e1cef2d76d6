/** What a template and a negative prompt of a style may hold. */
import type { Limits } from '#core/limits.ts';
import { clip, countCharacters } from '#core/prompt-text.ts';
import { refuse, type Problem } from '#core/problem.ts';
import { placeholder } from '#core/styles.ts';

type Bounds = Pick<Limits, 'maxPromptChars'>;

/** `{prompt}` exactly once, no other braces, nothing that can't be seen. */
export function checkTemplate(template: string, { maxPromptChars }: Bounds): Problem | undefined {
  const length = countCharacters(template);
  if (length > maxPromptChars) return refuse('style_template_too_long', { length, limit: maxPromptChars }).problem;
  if (hasInvisible(template)) return refuse('style_text_invisible', {}).problem;
  const parts = template.split(placeholder);
  const braces = bracesIn(template);
  if (braces !== undefined) return refuse('style_template_braces', { braces }).problem;
  if (parts.length === 1) return refuse('style_template_no_prompt', { template: clip(template, 40) }).problem;
  return parts.length > 2 ? refuse('style_template_two_prompts', { count: parts.length - 1 }).problem : undefined;
}

/** A negative prompt is text alone. */
export function checkNegative(negative: string, { maxPromptChars }: Bounds): Problem | undefined {
  const length = countCharacters(negative);
  if (length > maxPromptChars) return refuse('style_negative_too_long', { length, limit: maxPromptChars }).problem;
  if (hasInvisible(negative)) return refuse('style_text_invisible', {}).problem;
  const [brace] = negative.match(/\{[^{}]*\}?|\}/u) ?? [];
  return brace === undefined ? undefined : refuse('style_negative_braces', { braces: clip(brace, 30) }).problem;
}

/** Control characters, line ends included, halves of a character, and what turns the direction of writing around. */
const hasInvisible = (text: string): boolean => /[\p{Cc}\p{Cs}\u200b\u202a-\u202e\u2060-\u2069\ufeff]/u.test(text);

/** The first braces that are not `{prompt}` alone, such as `{{prompt}}`, `{style}` or `{a|b}`. */
function bracesIn(template: string): string | undefined {
  const [wrapped] = template.match(/\{+\s*\{prompt\}[^{}]*\}|\{[^{}]*\{prompt\}|\{prompt\}\}+/u) ?? [];
  const [other] = template.replaceAll(placeholder, ' ').match(/\{[^{}]*\}|[{}]/u) ?? [];
  const found = wrapped ?? other;
  return found === undefined ? undefined : clip(found, 30);
}
