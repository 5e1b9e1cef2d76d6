/** What a model folder is, as people and the request see it, and what its words are. */
import type { Language } from '#core/types.ts';

/** A model folder as people and the request see it. */
export type ModelInfo = {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  /** Exact sizes the model makes, or the range it accepts. */
  readonly sizes:
    | { readonly kind: 'fixed'; readonly list: readonly (readonly [widthPx: number, heightPx: number])[] }
    | { readonly kind: 'range'; readonly minPx: number; readonly maxPx: number; readonly multipleOfPx: number; readonly maxPixels: number };
  readonly fast: ModelDefaults;
  readonly high: ModelDefaults;
  /** Factors of sizes that may be typed: those up to `high.upscale` that the installed upscaler has. */
  readonly enlargedBy?: readonly UpscaleFactor[];
  readonly maxSteps: number;
  /** False for models that take no classifier-free guidance: `--no` and `--guidance` have no effect. */
  readonly guidance: boolean;
  /** What the model can draw, where it is a closed list. */
  readonly vocabulary?: Vocabulary;
  readonly examples: Words;
};

/** What something is called, per language; the first is the one that is shown. */
export type Words = Readonly<Record<Language, readonly string[]>>;

/**
 * A thing that a model can draw. `group` is a key of `Vocabulary.groups`; `forms` are the plurals and cases of its names,
 * found in a prompt and never shown. Where they are left out, they are guessed.
 */
export type Thing = Words & { readonly group?: string; readonly forms?: Words };

/** The closed list of what a model can draw, and words for what it can't. */
export type Vocabulary = {
  readonly things: readonly Thing[];
  /** Titles for showing the things in parts, in the order they are shown. */
  readonly groups: Readonly<Record<string, Readonly<Record<Language, string>>>>;
  readonly backgrounds: readonly Words[];
  readonly styles: readonly Words[];
  /** Words that say where in the picture the thing is, and how large. */
  readonly places: readonly Words[];
  /** What people may ask for and the model can't draw; `near` are the nearest things by their first English name, nearest first. */
  readonly related: readonly (Words & { readonly near: readonly string[] })[];
};

export const upscaleFactors = [2, 4] as const;

export type UpscaleFactor = (typeof upscaleFactors)[number];

/** ×8 is ×4 and then ×2. */
export const enlargeFactors = [2, 4, 8] as const;

export type EnlargeFactor = (typeof enlargeFactors)[number];

export type ModelDefaults = {
  /** Of the finished picture. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** As `ImageRequest.upscale`. */
  readonly upscale?: UpscaleFactor;
  readonly steps: number;
  readonly guidanceScale: number;
};

/** The network that makes finished pictures larger. */
export type UpscalerInfo = {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  /** What it was trained on, such as `illustrations`. */
  readonly domain: string;
  readonly factors: readonly UpscaleFactor[];
};
