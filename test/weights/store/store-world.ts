/** A hub with one model, a folder for models, and the pulling of it. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { CuratedModel } from '#src/weights/store/curated.ts';
import { parseCurated } from '#src/weights/store/curated.ts';
import type { Asking, Patience } from '#src/weights/store/hub-request.ts';
import { preparePull } from '#src/weights/store/prepare-pull.ts';
import { pullModel, type Pulled, type PullWatch } from '#src/weights/store/pull.ts';
import { SmallHub, type Files } from '../../hub/small-hub.ts';

/** Nobody waits for a second try in a test. */
export const shortPatience: Patience = { answerMs: 10_000, pieceMs: 10_000, tries: 4, waitMs: 5, longestWaitMs: 2000 };

export const repo = 'makers/small-model';

/** Bytes that do not repeat, so that a part in the wrong place shows. */
export const bytesOf = (length: number, seed: number): Buffer => {
  const bytes = Buffer.alloc(length);
  let state = seed * 2_654_435_761 + 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
};

export const modelFiles: Files = {
  'model_index.json': Buffer.from('{"_class_name":"StableDiffusionPipeline"}'),
  'README.md': Buffer.from('# Small'),
  'scheduler/scheduler_config.json': Buffer.from('{"_class_name":"EulerDiscreteScheduler"}'),
  'tokenizer/vocab.json': Buffer.from('{"a":0}'),
  'tokenizer/merges.txt': Buffer.from('#version: 0.2\n'),
  'text_encoder/model.onnx': bytesOf(60_000, 1),
  'unet/model.onnx': bytesOf(30_000, 2),
  'unet/model.onnx_data': bytesOf(900_000, 3),
  'vae_decoder/model.onnx': bytesOf(120_000, 4),
  'unet/diffusion_pytorch_model.bin': bytesOf(5000, 5),
};

export const taken = Object.keys(modelFiles).filter((path) => !['README.md', 'unet/diffusion_pytorch_model.bin'].includes(path));
export const takenBytes = taken.reduce((sum, path) => sum + (modelFiles[path]?.byteLength ?? 0), 0);

export const curated = (changes: object = {}): CuratedModel => {
  const [model] = parseCurated({
    models: [
      {
        name: 'small',
        title: 'Small',
        repo,
        licence: { name: 'Test licence', summary: 'Free.' },
        goodFor: 'tests',
        sizePx: '64×64',
        steps: '1',
        memory: 'little',
        downloadGigabytes: 0.001,
        files: taken,
        write: { 'blitzbild.json': manifest('small') },
        source: ['this test'],
        ...changes,
      },
    ],
  });
  if (model === undefined) throw new Error('no model');
  return model;
};

export const manifest = (name: string): object => ({
  name,
  title: 'Small',
  licence: 'Test licence',
  sizes: [[64, 64]],
  defaults: { width: 64, height: 64, steps: 1, guidanceScale: 1 },
  hq: { steps: 2, guidanceScale: 1 },
  maxSteps: 4,
});

export type StoreWorld = {
  readonly hub: SmallHub;
  readonly models: string;
  readonly asking: (options?: {
    readonly token?: string;
    readonly signal?: AbortSignal;
    readonly address?: string;
    readonly patience?: Partial<Patience>;
  }) => Asking;
  readonly pull: (options?: PullOptions) => Promise<Pulled>;
  /** Names in the folder of models that are not hidden. */
  readonly installed: () => Promise<readonly string[]>;
};

export type PullOptions = {
  readonly model?: CuratedModel | { readonly name: string; readonly repo: string };
  readonly asking?: Asking;
  readonly watch?: PullWatch;
  readonly restart?: boolean;
};

export async function openWorld(t: TestContext, files: Files = modelFiles): Promise<StoreWorld> {
  const hub = await SmallHub.open();
  const models = await mkdtemp(join(tmpdir(), 'blitzbild-store-'));
  t.after(async () => {
    await hub[Symbol.asyncDispose]();
    await rm(models, { recursive: true, force: true });
  });
  hub.commit(repo, files);
  const asking: StoreWorld['asking'] = ({ token, signal = new AbortController().signal, address = hub.address, patience = {} } = {}) => ({
    hub: { address, ...(token === undefined ? {} : { token }) },
    patience: { ...shortPatience, ...patience },
    signal,
  });
  return {
    hub,
    models,
    asking,
    async pull({ model = curated(), asking: own = asking(), watch = {}, restart = false } = {}) {
      return pullModel(await preparePull({ modelsFolder: models, model, restart }, own), own, watch);
    },
    installed: async () => (await readdir(models)).filter((name) => !name.startsWith('.')),
  };
}
