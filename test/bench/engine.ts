/** Time and memory of the engine with the embedded model, on the CPU and nothing else. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { GeneratedPicture, PictureRequest } from '#core/ports.ts';
import type { ModelInfo } from '#core/types.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { catalogueOf } from '#src/weights/catalogue.ts';
import { quantile } from './row.ts';
import type { BenchRow } from './row.ts';

const embedded = join(import.meta.dirname, '../../models/embedded');
const pictures = 12;
const bytesPerMb = 1e6;

type Sample = { readonly picture: GeneratedPicture; readonly wallMs: number; readonly encodeMs: number };

/** Rejects if there is no embedded model. Takes some ten seconds. */
export const benchEngine = async (): Promise<BenchRow[]> => {
  const catalogue = await catalogueOf(embedded);
  const model = catalogue.get(catalogue.active)!;
  const engine = new ChildProcessEngine({ folderOf: () => embedded, environment: process.env, providers: ['cpu'] });
  try {
    const startedMs = performance.now();
    await engine.start(model.name);
    const startMs = performance.now() - startedMs;
    const first = await onePicture(engine, model, 0);
    const loop = monitorEventLoopDelay({ resolution: 5 });
    loop.enable();
    const samples: Sample[] = [];
    for (let seed = 1; seed <= pictures; seed++) samples.push(await onePicture(engine, model, seed));
    loop.disable();
    return [...timeRows(model, { startMs, first, samples, loopP99Ms: loop.percentile(99) / 1e6 }), ...memoryRows(engine.pid)];
  } finally {
    await engine.close();
  }
};

const finisher = new SharpFinisher();

const onePicture = async (engine: ChildProcessEngine, { name, fast, examples }: ModelInfo, seed: number): Promise<Sample> => {
  const request: PictureRequest = { ...fast, model: name, prompt: examples.en[seed % examples.en.length] ?? '', negativePrompt: '', seed };
  const startedMs = performance.now();
  const picture = await engine.generate(request, { signal: new AbortController().signal, onStep: () => {} });
  const { encodeMs } = await finisher.finish(picture);
  return { picture, wallMs: performance.now() - startedMs, encodeMs };
};

type Times = { readonly startMs: number; readonly first: Sample; readonly samples: readonly Sample[]; readonly loopP99Ms: number };

const timeRows = ({ title, fast }: ModelInfo, { startMs, first, samples, loopP99Ms }: Times): BenchRow[] => {
  const median = (number: (sample: Sample) => number): number => quantile(samples.map(number), 0.5);
  const what = `${title}, ${fast.widthPx}×${fast.heightPx}, ${fast.steps} steps`;
  return [
    { name: 'engine start', value: startMs, unit: 'ms', note: 'process, model and warm-up run' },
    { name: 'first picture of a warm process', value: first.wallMs, unit: 'ms', target: 2000, note: `${what}, with encoding` },
    { name: 'picture, median', value: median(({ wallMs }) => wallMs), unit: 'ms', note: `${pictures} pictures, with encoding` },
    {
      name: 'pipeline outside session.run',
      value: median(({ picture: { timings } }) => (100 * (timings.totalMs - timings.sessionRunMs)) / timings.totalMs),
      unit: '%',
      target: 10,
    },
    { name: 'encoding', value: median(({ encodeMs }) => encodeMs), unit: 'ms', note: 'PNG, thumbnail, blurhash' },
    {
      name: 'between the processes',
      value: median(({ wallMs, encodeMs, picture }) => wallMs - encodeMs - picture.timings.totalMs),
      unit: 'ms',
      note: 'request, progress and pixels through the channel',
    },
    {
      name: 'delay of the parent’s event loop, p99',
      value: loopP99Ms,
      unit: 'ms',
      target: 100,
      note: 'while pictures are computed and encoded',
    },
  ];
};

/** Nothing where there is no /proc. */
const memoryRows = (pid: number | undefined): BenchRow[] => {
  if (process.platform !== 'linux' || pid === undefined) return [];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string): number => (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / bytesPerMb;
  const weightsMb =
    ['text_encoder', 'unet', 'vae_decoder'].reduce((sum, part) => sum + statSync(join(embedded, part, 'model.onnx')).size, 0) / bytesPerMb;
  return [
    { name: 'weights', value: weightsMb, unit: 'MB' },
    {
      name: 'child RSS, peak',
      value: megabytes('VmHWM'),
      unit: 'MB',
      target: 1.6 * weightsMb + 300,
      note: 'at most 1.6 × weights + 300 MB',
    },
    { name: 'child RSS, afterwards', value: megabytes('VmRSS'), unit: 'MB' },
  ];
};
