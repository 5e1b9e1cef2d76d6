import { isZImageFolder, openZImageFolder } from './flow/z-image-folder.ts';
import { openModelFolder } from './model-folder.ts';
import { createScheduler } from './schedulers/create-scheduler.ts';
import { loadTokenizer } from './tokenizer.ts';

/**
 * Everything that can be known of a model folder without loading it, which takes memory and, for a large model, minutes: files that are
 * missing, cut off or no models, settings that are not supported. What graphs say of each other only loading tells.
 * @param provider of ONNX Runtime, whose operators are looked for
 * Throws InferenceError, `model_*` or `scheduler_unsupported`.
 */
export function checkModelFolder(folder: string, provider: string): void {
  if (isZImageFolder(folder)) return void openZImageFolder(folder, provider);
  const { schedulerJson, textEncoderPaths } = openModelFolder(folder, provider);
  createScheduler(schedulerJson, 1);
  for (const index of textEncoderPaths.keys()) loadTokenizer(folder, undefined, index === 0 ? 'tokenizer' : `tokenizer_${index + 1}`);
}
