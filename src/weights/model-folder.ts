/** One model folder on disk → what people may ask of it, or the sentence that says why not. */
import { basename, join } from 'node:path';
import { guessManifest, isXl } from '#src/weights/guess-manifest.ts';
import { modelName, parseManifest } from '#src/weights/manifest.ts';
import type { Manifest } from '#src/weights/manifest.ts';
import { isFile, readJson } from '#src/weights/manifest-file.ts';
import { checkZImageFiles, isZImage, zImageManifest } from '#src/weights/z-image.ts';

const manifestFile = 'blitzbild.json';
const indexFile = 'model_index.json';
const graphs = ['text_encoder/model.onnx', 'unet/model.onnx', 'vae_decoder/model.onnx'];

export const isModelFolder = async (folder: string): Promise<boolean> =>
  (await isFile(join(folder, indexFile))) || (await isFile(join(folder, manifestFile))) || (await isZImage(folder, undefined));

/** Rejects with an `Error` whose message is one sentence about the first thing that is wrong. */
export const readModelFolder = async (folder: string): Promise<Manifest> => {
  const modelIndex = await readJson(folder, indexFile);
  if (await isZImage(folder, modelIndex)) {
    await checkZImageFiles(folder);
    return (await readOwnManifest(folder)) ?? zImageManifest(nameOf(folder));
  }
  if (modelIndex === undefined) throw new Error(`${indexFile} is missing`);
  const manifest = await readManifest(folder, modelIndex);
  for (const graph of isXl(modelIndex) ? [...graphs, 'text_encoder_2/model.onnx'] : graphs)
    if (!(await isFile(join(folder, graph))))
      throw new Error(`${graph} is missing; the model must be an ONNX export, as optimum-cli export onnx makes it`);
  return manifest;
};

/** The folder's own manifest, or one guessed from its configuration. */
const readManifest = async (folder: string, modelIndex: unknown): Promise<Manifest> => {
  const own = await readOwnManifest(folder);
  if (own !== undefined) return own;
  const name = nameOf(folder);
  const vae = (await readJson(folder, 'vae_decoder/config.json')) ?? (await readJson(folder, 'vae/config.json'));
  const scheduler = await readJson(folder, 'scheduler/scheduler_config.json');
  if (scheduler === undefined) throw new Error('scheduler/scheduler_config.json is missing');
  return guessManifest(name, { modelIndex, scheduler, unet: await readJson(folder, 'unet/config.json'), vae });
};

const readOwnManifest = async (folder: string): Promise<Manifest | undefined> => {
  const own = await readJson(folder, manifestFile);
  return own === undefined ? undefined : parseManifest(own);
};

const nameOf = (folder: string): string => {
  const name = basename(folder);
  if (modelName.test(name)) return name;
  throw new Error('the folder has no blitzbild.json, and its name is no model name: letters, digits, dots, dashes and underscores');
};
