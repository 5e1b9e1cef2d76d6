/** Hours between which nothing starts by itself. */
import { clockText } from '#core/plan-schedule.ts';

export type QuietHours = { readonly fromMinute: number; readonly toMinute: number };

const time = String.raw`(\d{1,2})(?:[:.](\d{2}))?\s?(uhr|h|am|pm)?`;
/** `22:00-06:00`, `22 bis 6 Uhr`, `from 10pm to 6am`. */
const form = new RegExp(String.raw`^(?:from|von)?\s?${time}\s?(?:[-‐‑–—]|to|until|till|bis)\s?${time}$`, 'iu');

/** Minutes after midnight. `undefined` for other words, and where the two are the same. */
export function readQuietHours(typed: string): 'off' | QuietHours | undefined {
  if (/^(off|none|aus|keine)$/iu.test(typed)) return 'off';
  const [, fromHour, fromMinutes, fromHalf, toHour, toMinutes, toHalf] = form.exec(typed) ?? [];
  if (fromHour === undefined || toHour === undefined) return undefined;
  const fromMinute = minuteOf(fromHour, fromMinutes, fromHalf);
  const toMinute = minuteOf(toHour, toMinutes, toHalf);
  return fromMinute === undefined || toMinute === undefined || fromMinute === toMinute ? undefined : { fromMinute, toMinute };
}

/** Whether hours were meant, right or wrong: `quiet 5 o'clock tea` is a prompt. */
export const meansQuietHours = (typed: string): boolean => form.test(typed) || /^\d{1,2}[:.]\d{2}(?!\d)/u.test(typed);

function minuteOf(hour: string, minutes = '0', half = ''): number | undefined {
  const [h, m] = [Number(hour), Number(minutes)];
  if (/^[ap]m$/iu.test(half)) return h >= 1 && h <= 12 && m < 60 ? ((h % 12) + (/^pm$/iu.test(half) ? 12 : 0)) * 60 + m : undefined;
  return h <= 24 && m < 60 && h * 60 + m <= 24 * 60 ? (h * 60 + m) % (24 * 60) : undefined;
}

/** `22:00–06:00`. */
export const showQuietHours = ({ fromMinute, toMinute }: QuietHours): string => `${clockText(fromMinute)}–${clockText(toMinute)}`;

/** Whether the minute after midnight lies within; over midnight where they end earlier than they begin. */
export const isQuiet = (minute: number, { fromMinute, toMinute }: QuietHours): boolean =>
  fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute;
