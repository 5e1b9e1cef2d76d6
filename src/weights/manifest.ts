/**
 * `blitzbild.json` in a model folder: what people may ask of the model. Widths, heights and limits in pixels.
 */
import { z } from 'zod';
import { upscaleFactors } from '#core/model-info.ts';
import type { ModelDefaults, ModelInfo, UpscaleFactor } from '#core/model-info.ts';
import { parseWith } from '#src/weights/manifest-file.ts';
import { toVocabulary, vocabulary } from '#src/weights/manifest-vocabulary.ts';
import { enlarged, mostPixels } from '#core/upscale.ts';

export const modelName = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

const px = z.int().min(8).max(16_384);
const steps = z.int().min(1).max(1000);
const guidanceScale = z.number().min(0).max(100);
const phrases = z.strictObject({ en: z.array(z.string()).min(1), de: z.array(z.string()).min(1) });

const sizeRange = z.strictObject({ min: px, max: px, multipleOf: z.int().min(1).max(1024), maxPixels: z.int().positive() });

const manifest = z
  .strictObject({
    name: z.string().regex(modelName, 'letters, digits, dots, dashes and underscores, at most 64'),
    title: z.string().min(1),
    licence: z.string().min(1),
    /** A list of exact sizes, or the range that the model takes. */
    sizes: z.union([z.array(z.tuple([px, px])).min(1), sizeRange]),
    defaults: z.strictObject({ width: px, height: px, steps, guidanceScale }),
    /** What `--hq` changes; it draws the default size unless it says another, and enlarges that by `upscale` where that is given. */
    hq: z.strictObject({
      steps,
      guidanceScale,
      width: px.optional(),
      height: px.optional(),
      upscale: z.literal(upscaleFactors).optional(),
    }),
    maxSteps: steps,
    /** False where guidance is built into the weights. */
    guidance: z.boolean().default(true),
    /** Whether the model was trained to take one; without guidance it can't. */
    negativePrompt: z.boolean().optional(),
    promptLanguages: z.array(z.string().min(2)).min(1).optional(),
    /** The closed list of what the model can draw. */
    vocabulary: vocabulary.optional(),
    examples: phrases.optional(),
  })
  .superRefine((model, context) => {
    const { defaults, hq } = model;
    const wanted = { defaults, hq: { width: hq.width ?? defaults.width, height: hq.height ?? defaults.height, steps: hq.steps } };
    for (const [key, { width, height, steps: count }] of Object.entries(wanted)) {
      if (!makes(model.sizes, width, height))
        context.addIssue({ code: 'custom', path: [key], message: `${width}x${height} is not among sizes` });
      if (count > model.maxSteps)
        context.addIssue({ code: 'custom', path: [key, 'steps'], message: `more than maxSteps (${model.maxSteps})` });
    }
    if (wanted.hq.width * wanted.hq.height * (hq.upscale ?? 1) ** 2 > mostPixels)
      context.addIssue({ code: 'custom', path: ['hq', 'upscale'], message: `the picture would have more than ${mostPixels} pixels` });
  });

export type Manifest = z.infer<typeof manifest>;

/** Throws an `Error` whose message names every mistake with its key. */
export const parseManifest = (json: unknown): Manifest => parseWith(manifest, json, 'blitzbild.json');

/** Prompts that show what a model can do, where its maker gave none. */
const usualExamples = ['a red fox in the snow', 'a lighthouse in fog, oil painting', 'a bowl of lemons on a blue table'];

/** @param installed factors of the upscaler */
export const toModelInfo = (model: Manifest, installed: readonly UpscaleFactor[] = []): ModelInfo => ({
  name: model.name,
  title: model.title,
  licence: model.licence,
  sizes: toSizes(model.sizes),
  fast: toDefaults(model.defaults),
  high: highDefaults(model),
  enlargedBy: installed.filter((factor) => factor <= (model.hq.upscale ?? 1)),
  maxSteps: model.maxSteps,
  guidance: model.guidance,
  ...(model.vocabulary === undefined ? {} : { vocabulary: toVocabulary(model.vocabulary) }),
  examples: model.examples ?? { en: usualExamples, de: usualExamples },
});

const makes = (sizes: Manifest['sizes'], width: number, height: number): boolean => {
  if (Array.isArray(sizes)) return sizes.some(([w, h]) => w === width && h === height);
  const fits = (side: number): boolean => side >= sizes.min && side <= sizes.max && side % sizes.multipleOf === 0;
  return fits(width) && fits(height) && width * height <= sizes.maxPixels;
};

const toSizes = (sizes: Manifest['sizes']): ModelInfo['sizes'] =>
  Array.isArray(sizes)
    ? { kind: 'fixed', list: sizes }
    : { kind: 'range', minPx: sizes.min, maxPx: sizes.max, multipleOfPx: sizes.multipleOf, maxPixels: sizes.maxPixels };

const toDefaults = ({ width, height, ...rest }: Manifest['defaults']): ModelDefaults => ({ widthPx: width, heightPx: height, ...rest });

const highDefaults = ({ hq: { upscale, ...hq }, defaults }: Manifest): ModelDefaults => {
  const drawn = toDefaults({ ...hq, width: hq.width ?? defaults.width, height: hq.height ?? defaults.height });
  return upscale === undefined ? drawn : { ...drawn, ...enlarged(drawn, upscale), upscale };
};
