/** `since:yesterday` → the moment it names, in the room's zone. */
import { localTime } from '#core/plan-zone.ts';

type Clock = { readonly nowMs: number; readonly timeZone: string };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `undefined` for words that name no moment. */
export function readSince(typed: string, clock: Clock): number | undefined {
  const text = typed.toLowerCase();
  if (/^(today|heute)$/u.test(text)) return midnight(clock, 0);
  if (/^(yesterday|gestern)$/u.test(text)) return midnight(clock, 1);
  if (/^(week|woche|last-?week|letzte-?woche)$/u.test(text)) return midnight(clock, 7);
  if (/^(month|monat)$/u.test(text)) return midnight(clock, 30);
  const [, digits, unit] = /^(\d{1,3})\s?(h|hours?|stunden?|d|days?|t|tage?n?|w|weeks?|wochen?)$/u.exec(text) ?? [];
  if (digits !== undefined && unit !== undefined) {
    if (/^[hs]/u.test(unit)) return clock.nowMs - Number(digits) * HOUR_MS;
    return midnight(clock, Number(digits) * (unit.startsWith('w') ? 7 : 1));
  }
  return ofDate(text, clock);
}

/** Of the day that was so many days ago; the offset of the zone is that of then. */
function midnight({ nowMs, timeZone }: Clock, daysAgo: number): number {
  const { year, month, day } = localTime(nowMs, timeZone);
  return startOfDay(year, month, day - daysAgo, timeZone);
}

function ofDate(text: string, { nowMs, timeZone }: Clock): number | undefined {
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/u.exec(text) ?? [];
  const [, deDay, deMonth, deYear] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})?$/u.exec(text) ?? [];
  const [year, month, day] = [Number(isoYear ?? deYear ?? localTime(nowMs, timeZone).year), Number(isoMonth ?? deMonth), Number(isoDay ?? deDay)];
  const date = new Date(Date.UTC(year, month - 1, day));
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isDate ? startOfDay(year, month, day, timeZone) : undefined;
}

function startOfDay(year: number, month: number, day: number, timeZone: string): number {
  const asUtcMs = Date.UTC(year, month - 1, day);
  const there = localTime(asUtcMs, timeZone);
  const offsetMs = Date.UTC(there.year, there.month - 1, there.day) + there.minute * MINUTE_MS - asUtcMs;
  // Where the clocks change on that day, the offset at its beginning may be another one.
  const guessMs = asUtcMs - offsetMs;
  const at = localTime(guessMs, timeZone);
  const off = Date.UTC(at.year, at.month - 1, at.day) + at.minute * MINUTE_MS - asUtcMs;
  return Math.abs(off) < DAY_MS ? guessMs - off : guessMs;
}
