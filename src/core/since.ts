/** `since:yesterday` → the moment it names, in the room's zone. */
import { weekdayWords } from '#core/plan-vocabulary.ts';
import { addDays, localTime } from '#core/plan-zone.ts';
import { dateText, daysIn, type CalendarDate } from '#core/plan-schedule.ts';

type Clock = { readonly nowMs: number; readonly timeZone: string };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Words that name a day → how many days ago it was. */
const dayWords: readonly (readonly [pattern: RegExp, daysAgo: number])[] = [
  [/^(today|heute)$/u, 0],
  [/^(yesterday|gestern)$/u, 1],
  [/^vorgestern$/u, 2],
  [/^((last|letzte[rn]?)[ -]?)?(week|woche)$/u, 7],
  [/^((last|letzte[nm]?)[ -]?)?(month|monat)$/u, 30],
];

/** `undefined` for words that name no moment. */
export function readSince(typed: string, clock: Clock): number | undefined {
  const text = typed.toLowerCase();
  const named = dayWords.find(([pattern]) => pattern.test(text));
  if (named !== undefined) return startOf(daysAgo(named[1], clock), clock);
  const weekday = weekdayWords.get(text);
  if (weekday !== undefined) return startOf(daysAgo((localTime(clock.nowMs, clock.timeZone).weekday - weekday + 7) % 7, clock), clock);
  const [, digits, unit] = /^(\d{1,3})\s?(h|hours?|stunden?|d|days?|t|tage?n?|w|weeks?|wochen?)$/u.exec(text) ?? [];
  if (digits !== undefined && unit !== undefined) {
    if (/^[hs]/u.test(unit)) return clock.nowMs - Number(digits) * HOUR_MS;
    return startOf(daysAgo(Number(digits) * (unit.startsWith('w') ? 7 : 1), clock), clock);
  }
  const date = readDate(text, localTime(clock.nowMs, clock.timeZone));
  return date === undefined ? undefined : startOf(date, clock);
}

/** Whether the words name a moment, whenever and wherever they are said. */
export const isSince = (typed: string): boolean => readSince(typed, { nowMs: Date.UTC(2000, 11, 31), timeZone: 'UTC' }) !== undefined;

const daysAgo = (days: number, { nowMs, timeZone }: Clock): CalendarDate => addDays(localTime(nowMs, timeZone), -days);

/** `2026-11-20`, `20.11.2026`, `20.11.26`, `20.11.`; without a year, the last such day. */
function readDate(text: string, today: CalendarDate): CalendarDate | undefined {
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/u.exec(text) ?? [];
  const [, deDay, deMonth, deYear] = /^(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2})?)?$/u.exec(text) ?? [];
  const typedYear = isoYear ?? deYear;
  const [month, day] = [Number(isoMonth ?? deMonth), Number(isoDay ?? deDay)];
  const dated = (year: number): CalendarDate => ({ year, month, day });
  const isLater = dateText(dated(today.year)) > dateText(today);
  const year = typedYear === undefined ? today.year - (isLater ? 1 : 0) : Number(typedYear.padStart(4, '20'));
  const isDate = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(month, year);
  return isDate ? dated(year) : undefined;
}

/** The first minute of the day there: not always 00:00, where the clocks are put forward at midnight. */
function startOf({ year, month, day }: CalendarDate, { timeZone }: Clock): number {
  const asUtcMs = Date.UTC(year, month - 1, day);
  // All zones lie within 14 hours of UTC; of that span, the day's first minute is found by halving.
  let [before, within] = [asUtcMs - 15 * HOUR_MS, asUtcMs + 15 * HOUR_MS];
  const wanted = dateText({ year, month, day });
  while (within - before > MINUTE_MS) {
    const middle = before + Math.floor((within - before) / (2 * MINUTE_MS)) * MINUTE_MS;
    if (dateText(localTime(middle, timeZone)) < wanted) before = middle;
    else within = middle;
  }
  return within;
}
