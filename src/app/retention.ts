import { setImmediate } from 'node:timers/promises';
import type { Log } from '#src/app/log-port.ts';
import { systemTimers, type Timers } from '#src/app/schedules/scheduler.ts';
import { isDiskFull } from '#core/errors.ts';
import { reach } from '#core/failpoints.ts';
import { retentionOf, type RetentionPolicy } from '#core/retention.ts';
import type { Store } from '#core/store-port.ts';

const DAY_MS = 24 * 3600 * 1000;
const LOOK_EVERY_MS = 3600 * 1000;
/** Each night once, whatever was done by day; and whenever a whole day has passed, such as on a laptop that is closed at night. */
const AT_NIGHT = { fromHour: 2, toHour: 5, lastsMs: 3 * 3600 * 1000 };

export type RetentionOptions = {
  readonly store: Store;
  readonly policy: RetentionPolicy;
  /** There is something to finish: files, messages in rooms, free places of the database. */
  readonly onErased: () => void;
  readonly timeZone: string;
  readonly now: () => number;
  readonly timers?: Timers | undefined;
  readonly log: Log;
};

/** Goes through the rooms and erases what is older than they keep it, in slices between which everything else has its turn. */
export class RetentionSweeper {
  readonly #options: RetentionOptions;
  #isClosed = false;
  #cancelTimer: () => void = () => {};
  #sweeping: Promise<void> | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    const { store, policy, log } = this.#options;
    const { days } = retentionOf(policy, {}, store.retention.isOlder);
    if (store.retention.sweptAtMs === undefined)
      log.info(
        { days },
        days === 0
          ? 'Nothing is erased by its age: retention.days in blitzbild.yaml, or !img retention in a room, sets a limit'
          : 'Jobs are erased with their pictures so many days after their end: retention.days in blitzbild.yaml, or !img retention in a room, changes it',
      );
    this.#look();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    await this.#sweeping;
  }

  #look(): void {
    if (this.#isClosed) return;
    const { timers = systemTimers } = this.#options;
    this.#cancelTimer = timers.after(LOOK_EVERY_MS, () => this.#look());
    if (this.#sweeping !== undefined || !this.#isDue()) return;
    this.#sweeping = this.sweep()
      .then(
        () => {},
        (error: unknown) => {
          // Whoever watches the store tells of a full disk.
          if (!isDiskFull(error)) this.#options.log.error({ err: error }, 'What is older than its room keeps it could not be erased');
        },
      )
      .finally(() => {
        this.#sweeping = undefined;
      });
  }

  #isDue(): boolean {
    const { store, now, timeZone } = this.#options;
    const last = store.retention.sweptAtMs;
    // A clock that was put back must not keep anything for longer.
    if (last === undefined || last > now()) return true;
    const isNight = (atMs: number): boolean => {
      const hour = Number(new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone }).format(atMs));
      return hour >= AT_NIGHT.fromHour && hour < AT_NIGHT.toHour;
    };
    const passedMs = now() - last;
    const wasThisNight = passedMs < AT_NIGHT.lastsMs && isNight(last);
    return passedMs >= DAY_MS || (isNight(now()) && !wasThisNight);
  }

  /** @returns how many jobs went */
  async sweep(): Promise<number> {
    const { store, policy, now, log, onErased } = this.#options;
    const { removePosts, keepStarred } = policy;
    let [jobs, rows] = [0, 0];
    for (const place of store.retention.rooms()) {
      const { days } = retentionOf(policy, store.rooms.get(place.platform, place.roomId), store.retention.isOlder);
      const beforeMs = now() - days * DAY_MS;
      for (let isLast = days === 0; !isLast && !this.#isClosed;) {
        const erased = store.retention.eraseSome(place, { beforeMs, nowMs: now(), removePosts, keepStarred });
        jobs += erased.jobs;
        rows += erased.rows;
        ({ isLast } = erased);
        reach('retention.slice');
        await setImmediate();
      }
    }
    if (this.#isClosed) return jobs;
    store.retention.swept(now());
    if (jobs + rows > 0) {
      log.info({ jobs, rows }, 'What was older than its room keeps it was erased');
      onErased();
    }
    return jobs;
  }
}
