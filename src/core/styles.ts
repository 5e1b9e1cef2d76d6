/** Style presets: a template around what somebody typed, and defaults. */
import type { FilterName, Language, ModelInfo } from '#core/types.ts';

/** Lowercase letters, digits, `-` and spaces inside; what `--style` takes. */
export type StyleName = string;

export type Style = {
  readonly title: Readonly<Record<Language, string>>;
  /** Other names that `--style` takes, such as the German one. */
  readonly aliases: readonly string[];
  /** Holds `{prompt}` exactly once. */
  readonly prompt: string;
  readonly negativePrompt: string;
  /** What replaces template and negative prompt for a model with a closed vocabulary; absent where they are good for it too. */
  readonly small?: {
    /** Absent where the model can't draw the style. */
    readonly prompt?: string;
    readonly filter?: FilterName;
    /** Neither words nor a filter make it: the answer says so. */
    readonly needsLargerModel?: true;
  };
  readonly defaults: {
    readonly size?: { readonly widthPx: number; readonly heightPx: number };
    readonly steps?: number;
    readonly guidance?: number;
    readonly model?: string;
    readonly enhance?: 'auto' | 'off';
  };
};

export type { ModelInfo };
