/** What was read → a schedule, or why it can't be one: too often, never, past. */
import { cronOf, neverComes, shortestGap } from '#core/plan-cron.ts';
import type { Days } from '#core/plan-day-words.ts';
import { isInCalendar } from '#core/plan-pieces.ts';
import type { PlanState } from '#core/plan-reading.ts';
import { clockText, dateText, minutesPerDay, type CalendarDate, type PlanSchedule } from '#core/plan-schedule.ts';
import { localTime, type LocalTime } from '#core/plan-zone.ts';
import { accept, refuse, type Place, type Problem, type Result } from '#core/problem.ts';
import { clip } from '#core/prompt-text.ts';

export type ScheduleContext = {
  /** The room's, used where the words name none. */
  readonly timeZone: string;
  readonly nowMs: number;
  /** `minPlanIntervalMinutes` of the limits. */
  readonly minIntervalMinutes: number;
};

type BuildContext = ScheduleContext & { readonly text: string; readonly place: Place | undefined };

export function fromCron(fields: readonly string[], context: BuildContext): Result<PlanSchedule, Problem> {
  const cron = fields.map((field) => field.toUpperCase().replaceAll('?', '*')).join(' ');
  return repeating([cron], undefined, context.timeZone, context);
}

export function fromWords(state: PlanState, context: BuildContext): Result<PlanSchedule, Problem> {
  const { days, range, interval, zone = context.timeZone, isYearly } = state;
  const text = clip(context.text, 40);
  if (days?.kind === 'date' && !isInCalendar(days.date)) return refuse('plan_never', { text }, context.place);
  if (days?.kind === 'date' && isYearly !== true) return once(days.date, state, zone, context);
  if (interval !== undefined) return everySoOften(interval, state, zone, context);
  if (days === undefined) return refuse('plan_words_unreadable', { text }, context.place);
  const times = range === undefined ? state.times : [range.from];
  return repeating(cronsOf(days, times), range?.to ?? state.until, zone, context);
}

function repeating(
  crons: readonly string[],
  untilMinute: number | undefined,
  timeZone: string,
  context: BuildContext,
): Result<PlanSchedule, Problem> {
  const read = crons.map(cronOf);
  if (read.every(neverComes)) return refuse('plan_never', { text: clip(context.text, 40) }, context.place);
  if (shortestGap(read) < context.minIntervalMinutes) return tooOften(context);
  const until = untilMinute === undefined ? {} : { untilMinute };
  return accept({ text: context.text, when: { kind: 'repeat', crons }, timeZone, ...until });
}

const tooOften = ({ text, place, minIntervalMinutes }: BuildContext): Result<never, Problem> =>
  refuse('plan_too_often', { text: clip(text, 40), limit: minIntervalMinutes, example: allowedInterval(minIntervalMinutes) }, place);

// ---------------------------------------------------------------- once

function once(
  date: Omit<CalendarDate, 'year'> & { readonly year?: number },
  state: PlanState,
  timeZone: string,
  context: BuildContext,
): Result<PlanSchedule, Problem> {
  const [minute = state.range?.from, ...others] = state.times;
  if (minute === undefined || others.length > 0) return refuse('plan_once_one_time', { text: clip(context.text, 40) }, context.place);
  const now = localTime(context.nowMs, timeZone);
  const day = date.year === undefined ? nextSuch(date, minute, now) : { ...date, year: date.year };
  const isPast = isBefore(day, minute, now);
  if (isPast)
    return refuse(
      'plan_past',
      { date: dateText(day), time: clockText(minute), now: `${dateText(now)} ${clockText(now.minute)}` },
      context.place,
    );
  const untilMinute = state.range?.to ?? state.until;
  const until = untilMinute === undefined ? {} : { untilMinute };
  return accept({ text: context.text, when: { kind: 'once', date: dateText(day), minute }, timeZone, ...until });
}

/** Leap years are up to eight years apart. */
const LONGEST_WAIT_YEARS = 8;

