import { activeModel } from '#src/app/active-model.ts';
import { checkPicture, type PictureChecks } from '#src/app/check-picture.ts';
import type { JobRunner } from '#src/app/job-runner.ts';
import type { Log } from '#src/app/log-port.ts';
import { makePicture } from '#src/app/make-picture.ts';
import { isPaused } from '#src/app/pause.ts';
import type { Timers } from '#src/app/schedules/scheduler.ts';
import { putFinished, refine } from '#src/app/store-picture.ts';
import { AppError } from '#core/errors.ts';
import type { Limits } from '#core/limits.ts';
import type { MarkPolicy } from '#core/marks-port.ts';
import type { ImageEngine, ImageStore, ModelCatalogue, PictureFinisher, PictureStudio } from '#core/ports.ts';
import { resolveRequest } from '#core/request.ts';
import type { Store } from '#core/store-port.ts';
import type { StyleVersion } from '#core/team-store-ports.ts';
import type { ImageRequest, StoredImage } from '#core/types.ts';

/** Nobody has wanted a picture for so long. */
export const IDLE_MS = 20_000;
/** A preview that failed is tried once more. */
const MOST_FAILURES = 2;
/** The same in every preview, so that they show what the styles make of one picture. */
const SEED = 1;

export type StylePreviewsOptions = {
  readonly store: Store;
  readonly engine: ImageEngine;
  readonly models: ModelCatalogue;
  readonly studio: PictureStudio;
  readonly finisher: PictureFinisher;
  readonly images: ImageStore;
  /** A preview is no room's: it has the layers of the configuration. */
  readonly marks: MarkPolicy;
  readonly limits: Limits;
  readonly runner: JobRunner;
  readonly checks?: PictureChecks | undefined;
  readonly timers: Timers;
  readonly log: Log;
};

/**
 * Draws one picture of every style that has none, while nobody wants the GPU: a job that comes stops it at once. It is
 * nobody's picture, so it counts for no quota, and it is in no queue.
 */
export class StylePreviews {
  readonly #options: StylePreviewsOptions;
  /** By name and version; forgotten at a restart. */
  readonly #failures = new Map<string, number>();
  #cancelTimer: (() => void) | undefined;
  #looking: Promise<void> | undefined;
  #isOpen = false;

  constructor(options: StylePreviewsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isOpen = true;
    this.wake();
  }

  /** What is being drawn is stopped by the runner, which owns the slot; resolves when nothing is written any more. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#cancelTimer?.();
    await this.#looking;
  }

  /** There may be a style without a preview. */
  wake(): void {
    if (!this.#isOpen || this.#cancelTimer !== undefined) return;
    try {
      if (this.#next() !== undefined) this.#arm(IDLE_MS);
    } catch (error) {
      this.#options.log.error({ err: error }, 'The styles could not be read');
    }
  }

  #arm(ms: number): void {
    this.#cancelTimer = this.#options.timers.after(ms, () => {
      this.#looking = this.#look().catch((error: unknown) => this.#options.log.error({ err: error }, 'A preview could not be stored'));
    });
  }

  /** Whoever looks keeps `#cancelTimer` until there is a new one, so that there is never more than one look at a time. */
  async #look(): Promise<void> {
    try {
      if (this.#options.runner.idleMs < IDLE_MS) return;
      while (this.#isOpen && !isPaused(this.#options.store)) {
        const next = this.#next();
        if (next === undefined || !(await this.#draw(next))) return;
      }
    } finally {
      this.#cancelTimer = undefined;
      const restMs = IDLE_MS - this.#options.runner.idleMs;
      if (this.#isOpen && this.#next() !== undefined) this.#arm(restMs > 0 ? restMs : IDLE_MS);
    }
  }

  #next(): StyleVersion | undefined {
    const { styles } = this.#options.store;
    return styles
      .list()
      .find(
        ({ name, version }) =>
          (this.#failures.get(keyOf(name, version)) ?? 0) < MOST_FAILURES && styles.preview(name, version) === undefined,
      );
  }

  /** @returns whether the next one may follow at once */
  async #draw({ name, version }: StyleVersion): Promise<boolean> {
    const { store, runner, log } = this.#options;
    try {
      const request = this.#request(name);
      const image = request === undefined ? undefined : await runner.spare(async (signal) => this.#make(request, signal));
      // The slot was wanted, or there is no model.
      if (image === undefined) return false;
      store.styles.setPreview(name, version, image);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'cancelled') return false;
      const key = keyOf(name, version);
      this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
      log.warn({ style: name, err: error }, 'The preview of a style could not be drawn');
      return false;
    }
  }

  /** As if the model's first example had been typed with this style. */
  #request(name: string): ImageRequest | undefined {
    const { store, models, limits } = this.#options;
    const model = models.get(activeModel(this.#options));
    const prompt = model?.examples.en[0];
    if (model === undefined || prompt === undefined) return undefined;
    const resolved = resolveRequest(
      { kind: 'draw', prompt, options: { styles: [name] }, places: {} },
      { model, seed: SEED, limits, styles: store.styles.list(), models: (named) => models.get(named) },
    );
    if (!resolved.ok) throw new Error(`The style can't be drawn: ${resolved.problem.code}`);
    return resolved.value;
  }

  async #make(request: ImageRequest, signal: AbortSignal): Promise<StoredImage> {
    const { images, finisher, marks } = this.#options;
    const made = await makePicture(this.#options, { job: { request }, index: 0 }, { signal, onStep: () => {} });
    const { pixels } = await refine(this.#options, made);
    if (signal.aborted) throw new AppError('cancelled');
    const { heldBack } = await checkPicture(this.#options.checks, pixels, this.#options.log);
    // Everybody would see it.
    if (heldBack !== undefined) throw new Error(`The preview is held back: ${heldBack.by}`);
    const finished = await finisher.finish(pixels, { ...marks, prompt: false, model: request.model });
    const { textMs, denoiseMs, decodeMs } = made.timings;
    return {
      ...(await putFinished(images, pixels, finished)),
      index: 0,
      seed: made.seed,
      timings: { textMs, denoiseMs, decodeMs, encodeMs: finished.encodeMs },
    };
  }
}

const keyOf = (name: string, version: number): string => `${name} ${version}`;
