import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '#src/app/log-port.ts';
import type { SnapshotSource } from '#src/backup/snapshot-requests.ts';
import type { Activity, Health } from '#src/chat/common/health.ts';
import type { SyncActivity } from '#src/http/gauges.ts';
import type { ChatPlatform, ImageStore } from '#core/ports.ts';
import type { Store } from '#core/store-port.ts';
import type { PlatformName } from '#core/types.ts';

const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 300_000;
/** What an operator mends is mostly noticed by a new start, but a proxy that refused everybody's token mends itself. */
const OPERATOR_RETRY_MS = 300_000;

/** What every platform on a server is made of. */
export type ConnectionParts = {
  readonly store: Store;
  /** Throws `disk_full` where the disk of the store has no room. */
  readonly assertRoom: () => void;
  readonly images: ImageStore;
  readonly log: Log;
  /** A line for whoever watches the start. */
  readonly say: (line: string) => void;
  readonly now: () => number;
  /** Between tries where an operator has to mend something; a few minutes where absent. */
  readonly operatorRetryMs?: number;
};

export type ServerOptions = {
  readonly platform: ChatPlatform & { health(): Health; activity(): Activity };
  /** Of the platform, for people, such as `Matrix`. */
  readonly title: string;
  /** As sentences name it, such as `homeserver`. */
  readonly server: string;
  /** Of the health check. */
  readonly check: string;
  /** Trying again is of no use until somebody has mended what the error's message says. */
  readonly needsOperator: (error: unknown) => boolean;
  /** What a backup needs besides the store. */
  readonly snapshotSources?: () => readonly SnapshotSource[];
  /** Before the platform closes. */
  readonly onClose?: () => void;
};

/** The way of one platform to its server: joined as soon as it is there, and looked after from then on. */
export class ServerConnection {
  readonly #options: ServerOptions;
  readonly #parts: ConnectionParts;
  readonly #stopping = new AbortController();
  /** Why it is not connected yet. */
  #waitsFor: string;
  /** Tries to connect that failed. */
  #failures = 0;
  /** By the machine's own clock, which nobody sets back. */
  readonly #startedAt = performance.now();

  constructor(options: ServerOptions, parts: ConnectionParts) {
    this.#options = options;
    this.#parts = parts;
    this.#waitsFor = `the ${options.server} has not answered yet`;
  }

  get platform(): ChatPlatform {
    return this.#options.platform;
  }

  get name(): PlatformName {
    return this.#options.platform.name;
  }

  get title(): string {
    return this.#options.title;
  }

  get check(): string {
    return this.#options.check;
  }

  /** What a backup needs besides the store; nothing before it is open. */
  get snapshotSources(): readonly SnapshotSource[] {
    return this.#options.snapshotSources?.() ?? [];
  }

  /**
   * Joins the server, and tries again for as long as it can't be reached: it may start after the bot. Where an operator has to mend
   * something first, such as a token that is refused, it rejects if there is no other way to the bot, and looks again now and then
   * otherwise. Resolves when it has joined, or is closed.
   * @param beside titles of the other ways to the bot, such as `the local room`
   */
  async connect(beside: readonly string[]): Promise<void> {
    const { store, say, operatorRetryMs = OPERATOR_RETRY_MS } = this.#parts;
    const { platform, title, needsOperator } = this.#options;
    const { signal } = this.#stopping;
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2)) {
      try {
        await platform.start(store.inbox(platform.name));
        say(`${title}: connected.`);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const isLasting = needsOperator(error);
        if (isLasting && beside.length === 0) throw error;
        const retryInMs = isLasting ? operatorRetryMs : waitMs;
        this.#tellFailure(error, isLasting ? worksWithout(beside) : undefined, retryInMs);
        await delay(retryInMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** @param others what works all the same, where it lasts until somebody mends it */
  #tellFailure(error: unknown, others: string | undefined, retryInMs: number): void {
    const { log, say } = this.#parts;
    const { title, server } = this.#options;
    const reason = (error instanceof Error ? error.message : 'unknown').replace(/\.$/, '');
    const isNew = reason !== this.#waitsFor;
    this.#waitsFor = reason;
    this.#failures += 1;
    // What lasts for days is an error once, not one in five minutes.
    if (others === undefined) log.warn({ reason, retryInMs }, `The ${server} could not be joined`);
    else log[isNew ? 'error' : 'debug']({ reason, retryInMs }, `${title} is off until somebody mends it; ${others}`);
    if (others !== undefined && !isNew) return;
    const more = others === undefined ? '' : ` ${others.charAt(0).toUpperCase()}${others.slice(1)}.`;
    say(`${title}: ${reason}. Trying again in ${retryInMs / 1000} s.${more}`);
  }

  /** How the tries to connect and the questions for news went. One that never connected has been silent since its start. */
  activity(): SyncActivity {
    const { failures, sinceStepMs = performance.now() - this.#startedAt } = this.#options.platform.activity();
    return { failures: this.#failures + failures, sinceStepMs };
  }

  /** Whether events flow. A server that has said nothing for `mostSilentMs` is not there, whatever it said before. */
  health(mostSilentMs: number): Health {
    const { platform, server } = this.#options;
    const { sinceStepMs } = platform.activity();
    if (sinceStepMs === undefined) return { ok: false, reason: this.#waitsFor };
    const health = platform.health();
    if (health.ok && sinceStepMs > mostSilentMs)
      return { ok: false, reason: `the ${server} has not answered for ${Math.round(sinceStepMs / 1000)} s` };
    return health;
  }

  async close(): Promise<void> {
    this.#options.onClose?.();
    this.#stopping.abort();
    await this.#options.platform.close();
  }
}

const worksWithout = (beside: readonly string[]): string => `${beside.join(' and ')} ${beside.length === 1 ? 'works' : 'work'} without it`;
