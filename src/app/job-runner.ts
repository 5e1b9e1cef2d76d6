import PQueue from 'p-queue';
import type { Courier } from '#src/app/courier.ts';
import type { PictureChecks } from '#src/app/check-picture.ts';
import { Finishing } from '#src/app/finishing.ts';
import { endJob } from '#src/app/job-messages.ts';
import type { Log } from '#src/app/log-port.ts';
import { EarlySheet } from '#src/app/early-sheet.ts';
import { makeSheet } from '#src/app/make-sheet.ts';
import { makePicture } from '#src/app/make-picture.ts';
import { isPaused } from '#src/app/pause.ts';
import { promptNotes } from '#src/app/prompt-check.ts';
import { PictureProgress } from '#src/app/picture-progress.ts';
import { storePicture, type StartedPicture } from '#src/app/store-picture.ts';
import { prefixFor, type Prefix } from '#core/command.ts';
import { isBatch } from '#core/batch.ts';
import { AppError, isDiskFull } from '#core/errors.ts';
import type { MarkPolicy } from '#core/marks-port.ts';
import type { PromptLists } from '#core/prompt-judgement.ts';
import type { ImageEngine, ImageStore, ModelCatalogue, PictureFinisher, PictureStudio } from '#core/ports.ts';
import { isOpen, type JobRecord, type Turn } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';
import type { JobOutcome, Meter } from '#core/operations-port.ts';
import type { JobId, PlatformName, StoredImage } from '#core/types.ts';

/** A picture that ended the engine this often is not tried again: it would only end the next one. */
const MOST_CRASHES = 1;
/** A job that was interrupted by this many restarts may be what ends the process. */
const MOST_INTERRUPTIONS = 3;
const AFTER_BREAKAGE_MS = 1000;

type Running = {
  readonly turn: Turn;
  readonly abort: AbortController;
  readonly startedAtMs: number;
};

