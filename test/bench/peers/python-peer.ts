import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NoiseGenerator } from '#src/inference/random.ts';
import { peersCache } from './cache-folder.ts';
import type { Drawing, Drawn, Peer } from './peer.ts';
import type { PeerModel } from './model.ts';

export type PythonPeerOptions = {
  readonly python: string;
  readonly kind: 'eager' | 'compiled' | 'onnxruntime';
  readonly model: PeerModel;
  readonly device: 'cpu' | 'cuda';
};

type Loaded = { readonly load_ms: number };
type Times = { readonly text_ms: number; readonly denoise_ms: number; readonly decode_ms: number; readonly total_ms: number };

/** peers.py in a process of its own. */
export const pythonPeer = (options: PythonPeerOptions): Peer => ({
  name: options.kind,
  open: async () => {
    const { python, kind, model, device } = options;
    const scratch = await mkdtemp(join(tmpdir(), 'blitzbild-peer-'));
    const child = spawn(python, [join(import.meta.dirname, 'peers.py')], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Compiled kernels are kept beside the models, so that only the first run waits for the compiler.
      env: { ...process.env, TORCHINDUCTOR_CACHE_DIR: join(peersCache(), 'inductor'), TORCHINDUCTOR_FX_GRAPH_CACHE: '1' },
    });
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints = (complaints + chunk).slice(-4000)));
    const gone = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async <Answer>(question: object): Promise<Answer> => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${kind} ended: ${complaints.trim().split('\n').at(-1) ?? ''}`);
      return JSON.parse(value) as Answer;
    };
    const close = async (): Promise<void> => {
      child.stdin.end();
      await gone;
      await rm(scratch, { recursive: true, force: true });
    };
    const folder = kind === 'onnxruntime' ? model.onnxFolder : model.diffusersFolder;
    try {
      const { load_ms: loadMs } = await ask<Loaded>({ kind, folder, device, dtype: model.shape.dtype });
      return {
        loadMs,
        provider: device,
        draw: async (drawing) => drawBy((question) => ask<Times>(question), drawing, scratch),
        pid: () => child.pid,
        [Symbol.asyncDispose]: close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  },
});

async function drawBy(ask: (question: object) => Promise<Times>, drawing: Drawing, scratch: string): Promise<Drawn> {
  const { prompt, seed, sidePx, steps, guidanceScale: guidance, count } = drawing;
  const [noise, out] = [join(scratch, 'noise.bin'), join(scratch, 'pictures.bin')];
  const latents = Array.from({ length: count }, (_, index) => noiseOf(seed + index, 4 * (sidePx / 8) ** 2));
  await writeFile(noise, Buffer.concat(latents.map(({ buffer }) => Buffer.from(buffer))));
  const times = await ask({ prompt, seed, noise, width: sidePx, height: sidePx, steps, guidance, count, out });
  const bytes = await readFile(out);
  const size = sidePx * sidePx * 3;
  return {
    textMs: times.text_ms,
    denoiseMs: times.denoise_ms,
    decodeMs: times.decode_ms,
    totalMs: times.total_ms,
    pictures: latents.map((_, index) => bytes.subarray(index * size, (index + 1) * size)),
  };
}

const noiseOf = (seed: number, values: number): Float32Array<ArrayBuffer> =>
  new NoiseGenerator(seed).fillNormal(new Float32Array(values)) as Float32Array<ArrayBuffer>;
