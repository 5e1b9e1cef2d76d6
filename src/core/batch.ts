/** styles × permutations × n → one job: which picture is made from what, and where it stands in the grid. */
import { cellIndex, cellName, columnsFor, type Cell } from '#core/job-names.ts';
import { withoutChoices } from '#core/permutations.ts';
import type { PictureRequest } from '#core/ports.ts';
import type { FilterName, ImageRequest, Variant } from '#core/types.ts';

/** Pictures of one variant. */
export const perVariant = ({ count, variants }: Pick<ImageRequest, 'count' | 'variants'>): number => count / (variants?.length ?? 1);

export const variantOf = (request: ImageRequest, index: number): Variant | undefined =>
  request.variants?.[Math.floor(index / perVariant(request))];

/** Whether all variants are alike in this; a request without any is. */
export const isCommon = ({ variants = [] }: Pick<ImageRequest, 'variants'>, key: keyof Variant): boolean =>
  variants.every((variant) => variant[key] === variants[0]?.[key]);

/** The models that draw it, each once. */
export const modelsOf = ({ model, variants }: Pick<ImageRequest, 'model' | 'variants'>): readonly string[] => [
  ...new Set(variants === undefined || variants.length === 0 ? [model] : variants.map((variant) => variant.model)),
];

/** Whether it is shown as a grid with a sheet of its own. */
export const isBatch = ({ variants }: Pick<ImageRequest, 'variants'>): boolean => (variants?.length ?? 1) > 1;

const columnsOf = (request: Pick<ImageRequest, 'count' | 'variants'>): number =>
  columnsFor(request.variants?.length ?? 1, perVariant(request));

/** `A1` for the first picture; with several variants of several pictures each, every variant has a row. */
export const cellOf = (request: Pick<ImageRequest, 'count' | 'variants'>, index: number): string => cellName(index, columnsOf(request));

/** `undefined` where the job has no such picture. */
export function indexOfCell(request: Pick<ImageRequest, 'count' | 'variants'>, cell: Cell): number | undefined {
  const index = cellIndex(cell, columnsOf(request));
  return index === undefined || index >= request.count ? undefined : index;
}

export const sheetColumns = (request: Pick<ImageRequest, 'count' | 'variants'>): number => Math.min(request.count, columnsOf(request));

/** The same seeds in every variant, so that they can be compared. */
export const seedOf = (request: ImageRequest, index: number): number => (request.seed + (index % perVariant(request))) % 2 ** 32;

/** What happens to the pixels that the engine made. */
export type Afterwork = { readonly filter?: FilterName; readonly enhance?: true };

/** What the engine is asked for; the picture to start from is added by whoever has its pixels. */
export function pictureRequest(request: ImageRequest, index: number): Omit<PictureRequest, 'init'> & Afterwork {
  const { prompt, negativePrompt, widthPx, heightPx, upscale, steps, guidanceScale, model, filter, enhance } = {
    filter: undefined,
    ...withoutUpscale(request, variantOf(request, index)),
  };
  return {
    prompt,
    negativePrompt,
    seed: seedOf(request, index),
    widthPx,
    heightPx,
    ...(upscale === undefined ? {} : { upscale }),
    steps,
    guidanceScale,
    model,
    ...(filter === undefined ? {} : { filter }),
    ...(enhance === undefined ? {} : { enhance }),
  };
}

type Drawn = Pick<Variant, 'prompt' | 'negativePrompt' | 'widthPx' | 'heightPx' | 'upscale' | 'steps' | 'guidanceScale' | 'model'> &
  Afterwork;

/** A variant says all of it; what it lacks, such as enlarging, is not the request's. */
const withoutUpscale = (request: ImageRequest, variant: Variant | undefined): Drawn => variant ?? request;

/** One picture of a job as a request of its own. */
export function singleRequest(request: ImageRequest, index: number): ImageRequest {
  const variant = variantOf(request, index);
  const { variants: _variants, styles: _styles, upscale: _upscale, ...rest } = request;
  const seed = seedOf(request, index);
  if (variant === undefined) return { ...request, count: 1, seed };
  const { words, widthPx, heightPx, upscale, steps, guidanceScale, model, style } = variant;
  return {
    ...rest,
    prompt: withoutChoices(words),
    count: 1,
    seed,
    widthPx,
    heightPx,
    ...(upscale === undefined ? {} : { upscale }),
    steps,
    guidanceScale,
    model,
    ...(style === undefined ? {} : { styles: [style.name] }),
    variants: [variant],
  };
}
