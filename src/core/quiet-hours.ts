/** Hours between which nothing starts by itself. */

export type QuietHours = { readonly fromMinute: number; readonly toMinute: number };

const form = /^(\d{1,2})(?:[:.](\d{2}))?(?:uhr|h)?[-–—](\d{1,2})(?:[:.](\d{2}))?(?:uhr|h)?$/iu;

/** `22:00-06:00`, `22–6`, `off`, `aus`; minutes after midnight. `undefined` for other words, and where the two are the same. */
export function readQuietHours(typed: string): 'off' | QuietHours | undefined {
  if (/^(off|none|aus|keine)$/iu.test(typed)) return 'off';
  const [, fromHour, fromMinutes = '0', toHour, toMinutes = '0'] = form.exec(typed) ?? [];
  if (fromHour === undefined || toHour === undefined) return undefined;
  const [fromMinute, toMinute] = [minuteOf(fromHour, fromMinutes), minuteOf(toHour, toMinutes)];
  return fromMinute === undefined || toMinute === undefined || fromMinute === toMinute ? undefined : { fromMinute, toMinute };
}

function minuteOf(hour: string, minutes: string): number | undefined {
  const [h, m] = [Number(hour), Number(minutes)];
  return h <= 24 && m < 60 && h * 60 + m <= 24 * 60 ? (h * 60 + m) % (24 * 60) : undefined;
}

/** `22:00–06:00`. */
export const showQuietHours = ({ fromMinute, toMinute }: QuietHours): string => `${clock(fromMinute)}–${clock(toMinute)}`;

const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Whether the minute after midnight lies within; over midnight where they end earlier than they begin. */
export const isQuiet = (minute: number, { fromMinute, toMinute }: QuietHours): boolean =>
  fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute;
