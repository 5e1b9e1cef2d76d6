/** When a scheduled batch runs. Words become one of these in plan-words.ts; times come out of it in app/schedules/next-runs.ts. */

export type PlanSchedule = {
  /** As it was typed. */
  readonly text: string;
  readonly when: PlanTimes;
  /** IANA name, such as `Europe/Berlin`; all times of day are in this zone. */
  readonly timeZone: string;
  /** Minute of the day at which a run ends, whatever is finished by then, such as 360 for «until 06:00». */
  readonly untilMinute?: number;
};

export type PlanTimes =
  /** Cron expressions of five fields, all on the same days; it runs whenever one of them does. */
  | { readonly kind: 'repeat'; readonly crons: readonly string[] }
  /** `date` such as `2026-12-24`, `minute` of that day. */
  | { readonly kind: 'once'; readonly date: string; readonly minute: number };

export const minutesPerDay = 24 * 60;

/** `07:00`, as a person reads it. */
export const clockText = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** What a date is, without a time zone. */
export type CalendarDate = { readonly year: number; readonly month: number; readonly day: number };

/** Days of the month; 29 for February where no year is given. */
export function daysIn(month: number, year = 2024): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** `2026-12-24`. */
export const dateText = ({ year, month, day }: CalendarDate): string =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