function nextSuch(date: Omit<CalendarDate, 'year'>, minute: number, now: LocalTime): CalendarDate {
  for (let year = now.year; year <= now.year + LONGEST_WAIT_YEARS; year++) {
    const day = { ...date, year };
    if (isInCalendar(day) && !isBefore(day, minute, now)) return day;
  }
  return { ...date, year: now.year };
}

/** At this very minute counts as past: a run begins after the command. */
const isBefore = (day: CalendarDate, minute: number, now: LocalTime): boolean =>
  `${dateText(day)} ${clockText(minute)}` <= `${dateText(now)} ${clockText(now.minute)}`;

// ---------------------------------------------------------------- intervals

function everySoOften(
  minutes: number,
  { days = { kind: 'every' }, range, until }: PlanState,
  timeZone: string,
  context: BuildContext,
): Result<PlanSchedule, Problem> {
  const text = clip(context.text, 40);
  if (minutes < 1) return tooOften(context);
  const hours = range ?? (until === undefined ? undefined : { from: 0, to: until });
  if (hours === undefined) {
    if (isEven(minutes)) return repeating(evenCrons(days, minutes), undefined, timeZone, context);
    return minutes < context.minIntervalMinutes
      ? tooOften(context)
      : refuse('plan_interval_uneven', { text, nearest: evenInterval(minutes) }, context.place);
  }
  const isOvernight = hours.to < hours.from;
  // The hours after midnight would belong to another day than was named.
  if (isOvernight && days.kind !== 'every') return refuse('plan_over_midnight', { text }, context.place);
  const times = steps(hours.from, isOvernight ? hours.to + minutesPerDay : hours.to, minutes).map((minute) => minute % minutesPerDay);
  return repeating(cronsOf(days, times), undefined, timeZone, context);
}

const steps = (from: number, to: number, step: number): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

const isEven = (minutes: number): boolean => minutes > 0 && (60 % minutes === 0 || (minutes % 60 === 0 && minutesPerDay % minutes === 0));

const evenIntervals = Array.from({ length: minutesPerDay }, (_, index) => index + 1).filter(isEven);

/** The even interval next to an uneven one. */
function evenInterval(minutes: number): number {
  return evenIntervals.reduce((best, even) => (Math.abs(even - minutes) < Math.abs(best - minutes) ? even : best), 60);
}

const allowedInterval = (minMinutes: number): number => evenIntervals.find((minutes) => minutes >= minMinutes) ?? minutesPerDay;

// ---------------------------------------------------------------- cron

/** One expression for every minute of the hour that occurs. */
function cronsOf(days: Days, times: readonly number[]): readonly string[] {
  const minutes = [...new Set(times.map((time) => time % 60))].sort((a, b) => a - b);
  return minutes.map((minute) => {
    const hours = times.filter((time) => time % 60 === minute).map((time) => Math.floor(time / 60));
    return `${minute} ${[...new Set(hours)].sort((a, b) => a - b).join(',')} ${cronDays(days)}`;
  });
}

/** Wildcards, so that a changed clock neither stretches nor doubles an interval. */
function evenCrons(days: Days, minutes: number): readonly string[] {
  if (minutes >= minutesPerDay) return cronsOf(days, [0]);
  if (minutes < 60) return [`*/${minutes} * ${cronDays(days)}`];
  return [`0 ${minutes === 60 ? '*' : `*/${minutes / 60}`} ${cronDays(days)}`];
}

function cronDays(days: Days): string {
  switch (days.kind) {
    case 'every':
      return '* * *';
    case 'weekdays':
      return `* * ${days.weekdays.length === 7 ? '*' : days.weekdays.join(',')}`;
    case 'monthdays':
      return `${days.days.map((day) => (day === 'last' ? 'L' : day)).join(',')} * *`;
    case 'nth':
      return `* * ${days.weekday}#${days.nth === 0 ? 'L' : days.nth}`;
    case 'date':
      return `${days.date.day} ${days.date.month} *`;
  }
}