export type JobRunnerOptions = {
  readonly store: Store;
  readonly engine: ImageEngine;
  readonly finisher: PictureFinisher;
  readonly studio: PictureStudio;
  readonly images: ImageStore;
  /** Short hash of a model's files. */
  readonly fingerprint: (model: string) => string | undefined;
  readonly models: ModelCatalogue;
  readonly checks?: PictureChecks | undefined;
  readonly promptLists?: PromptLists | undefined;
  readonly couriers: ReadonlyMap<PlatformName, Courier>;
  readonly prefixes: readonly Prefix[];
  /** Layers of origin where a room has chosen none. */
  readonly marks: MarkPolicy;
  readonly log: Log;
  readonly meter?: Meter | undefined;
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
  readonly #finishing: Finishing;
  #running: Running | undefined;
  /** Pictures that came to nothing while the store could not be told so. */
  readonly #untold = new Set<Turn>();
  /** Batches whose sheet was made, or can't be. */
  readonly #sheetsTried = new Set<JobId>();
  readonly #earlySheet: EarlySheet;
  /** Work that nobody waits for, in the slot. */
  #spare: AbortController | undefined;
  /** When a job last ended or had a turn. */
  #lastBusyMs: number;
  #recovery: NodeJS.Timeout | undefined;
  #paused = true;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#lastBusyMs = options.now();
    this.#earlySheet = new EarlySheet(options);
    this.#finishing = new Finishing({ after: (id) => this.#settle(id), onFailure: (error) => this.#storeFailed(error) });
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
    if (this.#spare !== undefined && this.#isWanted()) this.#spare.abort();
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
    if (!isDiskFull(error)) this.#options.log.error({ err: error }, 'The queue could not be worked on');
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
    if (this.#isWanted()) this.wake();
  }

  #isWanted(): boolean {
    const { store } = this.#options;
    return !isPaused(store) && store.jobs.waitingJobs().some((job) => job.waiting > 0);
  }

  /** How long there was no job; 0 while there is one. */
  get idleMs(): number {
    const { store, now } = this.#options;
    return store.jobs.open().length > 0 ? 0 : now() - this.#lastBusyMs;
  }

  /** Work that nobody waits for: `signal` stops it when a job comes. `undefined` where there is one already. */
  async spare<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result | undefined> {
    const abort = new AbortController();
    try {
      return await this.#slot.add(async () => {
        if (this.#paused || this.#options.store.jobs.open().length > 0) return undefined;
        this.#spare = abort;
        return work(abort.signal);
      });
    } finally {
      this.#spare = undefined;
      this.wake();
    }
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
    this.#spare?.abort();
    await this.#slot.onIdle();
    await this.#finishing.idle();
  }

  async #turn(): Promise<void> {
    if (this.#paused) return;
    const { store, log, now } = this.#options;
    if (isPaused(store)) return;
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

  async #generate(turn: Turn, signal: AbortSignal): Promise<StartedPicture> {
    const { log, now } = this.#options;
    const { job, index } = turn;
    const claimedAtMs = now();
    const progress = new PictureProgress(this.#options, job, index);
    progress.begin();
    if (isBatch(job.request) && job.sheet === undefined) this.#earlySheet.begin(job);
    const picture = await makePicture(this.#options, turn, {
      signal,
      onStep: (step, steps) => {
        // The job may have ended meanwhile, and what tells its end must not be covered.
        if (!signal.aborted) progress.show(step, steps);
      },
    });
    if (picture.notUpscaled !== undefined)
      log.warn({ job: job.id, picture: index, reason: picture.notUpscaled }, 'A picture could not be enlarged');
    // The model may have been loaded first: that is waiting, not work.
    return { ...picture, startedAtMs: Math.max(claimedAtMs, Math.round(now() - picture.timings.totalMs)) };
  }

  async #startFinishing(turn: Turn, picture: StartedPicture): Promise<void> {
    const { id } = turn.job;
    const sheet = this.#earlySheet;
    const parts = { ...this.#options, onPixels: sheet.place.bind(sheet), onHeldBack: sheet.hide.bind(sheet) };
    // Encoded side by side, stored and shown in their order.
    this.#finishing.add(
      id,
      picture.widthPx * picture.heightPx,
      storePicture(parts, turn, picture, this.#finishing.of(id)).catch((error: unknown) => this.#pictureFailed(turn, error)),
    );
    await this.#finishing.room();
  }

  /** A batch is not at its end before its sheet is made; one that can't be made does not keep it from ending. */
  #startSheet(id: JobId): void {
    const { log, store } = this.#options;
    this.#sheetsTried.add(id);
    const job = store.jobs.get(id);
    if (job === undefined) return;
    this.#finishing.add(
      id,
      0,
      this.#sheetOf(job)
        .then((sheet) => store.jobs.setSheet(id, sheet))
        .catch((error: unknown) => log.error({ job: id, err: error }, 'A contact sheet could not be made')),
    );
  }

  /** What was begun early may have failed where a file could not be read then. */
  async #sheetOf(job: JobRecord): Promise<StoredImage> {
    return (await this.#earlySheet.take(job.id)?.catch(() => undefined)) ?? makeSheet(this.#options, job);
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
    this.#earlySheet.show(job);
    if (this.#running?.turn.job.id === id || this.#finishing.has(id)) return;
    if (job.images.length === job.request.count) {
      if (isBatch(job.request) && job.sheet === undefined && !this.#sheetsTried.has(id)) this.#startSheet(id);
      else this.#end(id, 'done');
    } else if (job.cancelRequested) this.#end(id, 'cancelled');
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
    this.#sheetsTried.delete(id);
    this.#earlySheet.drop(id);
    this.#lastBusyMs = now();
    const prefix = prefixFor(prefixes, job.language);
    const promptRemarks = promptNotes(this.#options, job.request, job.task, { language: job.language, prefix });
    endJob({ store, models, job, prefix, promptRemarks, state, failure, nowMs: now() });
    this.#note(job, state, failure?.code);
  }

  /** The one line of a job in the log: what it was, how it ended and how long it took. */
  #note({ id, request, task, origin, images, queuedAtMs, plan }: JobRecord, outcome: JobOutcome, code: string | undefined): void {
    const { store, log, meter, now } = this.#options;
    const timings = images.length === 0 ? undefined : store.jobs.timings(id);
    const kind = task?.kind ?? 'draw';
    meter?.jobEnded(outcome, kind, timings);
    log.info(
      {
        job: id,
        outcome,
        kind,
        ...(code === undefined ? {} : { code }),
        platform: origin.platform,
        pictures: images.length,
        of: request.count,
        ...(plan === undefined ? {} : { plan: plan.id }),
        ...(timings === undefined ? {} : { waitedMs: Math.round(timings.waitedMs), workMs: Math.round(timings.workMs) }),
        totalMs: Math.round(now() - queuedAtMs),
      },
      'A job ended',
    );
  }
}
