import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import type { GeneratedPicture } from '#core/ports.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import type { GraphCacheOptions } from '#src/inference/graph-cache.ts';
import type { Bench, BenchOptions } from './bench.ts';
import { peakMb } from './process-memory.ts';
import { quantile, type BenchRow } from './row.ts';
import { sd15Folder } from './sd15-folder.ts';
import { realShape, type Sd15Shape } from './sd15-graphs.ts';

/** A fifth of the channels: a twentieth of the work, and so a larger share for everything around it. */
const smallShape: Sd15Shape = { unetChannels: 64, heads: 2, vaeChannels: 32, textLayers: 2, vocabulary: 2048 };
const SMALL_STEPS = 4;
const SMALL_PICTURES = 2;
const LARGE_STEPS = 2;
const OUTSIDE_TARGET_PERCENT = 2;
const LARGE_NEEDS_BYTES = 12e9;
const MOST_OF_FIRST_LOAD = 0.7;
const root = join(import.meta.dirname, '../..');

export const shapedModel: Bench = {
  name: 'sd15',
  title: 'A model with the shapes of Stable Diffusion 1.5',
  async run(options) {
    if (!existsSync(join(import.meta.dirname, '../../models/embedded/tokenizer')))
      return { skip: 'there is no embedded model whose tokenizer could be used' };
    const small = await measure('a fifth of the channels', await sd15Folder('sd15-small', smallShape), {
      steps: SMALL_STEPS,
      pictures: options.quick ? 1 : SMALL_PICTURES,
      isFull: false,
    });
    return {
      rows: [...small, ...(options.large ? await large(options) : [])],
      remark:
        'Random weights, the layers of the real model, its inputs and outputs (latents of 4×64×64, 77×768 words, a picture of 512×512), two runs of the UNet per step. With a fifth of its channels the network computes about a twentieth of the real one’s work while everything around it stays the same, so its share outside of `session.run` is an upper bound of the real one’s. ' +
        (options.large
          ? 'The full size has the 1.03 billion parameters of the real model.'
          : 'The full size is measured by `npm run bench -- --large`.'),
    };
  },
};

async function large({ quick }: BenchOptions): Promise<BenchRow[]> {
  if (freemem() < LARGE_NEEDS_BYTES) throw new Error(`--large needs ${LARGE_NEEDS_BYTES / 1e9} GB of free memory`);
  return measure('full size', await sd15Folder('sd15-full', realShape), { steps: quick ? 1 : LARGE_STEPS, pictures: 1, isFull: true });
}

async function measure(
  what: string,
  folder: string,
  { steps, pictures, isFull }: { readonly steps: number; readonly pictures: number; readonly isFull: boolean },
): Promise<BenchRow[]> {
  const cacheFolder = await mkdtemp(join(root, '.cache/bench-graphs-'));
  const graphCache = { folder: cacheFolder, maxBytes: 20e9, leastBytes: isFull ? undefined : 10e6 };
  const plain = await loadOnce(folder, undefined);
  const first = await loadOnce(folder, graphCache);
  const engine = engineWith(folder, graphCache);
  try {
    await engine.start('shaped');
    const second = engine.status().loadMs ?? Number.NaN;
    const made: GeneratedPicture[] = [];
    for (let seed = 0; seed < pictures; seed++) {
      const request = {
        model: 'shaped',
        prompt: 'a red fox in the snow',
        negativePrompt: 'blur',
        seed,
        widthPx: 512,
        heightPx: 512,
        steps,
        guidanceScale: 7.5,
      };
      made.push(await engine.generate(request, { signal: new AbortController().signal, onStep: () => {} }));
    }
    const outside = made.map(({ timings }) => timings.totalMs - timings.sessionRunMs);
    const share = made.map(({ timings }) => (100 * (timings.totalMs - timings.sessionRunMs)) / timings.totalMs);
    return [
      { name: `${what}: load without kept graphs`, value: plain / 1000, unit: 's', note: 'process, model and warm-up run' },
      { name: `${what}: first load, which keeps them`, value: first / 1000, unit: 's' },
      {
        name: `${what}: second load ÷ first`,
        value: second / first,
        unit: '×',
        target: MOST_OF_FIRST_LOAD,
        note: `${(second / 1000).toFixed(1)} s`,
      },
      {
        name: `${what}: a picture of ${steps} steps, median`,
        value: quantile(
          made.map(({ timings }) => timings.totalMs / 1000),
          0.5,
        ),
        unit: 's',
        note: `${pictures} of 512×512`,
      },
      { name: `${what}: outside session.run, median`, value: quantile(outside, 0.5), unit: 'ms' },
      { name: `${what}: outside session.run, share`, value: quantile(share, 0.5), unit: '%', target: OUTSIDE_TARGET_PERCENT },
      ...memoryRows(what, engine.pid, weightsMb(folder), isFull),
    ];
  } finally {
    await engine.close();
    await rm(cacheFolder, { recursive: true, force: true });
  }
}

const engineWith = (folder: string, graphCache: GraphCacheOptions | undefined): ChildProcessEngine =>
  new ChildProcessEngine({ folderOf: () => folder, environment: process.env, providers: ['cpu'], graphCache });

/** Milliseconds until a new process has the model. */
async function loadOnce(folder: string, graphCache: GraphCacheOptions | undefined): Promise<number> {
  const engine = engineWith(folder, graphCache);
  try {
    await engine.start('shaped');
    return engine.status().loadMs ?? Number.NaN;
  } finally {
    await engine.close();
  }
}

const weightsMb = (folder: string): number =>
  ['text_encoder', 'unet', 'vae_decoder']
    .flatMap((part) => readdirSync(join(folder, part)).map((file) => join(folder, part, file)))
    .filter((path) => path.includes('model.onnx'))
    .reduce((sum, path) => sum + statSync(path).size / 1e6, 0);

function memoryRows(what: string, pid: number | undefined, weights: number, isFull: boolean): BenchRow[] {
  const peak = pid === undefined ? undefined : peakMb(pid);
  if (peak === undefined) return [];
  const name = `${what}: engine’s memory (RSS), peak`;
  return [
    { name: `${what}: weights`, value: weights, unit: 'MB' },
    isFull
      ? { name, value: peak, unit: 'MB', target: 1.7 * weights, note: 'with kept graphs; at most 1.7 × weights' }
      : // Weights shrink with the square of the channels, what is computed between them does not: the bound is the real model's.
        {
          name,
          value: peak,
          unit: 'MB',
          note: 'no target: weights shrink with the square of the channels, the tensors between them do not',
        },
  ];
}
