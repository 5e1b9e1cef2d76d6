/**
 * Cron expressions of five fields: what they mean, and what is wrong with one. The times themselves are croner's; here only what
 * croner reads alike is let through. Extensions: `L` (last day of the month), `1#2` (second Monday), `5#L` (last Friday).
 */
import { daysIn, minutesPerDay } from '#core/plan-schedule.ts';
import { accept, refuse, type Place, type Problem, type Result } from '#core/problem.ts';
import { clip } from '#core/prompt-text.ts';

/** `undefined` stands for `*`. */
export type CronDays = {
  readonly months: readonly number[] | undefined;
  readonly days: readonly number[] | undefined;
  readonly isLastDay: boolean;
  /** 0 is Sunday; every week. */
  readonly weekdays: readonly number[] | undefined;
  /** Such as the second Monday of the month; `nth` 0 is the last. */
  readonly nthWeekdays: readonly { readonly weekday: number; readonly nth: number }[];
};

export type Cron = CronDays & { readonly minutes: readonly number[]; readonly hours: readonly number[] };

export const fieldNames = ['minute', 'hour', 'day', 'month', 'weekday'] as const;
export type FieldName = (typeof fieldNames)[number];

const monthWords = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdayWords = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

type Field = {
  readonly min: number;
  readonly max: number;
  readonly words: readonly string[];
  readonly allowed: string;
  readonly example: string;
};

const fields: Readonly<Record<FieldName, Field>> = {
  minute: { min: 0, max: 59, words: [], allowed: '0–59', example: '30' },
  hour: { min: 0, max: 23, words: [], allowed: '0–23', example: '7' },
  day: { min: 1, max: 31, words: [], allowed: '1–31, L', example: '1' },
  month: { min: 1, max: 12, words: monthWords, allowed: '1–12, JAN–DEC', example: '12' },
  weekday: { min: 0, max: 7, words: weekdayWords, allowed: '0–7, SUN–SAT', example: '1-5' },
};

/** A Map, as everywhere where words of people are looked up: an object would know `constructor` too. */
const nicknames: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
]);

