import { Courier } from '#src/app/courier.ts';
import { answerFailure, handleEvent } from '#src/app/handle-event.ts';
import type { HandlerContext } from '#src/app/handler-context.ts';
import { HeldLine } from '#src/app/held-line.ts';
import { JobRunner } from '#src/app/job-runner.ts';
import { oneAtATime } from '#src/app/one-at-a-time.ts';
import { Erasures } from '#src/app/personal-data/erasures.ts';
import { Planner } from '#src/app/planner.ts';
import { RetentionSweeper } from '#src/app/retention.ts';
import { LeftOvers } from '#src/app/left-overs.ts';
import { RoomLines } from '#src/app/room-lines.ts';
import { tellPlainly } from '#src/app/tell-plainly.ts';
import { systemTimers, type Timers } from '#src/app/schedules/scheduler.ts';
import { StylePreviews } from '#src/app/style-previews.ts';
import { AppError, isDiskFull } from '#core/errors.ts';
import { reach } from '#core/failpoints.ts';
import type { Meter } from '#core/operations-port.ts';
import type { ErasedPeople, Person } from '#core/personal-data-port.ts';
import type { ChatPlatform } from '#core/ports.ts';
import type { Voice } from '#core/message-codes.ts';
import type { InboxRow } from '#core/store-port.ts';
import type { PlatformName } from '#core/types.ts';

/** How long delivered messages and handled events are kept. */
const KEPT_MS = 14 * 24 * 3600 * 1000;
const PRUNE_EVERY_MS = 3600 * 1000;
const AFTER_BREAKAGE_MS = 1000;

export type BotOptions = Omit<
  HandlerContext,
  'runner' | 'planner' | 'erasures' | 'platforms' | 'oneAtATime' | 'verifying' | 'comparing'
> & {
  readonly platforms: readonly ChatPlatform[];
  /** Short hash of a model's files. */
  readonly fingerprint: (model: string) => string | undefined;
  /** Counts what happens, for operators. */
  readonly meter?: Meter;
  /** A preview of every style is drawn while nobody wants a picture. */
  readonly previews?: boolean;
  /** Kept beside the store; absent in tests that restore nothing. */
  readonly erasedPeople?: ErasedPeople;
  /** Of schedules and previews; the system's where none are given. */
  readonly timers?: Timers;
  /** Of messages that no command's language decides. */
  readonly voice: Voice;
};

/**
 * The use cases at work: what platforms put into the inbox is carried out in each room in the order it came, pictures are
 * made one at a time, and answers leave through one courier per platform. Everything between is in the store.
 */
export class Bot {
  readonly #options: BotOptions;
  readonly #context: HandlerContext;
  readonly #couriers: ReadonlyMap<PlatformName, Courier>;
  readonly #runner: JobRunner;
  readonly #planner: Planner;
  readonly #erasures: Erasures;
  readonly #retention: RetentionSweeper;
  readonly #previews: StylePreviews | undefined;
  readonly #lines: RoomLines;
  readonly #leftOvers: LeftOvers;
  #isWoken = false;
  #stopped = false;
  #pruneTimer: NodeJS.Timeout | undefined;
  /** It is told once. */
  #isPruneBroken = false;

