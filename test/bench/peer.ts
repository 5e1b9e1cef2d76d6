import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import type { ModelInfo } from '#core/model-info.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { NoiseGenerator } from '#src/inference/random.ts';
import { catalogueOf } from '#src/weights/catalogue.ts';
import { ensurePythonEnvironment } from '../python-environment.ts';
import { times, type Bench } from './bench.ts';
import { quantile, type BenchRow } from './row.ts';

const PICTURES = 16;
const root = join(import.meta.dirname, '../..');
const embedded = join(root, 'models/embedded');

type Made = { readonly medianMs: number; readonly eachMs: readonly number[]; readonly pictures: readonly Uint8Array[] };
export type PeerTask = { readonly model: ModelInfo; readonly prompts: readonly string[] };

export const peer: Bench = {
  name: 'peer',
  title: 'The same pictures by onnxruntime in Python',
  async run(options) {
    if (!existsSync(join(embedded, 'model_index.json'))) return { skip: 'there is no embedded model in models/' };
    const setup = await ensurePythonEnvironment({
      directory: join(root, '.cache/bench-venv'),
      requirementsFile: join(import.meta.dirname, 'peer-requirements.txt'),
      what: 'onnxruntime for Python, to compare with',
      tell: (line) => process.stderr.write(`${line}\n`),
    });
    if ('skip' in setup) return { skip: `no Python environment could be made (${setup.skip})` };
    const catalogue = await catalogueOf(embedded);
    const model = catalogue.get(catalogue.active)!;
    const prompts = Array.from(
      { length: times(PICTURES, options) },
      (_, index) => `${model.examples.en[index % model.examples.en.length]} ${index}`,
    );
    const task: PeerTask = { model, prompts };
    // In turn, so that a machine that slows down does so for both.
    const ours = await byOurs(task);
    const theirs = await byPython(setup.python, task, { spinning: false });
    const asUsual = await byPython(setup.python, task, { spinning: true });
    return {
      rows: [
        { name: 'Blitzbild, a picture, median', value: ours.medianMs, unit: 'ms', note: `${prompts.length} pictures, without encoding` },
        { name: 'Python, a picture, median', value: theirs.medianMs, unit: 'ms', note: 'a plain numpy loop, the same session settings' },
        { name: 'ratio', value: ours.medianMs / theirs.medianMs, unit: '×', note: 'below 1: Blitzbild is faster' },
        {
          name: 'ratio to Python with onnxruntime’s defaults',
          value: ours.medianMs / asUsual.medianMs,
          unit: '×',
          note: 'its threads spin while they wait; Blitzbild’s leave the cores to others',
        },
        agreement(ours.pictures, theirs.pictures),
      ],
    };
  },
};

/** Noise of the seeds that the prompts have: their index. */
const latentShape = [12, 32, 32] as const;
const noiseOf = (seed: number): Float32Array =>
  new NoiseGenerator(seed).fillNormal(new Float32Array(latentShape[0] * latentShape[1] * latentShape[2]));

/** The embedded model's pictures of seeds 0, 1, … by Blitzbild's engine. */
export async function byOurs({ model, prompts }: PeerTask): Promise<Made> {
  const engine = new ChildProcessEngine({ folderOf: () => embedded, environment: process.env, providers: ['cpu'] });
  try {
    await engine.start(model.name);
    const make = async (prompt: string, seed: number) =>
      engine.generate(
        { ...model.fast, model: model.name, prompt, negativePrompt: '', seed },
        { signal: new AbortController().signal, onStep: () => {} },
      );
    await make(prompts[0]!, 0);
    const made = [];
    for (const [seed, prompt] of prompts.entries()) made.push(await make(prompt, seed));
    const eachMs = made.map(({ timings }) => timings.totalMs);
    return { medianMs: quantile(eachMs, 0.5), eachMs, pictures: made.map(({ pixels }) => pixels) };
  } finally {
    await engine.close();
  }
}

/** The same by peer.py. */
export async function byPython(python: string, { model, prompts }: PeerTask, { spinning }: { readonly spinning: boolean }): Promise<Made> {
  const folder = await mkdtemp(join(tmpdir(), 'blitzbild-peer-'));
  try {
    const [noise, out] = [join(folder, 'noise.bin'), join(folder, 'pictures.bin')];
    await writeFile(noise, Buffer.concat(prompts.map((_, seed) => Buffer.from(noiseOf(seed).buffer))));
    const child = spawn(python, [join(import.meta.dirname, 'peer.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { steps, guidanceScale: guidance, widthPx, heightPx } = model.fast;
    child.stdin.end(JSON.stringify({ model: embedded, prompts, noise, latent_shape: latentShape, steps, guidance, spinning, out }));
    const [answer, [exitCode]] = await Promise.all([textOf(child.stdout), once(child, 'exit')]);
    if (exitCode !== 0) throw new Error(`peer.py ended with ${exitCode}`);
    const { seconds } = JSON.parse(answer) as { seconds: readonly number[] };
    const bytes = await readFile(out);
    const size = widthPx * heightPx * 3;
    return {
      medianMs: 1000 * quantile(seconds, 0.5),
      eachMs: seconds.map((each) => 1000 * each),
      pictures: prompts.map((_, index) => bytes.subarray(index * size, (index + 1) * size)),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether both did the same work. */
export function agreement(ours: readonly Uint8Array[], theirs: readonly Uint8Array[]): BenchRow {
  let [near, all] = [0, 0];
  for (const [index, picture] of ours.entries()) {
    const other = theirs[index]!;
    all += picture.length;
    for (let i = 0; i < picture.length; i++) near += Math.abs(picture[i]! - other[i]!) <= 2 ? 1 : 0;
  }
  return {
    name: 'agreement of the pictures',
    value: (100 * near) / all,
    unit: '%',
    note: 'bytes that differ by at most 2 of 255; both make the same pictures',
  };
}
