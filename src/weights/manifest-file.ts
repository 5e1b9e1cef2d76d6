/** The JSON files of a model's or an upscaler's folder. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';

export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** `undefined` if there is no such file. Rejects with an `Error` of one sentence where it is no JSON. */
export const readJson = async (folder: string, name: string): Promise<unknown> => {
  const path = join(folder, name);
  if (!(await isFile(path))) return undefined;
  const text = await readFile(path, 'utf8');
  try {
    // Python's json writes -Infinity, as diffusers does for lambda_min_clipped; no JSON, but -1e999 is read as the same number.
    return JSON.parse(text.replace(/(?<sign>:\s*-?)Infinity(?=\s*[,}])/g, '$<sign>1e999'));
  } catch {
    throw new Error(`${name} is no JSON`);
  }
};

/** Throws an `Error` whose message names the file and every mistake with its key. */
export function parseWith<Schema extends z.ZodType>(schema: Schema, json: unknown, file: string): z.infer<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const mistakes = result.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`);
  throw new Error(`${file}: ${mistakes.join('; ')}`);
}
