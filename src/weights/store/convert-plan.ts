/** What it takes to export a Diffusers folder to ONNX: which packages, which command, and whether the folder can be. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '#src/weights/manifest-file.ts';
import { isPickle, isSafetensors } from '#src/weights/store/pickle.ts';
import { ModelStoreError } from '#src/weights/store/store-error.ts';

/**
 * Versions that work together. optimum-onnx 0.1.0 wants optimum 2.1 and transformers below 4.58 (its own metadata on PyPI);
 * `safetensors` comes with diffusers.
 */
export const converterPackages = [
  'optimum==2.1.0',
  'optimum-onnx==0.1.0',
  'diffusers==0.36.0',
  'transformers==4.57.3',
  'accelerate==1.15.0',
  'torch==2.9.1',
  'onnx==1.23.2',
  'onnxruntime==1.32.0',
] as const;

/** About, on disk, as PyPI's wheels for Linux take it. */
export const converterBytes = 8e9;

/** Everything between a Diffusers folder and an ONNX one; what reads it is `optimum-cli`. Source: Optimum's documentation, «Export a model to ONNX». */
export const exportArguments = (from: string, to: string): readonly string[] => [
  'export',
  'onnx',
  '--model',
  from,
  '--task',
  'text-to-image',
  to,
];

/** Nothing is downloaded behind anybody's back: the folder has all it takes, or the export fails. */
export const exportEnvironment = { HF_HUB_OFFLINE: '1', HF_HUB_DISABLE_TELEMETRY: '1', DO_NOT_TRACK: '1' } as const;

const index = z.record(z.string(), z.unknown());
/** Of these parts the weights are read; a safety checker's are not. */
const parts = ['text_encoder', 'text_encoder_2', 'unet', 'transformer', 'vae'];

/**
 * Looks whether `folder` can be exported: a Diffusers folder whose every network has safetensors. Pickles beside them are never read:
 * diffusers takes safetensors where there are any (`DiffusionPipeline.from_pretrained`, `use_safetensors`).
 * @throws ModelStoreError
 */
export async function checkDiffusersFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined)
    throw new ModelStoreError(
      'files_missing',
      `There is no folder ${folder}. Name a Diffusers folder, the one that holds model_index.json.`,
    );
  const read = index.safeParse(await readJson(folder, 'model_index.json').catch(() => undefined));
  if (!read.success) throw notDiffusers(folder, names);
  const networks = parts.filter((part) => Array.isArray(read.data[part]) && (read.data[part] as unknown[])[0] !== null);
  if (networks.length === 0) throw notDiffusers(folder, names);
  for (const part of networks) {
    const files = await readdir(join(folder, part)).catch(() => []);
    if (files.some((file) => file.endsWith('.onnx')))
      throw new ModelStoreError(
        'files_missing',
        `${folder} is an ONNX folder already (${part}). Put it into one of modelFolders; there is nothing to convert.`,
      );
    if (files.some(isSafetensors)) continue;
    const pickle = files.find(isPickle);
    if (pickle === undefined)
      throw new ModelStoreError('files_missing', `${part} has no weights (${part}/*.safetensors). Download the folder again, whole.`);
    throw new ModelStoreError(
      'pickle',
      `${part}/${pickle} is a Python pickle, which can run code when it is read, so it is not converted. Take the same model with safetensors; most repositories have both.`,
    );
  }
}

function notDiffusers(folder: string, names: readonly string[]): ModelStoreError {
  const single = names.find((name) => isSafetensors(name) || isPickle(name));
  return new ModelStoreError(
    'files_missing',
    single === undefined
      ? `${folder} is no Diffusers folder: it has no model_index.json that names the parts of a model. Name the folder that holds it.`
      : `${folder} holds a single file (${single}), and only Diffusers folders can be converted. Look for the same model as a folder with model_index.json, unet/ and vae/.`,
  );
}
