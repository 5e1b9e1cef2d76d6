/** Days in words: `Mon-Fri`, `werktags`, `jeden Montag`, `on the 1st and 15th of the month`, `24.12.`, `tomorrow`. */
import type { Piece } from '#core/plan-pieces.ts';
import { addDays, weekdayOf, type LocalTime } from '#core/plan-zone.ts';
import type { CalendarDate } from '#core/plan-schedule.ts';
import { isIn, numberAt, partOf, wordAt, type DayPart } from '#core/plan-time-words.ts';
import * as words from '#core/plan-vocabulary.ts';

export type Days =
  | { readonly kind: 'every' }
  /** 0 is Sunday. */
  | { readonly kind: 'weekdays'; readonly weekdays: readonly number[] }
  | { readonly kind: 'monthdays'; readonly days: readonly (number | 'last')[] }
  /** `nth` 0 is the last of the month. */
  | { readonly kind: 'nth'; readonly nth: number; readonly weekday: number }
  | { readonly kind: 'date'; readonly date: Omit<CalendarDate, 'year'> & { readonly year?: number } };

export type ReadDays = {
  readonly days: Days;
  readonly next: number;
  /** Said along with it, such as in `every evening`. */
  readonly part?: DayPart | 'noon';
  /** A short word such as `so` or `sun`, which may as well begin a sentence. */
  readonly isWeak?: boolean;
};

/** @param now for words such as `tomorrow` */
export function readDays(pieces: readonly Piece[], index: number, now: LocalTime): ReadDays | undefined {
  const isEvery = isIn(words.every, wordAt(pieces, index));
  return (
    readRelative(pieces, index, now) ??
    readNth(pieces, isEvery ? index + 1 : index) ??
    readMonthdays(pieces, isEvery ? index + 1 : index) ??
    readDate(pieces, isEvery ? index + 1 : index) ??
    readNamed(pieces, index, isEvery)
  );
}

/** Passes over words such as `of the`. */
export function skipFillers(pieces: readonly Piece[], index: number): number {
  let at = index;
  while (isIn(words.fillers, wordAt(pieces, at))) at += 1;
  return at;
}

/** `today`, `morgen`, `next Monday`. */
function readRelative(pieces: readonly Piece[], index: number, now: LocalTime): ReadDays | undefined {
  const word = wordAt(pieces, index);
  const later = (days: number, next: number): ReadDays => {
    // `morgen früh`, `tomorrow evening`.
    const part = partOf(wordAt(pieces, next));
    const read = { days: { kind: 'date', date: addDays(now, days) } } as const;
    return part === undefined ? { ...read, next } : { ...read, next: next + 1, part };
  };
  if (word === 'tonight') return { ...later(0, index + 1), part: 'night' };
  if (isIn(words.today, word)) return later(0, index + 1);
  if (isIn(words.dayAfterTomorrow, word)) return later(2, index + 1);
  if (isIn(words.tomorrow, word)) return later(1, index + 1);
  if (!isIn(words.next, word)) return undefined;
  const weekday = words.weekdayWords.get(wordAt(pieces, index + 1) ?? '');
  return weekday === undefined ? undefined : later(((weekday - weekdayOf(now) + 6) % 7) + 1, index + 2);
}

/** `first Monday of the month`, `letzten Freitag im Monat`, `last day of the month`. */
function readNth(pieces: readonly Piece[], index: number): ReadDays | undefined {
  const piece = pieces[index];
  const word = wordAt(pieces, index);
  if (isIn(words.monthEnds, word)) return { days: { kind: 'monthdays', days: ['last'] }, next: index + 1 };
  const nth =
    piece?.kind === 'number' && piece.isOrdinal && piece.value <= 5
      ? piece.value
      : word === undefined
        ? undefined
        : words.ordinalWord(word);
  if (nth === undefined) return undefined;
  const noun = wordAt(pieces, index + 1);
  const ofMonth = skipFillers(pieces, index + 2);
  // «Every second Monday» alone means every two weeks, which is something else.
  const month = isIn(words.every, wordAt(pieces, ofMonth)) ? ofMonth + 1 : ofMonth;
  if (!isIn(words.monthNouns, wordAt(pieces, month))) return undefined;
  if (isIn(words.dayWords, noun)) return { days: { kind: 'monthdays', days: [nth === 0 ? 'last' : nth] }, next: month + 1 };
  const weekday = words.weekdayWords.get(noun ?? '');
  return weekday === undefined ? undefined : { days: { kind: 'nth', nth, weekday }, next: month + 1 };
}

/** `1st and 15th of the month`, `1. des Monats`. */
function readMonthdays(pieces: readonly Piece[], index: number): ReadDays | undefined {
  const days: number[] = [];
  let at = index;
  for (;;) {
    const piece = pieces[at];
    if (piece?.kind !== 'number' || !piece.isOrdinal || piece.value < 1 || piece.value > 31) break;
    days.push(piece.value);
    at += 1;
    const separator = separated(pieces, at);
    const following = pieces[skipFillers(pieces, separator)];
    if (separator === at || following?.kind !== 'number') break;
    at = skipFillers(pieces, separator);
  }
  const first = days[0];
  if (first === undefined) return undefined;
  if (words.monthWords.has(wordAt(pieces, skipFillers(pieces, at)) ?? '')) return undefined;
  const noun = skipFillers(pieces, at);
  const month = isIn(words.every, wordAt(pieces, noun)) ? noun + 1 : noun;
  return { days: { kind: 'monthdays', days }, next: isIn(words.monthNouns, wordAt(pieces, month)) ? month + 1 : at };
}

