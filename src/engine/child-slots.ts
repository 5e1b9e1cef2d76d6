import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import type { EngineStatus } from '#core/ports.ts';
import type { EngineChild } from '#src/engine/engine-child.ts';
import type { ChildCrashed } from '#src/engine/failures.ts';
import type { EngineOptions } from '#src/engine/options.ts';
import { ProviderChain } from '#src/engine/provider-chain.ts';
import type { Started } from '#src/engine/provider-chain.ts';
import { throwIfCancelled, unlessCancelled } from '#src/engine/waiting.ts';

/** The child that there is or will be. */
type Slot = {
  /** `undefined`: it only enlarges. */
  readonly model: string | undefined;
  readonly abort: AbortController;
  readonly ready: Promise<Started>;
  child?: EngineChild;
};

/**
 * The one child of an engine. It holds one model: a call for another ends it and starts one with that. One that ends by itself is
 * replaced at once, then ever more slowly. Any child can enlarge; where there is none, one without a model is started for it.
 */
export class ChildSlots {
  readonly #options: Required<EngineOptions>;
  readonly #chain: ProviderChain;
  #slot: Slot | undefined;
  /** Of drawing: a child that only enlarges does not touch it. */
  #status: Omit<EngineStatus, 'attempts'> = { state: 'starting' };
  /** Children that ended by themselves since the last picture. */
  #crashesInRow = 0;
  #restarts = 0;
  /** After too many failed starts no child is started before this time of `performance.now()`. */
  #restUntilMs = 0;

  constructor(options: Required<EngineOptions>) {
    this.#options = options;
    this.#chain = new ProviderChain(options);
  }

  status(): EngineStatus {
    return { ...this.#status, attempts: this.#chain.attempts };
  }

  get isClosed(): boolean {
    return this.#status.state === 'closed';
  }

  /** Of the child, while there is one. */
  get pid(): number | undefined {
    return this.#slot?.child?.pid;
  }

  /** How often a child that held a model ended by itself and was replaced. */
  get restarts(): number {
    return this.#restarts;
  }

  /** The child with this model. Rejects with an `AppError`; with `cancelled` at once, while the loading goes on. */
  async withModel(model: string, signal?: AbortSignal): Promise<Started> {
    const { ready } = this.#slotFor(model);
    return await (signal ? unlessCancelled(ready, signal) : ready);
  }

  /** The child that there is; without one, or where its model can't be loaded, one that only enlarges. Rejects as `withModel`. */
  async any(signal: AbortSignal): Promise<Started> {
    for (;;) {
      if (this.isClosed) throw closed();
      const slot = this.#slot ?? this.#open(undefined);
      try {
        return await unlessCancelled(slot.ready, signal);
      } catch (error) {
        throwIfCancelled(signal);
        const gaveWay = slot.abort.signal.aborted; // to a model that was asked for meanwhile
        if (slot.model === undefined && !gaveWay) throw error;
        if (this.#slot === slot) this.#slot = undefined;
      }
    }
  }

  /** A child answered: the next crash is the first one again. */
  noteSuccess(): void {
    this.#crashesInRow = 0;
  }

  /** A step that outlasts the grace period is no crash: the next start does not wait. */
  endByForce(child: EngineChild): void {
    this.#options.log('info', 'a cancelled picture is ended by force', { afterMs: this.#options.cancelGraceMs });
    this.#crashesInRow = 0;
    child.kill();
  }

  async close(): Promise<void> {
    this.#status = { state: 'closed' };
    await this.#endSlot();
  }

  /** The new child takes its place at once, and starts when the former one is gone and its memory free. */
  #slotFor(model: string): Slot {
    if (this.isClosed) throw closed();
    if (this.#slot?.model === model) return this.#slot;
    return this.#open(model, { after: this.#endSlot() });
  }

  /** Puts a new slot in place and starts its child; a slot whose start fails takes itself away. */
  #open(
    model: string | undefined,
    {
      state = 'starting',
      waitMs = 0,
      after,
    }: { readonly state?: 'starting' | 'restarting'; readonly waitMs?: number; readonly after?: Promise<void> } = {},
  ): Slot {
    const start = async (): Promise<Started> => {
      await after;
      const started = model === undefined ? await this.#startUpscaler(slot) : await this.#startModel(model, slot, waitMs);
      slot.child = started.child;
      void started.child.gone.then((crash) => this.#replace(slot, crash));
      return started;
    };
    const slot: Slot = { model, abort: new AbortController(), ready: Promise.resolve().then(start) };
    this.#slot = slot;
    if (model !== undefined) this.#status = { state };
    slot.ready.catch((error: unknown) => {
      if (this.#slot !== slot) return;
      this.#slot = undefined;
      if (this.isClosed) return;
      const failure = error instanceof AppError ? error.code : 'internal';
      if (model !== undefined) this.#status = { state: 'failed', failure };
      this.#options.log('warn', 'the engine could not start', { model: nameOf(slot), failure, reason: reasonOf(error) });
    });
    return slot;
  }

  async #startUpscaler({ abort: { signal } }: Slot): Promise<Started> {
    const folder = this.#options.upscalerFolder ?? '';
    try {
      // A chain of its own: what the status tells of the providers is about drawing.
      return await new ProviderChain(this.#options).start({ what: 'upscaler', name: basename(folder), folder }, signal);
    } catch (error) {
      throw signal.aborted ? closed(error) : error;
    }
  }

  async #startModel(model: string, slot: Slot, waitMs: number): Promise<Started> {
    const { signal } = slot.abort;
    const folder = this.#options.folderOf(model);
    if (folder === undefined) throw new AppError('model_missing', { model, detail: 'there is no model of that name' });
    if (performance.now() < this.#restUntilMs)
      throw new AppError('engine_unavailable', { model, reason: 'it failed to start several times' });
    let pauseMs = waitMs;
    for (let failures = 0; ;) {
      try {
        if (pauseMs > 0) await delay(pauseMs, undefined, { signal });
        const started = await this.#chain.start({ what: 'model', name: model, folder }, signal);
        if (this.#slot === slot) this.#status = { state: 'ready', provider: started.provider, loadMs: started.loadMs };
        return started;
      } catch (error) {
        if (signal.aborted) throw closed(error);
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

  /** A child ended that nobody asked to: the next one with a model starts before the next picture is asked for. */
  #replace(slot: Slot, crash: ChildCrashed): void {
    if (this.#slot !== slot) return;
    const fields = { model: nameOf(slot), reason: crash.message, stderr: slot.child?.stderrTail ?? '' };
    if (slot.model === undefined) {
      this.#slot = undefined;
      this.#options.log('warn', 'the engine ended while it only enlarged', fields);
      return;
    }
    const waitMs = this.#crashesInRow === 0 ? 0 : this.#pauseMs(this.#crashesInRow);
    this.#crashesInRow += 1;
    this.#restarts += 1;
    this.#options.log('warn', 'the engine ended and is started again', fields);
    this.#open(slot.model, { state: 'restarting', waitMs });
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
    const started = await slot.ready.catch(() => undefined);
    await started?.child.end(this.#options.closeGraceMs);
  }
}

export const closed = (cause?: unknown): AppError => new AppError('engine_unavailable', { reason: 'it was closed' }, { cause });

const nameOf = ({ model }: Slot): string => model ?? 'none, only enlarging';

const reasonOf = (error: unknown): string => {
  if (error instanceof AppError) return String(error.params['reason'] ?? error.params['detail'] ?? error.code);
  return error instanceof Error ? error.message : String(error);
};
