import { stripVTControlCharacters } from 'node:util';
import { AppError } from '#core/errors.ts';
import type { ProviderAttempt } from '#core/ports.ts';
import { childEnvironment } from '#src/engine/child-environment.ts';
import { EngineChild } from '#src/engine/engine-child.ts';
import { CallFailed, ChildCrashed } from '#src/engine/failures.ts';
import type { EngineOptions } from '#src/engine/options.ts';
import type { LoadCall } from '#src/engine/protocol.ts';
import { candidates } from '#src/engine/providers.ts';
import type { Candidate, ProviderName } from '#src/engine/providers.ts';
import type { StandstillLimits } from '#src/engine/standstill.ts';

export type Started = { readonly child: EngineChild; readonly provider: ProviderName; readonly loadMs: number };

/** What a child loads first; `name` is what people call it. */
type Load = { readonly what: LoadCall['what']; readonly name: string; readonly folder: string };

type Options = Pick<
  Required<EngineOptions>,
  | 'providers'
  | 'environment'
  | 'librariesFor'
  | 'intraOpThreads'
  | 'graphCache'
  | 'log'
  | 'loadLimitMs'
  | 'childModule'
  | keyof StandstillLimits
>;

/**
 * Tries the providers in order until one has loaded the model (or the upscaler) and made a warm-up picture, each in a child of its own:
 * a driver may crash, and memory of a failed attempt is never given back otherwise.
 */
export class ProviderChain {
  readonly #options: Options;
  #attempts: readonly ProviderAttempt[] = [];
  /** What this machine lacks does not come while the program runs: a restart doesn't look again. */
  readonly #unavailable = new Map<ProviderName, string>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Outcomes of the last start, in order. */
  get attempts(): readonly ProviderAttempt[] {
    return this.#attempts;
  }

  /**
   * Rejects with the `AppError` of a broken folder at once, otherwise with the most telling one of all attempts; with
   * `engine_crashed` if some child ended without a word. `signal` ends the child of the running attempt.
   */
  async start(load: Load, signal: AbortSignal): Promise<Started> {
    this.#attempts = [];
    const { providers, environment } = this.#options;
    const errors: (CallFailed | ChildCrashed)[] = [];
    const platform = `${process.platform}-${process.arch}`;
    for (const candidate of candidates(providers, { platform, environment, libraries: this.#options.librariesFor(platform) })) {
      const { provider } = candidate;
      const reason = 'reason' in candidate ? candidate.reason : this.#unavailable.get(provider);
      if (reason !== undefined || 'reason' in candidate) {
        this.#note({ provider, ok: false, reason: reason ?? '' });
        continue;
      }
      signal.throwIfAborted();
      try {
        const started = await this.#attempt(candidate, load, signal);
        this.#note({ provider, ok: true });
        return started;
      } catch (error) {
        if (signal.aborted || !(error instanceof CallFailed || error instanceof ChildCrashed)) throw error;
        this.#note({ provider, ok: false, reason: error.message });
        if (error instanceof CallFailed && error.isBrokenFolder) throw error.toAppError(load.name);
        if (error instanceof CallFailed && error.code === 'provider_unavailable') this.#unavailable.set(provider, error.message);
        errors.push(error);
      }
    }
    throw this.#mostTelling(load.name, errors);
  }

  async #attempt(candidate: Extract<Candidate, { environment: unknown }>, { what, folder }: Load, signal: AbortSignal): Promise<Started> {
    const { environment, childModule, intraOpThreads, graphCache, loadLimitMs } = this.#options;
    const { provider } = candidate;
    const startedMs = performance.now();
    const child = new EngineChild(childModule, childEnvironment(environment, candidate.environment), this.#options);
    const kill = (): void => child.kill();
    signal.addEventListener('abort', kill, { once: true });
    let isTooSlow = false;
    const limit = setTimeout(() => {
      isTooSlow = true;
      child.kill();
    }, loadLimitMs);
    try {
      await child.load({
        what,
        folder,
        provider,
        ...(intraOpThreads > 0 ? { intraOpThreads } : {}),
        ...(graphCache === undefined ? {} : { graphCache }),
      });
      return { child, provider, loadMs: performance.now() - startedMs };
    } catch (error) {
      await child.end(0);
      // Only stderr names the library that a provider misses.
      if (error instanceof CallFailed && error.code === 'provider_unavailable') error.message += lastWords(child);
      if (isTooSlow) throw new ChildCrashed(`had not loaded the model after ${loadLimitMs / 1000} s`);
      throw error instanceof ChildCrashed ? new ChildCrashed(`crashed while loading: ${error.message}${lastWords(child)}`) : error;
    } finally {
      clearTimeout(limit);
      signal.removeEventListener('abort', kill);
    }
  }

  #note(attempt: ProviderAttempt): void {
    this.#attempts = [...this.#attempts, attempt];
    const { provider, ok, reason } = attempt;
    this.#options.log('info', ok ? 'provider works' : 'provider left out', { provider, ...(reason === undefined ? {} : { reason }) });
  }

  #mostTelling(model: string, errors: readonly (CallFailed | ChildCrashed)[]): AppError {
    const crash = errors.find((error) => error instanceof ChildCrashed);
    const failure = errors.findLast((error) => error instanceof CallFailed && error.code !== 'provider_unavailable');
    const error = crash ?? failure;
    if (error) return error.toAppError(model);
    const tried = this.#attempts.map(({ provider, reason }) => `${provider}: ${reason}`).join('; ');
    return new AppError('provider_unavailable', {
      model,
      detail: tried,
      provider: this.#attempts.map(({ provider }) => provider).join(', '),
    });
  }
}

/** The last line of stderr, where a driver names what it misses; without colours and without the place in onnxruntime's source. */
const lastWords = (child: EngineChild): string => {
  const lines = stripVTControlCharacters(child.stderrTail).split('\n');
  const line = lines.findLast((text) => text.trim() !== '' && !/^\s+at /.test(text))?.replace(/^.*\[ONNXRuntimeError\] : \d+ : \w+ : /, '');
  return line ? ` (${line.slice(0, 200)})` : '';
};