  constructor(options: BotOptions) {
    this.#options = options;
    const { store, log, now, voice, images, studio } = options;
    this.#couriers = new Map(
      options.platforms.map((platform) => [
        platform.name,
        new Courier({ platform, store, log, now, voice, images, studio, meter: options.meter }),
      ]),
    );
    this.#runner = new JobRunner({ ...options, couriers: this.#couriers });
    const { timers = systemTimers, previews = false, ...rest } = options;
    const context = {
      ...rest,
      runner: this.#runner,
      platforms: new Map(options.platforms.map((platform) => [platform.name, platform])),
      oneAtATime: oneAtATime(),
      verifying: new HeldLine(),
      comparing: oneAtATime(),
    };
    this.#planner = new Planner(context, timers);
    this.#erasures = new Erasures({ ...context, couriers: this.#couriers, erasedPeople: options.erasedPeople });
    this.#retention = new RetentionSweeper({ ...context, policy: options.retention, onErased: () => this.#erasures.wake(), timers });
    this.#context = { ...context, planner: this.#planner, erasures: this.#erasures };
    this.#previews = previews ? new StylePreviews({ ...context, timers }) : undefined;
    this.#leftOvers = new LeftOvers(store);
    this.#lines = new RoomLines({
      unhandled: () => store.unhandled(),
      handle: async (row) => this.#handle(row),
      onDone: () => this.wake(),
      onFailure: (error) => this.#inboxFailed(error),
    });
  }

  /** Takes up what an earlier process left, then whatever comes. Platforms are started by the caller. */
  start(): void {
    for (const courier of this.#couriers.values()) courier.start();
    this.#planner.start();
    this.#runner.start();
    this.#erasures.wake();
    this.#retention.start();
    this.#previews?.start();
    this.wake();
    this.#prune();
    this.#pruneTimer = setInterval(() => this.#prune(), PRUNE_EVERY_MS);
    this.#pruneTimer.unref();
  }

  /** There may be new events. */
  wake(): void {
    if (this.#stopped || this.#isWoken) return;
    this.#isWoken = true;
    // Many can come at once, and each look reads all that wait.
    setImmediate(() => {
      this.#isWoken = false;
      try {
        this.#lines.take();
      } catch (error) {
        this.#inboxFailed(error);
      }
    });
  }

  /** Forgets somebody, without a word in any room. Resolves with what was done. */
  async forget(person: Person): ReturnType<Erasures['forget']> {
    return this.#erasures.forget(person);
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
    const erasures = this.#erasures.close();
    const retention = this.#retention.close();
    await this.#lines.close();
    await erasures;
    await retention;
    await this.#runner.close();
    await previews;
    await Promise.all([...this.#couriers.values()].map(async (courier) => courier.close()));
  }

  async #handle(row: InboxRow): Promise<void> {
    await this.#leftOvers.handle(row, {
      carryOut: async () => this.#carryOut(row),
      giveUp: () => {
        const { store, log } = this.#options;
        log.error({ inboxRow: row.id }, 'An event is given up, because the program ended each time it was handled');
        tellPlainly(this.#context, row.event, () => store.markHandled(row.id));
      },
    });
  }

  async #carryOut({ id, event }: InboxRow): Promise<void> {
    const { store, log } = this.#options;
    if (this.#stopped) throw new AppError('cancelled');
    reach('event.begun');
    try {
      await handleEvent(this.#context, event, () => store.markHandled(id));
    } catch (error) {
      // What a closing platform breaks off is nobody's failure: the event is handled after the next start.
      if (error instanceof AppError && error.code === 'cancelled') throw error;
      // Whoever watches the store has told it; the event waits until there is room.
      if (isDiskFull(error)) throw error;
      log.error({ err: error, inboxRow: id }, 'An event could not be handled');
      answerFailure(this.#context, event, error, () => store.markHandled(id));
    }
    this.#runner.wake();
    this.#previews?.wake();
  }

  /** The events wait in the inbox. Where the store itself failed, such as on a full disk, it may work again. */
  #inboxFailed(error: unknown): void {
    if (!isDiskFull(error) && !(error instanceof AppError && error.code === 'cancelled'))
      this.#options.log.error({ err: error }, 'The inbox could not be worked on');
    setTimeout(() => this.wake(), AFTER_BREAKAGE_MS).unref();
  }

  /** Called by a timer, from which nobody catches: what can't be forgotten today is forgotten later. */
  #prune(): void {
    const { store, now, log } = this.#options;
    try {
      store.prune(now() - KEPT_MS, now());
      this.#erasures.wake();
      this.#isPruneBroken = false;
    } catch (error) {
      // Whoever watches the store tells of a full disk.
      if (!isDiskFull(error) && !this.#isPruneBroken) log.error({ err: error }, 'What is old could not be forgotten');
      this.#isPruneBroken ||= !isDiskFull(error);
    }
  }
}
