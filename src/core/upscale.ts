/** What is drawn small and enlarged afterwards. Sizes are those of finished pictures unless they are called drawn. */
import type { Size } from '#core/options.ts';
import type { ModelDefaults, ModelInfo, UpscaleFactor } from '#core/model-info.ts';

/** Larger pictures take more memory than one of a queue should. */
export const mostPixels = 4096 * 4096;

/** 1: drawn outright. */
export type Factor = 1 | UpscaleFactor;

export const pixels = ({ widthPx, heightPx }: Size): number => widthPx * heightPx;

/** What the model itself draws for such a picture. */
export const drawnSize = ({ widthPx, heightPx, upscale }: Size & { readonly upscale?: Factor }): Size => ({
  widthPx: widthPx / (upscale ?? 1),
  heightPx: heightPx / (upscale ?? 1),
});

export const enlarged = ({ widthPx, heightPx }: Size, factor: Factor): Size => ({ widthPx: widthPx * factor, heightPx: heightPx * factor });

/** Sizes of a model with exact ones, smallest factor first, each once. */
export function enlargedSizes({ sizes, enlargedBy = [] }: ModelInfo): readonly Size[] {
  if (sizes.kind !== 'fixed') return [];
  const list = sizes.list.map(([widthPx, heightPx]) => ({ widthPx, heightPx }));
  const all = enlargedBy.flatMap((factor) => list.map((size) => enlarged(size, factor)));
  const isNew = (size: Size, index: number): boolean => ![...list, ...all.slice(0, index)].some((other) => isSame(size, other));
  return all.filter((size, index) => isNew(size, index) && pixels(size) <= mostPixels);
}

/**
 * By how much a size may be enlarged from one that the model draws: by the factors that are installed, and by the quality's own even
 * if that is not, because `--hq` then comes as it was drawn. Drawn outright comes first, then the smallest factor.
 */
export function factorsFor(size: Size, { sizes, enlargedBy = [] }: ModelInfo, { upscale }: ModelDefaults): readonly Factor[] {
  const factors = pixels(size) > mostPixels ? [] : [...enlargedBy, ...(upscale === undefined ? [] : [upscale])];
  return ([1, ...factors] as const).filter((factor) => draws(sizes, drawnSize({ ...size, upscale: factor })));
}

/** The model as far as what it draws can be enlarged by `factor`. */
export function enlargeable(model: ModelInfo, factor: Factor): ModelInfo {
  if (factor === 1) return model;
  const most = mostPixels / factor ** 2;
  const { sizes } = model;
  return {
    ...model,
    sizes:
      sizes.kind === 'fixed'
        ? { ...sizes, list: sizes.list.filter(([widthPx, heightPx]) => widthPx * heightPx <= most) }
        : { ...sizes, maxPixels: Math.min(sizes.maxPixels, most) },
  };
}

const isSame = (a: Size, b: Size): boolean => a.widthPx === b.widthPx && a.heightPx === b.heightPx;

function draws(sizes: ModelInfo['sizes'], size: Size): boolean {
  if (sizes.kind === 'fixed') return sizes.list.some(([widthPx, heightPx]) => isSame(size, { widthPx, heightPx }));
  const isSide = (side: number): boolean => side >= sizes.minPx && side <= sizes.maxPx && side % sizes.multipleOfPx === 0;
  return isSide(size.widthPx) && isSide(size.heightPx) && pixels(size) <= sizes.maxPixels;
}
