/** `blitzbild-similarity.json` and `blitzbild-classifier.json`: folders with a network that looks at pictures. */
import { z } from 'zod';
import { modelName } from '#src/weights/manifest.ts';
import { parseWith } from '#src/weights/manifest-file.ts';

export const pictureModelKinds = ['similarity', 'classifier'] as const;
export type PictureModelKind = (typeof pictureModelKinds)[number];

export const manifestFileOf = {
  similarity: 'blitzbild-similarity.json',
  classifier: 'blitzbild-classifier.json',
} as const satisfies Record<PictureModelKind, string>;

export const resizeFilters = ['area', 'bilinear', 'bicubic', 'lanczos'] as const;

const sidePx = z.int().min(8).max(1024);
const channels = z.tuple([z.number(), z.number(), z.number()]);
const deviations = channels.refine((values) => values.every((value) => value > 0), 'must be above 0');

/**
 * How a picture is made ready: made as small as `widthPx` × `heightPx`, then (byte / 255 − mean) / std. `fill` stretches it to that
 * shape; `cover` takes the largest middle part of that shape, and of it `coverShare` of each side.
 */
export const pictureInput = z.strictObject({
  widthPx: sidePx,
  heightPx: sidePx,
  fit: z.enum(['fill', 'cover']).default('fill'),
  coverShare: z.number().min(0.5).max(1).default(1),
  filter: z.enum(resizeFilters).default('bilinear'),
  mean: channels,
  std: deviations,
  layout: z.enum(['nchw', 'nhwc']).default('nchw'),
});
export type PictureInput = z.infer<typeof pictureInput>;

const graph = z
  .string()
  .regex(/^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.onnx$/, 'must be the path of an .onnx file inside the folder, such as onnx/model.onnx');

const common = {
  name: z.string().regex(modelName, 'must be letters, digits, dots, dashes and underscores, at most 64'),
  title: z.string().min(1),
  licence: z.string().min(1),
  file: graph,
  /** Left out where the folder has a preprocessor_config.json. */
  input: pictureInput.optional(),
  /** Of the graph; left out where it has one that fits. */
  output: z.string().min(1).optional(),
};

const similarity = z.strictObject({
  ...common,
  /** Of the vector it answers with. */
  dimensions: z.int().min(8).max(8192),
  /** Cosine from which on two pictures count as copies. */
  threshold: z.number().gt(0).max(1),
  /** Gives way to any other that is installed: so is the one that comes with the program. */
  isFallback: z.boolean().default(false),
});

const classifier = z.strictObject({
  ...common,
  /** The label that counts, as it stands in `labels`. */
  label: z.string().min(1),
  /** In the graph's order; left out where the folder has a config.json with id2label. */
  labels: z.array(z.string().min(1)).min(1).max(10_000).optional(),
  /** What the graph's numbers become; left out, the folder's config.json says it, or it is `softmax`. */
  activation: z.enum(['softmax', 'sigmoid', 'none']).optional(),
  /** Probability from which on a picture is held back. */
  threshold: z.number().gt(0).max(1),
});

export type SimilarityManifest = z.infer<typeof similarity>;
export type ClassifierManifest = z.infer<typeof classifier>;

/** Throws an `Error` whose message names every mistake with its key. */
export const parseSimilarityManifest = (json: unknown): SimilarityManifest => parseWith(similarity, json, manifestFileOf.similarity);

/** Throws an `Error` whose message names every mistake with its key. */
export const parseClassifierManifest = (json: unknown): ClassifierManifest => parseWith(classifier, json, manifestFileOf.classifier);
