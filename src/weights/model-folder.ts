/** One model folder on disk → what people may ask of it, or the sentence that says why not. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { guessManifest, isXl } from '#src/weights/guess-manifest.ts';
import { modelName, parseManifest } from '#src/weights/manifest.ts';
import type { Manifest } from '#src/weights/manifest.ts';
import { isFile, readJson } from '#src/weights/manifest-file.ts';
import { checkZImageFiles, isZImage, zImageManifest } from '#src/weights/z-image.ts';

const manifestFile = 'blitzbild.json';
const indexFile = 'model_index.json';
const graphs = ['text_encoder', 'unet', 'vae_decoder'];

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
  const isPaired = isXl(modelIndex);
  for (const part of isPaired ? [...graphs, 'text_encoder_2'] : graphs) await checkGraph(folder, part);
  for (const part of isPaired ? ['tokenizer', 'tokenizer_2'] : ['tokenizer']) await checkTokenizer(folder, part);
  return manifest;
};

const checkGraph = async (folder: string, part: string): Promise<void> => {
  if (await isFile(join(folder, part, 'model.onnx'))) return;
  const found = (await readdir(join(folder, part)).catch(() => [])).find((name) => name.endsWith('.safetensors'));
  const cure =
    found === undefined
      ? 'the model must be an ONNX export, as optimum-cli export onnx makes it'
      : `${part}/${found} is for PyTorch, and «blitzbild models convert ${folder}» makes an ONNX folder of it`;
  throw new Error(`${part}/model.onnx is missing; ${cure}`);
};

/** In one file, or in the two that it is made of. */
const checkTokenizer = async (folder: string, part: string): Promise<void> => {
  if (await isFile(join(folder, part, 'tokenizer.json'))) return;
  for (const file of ['vocab.json', 'merges.txt'])
    if (!(await isFile(join(folder, part, file)))) throw new Error(`${part}/${file} is missing; copy the folder again, whole`);
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
  throw new Error(
    'the folder has no blitzbild.json, and its name is no model name: rename it, with letters from a to z, digits, dots, dashes and underscores',
  );
};
