import PQueue from 'p-queue';
import type { Courier } from '#src/app/courier.ts';
import { endJob, queuePicture, workload } from '#src/app/job-messages.ts';
import type { Log } from '#src/app/log-port.ts';
import { prefixFor, type Prefix } from '#core/command.ts';
import { AppError } from '#core/errors.ts';
import type { GeneratedPicture, ImageEngine, ImageStore, ModelCatalogue, PictureFinisher } from '#core/ports.ts';
import { renderProgress } from '#core/render.ts';
import type { JobRecord, Store, Turn } from '#core/store-port.ts';
import type { ImageRequest, JobId, PlatformName, StoredImage } from '#core/types.ts';

/** A picture that ended the engine this often is not tried again: it would only end the next one. */
const MOST_CRASHES = 1;
/** A job that was interrupted by this many restarts may be what ends the process. */
const MOST_INTERRUPTIONS = 3;
/** Finished pixels that may wait for encoding while the next picture is computed. */
const MOST_FINISHING = 2;
const AFTER_BREAKAGE_MS = 1000;

type Picture = GeneratedPicture & { readonly startedAtMs: number };

type Running = {
  readonly turn: Turn;
  readonly abort: AbortController;
  readonly startedAtMs: number;
  /** When the first step was done; loading the model comes before it and says nothing about the rest. */
  firstStepAtMs?: number;
};

export type JobRunnerOptions = {
  readonly store: Store;
  readonly engine: ImageEngine;
  readonly finisher: PictureFinisher;
  readonly images: ImageStore;
  readonly models: ModelCatalogue;
  readonly couriers: ReadonlyMap<PlatformName, Courier>;
  readonly prefixes: readonly Prefix[];
  readonly log: Log;
  readonly now: () => number;
};

