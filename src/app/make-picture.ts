import { pictureRequest, type Afterwork } from '#core/batch.ts';
import { AppError } from '#core/errors.ts';
import type { ImageEngine, ImageStore, PictureStudio, Pixels } from '#core/ports.ts';
import type { Job, Source, StageTimings } from '#core/types.ts';
import { drawnSize } from '#core/upscale.ts';

type Parts = { readonly engine: ImageEngine; readonly studio: PictureStudio; readonly images: ImageStore };

/** Pixels as they come out of the GPU slot, and what is still to be done to them beside it. */
export type MadePicture = Pixels & {
  readonly alpha?: Uint8Array;
  readonly seed: number;
  readonly timings: Omit<StageTimings, 'encodeMs' | 'enhanceMs'> & { readonly totalMs: number };
  readonly provider: string;
  readonly droppedPrompt?: string;
  readonly notUpscaled?: string;
  readonly afterwork: Afterwork;
};

/** Which picture of what. */
export type Wanted = { readonly job: Pick<Job, 'request' | 'task'>; readonly index: number };

type Hooks = { readonly signal: AbortSignal; readonly onStep: (step: number, steps: number) => void };

/** Our own files were checked when they were stored. */
const ANY_SIZE = { maxPixels: 256e6 };

/** One picture of a job, whatever the job does; rejects with an `AppError`. */
export async function makePicture(parts: Parts, { job, index }: Wanted, hooks: Hooks): Promise<MadePicture> {
  switch (job.task?.kind) {
    case 'upscale':
      return enlarge(parts, job.task.source, job.task.factor, job.request.seed, hooks);
    case 'enhance': {
      const picture = await open(parts, job.task.source);
      return { ...picture, seed: job.request.seed, timings: nothingDrawn, provider: 'cpu', afterwork: { enhance: true } };
    }
    default:
      return draw(parts, { job, index }, hooks);
  }
}

const nothingDrawn = { textMs: 0, denoiseMs: 0, decodeMs: 0, totalMs: 0 } as const;

async function open({ images, studio }: Parts, { key, job }: Pick<Source, 'key' | 'job'>) {
  try {
    return await studio.decode(await images.read(key), ANY_SIZE);
  } catch (error) {
    // Which job could draw it anew.
    if (error instanceof AppError && error.code === 'picture_gone' && job !== undefined)
      throw new AppError('picture_gone', { job }, { cause: error });
    throw error;
  }
}

async function draw(parts: Parts, { job, index }: Wanted, hooks: Hooks): Promise<MadePicture> {
  const { filter, enhance, ...request } = pictureRequest(job.request, index);
  const { init } = job.request;
  const source = job.task?.kind === 'vary' ? job.task.source : init;
  const start =
    init === undefined || source === undefined
      ? {}
      : { init: { ...(await parts.studio.cover(await open(parts, source), drawnSize(request))), strength: init.strength } };
  const made = await parts.engine.generate({ ...request, ...start }, hooks);
  return { ...made, afterwork: { ...(filter === undefined ? {} : { filter }), ...(enhance === undefined ? {} : { enhance }) } };
}

async function enlarge(parts: Parts, source: Source, factor: 2 | 4 | 8, seed: number, hooks: Hooks): Promise<MadePicture> {
  const picture = await open(parts, source);
  const larger = await parts.engine.enlarge(picture, factor, hooks);
  const { alpha } = picture;
  return {
    pixels: larger.pixels,
    widthPx: larger.widthPx,
    heightPx: larger.heightPx,
    ...(alpha === undefined ? {} : { alpha: await parts.studio.enlargeAlpha(alpha, picture, factor) }),
    seed,
    timings: { ...nothingDrawn, upscaleMs: larger.upscaleMs, totalMs: larger.upscaleMs },
    provider: larger.provider,
    afterwork: {},
  };
}
