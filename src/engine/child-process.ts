import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import type { EngineStatus, GeneratedPicture, ImageEngine, PictureRequest } from '#core/ports.ts';
import { drawnSize } from '#core/upscale.ts';
import type { EngineChild } from '#src/engine/engine-child.ts';
import { CallFailed, ChildCrashed } from '#src/engine/failures.ts';
import { defaultEngineOptions } from '#src/engine/options.ts';
import type { EngineOptions } from '#src/engine/options.ts';
import { ProviderChain } from '#src/engine/provider-chain.ts';
import { FatalEnlargements, upscaleCall } from '#src/engine/upscale-call.ts';

type Hooks = Parameters<ImageEngine['generate']>[1];

/** The model that is loaded or being loaded. */
type Slot = { readonly model: string; readonly abort: AbortController; readonly ready: Promise<EngineChild>; child?: EngineChild };

/**
 * Pictures from a forked child, which holds one model. A request for another model ends the child and starts one with
 * that; a child that ends by itself is replaced at once, then ever more slowly.
 */
export class ChildProcessEngine implements ImageEngine {
  readonly #options: Required<EngineOptions>;
  readonly #chain: ProviderChain;
  readonly #fatalEnlargements = new FatalEnlargements();
  #slot: Slot | undefined;
  #status: Omit<EngineStatus, 'attempts'> = { state: 'starting' };
  #isBusy = false;
  /** Children that ended by themselves since the last picture. */
  #crashesInRow = 0;
  /** After too many failed starts no child is started before this time of `performance.now()`. */
  #restUntilMs = 0;

  constructor(options: EngineOptions) {
    this.#options = { ...defaultEngineOptions, ...options };
    this.#chain = new ProviderChain(this.#options);
  }