/**
 * Makes pictures, one at a time: the store names the next one, the GPU slot runs it, and the next picture begins
 * while the last one is encoded and stored.
 */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  /** The GPU slot. Each task claims its own work when it runs, so the store, not this queue, decides the order. */
  readonly #slot = new PQueue({ concurrency: 1 });
  readonly #finishing = new Map<JobId, Set<Promise<void>>>();
  #running: Running | undefined;
  /** Pictures that came to nothing while the store could not be told so. */
  readonly #untold = new Set<Turn>();
  #recovery: NodeJS.Timeout | undefined;
  #paused = true;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  /** Takes up what a crash or a stop left, then whatever comes. */
  start(): void {
    const { store } = this.#options;
    const interrupted = store.jobs.resume();
    for (const job of interrupted) {
      if (job.crashes >= MOST_INTERRUPTIONS) this.#end(job.id, 'failed', { code: 'engine_crashed', params: {} });
    }
    for (const job of store.jobs.open()) this.#settle(job.id);
    this.#paused = false;
    this.wake();
  }

  /** There may be work. */
  wake(): void {
    if (this.#paused || this.#slot.size + this.#slot.pending > 0) return;
    this.#slot
      .add(async () => this.#turn())
      .then(
        () => this.#wakeIfWaiting(),
        (error: unknown) => this.#storeFailed(error),
      )
      .catch((error: unknown) => this.#storeFailed(error));
  }

  /** Such as on a full disk: nothing is lost, and it may work again. */
  #storeFailed(error: unknown): void {
    this.#options.log.error({ err: error }, 'The queue could not be worked on');
    clearTimeout(this.#recovery);
    this.#recovery = setTimeout(() => {
      try {
        this.#recover();
        this.wake();
      } catch (again) {
        this.#storeFailed(again);
      }
    }, AFTER_BREAKAGE_MS).unref();
  }

  /** Takes up what the store could not be told: pictures that nobody makes any more, and ends. */
  #recover(): void {
    if (this.#paused) return;
    const { jobs } = this.#options.store;
    for (const turn of this.#untold) {
      jobs.release(turn.job.id, turn.index, { crashed: false });
      this.#untold.delete(turn);
    }
    for (const job of jobs.open()) this.#settle(job.id);
  }

  #wakeIfWaiting(): void {
    if (this.#options.store.jobs.waitingJobs().some((job) => job.waiting > 0)) this.wake();
  }

  /** Stops a job whose cancellation is stored: at once if it waits, between two steps if it runs. */
  cancel(id: JobId): void {
    if (this.#running?.turn.job.id === id) {
      this.#running.abort.abort();
      return;
    }
    try {
      this.#settle(id);
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  /** How long the picture that runs has been at it. */
  get runningMs(): number {
    return this.#running === undefined ? 0 : this.#options.now() - this.#running.startedAtMs;
  }

  /** Gives the running picture back to the queue and waits until everything is stored. */
  async close(): Promise<void> {
    this.#paused = true;
    clearTimeout(this.#recovery);
    this.#running?.abort.abort();
    await this.#slot.onIdle();
    await Promise.all([...this.#finishing.values()].flatMap((set) => [...set]));
  }

  async #turn(): Promise<void> {
    if (this.#paused) return;
    const { store, log, now } = this.#options;
    const turn = store.jobs.claimNext(now());
    if (turn === undefined) return;
    const abort = new AbortController();
    this.#running = { turn, abort, startedAtMs: now() };
    const { job, index } = turn;
    try {
      const picture = await this.#generate(turn, abort.signal);
      await this.#startFinishing(turn, picture);
    } catch (error) {
      this.#pictureFailed(turn, error);
    } finally {
      this.#running = undefined;
    }
    log.debug({ job: job.id, picture: index }, 'Turn ended');
    this.#settle(job.id);
  }

  async #generate({ job, index }: Turn, signal: AbortSignal): Promise<Picture> {
    const { engine, now } = this.#options;
    const claimedAtMs = now();
    this.#showProgress(job, index, 0, job.request.steps);
    const picture = await engine.generate(
      { ...job.request, seed: (job.request.seed + index) % 2 ** 32 },
      {
        signal,
        onStep: (step, steps) => {
          // The job may have ended meanwhile, and what tells its end must not be covered.
          if (!signal.aborted) this.#showProgress(job, index, step, steps);
        },
      },
    );
    // The model may have been loaded first: that is waiting, not work.
    return { ...picture, startedAtMs: Math.max(claimedAtMs, Math.round(now() - picture.timings.totalMs)) };
  }

  #showProgress(job: JobRecord, index: number, step: number, steps: number): void {
    const { couriers, prefixes } = this.#options;
    const { request, language, origin, statusRow, id } = job;
    const voice = { language, prefix: prefixFor(prefixes, language) };
    const etaMs = this.#restMs(request, index, step, steps);
    couriers.get(origin.platform)?.showProgress({
      jobId: id,
      roomId: origin.roomId,
      statusRow,
      text: renderProgress({ jobId: id, request, done: index, step, steps, etaMs, ...voice }),
      event: { type: 'progress', jobId: id, progress: (index + step / steps) / request.count },
    });
  }

  /** Until the job's last picture, if nobody else had a turn: by measured pictures, else by the steps of this one. */
  #restMs(request: ImageRequest, index: number, step: number, steps: number): number | undefined {
    const { store, now } = this.#options;
    if (this.#running !== undefined && step >= 1) this.#running.firstStepAtMs ??= now();
    const sinceFirstStepMs = now() - (this.#running?.firstStepAtMs ?? now());
    const perPictureMs = store.durations.estimateMs(workload(request)) ?? (step > 1 ? (sinceFirstStepMs / (step - 1)) * steps : undefined);
    return perPictureMs === undefined ? undefined : perPictureMs * (request.count - index - step / steps);
  }

  async #startFinishing(turn: Turn, picture: Picture): Promise<void> {
    const { id } = turn.job;
    const set = this.#finishing.get(id) ?? new Set();
    this.#finishing.set(id, set);
    const settled = this.#finish(turn, picture)
      .catch((error: unknown) => this.#pictureFailed(turn, error))
      .finally(() => {
        set.delete(settled);
        if (set.size === 0) this.#finishing.delete(id);
      })
      .then(() => this.#settle(id))
      .catch((error: unknown) => this.#storeFailed(error));
    set.add(settled);
    const all = [...this.#finishing.values()].flatMap((promises) => [...promises]);
    if (all.length > MOST_FINISHING) await Promise.race(all);
  }

  async #finish({ job, index }: Turn, picture: Picture): Promise<void> {
    const { finisher, images, store, now } = this.#options;
    const finished = await finisher.finish(picture);
    // Together: each waits for the disk several times.
    const [key, thumbnailKey] = await Promise.all([images.put(finished.png, 'png'), images.put(finished.thumbnail.jpeg, 'jpg')]);
    const { widthPx, heightPx, seed, timings, provider, droppedPrompt } = picture;
    const image: StoredImage = {
      key,
      index,
      seed,
      widthPx,
      heightPx,
      bytes: finished.png.byteLength,
      mimeType: 'image/png',
      thumbnail: {
        key: thumbnailKey,
        widthPx: finished.thumbnail.widthPx,
        heightPx: finished.thumbnail.heightPx,
        bytes: finished.thumbnail.jpeg.byteLength,
        mimeType: 'image/jpeg',
      },
      blurhash: finished.blurhash,
      timings: {
        textMs: tenths(timings.textMs),
        denoiseMs: tenths(timings.denoiseMs),
        decodeMs: tenths(timings.decodeMs),
        encodeMs: tenths(finished.encodeMs),
      },
    };
    const workMs = tenths(timings.totalMs + finished.encodeMs);
    store.transaction(() => {
      // Another picture of the job may have failed meanwhile: nothing comes after an end.
      if (!isOpen(store.jobs.get(job.id))) return;
      store.jobs.finishPicture(job.id, image, {
        provider,
        workMs,
        startedAtMs: picture.startedAtMs,
        ...(droppedPrompt === undefined ? {} : { droppedPrompt }),
      });
      store.durations.record(workload(job.request), workMs);
      queuePicture(store, job, image, now());
    });
  }

  #pictureFailed(turn: Turn, error: unknown): void {
    try {
      this.#tellFailure(turn, error);
    } catch (storeError) {
      this.#untold.add(turn);
      throw storeError;
    }
  }

  #tellFailure({ job, index }: Turn, error: unknown): void {
    const { store, log } = this.#options;
    const code = error instanceof AppError ? error.code : 'internal';
    if (code === 'cancelled') {
      store.jobs.release(job.id, index, { crashed: false });
      return;
    }
    log.error({ job: job.id, picture: index, code, ...(error instanceof AppError ? error.params : { err: error }) }, 'A picture failed');
    if (code === 'engine_crashed' && job.crashes < MOST_CRASHES) {
      store.jobs.release(job.id, index, { crashed: true });
      return;
    }
    this.#end(job.id, 'failed', { code, params: error instanceof AppError ? error.params : {} });
  }

  /** Ends the job if nothing of it is left to do. */
  #settle(id: JobId): void {
    const job = this.#options.store.jobs.get(id);
    if (!isOpen(job)) return;
    if (this.#running?.turn.job.id === id || this.#finishing.has(id)) return;
    if (job.images.length === job.request.count) this.#end(id, 'done');
    else if (job.cancelRequested) this.#end(id, 'cancelled');
  }

  #end(
    id: JobId,
    state: 'done' | 'failed' | 'cancelled',
    failure?: { code: string; params: Readonly<Record<string, string | number>> },
  ): void {
    const { store, models, couriers, prefixes, now } = this.#options;
    const job = store.jobs.get(id);
    if (!isOpen(job)) return;
    if (this.#running?.turn.job.id === id) this.#running.abort.abort();
    couriers.get(job.origin.platform)?.forgetProgress(id);
    endJob({ store, models, job, prefix: prefixFor(prefixes, job.language), state, failure, nowMs: now() });
  }
}

const isOpen = (job: JobRecord | undefined): job is JobRecord => job?.state === 'waiting' || job?.state === 'running';

/** Timers are not exact beyond that, and a long tail of digits reads badly. */
const tenths = (ms: number): number => Math.round(ms * 10) / 10;
