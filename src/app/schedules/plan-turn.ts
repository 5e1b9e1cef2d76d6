/** What becomes of a schedule whose time has come. */
import { nextClockMs, runsBetween, windowEndMs } from '#src/app/schedules/next-runs.ts';
import type { PlanNotice, PlanRun } from '#core/plan-run.ts';
import type { PlanSchedule } from '#core/plan-schedule.ts';
import { localTime } from '#core/plan-zone.ts';
import { isQuiet, type QuietHours } from '#core/quiet-hours.ts';

/** A run this late counts as punctual: the clock is looked at once a minute, and the store may have been busy. */
export const PUNCTUAL_MS = 2 * 60_000;
/** Of runs that passed, counting stops here. */
const MOST_COUNTED = 1000;

export type PlanTurn =
  | { readonly kind: 'wait'; readonly untilMs: number }
  | ({ readonly kind: 'run' } & Omit<PlanRun, 'run'>)
  | { readonly kind: 'skip'; readonly notice: PlanNotice };

export type TurnContext = {
  readonly nowMs: number;
  readonly quiet: QuietHours | undefined;
  /** Of the quiet hours. */
  readonly timeZone: string;
  /** A run that is later than this is not made up. */
  readonly catchUpMs: number;
  /** The run before is not finished. */
  readonly isBusy: boolean;
};

/** @param dueMs the earliest time that was not dealt with, not after `nowMs` */
export function decideTurn(schedule: PlanSchedule, dueMs: number, { nowMs, quiet, timeZone, catchUpMs, isBusy }: TurnContext): PlanTurn {
  const quietEnd = quietEndMs(quiet, timeZone, nowMs);
  // Neither drawn nor told before the quiet hours are over.
  if (quietEnd !== undefined) return { kind: 'wait', untilMs: quietEnd };
  const { count, lastMs } = runsBetween(schedule, dueMs, nowMs, MOST_COUNTED) ?? { count: 1, lastMs: dueMs };
  const heldUntilMs = quietEndMs(quiet, timeZone, lastMs);
  const lateMs = nowMs - (heldUntilMs ?? lastMs);
  const endMs = windowEndMs(schedule, lastMs);
  const isOver = endMs !== undefined && endMs <= nowMs;
  // A run with a window of hours is worth beginning as long as the window is open.
  const isTooLate = endMs === undefined && lateMs > Math.max(catchUpMs, PUNCTUAL_MS);
  if (isOver || isTooLate) {
    const isQuietsFault = heldUntilMs !== undefined && lateMs <= PUNCTUAL_MS;
    return { kind: 'skip', notice: { kind: isQuietsFault ? 'skipped_quiet' : 'missed', dueMs: lastMs, count } };
  }
  if (isBusy) return { kind: 'skip', notice: { kind: 'still_waiting', dueMs: lastMs, count } };
  const reason = heldUntilMs !== undefined ? 'after_quiet' : lateMs > PUNCTUAL_MS ? 'made_up' : 'due';
  return { kind: 'run', reason, dueMs: lastMs, passed: count - 1 };
}

/** When the quiet hours end that this moment lies in; `undefined` outside of them. */
export function quietEndMs(quiet: QuietHours | undefined, timeZone: string, ms: number): number | undefined {
  if (quiet === undefined || quiet.fromMinute === quiet.toMinute) return undefined;
  return isQuiet(localTime(ms, timeZone).minute, quiet) ? nextClockMs(quiet.toMinute, timeZone, ms) : undefined;
}
