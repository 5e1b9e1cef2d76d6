/** `preprocessor_config.json` and `config.json` as exported image models have them (Hugging Face transformers' formats), in our own words. */
import { z } from 'zod';
import { pictureInput, type PictureInput } from '#src/weights/picture-manifests.ts';
import { parseWith } from '#src/weights/manifest-file.ts';

/** One side, or both, or the shorter one. */
const size = z.union([
  z.int(),
  z.object({ height: z.int(), width: z.int() }).transform(({ height, width }) => ({ heightPx: height, widthPx: width })),
  z.object({ shortest_edge: z.int() }).transform(({ shortest_edge: shortestPx }) => ({ shortestPx })),
]);

const preprocessor = z.looseObject({
  size,
  crop_size: size.optional(),
  do_center_crop: z.boolean().default(false),
  do_normalize: z.boolean().default(true),
  do_rescale: z.boolean().default(true),
  rescale_factor: z.number().default(1 / 255),
  image_mean: z.array(z.number()).length(3).default([0.5, 0.5, 0.5]),
  image_std: z.array(z.number()).length(3).default([0.5, 0.5, 0.5]),
  /** A number of PIL's. */
  resample: z.int().default(2),
});

/** PIL's numbers; NEAREST, BOX and HAMMING are nobody's choice for models. */
const filterOf: Readonly<Record<number, PictureInput['filter']>> = { 1: 'lanczos', 2: 'bilinear', 3: 'bicubic' };

export const preprocessorFile = 'preprocessor_config.json';

/** Throws an `Error` whose message names what is wrong or not supported. */
export function inputOfPreprocessor(json: unknown): PictureInput {
  const config = parseWith(preprocessor, json, preprocessorFile);
  const filter = filterOf[config.resample];
  if (filter === undefined) throw new Error(`${preprocessorFile}: resample ${config.resample} is not supported; 1, 2 and 3 are`);
  if (!config.do_rescale || Math.abs(config.rescale_factor * 255 - 1) > 1e-6)
    throw new Error(`${preprocessorFile}: rescale_factor must be 1/255; write «input» into the manifest for any other`);
  const places = shapeOf(config.size, config.do_center_crop ? config.crop_size : undefined);
  const mean = config.do_normalize ? config.image_mean : [0, 0, 0];
  const std = config.do_normalize ? config.image_std : [1, 1, 1];
  return parseWith(pictureInput, { ...places, filter, mean, std }, preprocessorFile);
}

type Size = z.infer<typeof size>;

function shapeOf(resized: Size, crop: Size | undefined): Pick<PictureInput, 'widthPx' | 'heightPx' | 'fit' | 'coverShare'> {
  const whole = sidesOf(resized);
  if (crop === undefined) return { ...whole, fit: isShortest(resized) ? 'cover' : 'fill', coverShare: 1 };
  const cut = sidesOf(crop);
  const coverShare = cut.widthPx / whole.widthPx;
  if (cut.widthPx / cut.heightPx !== whole.widthPx / whole.heightPx)
    throw new Error(`${preprocessorFile}: size and crop_size must be of one shape`);
  if (!isShortest(resized)) throw new Error(`${preprocessorFile}: a crop needs a size with shortest_edge`);
  return { ...cut, fit: 'cover', coverShare };
}

const isShortest = (value: Size): boolean => typeof value === 'object' && 'shortestPx' in value;

const sidesOf = (value: Size): { widthPx: number; heightPx: number } => {
  if (typeof value === 'number') return { widthPx: value, heightPx: value };
  return 'shortestPx' in value ? { widthPx: value.shortestPx, heightPx: value.shortestPx } : value;
};

const modelConfig = z.looseObject({
  id2label: z.record(z.string().regex(/^\d+$/), z.string()).optional(),
  problem_type: z.string().nullish(),
});

export const modelConfigFile = 'config.json';

export type ModelLabels = { readonly labels?: readonly string[]; readonly activation?: 'softmax' | 'sigmoid' };

/** Labels in the graph's order. Throws an `Error` whose message names what is wrong. */
export function labelsOfConfig(json: unknown): ModelLabels {
  const { id2label, problem_type: problem } = parseWith(modelConfig, json, modelConfigFile);
  const activation = problem === 'multi_label_classification' ? ({ activation: 'sigmoid' } as const) : {};
  if (id2label === undefined) return activation;
  const labels = Object.keys(id2label).map((_, index) => id2label[String(index)]);
  if (labels.some((label) => label === undefined)) throw new Error(`${modelConfigFile}: id2label must count from 0 without gaps`);
  return { labels: labels as string[], ...activation };
}
