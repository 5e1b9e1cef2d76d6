/** One run of a schedule, and what the room is told where there is none. */

/**
 * `due`: at its time. `made_up`: late, because the bot was not running. `after_quiet`: it waited for the end of the room's quiet hours.
 * `asked`: somebody wanted it now.
 */
export type PlanRunReason = 'due' | 'made_up' | 'after_quiet' | 'asked';

export type PlanRun = {
  /** Counts from 1. */
  readonly run: number;
  readonly reason: PlanRunReason;
  /** The time it was planned for. */
  readonly dueMs: number;
  /** Earlier times that passed without a run since the last one: the bot was not running, or the hours were quiet. */
  readonly passed: number;
};

/** Why nothing is drawn. `count` times passed, the last at `dueMs`. */
export type PlanNotice = {
  readonly kind: 'missed' | 'skipped_quiet' | 'still_waiting';
  readonly dueMs: number;
  readonly count: number;
};
