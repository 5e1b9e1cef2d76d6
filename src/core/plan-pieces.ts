/** Words of a schedule taken apart: `Mon-Fri` is three pieces, `7pm` two. */
import { daysIn, minutesPerDay, type CalendarDate } from '#core/plan-schedule.ts';
import { canonicalZone } from '#core/plan-zone.ts';

export type Piece = (
  | { readonly kind: 'word'; readonly text: string }
  /** `isOrdinal`: `1st`, `1.`. */
  | { readonly kind: 'number'; readonly value: number; readonly isOrdinal: boolean }
  /** `minute` of the day; `undefined` for a time that no clock shows, such as `25:00`. */
  | { readonly kind: 'clock'; readonly minute: number | undefined; readonly text: string }
  /** `year` is absent in `24.12.`. */
  | { readonly kind: 'date'; readonly date: Omit<CalendarDate, 'year'> & { readonly year?: number }; readonly text: string }
  | { readonly kind: 'mark'; readonly text: string }
  | { readonly kind: 'zone'; readonly name: string | undefined; readonly text: string }
  | { readonly kind: 'other' }
) & {
  /** Which of the words it is a part of. */
  readonly word: number;
};

type Made = Piece extends infer Any ? (Any extends Piece ? Omit<Any, 'word'> : never) : never;

/** First segments of IANA names: `Mon/Wed` is no zone, `Europe/Berlyn` means to be one. */
const areas = /^(africa|america|antarctica|arctic|asia|atlantic|australia|etc|europe|indian|pacific)\/./iu;

export const piecesOf = (words: readonly string[]): readonly Piece[] =>
  words.flatMap((text, word) => split(text).map((made) => ({ ...made, word })));

function split(word: string): readonly Made[] {
  const bare = word.replace(/[,;]+$/u, '');
  if (areas.test(bare) || /^(utc|gmt)$/iu.test(bare)) return [{ kind: 'zone', name: canonicalZone(bare), text: bare }];
  const made: Made[] = [];
  let rest = word.toLowerCase();
  while (rest !== '') {
    const [piece, length] = readers.reduce<readonly [Made, number] | undefined>((found, read) => found ?? read(rest), undefined) ?? [
      { kind: 'other' } as const,
      rest.length,
    ];
    made.push(piece);
    rest = rest.slice(length);
  }
  return made;
}

type Reader = (text: string) => readonly [Made, number] | undefined;

const readers: readonly Reader[] = [
  (text) => {
    const [all, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)t?/u.exec(text) ?? [];
    return all === undefined ? undefined : [date(Number(day), Number(month), Number(year), all.replace('t', '')), all.length];
  },
  (text) => {
    const [all, day, month, year] = /^(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2}(?!\d))?/u.exec(text) ?? [];
    if (all === undefined) return undefined;
    const typedYear = year === undefined ? undefined : year.length === 2 ? 2000 + Number(year) : Number(year);
    return [date(Number(day), Number(month), typedYear, all), all.length];
  },
  (text) => {
    const [all, hour, sign, minute] = /^(\d{1,2})([:.h])(\d{2})(?![\d:])/u.exec(text) ?? [];
    if (all === undefined) return undefined;
    const isDate = sign === '.' && Number(hour) > 23;
    return isDate
      ? [date(Number(hour), Number(minute), undefined, all), all.length]
      : [{ kind: 'clock', minute: clockMinute(Number(hour), Number(minute)), text: all }, all.length];
  },
  (text) => {
    const [all, value] = /^(\d{1,2})(?:(?:st|nd|rd|th)(?!\p{L})|\.)/u.exec(text) ?? [];
    return all === undefined ? undefined : [{ kind: 'number', value: Number(value), isOrdinal: true }, all.length];
  },
  (text) => {
    const [all] = /^\d{1,4}(?![\d:])/u.exec(text) ?? [];
    return all === undefined ? undefined : [{ kind: 'number', value: Number(all), isOrdinal: false }, all.length];
  },
  (text) => {
    const [all] = /^o['’]?clock/u.exec(text) ?? [];
    return all === undefined ? undefined : [{ kind: 'word', text: 'oclock' }, all.length];
  },
  (text) => {
    const [all, letters] = /^(\p{L}+)\.?/u.exec(text) ?? [];
    return all === undefined ? undefined : [{ kind: 'word', text: letters ?? '' }, all.length];
  },
  (text) => {
    const [all] = /^[-‐‑‒–—―−,;/+&]/u.exec(text) ?? [];
    return all === undefined ? undefined : [{ kind: 'mark', text: /[,;/+&]/u.test(all) ? ',' : '-' }, all.length];
  },
];

/** 24:00 is the midnight that ends the day: as a time of every day it is 0:00. */
export function clockMinute(hour: number, minute: number): number | undefined {
  if (hour === 24 && minute === 0) return 0;
  const total = hour * 60 + minute;
  return minute < 60 && total < minutesPerDay ? total : undefined;
}

function date(day: number, month: number, year: number | undefined, text: string): Made {
  return { kind: 'date', date: { day, month, ...(year === undefined ? {} : { year }) }, text };
}

/** Whether the calendar has this day, in the given year or in any. */
export const isInCalendar = ({ day, month, year }: { readonly day: number; readonly month: number; readonly year?: number }): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= daysIn(month, year);
