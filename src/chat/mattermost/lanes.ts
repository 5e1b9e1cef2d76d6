import { isDiskFull } from '#core/errors.ts';

import { backoffMs, unauthorisedPauseMs } from '../common/backoff.ts';
import { reason, type Log } from '../common/log.ts';
import type { CatchUp } from './catch-up.ts';
import type { ChannelFacts } from './channels.ts';
import type { Condition } from './condition.ts';
import { Lane, Slots } from './lane.ts';
import type { Roster } from './roster.ts';
import { isRefusal, isUnauthorised, ServerError } from './server-error.ts';

export type LanesOptions = {
  readonly catchUp: CatchUp;
  readonly roster: Pick<Roster, 'isThere'>;
  readonly condition: Condition;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** 0 … 1, for the pauses after failures. */
  readonly random: () => number;
  /** Between two tries while the token is not valid. */
  readonly unauthorisedMs?: number | undefined;
  readonly onUnauthorised: () => void;
  /** The bot may have been removed, and the event of that lost. */
  readonly onRefused: () => void;
};

/** Channels that are read at the same time. */
const mostAtOnce = 4;

/** The channels that are read, each in a lane of its own. */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #slots = new Slots(mostAtOnce);
  /** As the list of channels has it: something came since where no event has told so. */
  readonly #lastPostAtMs = new Map<string, number>();

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** Made where there is none, and held until it is released. */
  of(channelId: string): Lane {
    const known = this.#lanes.get(channelId);
    if (known) return known;
    const { catchUp, signal, log } = this.#options;
    const lane = new Lane({
      catchUp: async () => catchUp.run(channelId),
      failed: (error, failures) => this.#failed(error, failures),
      worked: () => log.info({}, 'A channel of Mattermost can be read again'),
      slots: this.#slots,
      signal,
    });
    this.#lanes.set(channelId, lane);
    return lane;
  }

  /** Nothing that comes from now on is taken in before what was missed. */
  hold(): void {
    for (const lane of this.#lanes.values()) lane.hold();
  }

  /** Those of channels that the bot reads. */
  release(): void {
    for (const [id, lane] of this.#lanes) if (this.#options.roster.isThere(id)) lane.release();
  }

  /** @param isChanged where reading begins there was found out anew */
  provide({ id, lastPostAtMs }: ChannelFacts, isChanged: boolean): void {
    if (!this.#options.roster.isThere(id)) return void this.#lanes.delete(id);
    const lane = this.of(id);
    if (isChanged || lastPostAtMs > (this.#lastPostAtMs.get(id) ?? 0)) lane.fallBehind();
    this.#lastPostAtMs.set(id, lastPostAtMs);
  }

  /** Nothing can be read there any more. @param by who removed the bot, where that is known */
  vanish(id: string, why: 'removed' | 'archived', by: string | undefined): void {
    const { roster, catchUp } = this.#options;
    if (!roster.isThere(id)) return void this.#lanes.delete(id);
    this.of(id).end(() => catchUp.takeRemoval(id, why, by));
  }

  /** Resolves when it was first tried to read each of them. */
  async looked(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(async (lane) => lane.looked));
  }

  async stopped(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(async (lane) => lane.stopped()));
  }

  #failed(error: unknown, failures: number): number {
    const { condition, log, random, unauthorisedMs = unauthorisedPauseMs, onUnauthorised, onRefused } = this.#options;
    condition.failed();
    if (isUnauthorised(error)) {
      onUnauthorised();
      return unauthorisedMs;
    }
    if (isRefusal(error)) onRefused();
    if (!(error instanceof ServerError)) condition.set('inbox', reason(error));
    const words = error instanceof ServerError ? 'A channel of Mattermost could not be read' : 'What Mattermost told could not be stored';
    // Whoever watches the store says that the disk is full.
    if (failures % 10 === 1 && !isDiskFull(error)) log.warn({ failures, reason: reason(error) }, words);
    return backoffMs(failures, error, random);
  }
}
