/** One typed value → the number, size or text it means. Form only: whether the model can do it is decided in request.ts. */
import { optionRow, type AspectRatio, type OptionName, type Size } from '#core/options.ts';
import { clip } from '#core/prompt-text.ts';
import { accept, refuse, type Place, type Problem, type Result } from '#core/problem.ts';

/** `undefined` asks for the default, such as `--seed random`. */
export type SingleValue = number | Size | AspectRatio | string | readonly string[] | undefined;

/** `flag` is the flag as it was typed, with its dashes. */
export type TypedValue = { readonly option: OptionName; readonly flag: string; readonly text: string; readonly place?: Place };

export function readValue(typed: TypedValue): Result<SingleValue, Problem> {
  const { option, flag, place } = typed;
  const row = optionRow(option);
  // Nothing longer is a value; reading it would only take time.
  const value = tidy(typed.text.slice(0, 400));
  const example = row.example;
  const shown = clip(typed.text, 40);
  switch (row.value) {
    case 'whole':
    case 'seed': {
      if (row.value === 'seed' && /^(random|zufall|zufällig)$/iu.test(value)) return accept(undefined);
      const number = /^[+-]?\d{1,300}$/u.test(value) ? Number(value) : Number.NaN;
      return Number.isNaN(number) ? refuse('whole_number_invalid', { flag, value: shown, example }, place) : accept(plusZero(number));
    }
    case 'decimal': {
      const number = /^[+-]?(?:\d{1,300}(?:[.,]\d{1,300})?|[.,]\d{1,300})$/u.test(value) ? Number(value.replace(',', '.')) : Number.NaN;
      return Number.isNaN(number)
        ? refuse('decimal_invalid', { flag, value: shown, example }, place)
        : accept(plusZero(Math.round(number * 10_000) / 10_000));
    }
    case 'size': {
      const size = readSize(value);
      return size === undefined ? refuse('size_invalid', { flag, value: shown }, place) : accept(size);
    }
    case 'ratio': {
      const ratio = readRatio(value);
      return ratio === undefined ? refuse('ratio_invalid', { flag, value: shown }, place) : accept(ratio);
    }
    case 'names': {
      const names = unquote(typed.text)
        .split(/[,;+]/u)
        .map((name) => unquote(name.trim()).trim())
        .filter((name) => name !== '');
      return names.length === 0 ? refuse('value_missing', { flag, example: `${flag} ${example}` }, place) : accept([...new Set(names)]);
    }
    case 'name':
    case 'text':
      return accept(unquote(typed.text));
    case 'switch':
      return accept(undefined);
  }
}

/** `-0` is 0. */
const plusZero = (number: number): number => (number === 0 ? 0 : number);

/** Without quotes around it, without the comma of a list, and with a plain minus: `„4“,` → `4`, `–1` → `-1`. */
const tidy = (text: string): string =>
  unquote(text.replace(/[,;.]+$/u, ''))
    .replace(/^[-‐‑‒–—―−]+(?=[\d.])/u, '-')
    .trim();

const unquote = (text: string): string => text.replace(/^["'“”„‟«»‘’‚‛](.*)["'“”„‟«»‘’‚‛]$/su, '$1');

function readSize(value: string): Size | undefined {
  const match = /^(\d{1,9})(?:px)?(?:\s?[x×*]\s?(\d{1,9})(?:px)?)?$/iu.exec(value);
  if (match === null) return undefined;
  const widthPx = Number(match[1]);
  return { widthPx, heightPx: match[2] === undefined ? widthPx : Number(match[2]) };
}

const namedRatios: readonly (readonly [pattern: RegExp, ratio: AspectRatio])[] = [
  [/^(square|quadrat|quadratisch)$/iu, { width: 1, height: 1 }],
  [/^(portrait|hoch|hochformat|hochkant)$/iu, { width: 2, height: 3 }],
  [/^(landscape|quer|querformat)$/iu, { width: 3, height: 2 }],
  [/^(wide|widescreen|breit|breitbild)$/iu, { width: 16, height: 9 }],
];

function readRatio(value: string): AspectRatio | undefined {
  const named = namedRatios.find(([pattern]) => pattern.test(value));
  if (named !== undefined) return named[1];
  const match = /^(\d{1,5}(?:[.,]\d{1,4})?)[:/x×∶](\d{1,5}(?:[.,]\d{1,4})?)$/iu.exec(value);
  const [width, height] = [decimal(match?.[1]), decimal(match?.[2])];
  return width > 0 && height > 0 ? { width, height } : undefined;
}

const decimal = (text: string | undefined): number => Number((text ?? '').replace(',', '.'));