  status(): EngineStatus {
    return { ...this.#status, attempts: this.#chain.attempts };
  }

  /** Of the child, while there is one. */
  get pid(): number | undefined {
    return this.#slot?.child?.pid;
  }

  /** Loads a model ahead of its first picture. Rejects with an `AppError`. */
  async start(model: string): Promise<void> {
    await this.#slotFor(model).then((slot) => slot.ready);
  }

  async generate(request: PictureRequest, hooks: Hooks): Promise<GeneratedPicture> {
    if (this.#isBusy) throw new Error('calls of generate must not overlap');
    this.#isBusy = true;
    try {
      throwIfCancelled(hooks.signal);
      const slot = await this.#slotFor(request.model);
      const child = await unlessCancelled(slot.ready, hooks.signal);
      return await this.#generateWith(slot, child, request, hooks);
    } finally {
      this.#isBusy = false;
    }
  }

  async close(): Promise<void> {
    this.#status = { state: 'closed' };
    await this.#endSlot();
  }

  async #generateWith(slot: Slot, child: EngineChild, request: PictureRequest, { signal, onStep }: Hooks): Promise<GeneratedPicture> {
    throwIfCancelled(signal);
    let grace: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      child.cancel();
      grace = setTimeout(() => this.#endByForce(child), this.#options.cancelGraceMs);
    };
    signal.addEventListener('abort', cancel, { once: true });
    let lastStep = 0;
    try {
      const { prompt, negativePrompt, steps, guidanceScale, seed } = request;
      const { widthPx: width, heightPx: height } = drawnSize(request);
      const endedBefore = this.#fatalEnlargements.has(request);
      const upscale = endedBefore ? undefined : upscaleCall(request, this.#options, this.#status.provider);
      const call = { prompt, negativePrompt, width, height, steps, guidanceScale, seed, ...(upscale === undefined ? {} : { upscale }) };
      const result = await child.generate(call, (step, of) => {
        lastStep = step;
        if (!signal.aborted) onStep(step, of);
      });
      throwIfCancelled(signal);
      this.#crashesInRow = 0;
      const isLeftOut = request.upscale !== undefined && upscale === undefined;
      const whyLeftOut = endedBefore ? 'enlarging such a picture ended the engine before' : 'no upscaler is installed';
      const notUpscaled = isLeftOut ? whyLeftOut : result.notUpscaled;
      const { upscaleMs, ...timings } = result.timings;
      return {
        pixels: result.pixels,
        widthPx: result.width,
        heightPx: result.height,
        seed: result.seed,
        timings: { ...timings, ...(upscaleMs === undefined ? {} : { upscaleMs }) },
        provider: this.#status.provider ?? 'unknown',
        ...(result.droppedPrompt === undefined ? {} : { droppedPrompt: result.droppedPrompt }),
        ...(notUpscaled === undefined ? {} : { notUpscaled }),
      };
    } catch (error) {
      throwIfCancelled(signal);
      if (error instanceof CallFailed) throw error.toAppError(slot.model);
      if (error instanceof ChildCrashed && this.#status.state === 'closed') throw closed(error);
      if (error instanceof ChildCrashed) this.#fatalEnlargements.note(request, lastStep);
      throw error instanceof ChildCrashed ? error.toAppError(slot.model) : error;
    } finally {
      clearTimeout(grace);
      signal.removeEventListener('abort', cancel);
    }
  }

  async #slotFor(model: string): Promise<Slot> {
    for (;;) {
      if (this.#status.state === 'closed') throw closed();
      if (!this.#slot) return this.#open(model, { state: 'starting', waitMs: 0 });
      if (this.#slot.model === model) return this.#slot;
      await this.#endSlot();
    }
  }

  /** Puts a new slot in place and starts its child; a slot whose start fails takes itself away. */
  #open(model: string, { state, waitMs }: { readonly state: 'starting' | 'restarting'; readonly waitMs: number }): Slot {
    const abort = new AbortController();
    const slot: Slot = { model, abort, ready: Promise.resolve().then(() => this.#startChild(slot, waitMs)) };
    this.#slot = slot;
    this.#status = { state };
    slot.ready.catch((error: unknown) => {
      if (this.#slot !== slot) return;
      this.#slot = undefined;
      if (this.#status.state === 'closed') return;
      const failure = error instanceof AppError ? error.code : 'internal';
      this.#status = { state: 'failed', failure };
      this.#options.log('warn', 'the engine could not start', { model, failure, reason: reasonOf(error) });
    });
    return slot;
  }

  async #startChild(slot: Slot, waitMs: number): Promise<EngineChild> {
    const { model, abort } = slot;
    const folder = this.#options.folderOf(model);
    if (folder === undefined) throw new AppError('model_missing', { model, detail: 'there is no model of that name' });
    if (performance.now() < this.#restUntilMs)
      throw new AppError('engine_unavailable', { model, reason: 'it failed to start several times' });
    let pauseMs = waitMs;
    for (let failures = 0; ;) {
      try {
        if (pauseMs > 0) await delay(pauseMs, undefined, { signal: abort.signal });
        const { child, provider, loadMs } = await this.#chain.start(model, folder, abort.signal);
        slot.child = child;
        if (this.#slot === slot) this.#status = { state: 'ready', provider, loadMs };
        void child.gone.then((crash) => this.#replace(slot, crash));
        return child;
      } catch (error) {
        if (abort.signal.aborted) throw closed(error);
        if (!(error instanceof AppError && error.code === 'engine_crashed')) throw error;
        failures += 1;
        if (failures >= this.#options.maxFailedStarts) {
          this.#restUntilMs = performance.now() + this.#options.restMs;
          throw new AppError('engine_unavailable', { model, reason: reasonOf(error) }, { cause: error });
        }
        pauseMs = this.#pauseMs(failures);
      }
    }
  }

  /** A child ended that nobody asked to: the next one starts before the next picture is asked for. */
  #replace(slot: Slot, crash: ChildCrashed): void {
    if (this.#slot !== slot) return;
    const waitMs = this.#crashesInRow === 0 ? 0 : this.#pauseMs(this.#crashesInRow);
    this.#crashesInRow += 1;
    this.#options.log('warn', 'the engine ended and is started again', {
      model: slot.model,
      reason: crash.message,
      stderr: slot.child?.stderrTail ?? '',
    });
    this.#open(slot.model, { state: 'restarting', waitMs });
  }

  /** A step that outlasts the grace period is no crash: the next start does not wait. */
  #endByForce(child: EngineChild): void {
    this.#options.log('info', 'a cancelled picture is ended by force', { afterMs: this.#options.cancelGraceMs });
    this.#crashesInRow = 0;
    child.kill();
  }

  #pauseMs(failures: number): number {
    return Math.min(this.#options.firstPauseMs * 2 ** (failures - 1), this.#options.longestPauseMs);
  }

  async #endSlot(): Promise<void> {
    const slot = this.#slot;
    this.#slot = undefined;
    if (!slot) return;
    slot.abort.abort();
    // Once aborted, the start ends its own child; a child that was ready is ended here.
    const child = await slot.ready.catch(() => undefined);
    await child?.end(this.#options.closeGraceMs);
  }
}

const closed = (cause?: unknown): AppError => new AppError('engine_unavailable', { reason: 'it was closed' }, { cause });

const reasonOf = (error: unknown): string => {
  if (error instanceof AppError) return String(error.params['reason'] ?? error.params['detail'] ?? error.code);
  return error instanceof Error ? error.message : String(error);
};

const throwIfCancelled = (signal: AbortSignal): void => {
  if (signal.aborted) throw new AppError('cancelled');
};

/** The promise goes on; only the waiting ends. */
const unlessCancelled = <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const cancel = (): void => reject(new AppError('cancelled'));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