/** Behind `,`, `and` or both; the same place where there is none. */
export function separated(pieces: readonly Piece[], index: number): number {
  const piece = pieces[index];
  const behindMark = piece?.kind === 'mark' && piece.text === ',' ? index + 1 : index;
  return isIn(words.andWords, wordAt(pieces, behindMark)) ? behindMark + 1 : behindMark;
}

/** `2026-12-24`, `24.12.`, `24. Dezember 2026`, `24th of December`, `December 24`. */
function readDate(pieces: readonly Piece[], index: number): ReadDays | undefined {
  const piece = pieces[index];
  if (piece?.kind === 'date') return { days: { kind: 'date', date: piece.date }, next: index + 1 };
  const monthFirst = words.monthWords.get(wordAt(pieces, index) ?? '');
  const monthAt = monthFirst === undefined ? skipFillers(pieces, index + 1) : index;
  const month = words.monthWords.get(wordAt(pieces, monthAt) ?? '');
  const dayPiece = monthFirst === undefined ? piece : pieces[index + 1];
  if (month === undefined || dayPiece?.kind !== 'number' || dayPiece.value < 1 || dayPiece.value > 99) return undefined;
  const end = monthFirst === undefined ? monthAt + 1 : index + 2;
  const comma = pieces[end];
  const yearAt = comma?.kind === 'mark' && comma.text === ',' ? end + 1 : end;
  const yearPiece = pieces[yearAt];
  const hasYear = yearPiece?.kind === 'number' && yearPiece.value >= 1900;
  const date = { day: dayPiece.value, month: month + 1 };
  return hasYear
    ? { days: { kind: 'date', date: { ...date, year: yearPiece.value } }, next: yearAt + 1 }
    : { days: { kind: 'date', date }, next: end };
}

const workdays = [1, 2, 3, 4, 5];
const weekend = [0, 6];

/** `every day`, `werktags`, `Mo-Fr`, `Mon, Wed and Fri`. */
function readNamed(pieces: readonly Piece[], index: number, isEvery: boolean): ReadDays | undefined {
  const at = isEvery ? index + 1 : index;
  const word = wordAt(pieces, at);
  if (isIn(words.dailyWords, word) || (isEvery && isIn(words.dayWords, word))) return { days: { kind: 'every' }, next: at + 1 };
  if (isIn(words.workdayWords, word)) return { days: { kind: 'weekdays', weekdays: workdays }, next: at + 1 };
  if (isIn(words.weekendWords, word)) return { days: { kind: 'weekdays', weekdays: weekend }, next: at + 1 };
  const part = isIn(words.noonWords, word) ? 'noon' : partOf(word);
  if (isEvery && part !== undefined) return { days: { kind: 'every' }, next: at + 1, part };
  const list = readWeekdayList(pieces, at);
  if (list === undefined) return undefined;
  const isWeak = !isEvery && list.next === at + 1 && (word?.length ?? 0) <= 3;
  return { days: { kind: 'weekdays', weekdays: list.weekdays }, next: list.next, ...(isWeak ? { isWeak } : {}) };
}

function readWeekdayList(
  pieces: readonly Piece[],
  index: number,
): { readonly weekdays: readonly number[]; readonly next: number } | undefined {
  const weekdays = new Set<number>();
  let [at, end] = [index, index];
  for (;;) {
    const first = words.weekdayWords.get(wordAt(pieces, at) ?? '');
    if (first === undefined) break;
    const sign = pieces[at + 1];
    const isRange =
      (sign?.kind === 'mark' && sign.text === '-') ||
      (sign?.kind === 'word' && words.toWords.has(sign.text) && !words.andWords.has(sign.text));
    const last = isRange ? words.weekdayWords.get(wordAt(pieces, at + 2) ?? '') : undefined;
    for (let day = first; ; day = (day + 1) % 7) {
      weekdays.add(day);
      if (day === (last ?? first)) break;
    }
    end = last === undefined ? at + 1 : at + 3;
    at = separated(pieces, end);
    if (at === end) break;
  }
  return end === index ? undefined : { weekdays: [...weekdays].sort((a, b) => a - b), next: end };
}

/** `2 hours`, `30 Minuten`, `hourly`; in minutes, `0` for seconds. */
export function readInterval(pieces: readonly Piece[], index: number): { readonly minutes: number; readonly next: number } | undefined {
  const word = wordAt(pieces, index);
  if (isIn(words.hourlyWords, word)) return { minutes: 60, next: index + 1 };
  if (word === 'halbstündlich') return { minutes: 30, next: index + 1 };
  if (!isIn(words.every, word)) return undefined;
  const isHalf = wordAt(pieces, index + 1) === 'half' || /^halbe[nr]?$/u.test(wordAt(pieces, index + 1) ?? '');
  const amount = isHalf ? undefined : numberAt(pieces, index + 1);
  const article = isHalf && wordAt(pieces, index + 2) === 'an' ? 1 : 0;
  const unitAt = (amount === undefined && !isHalf ? index + 1 : index + 2) + article;
  const unit = wordAt(pieces, unitAt);
  const next = unitAt + 1;
  if (isIn(words.hourNouns, unit)) return { minutes: isHalf ? 30 : (amount ?? 1) * 60, next };
  if (isIn(words.minuteNouns, unit)) return { minutes: isHalf ? 0 : (amount ?? 1), next };
  // «Every second Monday» is no interval of seconds.
  const isCounted = amount === undefined && words.weekdayWords.has(wordAt(pieces, next) ?? '');
  return isIn(words.secondNouns, unit) && !isCounted ? { minutes: 0, next } : undefined;
}
