/** A schedule → the words in which it is read back: `Monday to Friday at 07:00`, `am 1. des Monats um 09:00 Uhr`. */
import { formatAll, pickFor } from '#core/format.ts';
import { cronOf, minutesOfDay, type Cron, type CronDays } from '#core/plan-cron.ts';
import { clockText, minutesPerDay, type PlanSchedule } from '#core/plan-schedule.ts';
import { localTime, type LocalTime } from '#core/plan-zone.ts';
import type { Language } from '#core/types.ts';

const weekdayNames = {
  en: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
  de: ['Sonntag', 'Montag', 'Dienstag', 'Mittwoch', 'Donnerstag', 'Freitag', 'Samstag'],
} as const satisfies Record<Language, readonly string[]>;

const monthNames = {
  en: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
  de: ['Januar', 'Februar', 'März', 'April', 'Mai', 'Juni', 'Juli', 'August', 'September', 'Oktober', 'November', 'Dezember'],
} as const satisfies Record<Language, readonly string[]>;

const nthNames = {
  en: ['last', 'first', 'second', 'third', 'fourth', 'fifth'],
  de: ['letzten', 'ersten', 'zweiten', 'dritten', 'vierten', 'fünften'],
} as const satisfies Record<Language, readonly string[]>;

/** Without the time zone. */
export function describeSchedule({ when, untilMinute }: PlanSchedule, language: Language): string {
  const pick = pickFor(language);
  const until =
    untilMinute === undefined
      ? ''
      : pick(`, until ${clockText(untilMinute)} at the latest`, `, längstens bis ${clockText(untilMinute)} Uhr`);
  if (when.kind === 'repeat') return `${describeCrons(when.crons, language)}${until}`;
  const [year, month, day] = when.date.split('-').map(Number);
  const name = monthNames[language][(month ?? 1) - 1];
  const time = clockText(when.minute);
  return `${pick(`on ${day} ${name} ${year} at ${time}`, `am ${day}. ${name} ${year} um ${time} Uhr`)}${until}`;
}

/** Of a schedule that runs again and again. */
function describeCrons(expressions: readonly string[], language: Language): string {
  const crons = expressions.map(cronOf);
  const [first] = crons;
  const times = first === undefined ? undefined : describeTimes(crons, language);
  // Too many times for a sentence: the expression itself is the shortest way to say it.
  if (first === undefined || times === undefined) return pickFor(language)('cron ', 'Cron ') + expressions.join(', ');
  const days = describeDays(first, language);
  // «Every 2 hours» says every day already.
  return times.isInterval && days.isEveryDay ? times.text : times.isInterval ? `${times.text}, ${days.text}` : `${days.text} ${times.text}`;
}

// ---------------------------------------------------------------- times

const mostTimes = 6;

function describeTimes(crons: readonly Cron[], language: Language): { readonly text: string; readonly isInterval: boolean } | undefined {
  const pick = pickFor(language);
  const minutes = minutesOfDay(crons);
  const [from = 0, to = 0] = [minutes[0], minutes.at(-1)];
  const step = minutes.length < 4 ? undefined : evenStep(minutes);
  if (step !== undefined) {
    const every = intervalText(step, language);
    const isWholeDay = from + minutesPerDay - to === step;
    if (isWholeDay && from === 0) return { text: every, isInterval: true };
    const range = pick(`from ${clockText(from)} to ${clockText(to)}`, `von ${clockText(from)} bis ${clockText(to)} Uhr`);
    return { text: `${every} ${range}`, isInterval: true };
  }
  if (minutes.length > mostTimes) return undefined;
  const list = formatAll(minutes.map(clockText), language);
  return { text: pick(`at ${list}`, `um ${list} Uhr`), isInterval: false };
}

function evenStep(minutes: readonly number[]): number | undefined {
  const step = (minutes[1] ?? 0) - (minutes[0] ?? 0);
  return minutes.every((minute, index) => index === 0 || minute - (minutes[index - 1] ?? 0) === step) ? step : undefined;
}

