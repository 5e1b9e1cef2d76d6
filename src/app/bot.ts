import { setImmediate } from 'node:timers/promises';
import { Courier } from '#src/app/courier.ts';
import { answerFailure, handleEvent } from '#src/app/handle-event.ts';
import type { HandlerContext } from '#src/app/handler-context.ts';
import { JobRunner } from '#src/app/job-runner.ts';
import { Planner } from '#src/app/planner.ts';
import { systemTimers, type Timers } from '#src/app/schedules/scheduler.ts';
import { StylePreviews } from '#src/app/style-previews.ts';
import type { ChatPlatform } from '#core/ports.ts';
import type { Voice } from '#core/message-codes.ts';
import type { PlatformName } from '#core/types.ts';

/** How long delivered messages and handled events are kept. */
const KEPT_MS = 14 * 24 * 3600 * 1000;
const PRUNE_EVERY_MS = 3600 * 1000;
const AFTER_BREAKAGE_MS = 1000;

export type BotOptions = Omit<HandlerContext, 'runner' | 'planner' | 'platforms'> & {
  readonly platforms: readonly ChatPlatform[];
  /** A preview of every style is drawn while nobody wants a picture. */
  readonly previews?: boolean;
  /** Of schedules and previews; the system's where none are given. */
  readonly timers?: Timers;
  /** Of messages that no command's language decides. */
  readonly voice: Voice;
};

/**
 * The use cases at work: what platforms put into the inbox is carried out in the order it came, pictures are made one
 * at a time, and answers leave through one courier per platform. Everything between is in the store.
 */
export class Bot {
  readonly #options: BotOptions;
  readonly #context: HandlerContext;
  readonly #couriers: ReadonlyMap<PlatformName, Courier>;
  readonly #runner: JobRunner;
  readonly #planner: Planner;
  readonly #previews: StylePreviews | undefined;
  #handling: Promise<void> | undefined;
  #stopped = false;
  #pruneTimer: NodeJS.Timeout | undefined;

  constructor(options: BotOptions) {
    this.#options = options;
    const { store, log, now, voice } = options;
    this.#couriers = new Map(options.platforms.map((platform) => [platform.name, new Courier({ platform, store, log, now, voice })]));
    this.#runner = new JobRunner({ ...options, couriers: this.#couriers });
    const { timers = systemTimers, previews = false, ...rest } = options;
    const context = { ...rest, runner: this.#runner, platforms: new Map(options.platforms.map((platform) => [platform.name, platform])) };
    this.#planner = new Planner(context, timers);
    this.#context = { ...context, planner: this.#planner };
    this.#previews = previews ? new StylePreviews({ ...context, timers }) : undefined;
  }

  /** Takes up what an earlier process left, then whatever comes. Platforms are started by the caller. */
  start(): void {
    for (const courier of this.#couriers.values()) courier.start();
    this.#planner.start();
    this.#runner.start();
    this.#previews?.start();
    this.wake();
    this.#prune();
    this.#pruneTimer = setInterval(() => this.#prune(), PRUNE_EVERY_MS);
    this.#pruneTimer.unref();
  }

  /** There may be new events. */
  wake(): void {
    if (this.#stopped) return;
    this.#handling ??= this.#handleAll().then(
      () => {
        this.#handling = undefined;
        if (this.#options.store.unhandled().length > 0) this.wake();
      },
      (error: unknown) => {
        // The store itself failed, such as on a full disk: the events wait in it, and it may work again.
        this.#handling = undefined;
        this.#options.log.error({ err: error }, 'The inbox could not be worked on');
        setTimeout(() => this.wake(), AFTER_BREAKAGE_MS).unref();
      },
    );
  }

  /** There may be new messages for this platform. */
  deliver(platform: PlatformName): void {
    this.#couriers.get(platform)?.wake();
  }

  /** Resolves when no event, job or message is left. */
  async idle(): Promise<void> {
    const { store, platforms } = this.#options;
    const busy = (): boolean =>
      store.unhandled().length > 0 || store.jobs.open().length > 0 || platforms.some(({ name }) => store.outbox.pendingCount(name) > 0);
    while (busy() && !this.#stopped) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Stops between two steps; what is not finished goes on at the next start. */
  async close(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#pruneTimer);
    this.#planner.close();
    const previews = this.#previews?.close();
    await this.#handling;
    await this.#runner.close();
    await previews;
    await Promise.all([...this.#couriers.values()].map(async (courier) => courier.close()));
  }

  async #handleAll(): Promise<void> {
    const { store, log } = this.#options;
    for (const { id, event } of store.unhandled()) {
      if (this.#stopped) return;
      try {
        await handleEvent(this.#context, event, () => store.markHandled(id));
      } catch (error) {
        log.error({ err: error, inboxRow: id }, 'An event could not be handled');
        answerFailure(this.#context, event, error, () => store.markHandled(id));
      }
      this.#runner.wake();
      this.#previews?.wake();
      // After a long absence thousands wait; pages are served and answers sent between them.
      await setImmediate();
    }
  }

  #prune(): void {
    this.#options.store.prune(this.#options.now() - KEPT_MS);
  }
}
