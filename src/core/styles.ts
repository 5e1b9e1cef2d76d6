/** Style presets: a template around what somebody typed, and defaults. */
import type { FilterName, Language } from '#core/types.ts';

/** Lowercase letters, digits, `-` and spaces inside; what `--style` takes. */
export type StyleName = string;

export type Style = {
  readonly title: Readonly<Record<Language, string>>;
  /** Other names that `--style` takes, such as the German one. */
  readonly aliases: readonly string[];
  /** Holds `{prompt}` exactly once. */
  readonly prompt: string;
  readonly negativePrompt: string;
  /**
   * What replaces template and negative prompt for a model with a closed vocabulary. Where it is absent, the words of the
   * template that such a model knows are used, see `applyStyle`.
   */
  readonly small?: SmallStyle;
  readonly defaults: StyleDefaults;
};

export type SmallStyle = {
  /** Absent where no words of the model's are near the style: the prompt stays as typed. */
  readonly prompt?: string;
  readonly filter?: FilterName;
  /** Neither words nor a filter make it, or only nearly: the answer says so. */
  readonly needsLargerModel?: true;
};

export type StyleDefaults = {
  readonly size?: { readonly widthPx: number; readonly heightPx: number };
  readonly steps?: number;
  readonly guidance?: number;
  readonly model?: string;
  readonly enhance?: 'auto' | 'off';
};

export type NamedStyle = { readonly name: StyleName; readonly style: Style };

/** Where the prompt goes in a template. */
export const placeholder = '{prompt}';

/** What a style may hold, whatever the active model; steps and size are checked against the model when it is used. */
export const styleBounds = {
  nameChars: 40,
  titleChars: 60,
  aliases: 20,
  steps: { min: 1, max: 1000 },
  guidance: { min: 0, max: 30 },
  sidePx: { min: 8, max: 16_384 },
} as const;
