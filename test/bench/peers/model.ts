import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { peersCache } from './cache-folder.ts';
import type { PeerShape } from './shapes.ts';

const SEED = 5;
/** Any tokenizer of CLIP's kind does: the prompts have the same ids everywhere. */
const tokenizer = join(import.meta.dirname, '../../../models/embedded/tokenizer');
const sources = ['make.py', 'graphs.py', 'requirements.txt'];

/** The same weights for everybody. */
export type PeerModel = {
  readonly shape: PeerShape;
  readonly diffusersFolder: string;
  readonly onnxFolder: string;
  /** Of the ONNX folder's weights. */
  readonly weightBytes: number;
};

/** Made once, in the user's cache folder; again when what makes it has changed. Rejects with what make.py said. */
export async function ensureModel(python: string, shape: PeerShape, tell: (line: string) => void): Promise<PeerModel> {
  const folder = join(peersCache(), 'models', shape.name);
  const stamp = join(folder, 'complete');
  const wanted = await stampOf(shape);
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== wanted) {
    await rm(folder, { recursive: true, force: true });
    tell(`Making the model ${shape.name} in ${folder}, once …`);
    await make(python, { shape, folder });
    await writeFile(stamp, wanted);
  }
  const onnxFolder = join(folder, 'onnx');
  return { shape, diffusersFolder: join(folder, 'diffusers'), onnxFolder, weightBytes: weightBytesOf(onnxFolder) };
}

/** Why there can be no model at all; `undefined` where there can. */
export const missingForModels = (): string | undefined =>
  existsSync(tokenizer) ? undefined : 'there is no embedded model in models/ whose tokenizer could be used';

async function make(python: string, { shape, folder }: { readonly shape: PeerShape; readonly folder: string }): Promise<void> {
  const child = spawn(python, [join(import.meta.dirname, 'make.py')], { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(JSON.stringify({ shape, folder, tokenizer, seed: SEED }));
  const [complaints, [exitCode]] = await Promise.all([textOf(child.stderr), once(child, 'exit')]);
  if (exitCode === 0) return;
  const { bavail, bsize } = await statfs(dirname(peersCache()));
  await rm(folder, { recursive: true, force: true });
  throw new Error(
    `make.py ended with ${exitCode} (${Math.round((bavail * bsize) / 1e9)} GB of disk are free): ${complaints.trim().split('\n').at(-1)}`,
  );
}

async function stampOf(shape: PeerShape): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([shape, SEED]));
  for (const source of sources) hash.update(await readFile(join(import.meta.dirname, source)));
  return hash.digest('hex');
}

const weightBytesOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.includes('model.onnx'))
    .reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
