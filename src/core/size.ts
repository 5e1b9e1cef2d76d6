/** `--size` and `--ar` against what the model makes. */
import type { Options, OptionPlaces } from '#core/flags.ts';
import { formatSize } from '#core/format.ts';
import type { AspectRatio, Size } from '#core/options.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import type { ModelDefaults, ModelInfo, UpscaleFactor } from '#core/model-info.ts';
import { drawnSize, enlargeable, enlarged, enlargedSizes, factorsFor, mostPixels, pixels, type Factor } from '#core/upscale.ts';

type Wish = {
  readonly options: Options;
  readonly places: OptionPlaces;
  readonly model: ModelInfo;
  /** Of the chosen quality. */
  readonly defaults: ModelDefaults;
};

/** Of the finished picture, and how often the model's own fits into it. */
export type ChosenSize = Size & { readonly upscale?: UpscaleFactor };

export function chooseSize(wish: Wish): Result<ChosenSize, Problem> {
  const { places, defaults } = wish;
  const { size, aspect } = wish.options;
  if (size !== undefined && aspect !== undefined) {
    return refuse('size_and_ratio', { size: typedSize(size), ratio: ratioText(aspect) }, places.aspect);
  }
  if (size !== undefined) return asItIsMade(size, wish);
  if (aspect === undefined) return accept(chosen(defaults, defaults.upscale ?? 1));
  const shaped = finishedShape(aspect, wish);
  return shaped.ok ? asItIsMade(shaped.value, wish) : shaped;
}

const chosen = ({ widthPx, heightPx }: Size, factor: Factor): ChosenSize => ({
  widthPx,
  heightPx,
  ...(factor === 1 ? {} : { upscale: factor }),
});

/** Drawn outright if the model can; a quality that enlarges starts from what is nearest to its own drawn size. */
function asItIsMade(size: Size, { places, model, defaults }: Wish): Result<ChosenSize, Problem> {
  const factors = factorsFor(size, model, defaults);
  const fromUsual = (factor: Factor): number =>
    Math.abs(Math.log(pixels(drawnSize({ ...size, upscale: factor })) / pixels(drawnSize(defaults))));
  const factor = defaults.upscale === undefined ? factors[0] : nearest(factors, fromUsual);
  return factor === undefined ? refuseSize(size, model, places) : accept(chosen(size, factor));
}

/** Enlarged as the quality does; a shape that would become too large is drawn outright. */
function finishedShape(aspect: AspectRatio, { places, model, defaults }: Wish): Result<Size, Problem> {
  const usual = drawnSize(defaults);
  if (defaults.upscale !== undefined) {
    const drawn = shape(aspect, enlargeable(model, defaults.upscale), usual, places);
    if (drawn.ok) return accept(enlarged(drawn.value, defaults.upscale));
  }
  return shape(aspect, model, usual, places);
}

/** As a person types it: `512x768`. */
export const typedSize = ({ widthPx, heightPx }: Size): string => `${widthPx}x${heightPx}`;

const ratioText = ({ width, height }: AspectRatio): string => `${width}:${height}`;
const logRatio = ({ widthPx, heightPx }: Size): number => Math.log(widthPx / heightPx);
/** How far two sizes are apart, both shape and area counting. */
const apart = (a: Size, b: Size): number => Math.abs(Math.log(pixels(a) / pixels(b))) + 2 * Math.abs(logRatio(a) - logRatio(b));

function nearest<Item>(items: readonly Item[], distance: (item: Item) => number): Item | undefined {
  return items.reduce<Item | undefined>((best, item) => (best === undefined || distance(item) < distance(best) ? item : best), undefined);
}

const fixedSizes = (model: ModelInfo): readonly Size[] =>
  model.sizes.kind === 'fixed' ? model.sizes.list.map(([widthPx, heightPx]) => ({ widthPx, heightPx })) : [];

function refuseSize(size: Size, model: ModelInfo, places: OptionPlaces): Result<never, Problem> {
  const asked = { widthPx: Math.max(1, size.widthPx), heightPx: Math.max(1, size.heightPx) };
  if (model.sizes.kind === 'fixed') {
    const list = [...fixedSizes(model), ...enlargedSizes(model)];
    const suggestion = nearest(list, (made) => apart(made, asked));
    const sizes = list.map((made) => formatSize(made.widthPx, made.heightPx)).join(', ');
    const params = { size: typedSize(size), model: model.title, sizes, nearest: suggestion === undefined ? '' : typedSize(suggestion) };
    return refuse('size_not_made', params, places.size);
  }
  const { sizes, enlargedBy = [] } = model;
  const made = ([1, ...enlargedBy] as const).flatMap((factor) => {
    const range = enlargeable(model, factor).sizes;
    const drawn = range.kind === 'range' ? fitIntoRange(drawnSize({ ...asked, upscale: factor }), range) : asked;
    return factor > 1 && pixels(enlarged(drawn, factor)) > mostPixels ? [] : [enlarged(drawn, factor)];
  });
  const isCapped = sizes.maxPixels * (enlargedBy.at(-1) ?? 1) ** 2 > mostPixels;
  const params = {
    size: typedSize(size),
    model: model.title,
    min: String(sizes.minPx),
    max: String(sizes.maxPx),
    multiple: sizes.multipleOfPx,
    megapixels: sizes.maxPixels / 1_000_000,
    nearest: typedSize(nearest(made, (other) => apart(other, asked)) ?? asked),
    ...(enlargedBy.length === 0 ? {} : { enlarged: enlargedBy.map((factor) => `×${factor}`).join(', ') }),
    ...(isCapped && enlargedBy.length > 0 ? { enlargedMegapixels: mostPixels / 1_000_000 } : {}),
  };
  return refuse('size_out_of_range', params, places.size);
}

