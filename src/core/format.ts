/** Numbers, durations and sentences as a reader of each language expects them. */
import { code, type Span } from '#core/rich-text.ts';
import type { Language } from '#core/types.ts';

/** The one of two that a reader of this language gets. */
export const pickFor =
  (language: Language) =>
  <Value>(english: Value, german: Value): Value =>
    language === 'de' ? german : english;

const locale = { en: 'en-GB', de: 'de-DE' } as const satisfies Record<Language, string>;

const formats = new Map<string, Intl.NumberFormat>();

/** Making one takes longer than everything else in a line of progress. */
function numberFormat(language: Language, decimals: number): Intl.NumberFormat {
  const key = `${language}${decimals}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(locale[language], { maximumFractionDigits: decimals });
  formats.set(key, format);
  return format;
}

/** `10240` → `10,240` or `10.240`; at most `decimals` digits after the point. For reading, not for typing. */
export const formatNumber = (value: number, language: Language, decimals = 2): string => numberFormat(language, decimals).format(value);

/** `12 ms`, `0.83 s`, `12.3 s`, `2 min 5 s`, `1 h 4 min`, with a decimal comma in German. */
export function formatDuration(ms: number, language: Language): string {
  const number = (value: number, decimals: number): string => formatNumber(value, language, decimals);
  if (Math.round(ms) < 100) return `${number(ms, 0)} ms`;
  if (ms < 9_995) return `${number(ms / 1000, 2)} s`;
  if (ms < 59_950) return `${number(ms / 1000, 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return joinUnits([Math.floor(seconds / 60), 'min'], [seconds % 60, 's']);
  const minutes = Math.round(seconds / 60);
  return joinUnits([Math.floor(minutes / 60), language === 'de' ? 'Std.' : 'h'], [minutes % 60, 'min']);
}

/** `2 MB`, `0.75 MB`, `0.004 MB`: as servers name their limits. */
export const formatMegabytes = (bytes: number, language: Language): string =>
  `${formatNumber(bytes / 1e6, language, bytes < 1e5 ? 3 : 2)} MB`;

/** A duration that is a forecast: no more precise than it can be. */
export function formatEta(ms: number, language: Language): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  const rounded = seconds <= 10 ? seconds : seconds < 60 ? Math.ceil(seconds / 5) * 5 : Math.ceil(seconds / 60) * 60;
  return formatDuration(rounded * 1000, language).replace(/ 0 (s|min)$/u, '');
}

const joinUnits = (...parts: readonly (readonly [number, string])[]): string =>
  parts
    .filter(([amount], index) => index === 0 || amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');

/** `45%` in English, `45 %` in German. */
export const formatPercent = (fraction: number, language: Language): string =>
  `${Math.floor(fraction * 100)}${language === 'de' ? '\u00a0' : ''}%`;

/** `a`, `a or b`, `a, b or c`. */
export const formatChoice = (choices: readonly string[], language: Language): string => joined(choices, language === 'de' ? 'oder' : 'or');

/** `a`, `a and b`, `a, b and c`. */
export const formatAll = (items: readonly string[], language: Language): string => joined(items, language === 'de' ? 'und' : 'and');

function joined(items: readonly string[], word: string): string {
  const last = items.at(-1) ?? '';
  const rest = items.slice(0, -1);
  return rest.length === 0 ? last : `${rest.join(', ')} ${word} ${last}`;
}

export const formatSize = (widthPx: number, heightPx: number): string => `${widthPx}×${heightPx}`;

type Part = string | number | Span | readonly Span[];

/** Template for a text: numbers are written as the language does, spans stay spans, so a typed word can't become markup. */
export const phraseIn =
  (language: Language) =>
  (strings: TemplateStringsArray, ...parts: readonly Part[]): readonly Span[] =>
    strings.flatMap((text, index) => {
      const part = parts[index];
      return [...(text === '' ? [] : [{ text }]), ...(part === undefined ? [] : spansOf(part, language))];
    });

function spansOf(part: Part, language: Language): readonly Span[] {
  if (typeof part === 'number') return [{ text: formatNumber(part, language) }];
  if (typeof part === 'string') return part === '' ? [] : [{ text: part }];
  return 'text' in part ? [part] : part;
}

/** Text with `backquoted` parts as code; for our own texts only, never for what somebody typed. */
export const withCode = (text: string): readonly Span[] =>
  text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? code(part) : { text: part }))
    .filter((span) => span.text !== '');
