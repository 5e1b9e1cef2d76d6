import { backoffMs, pause } from '../common/backoff.ts';
import { reason, type Log } from '../common/log.ts';
import type { Condition } from './condition.ts';
import type { Lanes } from './lanes.ts';
import type { Roster } from './roster.ts';
import { isUnauthorised } from './server-error.ts';

export type LookoutOptions = {
  readonly roster: Roster;
  readonly lanes: Lanes;
  readonly condition: Condition;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** 0 … 1, for the pauses after failures. */
  readonly random: () => number;
  /** The first look is not over: nobody else looks. */
  readonly isStarting: () => boolean;
  /** It is known where the bot is, so that what is new there may be read. */
  readonly onLooked: () => void;
  readonly onUnauthorised: () => void;
};

/** Finds out which channels there are, when an event says that this has changed, and whenever events may have been missed. */
export class Lookout {
  readonly #options: LookoutOptions;
  /** Of channels that an event has named and the list may not have yet. */
  readonly #wanted = new Set<string>();
  #isDue = false;
  #looking: Promise<void> | undefined;
  /** How often the connection was made anew. */
  #connections = 0;

  constructor(options: LookoutOptions) {
    this.#options = options;
  }

  /** Somebody wants a look, which nobody has taken yet. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** @param channelId what an event has named: it is asked for even where the list does not have it */
  soon(channelId?: string): void {
    if (channelId !== undefined) this.#wanted.add(channelId);
    this.#isDue = true;
    if (this.#options.isStarting()) return;
    this.#looking ??= this.#untilDone().finally(() => (this.#looking = undefined));
  }

  /** A look that is under way may have missed something. */
  reconnected(): void {
    this.#connections += 1;
    this.soon();
  }

  async stopped(): Promise<void> {
    await this.#looking;
  }

  /** Learns which channels there are, and lets those be read that may have something new. Rejects with a `ServerError`. */
  async look(): Promise<void> {
    const { roster, lanes, signal, isStarting, onLooked } = this.#options;
    this.#isDue = false;
    const connections = this.#connections;
    const wanted = [...this.#wanted];
    const { present, gone } = await roster.look(wanted);
    if (signal.aborted) return;
    const changed = roster.enter(present);
    for (const facts of present) lanes.provide(facts, changed.has(facts.id));
    for (const [id, why] of gone) lanes.vanish(id, why, undefined);
    for (const id of wanted) this.#wanted.delete(id);
    // Connected anew while this was asked: it is asked again, for the lanes are held because of what was missed since.
    if (connections === this.#connections || isStarting()) onLooked();
  }

  async #untilDone(): Promise<void> {
    const { condition, log, random, signal, onUnauthorised } = this.#options;
    for (let failures = 0; this.#isDue && !signal.aborted;) {
      try {
        await this.look();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        condition.failed();
        this.#isDue = true;
        if (isUnauthorised(error)) return onUnauthorised();
        condition.set('channels', reason(error));
        if (failures % 10 === 1) log.warn({ failures, reason: reason(error) }, 'The channels of Mattermost could not be listed');
        await pause(backoffMs(failures, error, random), signal);
      }
    }
  }
}
