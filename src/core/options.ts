/** The one table of flags: it yields the parser's names, the limits, `help` and the README's flag table. */
import { pickFor } from '#core/format.ts';
import type { Limits } from '#core/limits.ts';
import { plainLetters } from '#core/plain-letters.ts';
import { suggest } from '#core/suggest.ts';
import type { Language } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';

export type Size = { readonly widthPx: number; readonly heightPx: number };
export type AspectRatio = { readonly width: number; readonly height: number };

/** What a value of each kind becomes. */
type ValueOf = {
  readonly whole: number;
  readonly decimal: number;
  readonly seed: number;
  readonly size: Size;
  readonly ratio: AspectRatio;
  /** Several words, up to the next flag. */
  readonly text: string;
  /** One word. */
  readonly name: string;
  /** Names with commas between them. */
  readonly names: readonly string[];
  readonly switch: true;
};
export type ValueKind = keyof ValueOf;

type Option = {
  /** Canonical name, without dashes. */
  readonly flag: string;
  readonly aliases: readonly string[];
  readonly germanAliases: readonly string[];
  readonly value: ValueKind;
  readonly placeholder: Readonly<Record<Language, string>>;
  /** Allowed numbers; `undefined` where the model decides and none is given. */
  readonly range?: (limits: Limits, model?: ModelInfo) => { readonly min: number; readonly max: number | undefined };
  readonly description: Readonly<Record<Language, string>>;
  readonly example: string;
};

