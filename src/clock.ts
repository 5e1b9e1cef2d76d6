import { systemTimers, type Timers } from '#src/app/schedules/scheduler.ts';

/** Where the whole program reads the time; tests bring their own. */
export type Clock = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Of the schedules. */
  readonly timers: Timers;
};

export const systemClock: Clock = { now: Date.now, timers: systemTimers };
