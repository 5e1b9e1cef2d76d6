/** Points in time as people say them. */
import { currentLanguage, t } from './texts.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** `just now`, `7 min ago`, then the time of day; the day itself stands in the divider above. */
export function spokenTime(atMs: number, nowMs: number): string {
  const agoMs = nowMs - atMs;
  if (agoMs < minuteMs) return t().justNow;
  return agoMs < hourMs ? t().minutesAgo(Math.floor(agoMs / minuteMs)) : clockTime(atMs);
}

const clockTime = (atMs: number): string => new Intl.DateTimeFormat(currentLanguage(), { hour: '2-digit', minute: '2-digit' }).format(atMs);

/** With weekday, date and seconds, for a tooltip. */
export const fullTime = (atMs: number): string =>
  new Intl.DateTimeFormat(currentLanguage(), { dateStyle: 'full', timeStyle: 'medium' }).format(atMs);

export function dayName(atMs: number, nowMs: number): string {
  const day = dayStart(atMs);
  if (day === dayStart(nowMs)) return t().today;
  if (day === dayStart(dayStart(nowMs) - 1)) return t().yesterday;
  return new Intl.DateTimeFormat(currentLanguage(), { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(atMs);
}

export const dayStart = (atMs: number): number => new Date(atMs).setHours(0, 0, 0, 0);
