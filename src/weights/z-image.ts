/**
 * Z-Image folders: those of Diffusers' shape, and the published ones, which hold graphs and a tokenizer and no configuration.
 * Layouts as `inference/flow/z-image-folder.ts` loads them; numbers as the model card of Tongyi-MAI/Z-Image-Turbo gives them.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '#src/weights/manifest.ts';
import { isFile } from '#src/weights/manifest-file.ts';

const parts = ['text_encoder', 'transformer', 'vae_decoder'] as const;
const modelIndex = z.object({ _class_name: z.literal('ZImagePipeline') });

/** @param index model_index.json; `undefined` where there is none */
export const isZImage = async (folder: string, index: unknown): Promise<boolean> =>
  index === undefined
    ? (await publishedGraphs(folder)).some((name) => name.startsWith('transformer_model'))
    : modelIndex.safeParse(index).success;

/** Rejects with an `Error` whose message is one sentence about the first part that is missing. */
export const checkZImageFiles = async (folder: string): Promise<void> => {
  const published = await publishedGraphs(folder);
  for (const part of parts) {
    if (published.some((name) => name.startsWith(`${part}_model`)) || (await isFile(join(folder, part, 'model.onnx')))) continue;
    const file = published.length > 0 ? `onnx/${part}_model_q4f16.onnx (or another precision)` : `${part}/model.onnx`;
    throw new Error(`${file} is missing; a Z-Image folder needs text_encoder, transformer and vae_decoder as ONNX`);
  }
  if (!(await isFile(join(folder, 'tokenizer/tokenizer.json')))) throw new Error('tokenizer/tokenizer.json is missing');
};

/**
 * Nine steps are eight runs of the transformer, as it was distilled for: the last one ends where it begins. Guidance is built into
 * the weights. The model takes any sides of 16 pixels; it was trained around 1024×1024.
 */
export const zImageManifest = (name: string): Manifest => ({
  name,
  title: name,
  licence: 'not stated',
  sizes: { min: 512, max: 2048, multipleOf: 16, maxPixels: 2.25 * 1024 * 1024 },
  defaults: { width: 1024, height: 1024, steps: 9, guidanceScale: 1 },
  hq: { steps: 17, guidanceScale: 1 },
  maxSteps: 50,
  guidance: false,
  promptLanguages: ['en', 'zh'],
});

const publishedGraphs = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(join(folder, 'onnx')).catch(() => []);
  return names.filter((name) => name.endsWith('.onnx'));
};
