import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceError } from './errors.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A JSON object of the model folder. Throws `model_missing` or `model_config`, naming the file. */
export function readModelJson(folder: string, file: string): Json {
  const json = readOptionalModelJson(folder, file);
  if (json === undefined)
    throw new InferenceError('model_missing', `The model folder has no ${file}; download the model again.`, { file, folder });
  return json;
}

/** As above; undefined if there is no such file. */
export function readOptionalModelJson(folder: string, file: string): Json | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw new InferenceError('model_missing', `${file} cannot be read: ${(error as Error).message}.`, { file, folder }, { cause: error });
  }
  if (text.startsWith('version https://git-lfs'))
    throw new InferenceError(
      'model_truncated',
      `${file} is a Git LFS pointer, not the file itself; run "git lfs pull" or download the file.`,
      { file },
    );
  try {
    const value: unknown = JSON.parse(withNumbers(text));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  } catch (error) {
    throw new InferenceError('model_config', `${file} is not valid JSON: ${(error as Error).message}.`, { file }, { cause: error });
  }
  throw new InferenceError('model_config', `${file} does not hold a JSON object.`, { file });
}

/** Python's json writes ±Infinity (diffusers does so for lambda_min_clipped); JSON.parse reads 1e999 as the same number. */
function withNumbers(text: string): string {
  return text.replace(/(:\s*)(-?)Infinity(?=\s*[,}\]])/g, '$1$21e999');
}

export function optionalNumber(json: Json | undefined, key: string): number | undefined {
  const value = json?.[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function numberList(json: Json | undefined, key: string): readonly number[] | undefined {
  const value = json?.[key];
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number') ? value : undefined;
}
