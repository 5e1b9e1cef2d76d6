import { closeSync, existsSync, fstatSync, lstatSync, openSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import { InferenceError } from './errors.ts';
import { readModelJson, readOptionalModelJson, type Json } from './model-json.ts';
import { rejectOtherFiles, summariseOnnxFile, type OnnxFileSummary } from './onnx-file.ts';
import { familyOf, type ModelFamily } from './model-family.ts';
import { FileCursor } from './protobuf-cursor.ts';
import { readVaeJson } from './vae-config.ts';

/** A Diffusers/Optimum ONNX folder that was looked through and may be given to onnxruntime. */
export type ModelFolder = {
  readonly folder: string;
  readonly family: ModelFamily;
  readonly modelIndex: Json;
  readonly schedulerJson: Json;
  readonly unetJson: Json | undefined;
  readonly vaeJson: Json | undefined; // of the decoder
  readonly vaeEncoderJson: Json | undefined;
  readonly textEncoderPaths: readonly string[]; // two in an SDXL folder
  readonly unetPath: string;
  readonly vaeDecoderPath: string;
  readonly unetBytes: number;
  readonly weightsBytes: number; // all graphs with their external weights
};

const TEXT_ENCODERS = {
  sd: ['text_encoder/model.onnx'],
  lcm: ['text_encoder/model.onnx'],
  sdxl: ['text_encoder/model.onnx', 'text_encoder_2/model.onnx'],
  'z-image': [], // flow/z-image-folder.ts knows its layouts
} satisfies Record<ModelFamily, readonly string[]>;
const [UNET, VAE_DECODER] = ['unet/model.onnx', 'vae_decoder/model.onnx'] as const;

/** Operators that exist for GPU providers only (onnxruntime's transformer optimiser writes them). */
const GPU_ONLY = new Set(
  [
    'GroupNorm', 'SkipGroupNorm', 'NhwcConv', 'BiasSplitGelu', 'BiasAdd', 'PackedMultiHeadAttention', 'PackedAttention', 'RemovePadding',
    'RestorePadding', 'GemmFastGelu',
  ].map((name) => `com.microsoft.${name}`), // prettier-ignore
);
const KNOWN_DOMAINS =
  /^(ai\.onnx\.ml|ai\.onnx\.preview|com\.microsoft|com\.microsoft\.nchwc|com\.ms\.internal\.nhwc|pkg\.onnxscript\..*|pkg\.torch.*)\./;

/** Checks everything that can be known before onnxruntime sees a byte. Throws InferenceError, `model_*`. */
export function openModelFolder(folder: string, provider: string): ModelFolder {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new InferenceError('model_missing', `There is no model folder ${folder}.`, { folder });
  }
  if (!existsSync(join(folder, 'model_index.json'))) rejectForeignWeights(folder, folder, 'model_index.json');
  const modelIndex = readModelJson(folder, 'model_index.json');
  const family = familyOf(modelIndex);
  const textEncoders: readonly string[] = TEXT_ENCODERS[family];
  const [unetBytes, ...otherBytes] = [UNET, ...textEncoders, VAE_DECODER].map((file) => checkGraph(folder, file, provider));
  const vaeJson = readVaeJson(folder, 'vae_decoder', family);
  return {
    folder,
    family,
    modelIndex,
    schedulerJson: readModelJson(folder, 'scheduler/scheduler_config.json'),
    unetJson: readOptionalModelJson(folder, 'unet/config.json'),
    vaeJson,
    vaeEncoderJson: readVaeJson(folder, 'vae_encoder', family, vaeJson),
    textEncoderPaths: textEncoders.map((file) => join(folder, file)),
    unetPath: join(folder, UNET),
    vaeDecoderPath: join(folder, VAE_DECODER),
    unetBytes: unetBytes!,
    weightsBytes: otherBytes.reduce((sum, bytes) => sum + bytes, unetBytes!),
  };
}

/**
 * Path of the graph that turns pictures into latents, which only those who start from a picture need. Throws InferenceError,
 * `model_*`; `model_missing` with the file `vae_encoder` where there is none.
 */
