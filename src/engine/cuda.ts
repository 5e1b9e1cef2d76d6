/** Whether onnxruntime's CUDA libraries are there: npm does not bring them, and an attempt without them costs half a second. */
import { existsSync, globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where onnxruntime-node's own installer puts its provider libraries; `undefined` if the package is laid out differently. */
export const providerFolder = (platform: string): string | undefined => {
  try {
    const packageFolder = dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
    return globSync(join(packageFolder, 'bin/napi-*', platform.replace('-', '/')))[0];
  } catch {
    return undefined;
  }
};

/** Why CUDA can't work, or `undefined` if only an attempt will tell. */
export const missingCuda = (folder: string | undefined): string | undefined =>
  folder === undefined || existsSync(join(folder, 'libonnxruntime_providers_cuda.so'))
    ? undefined
    : 'its libraries are not installed; ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js fetches them';