type Range = ModelInfo['sizes'] & { readonly kind: 'range' };

/** The sides a model of this range makes. */
const sides = ({ minPx, maxPx, multipleOfPx }: Range): readonly number[] => {
  const first = Math.ceil(minPx / multipleOfPx) * multipleOfPx;
  return Array.from({ length: Math.max(0, Math.floor((maxPx - first) / multipleOfPx) + 1) }, (_, index) => first + index * multipleOfPx);
};

function fitIntoRange(size: Size, range: Range): Size {
  const allowed = sides(range);
  const near = (side: number): number => nearest(allowed, (candidate) => Math.abs(candidate - side)) ?? range.minPx;
  const fitted = { widthPx: near(size.widthPx), heightPx: near(size.heightPx) };
  if (pixels(fitted) <= range.maxPixels) return fitted;
  const ratio = { width: fitted.widthPx, height: fitted.heightPx };
  return bestOfRatio(ratio, range, range.maxPixels) ?? fitted;
}

/** Shapes closer than this count as the same: models make 1344×768 for 16:9. */
const sameShape = 0.05;

/** The size that the model draws for a shape, of about the area of `defaultSize`. */
function shape(aspect: AspectRatio, model: ModelInfo, defaultSize: Size, places: OptionPlaces): Result<Size, Problem> {
  const asked = Math.log(aspect.width / aspect.height);
  const off = (size: Size): number => Math.abs(logRatio(size) - asked);
  const targetPixels = pixels(defaultSize);
  const list = fixedSizes(model);
  if (model.sizes.kind === 'fixed') {
    const fitting = list.filter((size) => off(size) <= sameShape);
    const chosen = nearest(fitting, (size) => Math.abs(Math.log(pixels(size) / targetPixels)) + off(size));
    if (chosen !== undefined) return accept(chosen);
    const ratios = [...new Set(list.map(simpleRatio))];
    const closest = nearest(list, off);
    const params = {
      ratio: ratioText(aspect),
      model: model.title,
      ratios: ratios.join(', '),
      nearest: closest === undefined ? '1:1' : simpleRatio(closest),
    };
    return refuse('ratio_not_made', params, places.aspect);
  }
  const chosen = bestOfRatio(aspect, model.sizes, targetPixels);
  if (chosen !== undefined && off(chosen) <= 2 * sameShape) return accept(chosen);
  const widest = widestRatio(model.sizes);
  const ratios = `1:${widest} … ${widest}:1`;
  const params = {
    ratio: ratioText(aspect),
    model: model.title,
    ratios,
    nearest: aspect.width > aspect.height ? `${widest}:1` : `1:${widest}`,
  };
  return refuse('ratio_not_made', params, places.aspect);
}

/** The size of this shape with about `targetPixels`; the shape counts for more than the area. */
function bestOfRatio({ width, height }: AspectRatio, range: Range, targetPixels: number): Size | undefined {
  const allowed = sides(range);
  const heightFor = (widthPx: number): number => nearest(allowed, (side) => Math.abs(side - (widthPx * height) / width)) ?? 0;
  const candidates = allowed
    .map((widthPx) => ({ widthPx, heightPx: heightFor(widthPx) }))
    .filter((size) => size.heightPx > 0 && pixels(size) <= range.maxPixels);
  return nearest(
    candidates,
    (size) => 4 * Math.abs(logRatio(size) - Math.log(width / height)) + Math.abs(Math.log(pixels(size) / targetPixels)),
  );
}

/** The widest shape the range makes, rounded down: sides from `minPx` to `maxPx`. */
const widestRatio = (range: Range): number => {
  const allowed = sides(range);
  return Math.max(1, Math.floor((allowed.at(-1) ?? 1) / (allowed[0] ?? 1)));
};

/** `1344×768` → `7:4`; with numbers that are no ratio people know, the size itself. */
function simpleRatio({ widthPx, heightPx }: Size): string {
  const divisor = greatestCommonDivisor(widthPx, heightPx);
  return `${widthPx / divisor}:${heightPx / divisor}`;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