export function checkVaeEncoder(folder: string, provider: string): string {
  const file = 'vae_encoder/model.onnx';
  try {
    checkGraph(folder, file, provider);
    return join(folder, file);
  } catch (error) {
    if (!(error instanceof InferenceError && error.code === 'model_missing') || existsSync(join(folder, file))) throw error;
    throw new InferenceError(
      'model_missing',
      `The model folder has no ${file}, without which it cannot start from a picture; optimum-cli export onnx makes one.`,
      { file: 'vae_encoder', folder },
    );
  }
}

/** Bytes of one graph with its weights; `file` is its path below `folder`. Throws InferenceError, `model_*`. */
export function checkGraph(folder: string, file: string, provider: string): number {
  const path = join(folder, file);
  if (!existsSync(path)) rejectForeignWeights(folder, dirname(path), file);
  try {
    return checkReadableGraph(folder, file, path, provider);
  } catch (error) {
    if (error instanceof InferenceError) throw error;
    throw new InferenceError('model_missing', `${file} cannot be read: ${(error as Error).message}.`, { file, folder }, { cause: error });
  }
}

function checkReadableGraph(folder: string, file: string, path: string, provider: string): number {
  const summary = summariseOnnxFile(path, file);
  checkOperators(summary, file, provider);
  let bytes = summary.sizeBytes;
  for (const [location, neededBytes] of summary.externalFiles) bytes += checkExternalFile(folder, file, location, neededBytes);
  return bytes;
}

function checkOperators(summary: OnnxFileSummary, file: string, provider: string): void {
  for (const operator of summary.operators) {
    if (provider === 'cpu' && GPU_ONLY.has(operator)) {
      const shown = operator.slice('com.microsoft.'.length);
      throw new InferenceError(
        'model_gpu_fused',
        `${file} was optimised for a GPU (it has ${shown}) and cannot run on the CPU; take the plain ONNX export.`,
        { file, operator: shown },
      );
    }
    if (operator.includes('.') && !KNOWN_DOMAINS.test(operator)) {
      throw new InferenceError(
        'model_custom_ops',
        `${file} needs the operator ${operator} of another library; such libraries are never loaded.`,
        { file, operator },
      );
    }
  }
}

/** Bytes of a file of weights beside a graph, which must lie inside the model folder and be no link. */
function checkExternalFile(folder: string, graph: string, location: string, neededBytes: number): number {
  const path = join(dirname(join(folder, graph)), location);
  const label = relative(folder, path);
  const isOutside = isAbsolute(location) || /^[a-zA-Z]:|\\/.test(location) || normalize(location).split(sep).includes('..');
  if (isOutside || label.startsWith('..')) {
    throw new InferenceError('model_external_data', `${graph} names weights outside of its folder (${location}); they are not loaded.`, {
      file: graph,
      location,
    });
  }
  if (!existsSync(path))
    throw new InferenceError('model_missing', `${label}, the weights of ${graph}, is missing; download it into the same folder.`, {
      file: label,
      graph,
    });
  if (lstatSync(path).isSymbolicLink() || relative(realpathSync(folder), realpathSync(path)).startsWith('..')) {
    throw new InferenceError('model_external_data', `${label}, the weights of ${graph}, is a link; put the file itself there.`, {
      file: label,
      graph,
    });
  }
  const fd = openSync(path, 'r');
  try {
    const sizeBytes = fstatSync(fd).size;
    rejectOtherFiles(new FileCursor(fd, sizeBytes), label, sizeBytes);
    if (sizeBytes < neededBytes) {
      throw new InferenceError('model_truncated', `${label} ends early: it has ${sizeBytes} bytes of ${neededBytes}; download it again.`, {
        file: label,
        sizeBytes,
        neededBytes,
      });
    }
    return sizeBytes;
  } finally {
    closeSync(fd);
  }
}

/** A missing file, said with what lies there instead. */
function rejectForeignWeights(folder: string, where: string, missing: string): never {
  const found = existsSync(where) ? readdirSync(where).find((name) => /\.(safetensors|ckpt|pt|pth|pkl|bin|gguf)$/i.test(name)) : undefined;
  if (found !== undefined) {
    const label = relative(folder, join(where, found));
    throw new InferenceError(
      'model_format',
      `${label} holds weights of another format, which are not loaded; export the model to ONNX (optimum-cli export onnx) and take that folder.`,
      { file: label, missing },
    );
  }
  throw new InferenceError('model_missing', `The model folder has no ${missing}; download the model again.`, { file: missing, folder });
}