/** `every 30 minutes`, `jede Stunde`, as it can be typed. */
export function intervalText(minutes: number, language: Language): string {
  const pick = pickFor(language);
  if (minutes >= minutesPerDay) return pick('every day 07:00', 'täglich 7:00');
  if (minutes % 60 !== 0) return pick(`every ${minutes} minutes`, `alle ${minutes} Minuten`);
  const hours = minutes / 60;
  return hours === 1 ? pick('every hour', 'jede Stunde') : pick(`every ${hours} hours`, `alle ${hours} Stunden`);
}

// ---------------------------------------------------------------- days

type DayWords = { readonly text: string; readonly isEveryDay: boolean };

function describeDays(days: CronDays, language: Language): DayWords {
  const pick = pickFor(language);
  const parts = [...monthdayParts(days, language), ...weekdayParts(days, language)];
  const months = days.months?.map((month) => monthNames[language][month - 1] ?? '');
  const isYearly = days.days !== undefined && months?.length === 1 && days.weekdays === undefined && !days.isLastDay;
  if (isYearly) {
    const dates = formatAll(
      days.days.map((day) => pick(`${day}`, `${day}.`)),
      language,
    );
    return { text: pick(`every year on ${dates} ${months[0]}`, `jedes Jahr am ${dates} ${months[0]}`), isEveryDay: false };
  }
  const inMonths = months === undefined ? '' : pick(` in ${formatAll(months, language)}`, ` im ${formatAll(months, language)}`);
  const text = parts.length === 0 ? pick('every day', 'jeden Tag') : formatAll(parts, language);
  return { text: text + inMonths, isEveryDay: parts.length === 0 && months === undefined };
}

/** `on the 1st and 15th of the month`, `on the last day of the month`. */
function monthdayParts({ days, isLastDay }: CronDays, language: Language): readonly string[] {
  const pick = pickFor(language);
  const numbered = (days ?? []).map((day) => pick(`${day}${ordinalEnding(day)}`, `${day}.`));
  if (numbered.length === 0 && !isLastDay) return [];
  const last = isLastDay ? [pick(numbered.length === 0 ? 'last day' : 'last', 'letzten Tag')] : [];
  const list = formatAll([...numbered, ...last], language);
  return [pick(`on the ${list} of the month`, `am ${list} des Monats`)];
}

const ordinalEnding = (value: number): string => {
  if (value % 100 >= 11 && value % 100 <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][value % 10] ?? 'th';
};

function weekdayParts({ weekdays, nthWeekdays }: CronDays, language: Language): readonly string[] {
  const pick = pickFor(language);
  const name = (day: number): string => weekdayNames[language][day] ?? '';
  const nth = nthWeekdays.map(({ weekday, nth: index }) => {
    const which = nthNames[language][index] ?? '';
    return pick(`on the ${which} ${name(weekday)} of the month`, `am ${which} ${name(weekday)} des Monats`);
  });
  if (weekdays === undefined || weekdays.length === 0) return nth;
  if (weekdays.length === 7) return [pick('every day', 'jeden Tag'), ...nth];
  // The week begins on Monday.
  const ordered = [...weekdays].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
  const [first = 0, last = 0] = [ordered[0], ordered.at(-1)];
  const isRow = ordered.length > 2 && ordered.every((day, index) => day === (first + index) % 7);
  if (isRow) return [`${name(first)} ${pick('to', 'bis')} ${name(last)}`, ...nth];
  const single = pick(`every ${name(first)}`, `jeden ${name(first)}`);
  return [ordered.length === 1 ? single : formatAll(ordered.map(name), language), ...nth];
}

// ---------------------------------------------------------------- one time

/** `Mon 23 Nov 07:00`, `Mo 23.11. 07:00`; with the year where it is not this one. */
export function describeTime(ms: number, timeZone: string, language: Language, nowMs = ms): string {
  const time = localTime(ms, timeZone);
  const year = time.year === localTime(nowMs, timeZone).year ? undefined : time.year;
  return `${dayText(time, year, language)} ${clockText(time.minute)}`;
}

function dayText({ weekday, day, month }: LocalTime, year: number | undefined, language: Language): string {
  if (language === 'de') return `${weekdayNames.de[weekday]?.slice(0, 2)} ${day}.${month}.${year ?? ''}`;
  return `${weekdayNames.en[weekday]?.slice(0, 3)} ${day} ${monthNames.en[month - 1]?.slice(0, 3)}${year === undefined ? '' : ` ${year}`}`;
}
