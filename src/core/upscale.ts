/** What is drawn small and enlarged afterwards. Sizes are those of finished pictures unless they are called drawn. */
import type { Size } from '#core/options.ts';
import { upscaleFactors, type ModelDefaults, type ModelInfo, type UpscaleFactor } from '#core/types.ts';

/** Larger pictures take more memory than one of a queue should. */
export const mostPixels = 4096 * 4096;

/** 1: drawn outright. */
type Factor = 1 | UpscaleFactor;

/** What the model itself draws for such a picture. */
export const drawnSize = ({ widthPx, heightPx, upscale }: Size & { readonly upscale?: Factor }): Size => ({
  widthPx: widthPx / (upscale ?? 1),
  heightPx: heightPx / (upscale ?? 1),
});

export const enlarged = ({ widthPx, heightPx }: Size, factor: Factor): Size => ({ widthPx: widthPx * factor, heightPx: heightPx * factor });

/** Up to the one that `--hq` uses; none for a model that is not to be enlarged. */
export const factorsOf = ({ high }: Pick<ModelInfo, 'high'>): readonly UpscaleFactor[] =>
  upscaleFactors.filter((factor) => factor <= (high.upscale ?? 1));

/** Sizes of a model with exact ones, smallest factor first, each once. */
export function enlargedSizes(model: ModelInfo): readonly Size[] {
  if (model.sizes.kind !== 'fixed') return [];
  const list = model.sizes.list.map(([widthPx, heightPx]) => ({ widthPx, heightPx }));
  const all = factorsOf(model).flatMap((factor) => list.map((size) => enlarged(size, factor)));
  const isNew = (size: Size, index: number): boolean => ![...list, ...all.slice(0, index)].some((other) => isSame(size, other));
  return all.filter((size, index) => isNew(size, index) && size.widthPx * size.heightPx <= mostPixels);
}

/**
 * How a size is made: as the quality's defaults are, else drawn outright, else by the smallest factor that does.
 * @returns `undefined` where the model can't make it
 */
export function factorFor(size: Size, model: ModelInfo, defaults: ModelDefaults): Factor | undefined {
  if (isSame(size, defaults)) return defaults.upscale ?? 1;
  const isDrawn = (factor: Factor): boolean => draws(model, drawnSize({ ...size, upscale: factor }));
  if (isDrawn(1)) return 1;
  return size.widthPx * size.heightPx > mostPixels ? undefined : factorsOf(model).find(isDrawn);
}

const isSame = (a: Size, b: Size): boolean => a.widthPx === b.widthPx && a.heightPx === b.heightPx;

function draws({ sizes }: ModelInfo, size: Size): boolean {
  if (sizes.kind === 'fixed') return sizes.list.some(([widthPx, heightPx]) => isSame(size, { widthPx, heightPx }));
  const isSide = (side: number): boolean => side >= sizes.minPx && side <= sizes.maxPx && side % sizes.multipleOfPx === 0;
  return isSide(size.widthPx) && isSide(size.heightPx) && size.widthPx * size.heightPx <= sizes.maxPixels;
}
