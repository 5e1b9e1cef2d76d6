/** Time and memory of the engine with the embedded model, on the CPU and nothing else. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { GeneratedPicture, PictureRequest } from '#core/ports.ts';
import type { ModelInfo } from '#core/model-info.ts';
import { ChildProcessEngine } from '#src/engine/child-process.ts';
import { SharpFinisher } from '#src/finish/sharp-finisher.ts';
import { catalogueOf } from '#src/weights/catalogue.ts';
import { quantile } from './row.ts';
import type { BenchRow } from './row.ts';

const models = join(import.meta.dirname, '../../models');
const embedded = join(models, 'embedded');
const pictures = 12;
const largePictures = 4;
const bytesPerMb = 1e6;

type Sample = { readonly picture: GeneratedPicture; readonly wallMs: number; readonly encodeMs: number };

/** Rejects if there is no embedded model. Takes some ten seconds. */
export const benchEngine = async (): Promise<BenchRow[]> => {
  const catalogue = await catalogueOf(embedded, [models]);
  const model = catalogue.get(catalogue.active)!;
  const { upscalerFolder } = catalogue;
  const engine = new ChildProcessEngine({ folderOf: () => embedded, environment: process.env, providers: ['cpu'], upscalerFolder });
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
    const rows = [...timeRows(model, { startMs, first, samples, loopP99Ms: loop.percentile(99) / 1e6 }), ...memoryRows(engine.pid)];
    return [...rows, ...(await highQualityRows(engine, model))];
  } finally {
    await engine.close();
  }
};

const finisher = new SharpFinisher();

const onePicture = async (
  engine: ChildProcessEngine,
  { name, examples, ...model }: ModelInfo,
  seed: number,
  quality: 'fast' | 'high' = 'fast',
): Promise<Sample> => {
  const prompt = examples.en[seed % examples.en.length] ?? '';
  const request: PictureRequest = { ...model[quality], model: name, prompt, negativePrompt: '', seed };
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

/** What `--hq` takes; the first such picture loads the upscaler and is told by itself. */
const highQualityRows = async (engine: ChildProcessEngine, model: ModelInfo): Promise<BenchRow[]> => {
  const { widthPx, heightPx, steps, upscale } = model.high;
  const first = await onePicture(engine, model, 0, 'high');
  if (first.picture.widthPx !== widthPx) throw new Error(`--hq could not be enlarged: ${first.picture.notUpscaled ?? 'no reason'}`);
  const samples: Sample[] = [];
  for (let seed = 1; seed <= largePictures; seed++) samples.push(await onePicture(engine, model, seed, 'high'));
  const median = (number: (sample: Sample) => number): number => quantile(samples.map(number), 0.5);
  const what = `${widthPx}×${heightPx}, ${steps} steps${upscale === undefined ? '' : `, enlarged ×${upscale}`}`;
  const enlarging: BenchRow[] =
    upscale === undefined
      ? []
      : [
          { name: '--hq: of that, enlarging', value: median(({ picture }) => picture.timings.upscaleMs ?? Number.NaN), unit: 'ms' },
          { name: '--hq: first picture', value: first.wallMs, unit: 'ms', note: 'loads the upscaler' },
        ];
  return [
    {
      name: '--hq: picture, median',
      value: median(({ wallMs }) => wallMs),
      unit: 'ms',
      note: `${what}, ${largePictures} pictures, with encoding`,
    },
    ...enlarging,
    {
      name: '--hq: pipeline outside session.run',
      value: median(({ picture: { timings } }) => (100 * (timings.totalMs - timings.sessionRunMs)) / timings.totalMs),
      unit: '%',
      target: 10,
    },
    { name: '--hq: encoding', value: median(({ encodeMs }) => encodeMs), unit: 'ms', note: 'PNG, thumbnail, blurhash' },
    ...statusMegabytes(engine.pid, 'VmHWM').map((value): BenchRow => ({ name: '--hq: child RSS, peak', value, unit: 'MB' })),
  ];
};

/** A size of a process as Linux tells it; empty where there is no /proc. */
const statusMegabytes = (pid: number | undefined, field: string): readonly number[] => {
  if (process.platform !== 'linux' || pid === undefined) return [];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return [(Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024) / bytesPerMb];
};

/** Nothing where there is no /proc. */
const memoryRows = (pid: number | undefined): BenchRow[] => {
  const [peak] = statusMegabytes(pid, 'VmHWM');
  const [now] = statusMegabytes(pid, 'VmRSS');
  if (peak === undefined || now === undefined) return [];
  const weightsMb =
    ['text_encoder', 'unet', 'vae_decoder'].reduce((sum, part) => sum + statSync(join(embedded, part, 'model.onnx')).size, 0) / bytesPerMb;
  return [
    { name: 'weights', value: weightsMb, unit: 'MB' },
    {
      name: 'child RSS, peak',
      value: peak,
      unit: 'MB',
      target: 1.6 * weightsMb + 300,
      note: 'at most 1.6 × weights + 300 MB',
    },
    { name: 'child RSS, afterwards', value: now, unit: 'MB' },
  ];
};
