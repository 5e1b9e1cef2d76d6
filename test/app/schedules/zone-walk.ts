/** What a schedule should do, found the slow way: minute by minute on the clock of its zone, without any library of schedules. */
import { cronOf, type Cron } from '#core/plan-cron.ts';
import { daysIn } from '#core/plan-schedule.ts';
import { localTime, type LocalTime } from '#core/plan-zone.ts';

const MINUTE_MS = 60_000;

/** Whether the date is one of its days: of a day of the month and a weekday, one is enough. */
export function isOn({ months, days, isLastDay, weekdays, nthWeekdays }: Cron, { year, month, day, weekday }: LocalTime): boolean {
  if (months !== undefined && !months.includes(month)) return false;
  const isLast = day === daysIn(month, year);
  const byDay = (days?.includes(day) ?? false) || (isLastDay && isLast);
  const isLastWeek = day + 7 > daysIn(month, year);
  const byNth = nthWeekdays.some(({ weekday: wanted, nth }) => wanted === weekday && (nth === 0 ? isLastWeek : Math.ceil(day / 7) === nth));
  const byWeekday = (weekdays?.includes(weekday) ?? false) || byNth;
  const [hasDays, hasWeekdays] = [days !== undefined || isLastDay, weekdays !== undefined];
  if (hasDays && hasWeekdays) return byDay || byWeekday;
  return hasDays ? byDay : hasWeekdays ? byWeekday : true;
}

export type Minute = { readonly ms: number; readonly time: LocalTime };

/** Every minute from one moment to another, as the clock of the zone shows it. */
export const minutesOf = (timeZone: string, fromMs: number, toMs: number): readonly Minute[] =>
  Array.from({ length: Math.ceil((toMs - fromMs) / MINUTE_MS) }, (_, index) => {
    const ms = fromMs + index * MINUTE_MS;
    return { ms, time: localTime(ms, timeZone) };
  });

/**
 * Those at which an expression runs. With named hours, a minute that the clock leaves out runs at the first one after the gap, and one
 * that it shows twice runs once; with `*` or steps, each minute that is shown counts.
 */
export function walk(expression: string, minutes: readonly Minute[]): readonly number[] {
  const cron = cronOf(expression);
  const [minuteField = '', hourField = ''] = expression.split(' ');
  const isFixed = !/[*/]/u.test(minuteField + hourField);
  const seen = new Set<string>();
  return minutes.flatMap(({ ms, time }, index) => {
    const shown = minutesShown(minutes[index - 1]?.time, time, isFixed);
    const key = `${time.month}-${time.day} ${time.minute}`;
    const isDue =
      isOn(cron, time) && shown.some((minute) => cron.hours.includes(Math.floor(minute / 60)) && cron.minutes.includes(minute % 60));
    if (!isDue || (isFixed && seen.has(key))) return [];
    seen.add(key);
    return [ms];
  });
}

/** This minute, and those of the same day that the clock has just left out. */
function minutesShown(before: LocalTime | undefined, time: LocalTime, isFixed: boolean): readonly number[] {
  const isGap = isFixed && before !== undefined && before.day === time.day && time.minute > before.minute + 1;
  const first = isGap ? before.minute + 1 : time.minute;
  return Array.from({ length: time.minute - first + 1 }, (_, index) => first + index);
}
