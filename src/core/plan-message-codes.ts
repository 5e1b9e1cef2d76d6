/** What is said about schedules: codes and what each needs. */

type None = Readonly<Record<string, never>>;
type OfPlan = { readonly plan: number };

export type PlanMessageParams = {
  // ---------------------------------------------------------------- what was typed
  /** `suggestion`: the word that was probably meant. */
  readonly plan_words_unreadable: { readonly text: string; readonly suggestion?: string };
  /** A schedule was read, and then something that belongs to none. */
  readonly plan_words_left: { readonly understood: string; readonly word: string; readonly suggestion?: string };
  readonly plan_time_missing: { readonly days: string };
  readonly plan_day_missing: { readonly time: string };
  readonly plan_time_invalid: { readonly time: string };
  readonly plan_cron_fields: { readonly count: number };
  readonly plan_cron_invalid: {
    readonly field: 'minute' | 'hour' | 'day' | 'month' | 'weekday';
    readonly value: string;
    readonly allowed: string;
    readonly example: string;
  };
  readonly plan_never: { readonly text: string };
  /** `now`: of the room's clock. */
  readonly plan_past: { readonly date: string; readonly time: string; readonly now: string };
  readonly plan_once_one_time: { readonly text: string };
  /** `example` and `limit` in minutes. */
  readonly plan_too_often: { readonly text: string; readonly limit: number; readonly example: number };
  readonly plan_interval_uneven: { readonly text: string; readonly nearest: number };
  readonly plan_over_midnight: { readonly text: string };
  readonly time_zone_unknown: { readonly name: string; readonly suggestion?: string };
  // ---------------------------------------------------------------- the room's schedules
  readonly plans_full: { readonly limit: number };
  readonly plans_none: None;
  readonly plan_unknown: OfPlan;
  readonly plan_not_yours: OfPlan;
  readonly plan_paused: OfPlan;
  readonly plan_paused_already: OfPlan;
  readonly plan_resumed: OfPlan & { readonly next: string };
  readonly plan_active_already: OfPlan;
  /** It had one run only, or none is left. */
  readonly plan_over: OfPlan;
  readonly plan_removed: OfPlan;
  readonly plan_running_already: OfPlan;
  // ---------------------------------------------------------------- what the clock brings
  /** `due` as a person reads it, such as `Mon 23 Nov 07:00`; of the last run that was missed. */
  readonly plan_missed: OfPlan & { readonly count: number; readonly due: string };
  readonly plan_made_up: OfPlan & { readonly count: number; readonly due: string };
  /** It is drawn now; `count` with this one. */
  readonly plan_after_quiet: OfPlan & { readonly count: number; readonly due: string };
  /** It is drawn on time, and `count` before it were not. */
  readonly plan_passed: OfPlan & { readonly count: number };
  readonly plan_skipped_quiet: OfPlan & { readonly count: number; readonly due: string };
  readonly plan_still_waiting: OfPlan & { readonly count: number; readonly due: string };
  /** `until` such as `06:00`. */
  readonly plan_stopped: OfPlan & { readonly until: string; readonly finished: number; readonly count: number };
};