export const options = {
  count: {
    flag: 'n',
    aliases: ['count', 'batch', 'images'],
    germanAliases: ['anzahl', 'bilder'],
    value: 'whole',
    placeholder: { en: 'N', de: 'N' },
    range: (limits) => ({ min: 1, max: limits.maxCount }),
    description: { en: 'how many pictures, each from its own seed', de: 'wie viele Bilder, jedes mit eigenem Seed' },
    example: '4',
  },
  aspect: {
    flag: 'ar',
    aliases: ['aspect', 'ratio', 'aspect-ratio'],
    germanAliases: ['format', 'seitenverhältnis'],
    value: 'ratio',
    placeholder: { en: 'W:H', de: 'B:H' },
    description: {
      en: 'shape of the picture: `16:9`, or `square`, `portrait`, `landscape`',
      de: 'Form des Bildes: `16:9` oder `quadrat`, `hoch`, `quer`',
    },
    example: '16:9',
  },
  size: {
    flag: 'size',
    aliases: ['resolution', 'res'],
    germanAliases: ['größe', 'auflösung'],
    value: 'size',
    placeholder: { en: 'WxH', de: 'BxH' },
    description: {
      en: 'exact size in pixels; one number makes a square',
      de: 'genaue Größe in Pixeln; eine einzelne Zahl gibt ein Quadrat',
    },
    example: '512x512',
  },
  negativePrompt: {
    flag: 'no',
    aliases: ['negative', 'negative-prompt', 'neg'],
    germanAliases: ['ohne', 'kein', 'keine'],
    value: 'text',
    placeholder: { en: 'words', de: 'Wörter' },
    description: {
      en: 'what must not be in the picture; takes all words up to the next flag',
      de: 'was nicht im Bild sein soll; gilt für alle Wörter bis zur nächsten Option',
    },
    example: 'text, blur',
  },
  seed: {
    flag: 'seed',
    aliases: [],
    germanAliases: ['startwert'],
    value: 'seed',
    placeholder: { en: 'N', de: 'N' },
    range: (limits) => ({ min: 0, max: limits.maxSeed }),
    description: {
      en: 'same seed, same picture; without it every picture is new',
      de: 'gleicher Seed, gleiches Bild; ohne ihn ist jedes Bild neu',
    },
    example: '42',
  },
  hq: {
    flag: 'hq',
    aliases: ['high', 'high-quality'],
    germanAliases: ['fein', 'hochwertig'],
    value: 'switch',
    placeholder: { en: '', de: '' },
    description: {
      en: 'higher quality: more steps, and a larger picture where the model is made for it; takes longer',
      de: 'höhere Qualität: mehr Schritte und ein größeres Bild, wo das Modell es vorsieht; dauert länger',
    },
    example: '',
  },
  steps: {
    flag: 'steps',
    aliases: ['sampling-steps'],
    germanAliases: ['schritte'],
    value: 'whole',
    placeholder: { en: 'N', de: 'N' },
    range: (_limits, model) => ({ min: 1, max: model?.maxSteps }),
    description: { en: 'denoising steps: more is slower and often finer', de: 'Rechenschritte: mehr ist langsamer und oft feiner' },
    example: '8',
  },
  guidance: {
    flag: 'guidance',
    aliases: ['cfg', 'cfg-scale', 'guidance-scale'],
    germanAliases: ['texttreue'],
    value: 'decimal',
    placeholder: { en: 'X', de: 'X' },
    range: (limits) => ({ min: 0, max: limits.maxGuidance }),
    description: {
      en: 'how closely the picture follows the words; 1 turns it off',
      de: 'wie streng das Bild den Worten folgt; 1 schaltet es aus',
    },
    example: '7.5',
  },
  model: {
    flag: 'model',
    aliases: ['checkpoint'],
    germanAliases: ['modell'],
    value: 'name',
    placeholder: { en: 'NAME', de: 'NAME' },
    description: { en: 'another installed model; see `models`', de: 'ein anderes installiertes Modell; siehe `modelle`' },
    example: 'NAME',
  },
  styles: {
    flag: 'style',
    aliases: ['s', 'styles', 'preset'],
    germanAliases: ['stil', 'stile'],
    value: 'names',
    placeholder: { en: 'NAME,…', de: 'NAME,…' },
    description: {
      en: 'one style or several, each with its own pictures; see `styles`',
      de: 'ein Stil oder mehrere, jeder mit eigenen Bildern; siehe `stile`',
    },
    example: 'watercolor,comic',
  },
  enhance: {
    flag: 'enhance',
    aliases: ['fix', 'auto-enhance'],
    germanAliases: ['verbessern', 'optimieren'],
    value: 'switch',
    placeholder: { en: '', de: '' },
    description: {
      en: 'contrast and sharpness optimised after drawing; a good picture stays as it is',
      de: 'Kontrast und Schärfe werden danach optimiert; ein gutes Bild bleibt, wie es ist',
    },
    example: '',
  },
  strength: {
    flag: 'strength',
    aliases: ['denoise', 'variation'],
    germanAliases: ['stärke'],
    value: 'decimal',
    placeholder: { en: 'X', de: 'X' },
    range: () => ({ min: 0.05, max: 1 }),
    description: {
      en: 'how far `vary` goes from its picture: 0.3 is near, 0.9 is far',
      de: 'wie weit `variieren` vom Bild weggeht: 0,2 ist nah, 0,9 ist weit',
    },
    example: '0.7',
  },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof options;
export type OptionValues = { readonly [Name in OptionName]: ValueOf[(typeof options)[Name]['value']] };

export const optionNames = Object.keys(options) as readonly OptionName[];

/** The table's row with its widened type. */
export const optionRow = (name: OptionName): Option => options[name];

/** How the canonical flag is typed, such as `--n`. */
export const flagOf = (name: OptionName): string => `--${options[name].flag}`;

/** A flag with its sample value, such as `--n 4`. */
export const flagExample = (name: OptionName): string => `${flagOf(name)} ${options[name].example}`.trim();

/** `Größe`, `groesse` and `grösse`, `cfg_scale` and `cfg-scale` are one name each. */
const normaliseName = (typed: string): string => plainLetters(typed).replace(/[_‐‑]/gu, '-');

const namesOf = (name: OptionName): readonly string[] => {
  const { flag, aliases, germanAliases } = optionRow(name);
  return [flag, ...aliases, ...germanAliases];
};

const byTypedName: ReadonlyMap<string, OptionName> = new Map(
  optionNames.flatMap((name) => namesOf(name).map((alias) => [normaliseName(alias), name] as const)),
);

/** What people from other tools type, and the flag that does it here. */
const elsewhere: ReadonlyMap<string, OptionName> = new Map([
  ['w', 'size'],
  ['h', 'size'],
  ['width', 'size'],
  ['height', 'size'],
  ['breite', 'size'],
  ['hoehe', 'size'],
  ['q', 'hq'],
  ['quality', 'hq'],
  ['qualitaet', 'hq'],
  ['exclude', 'negativePrompt'],
  ['scale', 'guidance'],
  ['image-weight', 'strength'],
  ['staerke', 'strength'],
]);

/** Of the text encoder's layers, as other tools have it; ours has no such option. */
export const isClipSkip = (typed: string): boolean => /^clip-?(?:skip|stop)/u.test(normaliseName(typed));

/** The option of a name typed without its dashes, in any of its forms. */
export const findOption = (typed: string): OptionName | undefined => byTypedName.get(normaliseName(typed));

/** The flag that was probably meant, with dashes, in the language it was typed in. */
export function suggestFlag(typed: string): string | undefined {
  const elsewhereName = elsewhere.get(normaliseName(typed));
  if (elsewhereName !== undefined) return flagOf(elsewhereName);
  const near = suggest(normaliseName(typed), optionNames.flatMap(namesOf));
  return near === undefined ? undefined : `--${near}`;
}

/** Other names of a flag, with dashes, those of the language first. */
export function aliasesOf(name: OptionName, language: Language): readonly string[] {
  const { aliases, germanAliases } = optionRow(name);
  const all = language === 'de' ? [...germanAliases, ...aliases] : [...aliases, ...germanAliases];
  return all.map((alias) => `--${alias}`);
}

/** Those of the language alone. */
export function ownAliases(name: OptionName, language: Language): readonly string[] {
  const { aliases, germanAliases } = optionRow(name);
  return (language === 'de' ? germanAliases : aliases).map((alias) => `--${alias}`);
}

/** The allowed values in words, such as `1 to 20`; empty where the placeholder says it all. */
export function allowedValues(name: OptionName, limits: Limits, language: Language, model?: ModelInfo): string {
  const range = optionRow(name).range?.(limits, model);
  if (range === undefined) return '';
  const pick = pickFor(language);
  const max = range.max ?? pick("the model's limit", 'zur Grenze des Modells');
  return `${range.min} ${pick('to', 'bis')} ${max}`;
}

const tableHead: Readonly<Record<Language, string>> = {
  en: '| Flag | Also | Allowed | What it does | Example |',
  de: '| Option | Auch | Erlaubt | Was sie tut | Beispiel |',
};

/** The flag table for the README. */
export function flagTableMarkdown(language: Language, limits: Limits): string {
  const rows = optionNames.map((name) => {
    const { placeholder, description } = optionRow(name);
    const flag = `${flagOf(name)} ${placeholder[language]}`.trim();
    const also = aliasesOf(name, language).map((alias) => `\`${alias}\``);
    const cells = [`\`${flag}\``, also.join(' '), allowedValues(name, limits, language), description[language], `\`${flagExample(name)}\``];
    return `| ${cells.join(' | ')} |`;
  });
  return [tableHead[language], '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
