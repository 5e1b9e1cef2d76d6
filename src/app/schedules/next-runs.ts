/** When a schedule runs: the times are croner's, in the zone of the schedule, across changes of the clock in both directions. */
import { Cron } from 'croner';
import type { PlanSchedule, PlanTimes } from '#core/plan-schedule.ts';

/** Kept between calls; a bot has few schedules. */
const known = new Map<string, Cron>();
const MOST_KNOWN = 500;

/**
 * A time that the clock leaves out runs at the first moment after it, one that it shows twice runs once, as long as the hours are named.
 * What runs every so many minutes goes on evenly.
 */
function cronFor(pattern: string, mode: '5-part' | '7-part', timezone: string): Cron {
  const key = `${pattern} ${timezone}`;
  let cron = known.get(key);
  if (cron === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    cron = new Cron(pattern, { mode, timezone, paused: true, fixedTimeRule: 'no-wildcard' });
    known.set(key, cron);
  }
  return cron;
}

function cronsOf(when: PlanTimes, timeZone: string): readonly Cron[] {
  if (when.kind === 'repeat') return when.crons.map((cron) => cronFor(cron, '5-part', timeZone));
  const [year, month, day] = when.date.split('-').map(Number);
  return [cronFor(`0 ${when.minute % 60} ${Math.floor(when.minute / 60)} ${day} ${month} * ${year}`, '7-part', timeZone)];
}

/** The next run after this moment, in milliseconds; `undefined` where none is left. */
export function nextRunMs({ when, timeZone }: PlanSchedule, afterMs: number): number | undefined {
  const times = cronsOf(when, timeZone).flatMap((cron) => cron.nextRun(new Date(afterMs))?.getTime() ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** At most `count` runs after this moment, in order. */
export function nextRuns(schedule: PlanSchedule, afterMs: number, count: number): readonly number[] {
  const runs: number[] = [];
  for (let next = nextRunMs(schedule, afterMs); next !== undefined && runs.length < count; next = nextRunMs(schedule, next))
    runs.push(next);
  return runs;
}

/** Runs from the first moment to the last, both included; of more than `most`, the newest ones count as one. */
export function runsBetween(
  schedule: PlanSchedule,
  fromMs: number,
  toMs: number,
  most: number,
): { readonly count: number; readonly lastMs: number } | undefined {
  let lastMs: number | undefined;
  let count = 0;
  for (let next = nextRunMs(schedule, fromMs - 1); next !== undefined && next <= toMs && count < most; next = nextRunMs(schedule, next)) {
    lastMs = next;
    count += 1;
  }
  return lastMs === undefined ? undefined : { count, lastMs };
}

/** When the clock of this zone shows this minute of the day for the next time after a moment. */
export function nextClockMs(minute: number, timeZone: string, afterMs: number): number {
  const next = cronFor(`${minute % 60} ${Math.floor(minute / 60)} * * *`, '5-part', timeZone).nextRun(new Date(afterMs));
  if (next === null) throw new RangeError(`no ${minute} in ${timeZone}`);
  return next.getTime();
}

/** When a run that began at this moment ends, whatever is finished; `undefined` where it has all the time it needs. */
export const windowEndMs = ({ untilMinute, timeZone }: PlanSchedule, startMs: number): number | undefined =>
  untilMinute === undefined ? undefined : nextClockMs(untilMinute, timeZone, startMs);