/** Whether a word could be a field: `7`, `*`, `1-5`, `MON,WED`, `L`. Nothing that a prompt begins with. */
export const looksLikeField = (word: string): boolean =>
  /^[\d*?][\d*?,/#l-]*$/iu.test(word) ||
  /^(l|((sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[\d,/#l-]*)+)$/iu.test(word);

export const nicknameOf = (word: string): string | undefined => nicknames.get(word.toLowerCase());

/** @param places of the fields, in the message as typed */
export function readCron(words: readonly string[], places: readonly (Place | undefined)[] = []): Result<Cron, Problem> {
  if (words.length !== fieldNames.length) return refuse('plan_cron_fields', { count: words.length }, spanning(places));
  const read: Partial<Record<FieldName, readonly Atom[] | undefined>> = {};
  for (const [index, name] of fieldNames.entries()) {
    const word = words[index] ?? '';
    const atoms = readField(name, word.toLowerCase());
    if (atoms === 'wrong') {
      const { allowed, example } = fields[name];
      return refuse('plan_cron_invalid', { field: name, value: clip(word, 30), allowed, example }, places[index]);
    }
    read[name] = atoms;
  }
  const numbers = (name: FieldName): readonly number[] | undefined =>
    read[name] === undefined ? undefined : ascending(read[name].flatMap((atom) => ('value' in atom ? [atom.value] : [])));
  const weekdays = read.weekday === undefined ? undefined : (numbers('weekday') ?? []).map((day) => day % 7);
  return accept({
    minutes: numbers('minute') ?? everything('minute'),
    hours: numbers('hour') ?? everything('hour'),
    months: numbers('month'),
    days: numbers('day'),
    isLastDay: read.day?.some((atom) => 'last' in atom) ?? false,
    weekdays: weekdays === undefined ? undefined : ascending(weekdays),
    nthWeekdays: read.weekday?.flatMap((atom) => ('nth' in atom ? [atom.nth] : [])) ?? [],
  });
}

/** Of an expression of ours; throws where it is none. */
export function cronOf(expression: string): Cron {
  const read = readCron(expression.split(' '));
  if (!read.ok) throw new RangeError(`no cron expression: ${expression}`);
  return read.value;
}

type Atom = { readonly value: number } | { readonly last: true } | { readonly nth: { readonly weekday: number; readonly nth: number } };

/** `undefined` for every value. */
function readField(name: FieldName, word: string): readonly Atom[] | undefined | 'wrong' {
  if (word === '*' || word === '?') return undefined;
  const atoms: Atom[] = [];
  for (const part of word.split(',')) {
    const read = readPart(name, part);
    if (read === undefined) return 'wrong';
    atoms.push(...read);
  }
  return atoms;
}

function readPart(name: FieldName, part: string): readonly Atom[] | undefined {
  if (name === 'day' && part === 'l') return [{ last: true }];
  const [, weekday, nth] = /^(\w+)#([1-5]|l)$/u.exec(part) ?? [];
  if (weekday !== undefined && nth !== undefined) {
    const value = name === 'weekday' ? readNumber(name, weekday) : undefined;
    return value === undefined ? undefined : [{ nth: { weekday: value % 7, nth: nth === 'l' ? 0 : Number(nth) } }];
  }
  const [, range, stepText] = /^(\*|[^/*]+)(?:\/(\d{1,2}))?$/u.exec(part) ?? [];
  if (range === undefined) return undefined;
  const { min, max } = fields[name];
  const span = range === '*' ? [min, name === 'weekday' ? 6 : max] : range.split('-').map((end) => readNumber(name, end));
  const [first, last = first] = span;
  const step = stepText === undefined ? 1 : Number(stepText);
  // `5/15` means different things to different crons.
  const isStepOfOne = stepText !== undefined && span.length === 1;
  if (first === undefined || last === undefined || span.length > 2 || span.includes(undefined) || first > last) return undefined;
  if (step === 0 || step > max || isStepOfOne) return undefined;
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => ({ value: first + index * step }));
}

function readNumber(name: FieldName, text: string): number | undefined {
  const { min, max, words } = fields[name];
  const named = words.indexOf(text);
  if (named !== -1) return named + min;
  const value = /^\d{1,2}$/u.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}

const everything = (name: FieldName): readonly number[] => {
  const { min, max } = fields[name];
  return Array.from({ length: max - min + 1 }, (_, index) => min + index);
};

const ascending = (values: readonly number[]): readonly number[] => [...new Set(values)].sort((a, b) => a - b);

export function spanning(places: readonly (Place | undefined)[]): Place | undefined {
  const [first, last] = [places[0], places.at(-1)];
  return first === undefined || last === undefined ? undefined : { start: first.start, end: last.end };
}

/** Days such as 31 February: where a weekday is given as well, it runs on that one. */
export function neverComes({ months, days, isLastDay, weekdays }: CronDays): boolean {
  if (days === undefined || isLastDay || weekdays !== undefined) return false;
  return !(months ?? everything('month')).some((month) => days.some((day) => day <= daysIn(month)));
}

/** Minutes of the day at which these run, ascending. */
export const minutesOfDay = (crons: readonly Cron[]): readonly number[] =>
  ascending(crons.flatMap(({ hours, minutes }) => hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute))));

/** The shortest time between two runs in minutes, on days without a change of the clock. */
export function shortestGap(crons: readonly Cron[]): number {
  const minutes = minutesOfDay(crons);
  const gaps = minutes.slice(1).map((minute, index) => minute - (minutes[index] ?? 0));
  const overnight = minutesPerDay - (minutes.at(-1) ?? 0) + (minutes[0] ?? 0);
  return Math.min(minutesPerDay, ...gaps, ...(crons.some(hasNeighbours) ? [overnight] : []));
}

/** Whether it runs on two days that follow each other. */
function hasNeighbours({ days, weekdays, nthWeekdays, isLastDay }: CronDays): boolean {
  const isEveryDay = days === undefined && weekdays === undefined && !isLastDay;
  const isBoth = days !== undefined && (weekdays !== undefined || nthWeekdays.length > 0);
  const next = (list: readonly number[] | undefined, size: number): boolean =>
    list?.some((day) => list.includes((day + 1) % size)) ?? false;
  return isEveryDay || isBoth || next(weekdays, 7) || next(days, 32) || (isLastDay && (days?.includes(1) ?? false));
}
