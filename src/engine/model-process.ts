import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { AppError } from '#core/errors.ts';
import { childEnvironment } from '#src/engine/child-environment.ts';
import { CallFailed, ChildCrashed } from '#src/engine/failures.ts';
import { ModelLink, TookTooLong } from '#src/engine/model-link.ts';
import type { ModelSpec } from '#src/engine/model-messages.ts';
import type { Environment } from '#src/engine/vulkan.ts';
import { throwIfCancelled, unlessCancelled } from '#src/engine/waiting.ts';

type Log = (level: 'info' | 'warn', message: string, fields: Readonly<Record<string, string | number>>) => void;

export type ModelProcessOptions = {
  /** The parent's environment, of which the child gets the few variables that the loader needs. */
  readonly environment: Environment;
  /** Of one operator; half of the cores and at most 4 where it is left out, because pictures are drawn meanwhile. */
  readonly threads?: number;
  readonly log?: Log;
  /** Without a picture to look at for so long, the process ends and gives its memory back. */
  readonly idleMs?: number;
  readonly loadLimitMs?: number;
  readonly lookLimitMs?: number;
  readonly closeGraceMs?: number;
  /** After so many crashes in a row it is not started for `restMs`. */
  readonly maxCrashes?: number;
  readonly restMs?: number;
  /** The module that the child runs; another one in tests. */
  readonly childModule?: string;
};

const defaults = {
  threads: Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2))),
  log: () => {},
  idleMs: 300_000,
  loadLimitMs: 120_000,
  lookLimitMs: 30_000,
  closeGraceMs: 2000,
  maxCrashes: 3,
  restMs: 30_000,
  childModule: fileURLToPath(new URL('model-child.ts', import.meta.url)),
} satisfies Omit<Required<ModelProcessOptions>, 'environment'>;

/** A model that can be asked: `key` names its exact files. */
export type KeyedSpec = { readonly key: string; readonly name: string; readonly spec: ModelSpec };

/**
 * Pictures looked at by models in a process of their own, which is forked when it is first needed, ends when nobody needs it and is started
 * again after a crash. One picture at a time, in the order in which they came.
 */
export class ModelProcess {
  readonly #options: Required<ModelProcessOptions>;
  #link: ModelLink | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #waiting = 0;
  #crashes = 0;
  #restsUntilMs = 0;
  #isClosed = false;

  constructor(options: ModelProcessOptions) {
    this.#options = { ...defaults, ...options };
  }

  /** Of the process, while there is one. */
  get pid(): number | undefined {
    return this.#link?.pid;
  }

  /**
   * @param pixels RGB, of the model's own size
   * @returns the model's numbers, finished as its spec says
   * @throws AppError `cancelled`, `model_missing`, `model_broken`, `model_unsupported`, `engine_crashed`, `not_a_number`, `out_of_memory`
   */
  async look(model: KeyedSpec, pixels: Uint8Array, signal?: AbortSignal): Promise<Float32Array> {
    if (signal) throwIfCancelled(signal);
    clearTimeout(this.#idle);
    this.#waiting += 1;
    const turn = this.#tail.then(async () => {
      if (signal) throwIfCancelled(signal);
      return await this.#lookAgain(model, pixels);
    });
    this.#tail = turn.catch(() => {}).finally(() => this.#leave());
    // A run that has begun goes on to its end, which is near; who asked need not wait for it.
    return await (signal ? unlessCancelled(turn, signal) : turn);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    await this.#link?.end(this.#options.closeGraceMs);
    await this.#tail;
  }

  #leave(): void {
    this.#waiting -= 1;
    if (this.#waiting > 0 || this.#isClosed) return;
    this.#idle = setTimeout(() => void this.#endIdle(), this.#options.idleMs);
    this.#idle.unref();
  }

  async #endIdle(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.end(this.#options.closeGraceMs);
  }

  /** Once more where the process ended under it: it may have been another one's memory that was short. */
  async #lookAgain(model: KeyedSpec, pixels: Uint8Array): Promise<Float32Array> {
    try {
      return await this.#lookOnce(model, pixels).catch(async (error: unknown) => {
        if (!(error instanceof ChildCrashed) || error instanceof TookTooLong || this.#isClosed || this.#isResting()) throw error;
        return await this.#lookOnce(model, pixels);
      });
    } catch (error) {
      throw error instanceof CallFailed || error instanceof ChildCrashed ? error.toAppError(model.name) : error;
    }
  }

  async #lookOnce({ key, name, spec }: KeyedSpec, pixels: Uint8Array): Promise<Float32Array> {
    const { threads, loadLimitMs, lookLimitMs } = this.#options;
    try {
      const link = this.#ready();
      if (!link.loaded.has(key)) {
        const startedMs = performance.now();
        await link.load({ key, spec, threads }, loadLimitMs);
        this.#options.log('info', 'A picture model is loaded', { model: name, ms: Math.round(performance.now() - startedMs) });
      }
      const values = await link.look({ key, pixels }, lookLimitMs);
      this.#crashes = 0;
      return values;
    } catch (error) {
      if (error instanceof ChildCrashed && !this.#isClosed) await this.#noteCrash(error, name);
      throw error;
    }
  }

  #ready(): ModelLink {
    if (this.#isClosed) throw new AppError('engine_unavailable', { reason: 'it was closed' });
    if (this.#isResting()) throw new ChildCrashed('it ended again and again and rests');
    if (this.#link === undefined || this.#link.isGone)
      this.#link = new ModelLink(this.#options.childModule, childEnvironment(this.#options.environment, {}));
    return this.#link;
  }

  #isResting(): boolean {
    return performance.now() < this.#restsUntilMs;
  }

  async #noteCrash(crash: ChildCrashed, model: string): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    link?.kill(crash.message);
    await link?.gone;
    // Nobody was there that could have ended.
    if (link === undefined) return;
    this.#crashes += 1;
    this.#options.log('warn', 'The process for picture models ended', { model, reason: crash.message });
    if (this.#crashes < this.#options.maxCrashes) return;
    this.#crashes = 0;
    this.#restsUntilMs = performance.now() + this.#options.restMs;
  }
}
