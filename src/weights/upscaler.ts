/** `blitzbild-upscaler.json`: a folder with a network that enlarges finished pictures. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { upscaleFactors } from '#core/model-info.ts';
import type { UpscalerInfo } from '#core/model-info.ts';
import { foldersIn } from '#src/weights/folders-in.ts';
import { modelName } from '#src/weights/manifest.ts';
import { isFile, parseWith, readJson } from '#src/weights/manifest-file.ts';

const manifestFile = 'blitzbild-upscaler.json';

const graph = z.string().regex(/^[\w.-]+\.onnx$/, 'the name of an .onnx file in the same folder');

const manifest = z.strictObject({
  name: z.string().regex(modelName, 'letters, digits, dots, dashes and underscores, at most 64'),
  title: z.string().min(1),
  licence: z.string().min(1),
  /** What it was trained on. */
  domain: z.string().min(1),
  /** Its graphs, by how much they enlarge. */
  factors: z
    .strictObject({ 2: graph.optional(), 4: graph.optional() })
    .refine((files) => Object.keys(files).length > 0, 'must name a graph for 2 or 4'),
  /**
   * Larger pictures are enlarged in tiles of this size, each so much over the next; pixels of the small picture. `multipleOfPx`:
   * sides that the graphs take. A graph whose input has a fixed size says all of this itself.
   */
  tile: z
    .strictObject({
      sizePx: z.int().max(4096).default(256),
      overlapPx: z.int().min(32).default(32),
      multipleOfPx: z.int().min(1).default(1),
    })
    .refine(({ sizePx, overlapPx }) => sizePx >= 2 * overlapPx, 'sizePx must be at least twice overlapPx')
    .refine(({ sizePx, multipleOfPx }) => sizePx % multipleOfPx === 0, 'sizePx must be a multiple of multipleOfPx')
    .prefault({}),
});

export type UpscalerManifest = z.infer<typeof manifest>;

/** Throws an `Error` whose message names every mistake with its key. */
export const parseUpscalerManifest = (json: unknown): UpscalerManifest => parseWith(manifest, json, manifestFile);

/** Absolute path of the first upscaler in `folders`, each an upscaler or a folder of such; by name. */
export const findUpscaler = async (folders: readonly string[]): Promise<string | undefined> => {
  for (const folder of folders) {
    const root = resolve(folder);
    const places = [root, ...(await foldersIn(root))];
    for (const place of places) if (await isFile(join(place, manifestFile))) return place;
  }
  return undefined;
};

/** Rejects with an `Error` whose message is one sentence about the first thing that is wrong. */
export const readUpscaler = async (folder: string): Promise<UpscalerInfo> => {
  const { factors, name, title, licence, domain } = parseUpscalerManifest(await readJson(folder, manifestFile));
  for (const file of Object.values(factors))
    if (file !== undefined && !(await isFile(join(folder, file)))) throw new Error(`${file} is missing`);
  // One graph is enough for every factor: it is run twice, or what is too much is averaged.
  return { name, title, licence, domain, factors: upscaleFactors };
};
