import { backoffMs, pause } from './backoff.ts';
import { reason, type Log } from './log.ts';

export type ChoresOptions = {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly random: () => number;
  /** The server said no for good: asking again changes nothing. */
  readonly isRefusal: (error: unknown) => boolean;
};

/** Small things to do beside the main work, each repeated until it worked, was refused, or the bot stops. */
export class Chores {
  readonly #options: ChoresOptions;
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: ChoresOptions) {
    this.#options = options;
  }

  /** Starts `work` unless a chore of this name is under way. `what` names it in the log. */
  add(name: string, what: string, work: () => Promise<void>): void {
    if (this.#running.has(name)) return;
    const done = this.#persist(what, work).finally(() => this.#running.delete(name));
    this.#running.set(name, done);
  }

  /** Resolves when none is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #persist(what: string, work: () => Promise<void>): Promise<void> {
    const { signal, log, random, isRefusal } = this.#options;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await work();
        return;
      } catch (error) {
        if (signal.aborted) return;
        const final = isRefusal(error);
        log.warn({ reason: reason(error), attempt: failures }, final ? `${what}: refused` : `${what}: failed, will be tried again`);
        if (final) return;
        await pause(backoffMs(failures, error, random), signal);
      }
    }
  }
}
