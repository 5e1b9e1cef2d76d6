import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PlanSchedule } from '#core/plan-schedule.ts';
import { mondayNoon, problemOf, scheduleOf, splitOf } from './plan-sample.ts';

/** `0 7 * * 1-5`, `2026-12-24 18:00`; the end behind a dash. */
function brief({ when, untilMinute }: PlanSchedule): string {
  const clock = (minute: number): string => new Date(minute * 60_000).toISOString().slice(11, 16);
  const until = untilMinute === undefined ? '' : ` – ${clock(untilMinute)}`;
  return (when.kind === 'repeat' ? when.crons.join(' | ') : `${when.date} ${clock(when.minute)}`) + until;
}

const workdays = '* * 1,2,3,4,5';

/** Words → what they mean, on a Monday noon in Berlin. */
const meanings: readonly (readonly [meaning: string, ...words: string[]])[] = [
  [
    `0 7 ${workdays}`,
    'Mon-Fri 07:00',
    'weekdays at 7',
    'werktags 7 Uhr',
    'Mo-Fr 7:00',
    'Mo–Fr um 7',
    'Mon - Fri 7am',
    'MONDAY TO FRIDAY 7:00',
    'montags bis freitags um 7',
    'Mo bis Fr 7h',
    '7 Uhr werktags',
    'an Werktagen um 7',
  ],
  [
    `30 7 ${workdays}`,
    'Mo-Fr 7:30',
    'werktags halb acht',
    'weekdays at half past seven',
    '7 Uhr 30 werktags',
    'weekdays 7.30',
    'wochentags um 7:30 Uhr',
  ],
  [
    '30 22 * * *',
    'every day 22:30',
    'daily 22:30',
    'everyday at 10:30 pm',
    'täglich 22.30 Uhr',
    'jeden Abend halb elf',
    'jeden Tag um 22:30',
  ],
  [
    '30 22 * * * – 06:00',
    'daily 22:30 until 06:00',
    'täglich 22:30 bis 6 Uhr',
    'daily from 22:30 to 06:00',
    'every day 22:30-6:00',
    'täglich von 22:30 Uhr bis 6 Uhr',
  ],
  [
    '0 8 * * *',
    'täglich um 8',
    'every day at 8',
    'every morning at 8',
    'jeden Morgen um acht',
    'at 8 o’clock every day',
    "daily 8 o'clock",
    'um 8 Uhr morgens täglich',
  ],
  [
    '0 20 * * *',
    'jeden Abend um 8',
    '8:00 every evening',
    'um 8 jeden Abend',
    'every evening at 8',
    'täglich 8 Uhr abends',
    'daily 8pm',
    'every day at 8 in the evening',
    'um 8 am Abend täglich',
  ],
  ['0 12 * * *', 'every day at noon', 'jeden Mittag', '12 Uhr jeden Mittag', 'täglich 12 Uhr mittags', 'daily 12pm'],
  ['0 0 * * *', 'every day at midnight', 'täglich 24 Uhr', 'daily 12am', '@daily', 'every 24 hours'],
  ['0 2 * * *', 'nachts um 2 täglich', 'every night at 2'],
  ['0 9 * * 1', 'jeden Montag 9 Uhr', 'every Monday 9:00', 'montags um 9', 'Mondays at 9am', 'on Monday at 9', 'Mo 9:00'],
  ['0 18 * * 0', 'sonntags 18 Uhr', 'Sundays 18:00', 'every Sunday at 6 pm', 'jeden Sonntag Abend um 6'],
  ['0 8 * * 1,3,5', 'Mo, Mi und Fr 8 Uhr', 'Mon/Wed/Fri 8:00', 'Monday, Wednesday, and Friday at 8', 'Mo + Mi + Fr 8:00'],
  ['0 10 * * 0,6', 'weekends 10:00', 'am Wochenende um 10', 'sa+so 10 Uhr', 'Sat-Sun at 10'],
  ['0 10 * * 0,1,5,6', 'Fri-Mon 10:00', 'Freitag bis Montag 10 Uhr'],
  ['0 7,19 * * *', 'daily 7:00 and 19:00', 'täglich 7 und 19 Uhr', 'every day at 7am, 7pm'],
  ['0 19 * * 1 | 30 7 * * 1', 'Mondays 7:30 and 19:00'],
  ['0 */2 * * *', 'every 2 hours', 'alle 2 Stunden', 'alle zwei Stunden'],
  ['0 * * * *', 'every hour', 'stündlich', 'jede Stunde', 'hourly', '@hourly', 'every 60 minutes'],
  ['*/30 * * * *', 'alle 30 Minuten', 'every 30 min', 'every half hour', 'jede halbe Stunde'],
  [
    '0 9,11,13,15,17 * * 1,2,3,4,5',
    'weekdays every 2 hours from 9 to 17',
    'Mo-Fr alle 2 Stunden von 9 bis 17 Uhr',
    'every 2 hours Mon-Fri between 9:00 and 17:00',
  ],
  ['0 9,12 * * * | 45 9 * * * | 15 11 * * * | 30 10 * * *'.split(' | ').sort().join(' | '), 'every 45 minutes from 9:00 to 12:00'],
  [
    '0 9 1 * *',
    '1st of the month 09:00',
    'am 1. des Monats 9 Uhr',
    'monthly on the 1st at 9',
    'jeden 1. im Monat um 9',
    'jeden Monat am 1. um 9 Uhr',
    'first day of the month at 9',
  ],
  ['0 9 1,15 * *', 'on the 1st and 15th at 9am', 'am 1. und 15. des Monats 9 Uhr'],
  ['0 18 L * *', 'last day of the month 18:00', 'am letzten Tag des Monats um 18 Uhr', 'am Monatsende 18 Uhr'],
  [
    '0 9 * * 1#1',
    'first Monday of the month at 9',
    'jeden ersten Montag im Monat 9 Uhr',
    '1. Montag im Monat 9 Uhr',
    'every 1st Monday of the month 9:00',
  ],
  ['0 16 * * 5#L', 'last Friday of the month 16:00', 'letzten Freitag im Monat um 16 Uhr'],
  [
    '0 18 24 12 *',
    'every 24 December at 18:00',
    'jedes Jahr am 24.12. um 18 Uhr',
    'yearly on December 24 6pm',
    'jährlich am 24. Dezember 18 Uhr',
  ],
  ['2026-11-24 08:00', 'tomorrow 8:00', 'morgen 8 Uhr', 'morgen früh um 8', 'um 8 morgen früh', 'tomorrow at eight'],
  ['2026-11-25 08:15', 'übermorgen 8:15'],
  ['2026-11-23 20:00', 'today 20:00', 'heute Abend um 8', '8:00 tonight', 'um 8 heute Abend', 'tonight at 8'],
  ['2026-11-30 09:00', 'next Monday 9:00', 'nächsten Montag um 9'],
  ['2026-11-27 09:00', 'this Friday at 9', 'kommenden Freitag 9 Uhr'],
  [
    '2026-12-24 18:00',
    '2026-12-24 18:00',
    '2026-12-24T18:00',
    '24.12. 18 Uhr',
    '24.12.2026 18:00',
    '24. Dezember um 18 Uhr',
    'December 24, 2026 at 6 pm',
    'on the 24th of December at 18:00',
    'am 24.12.26 um 18 Uhr',
  ],
  ['2027-01-02 18:00', '2.1. 18 Uhr', '2 January 18:00'],
  ['2028-02-29 09:00', '29.2. 9 Uhr'],
  ['0 7 * * 1-5', '0 7 * * 1-5', '0 7 ? * 1-5'],
  ['0 7 * * MON-FRI', '0 7 * * mon-fri'],
  ['0 9 L * *', '0 9 l * *'],
  ['0 7 1 1 1', '0 7 1 1 1'],
];

describe('a schedule in words', () => {
  for (const [meaning, ...words] of meanings) {
    for (const text of words) test(`${text} is ${meaning}`, () => assert.equal(brief(scheduleOf(text)), meaning));
  }

  test('is in the room’s zone, or in the one that it names', () => {
    assert.equal(scheduleOf('every day 7:00').timeZone, 'Europe/Berlin');
    assert.equal(scheduleOf('every day 7:00 america/new_york').timeZone, 'America/New_York');
    assert.equal(scheduleOf('Asia/Kolkata Mon-Fri 7:00').timeZone, 'Asia/Kolkata');
    assert.equal(scheduleOf('täglich 7 Uhr UTC').timeZone, 'UTC');
  });

  test('keeps its words', () => assert.equal(scheduleOf('  Mo-Fr\u00a0 7 Uhr ').text, 'Mo-Fr 7 Uhr'));

  test('knows what day it is in its zone', () => {
    const late = { ...mondayNoon, nowMs: Date.parse('2026-11-23T23:30:00Z') };
    assert.equal(brief(scheduleOf('today 9:00', { ...late, timeZone: 'Europe/Berlin' })), '2026-11-24 09:00');
    assert.equal(brief(scheduleOf('tomorrow 9:00', { ...late, timeZone: 'America/New_York' })), '2026-11-24 09:00');
  });
});

describe('what is no schedule', () => {
  const problems: readonly (readonly [code: string, ...words: string[]])[] = [
    [
      'plan_words_unreadable',
      'frequently',
      'Berlin',
      '',
      'every 2 days at 8',
      'jeden zweiten Montag 9 Uhr',
      'every second Monday 9:00',
      'in a while',
    ],
    ['plan_time_missing', 'every day', 'Mo-Fr', 'tomorrow', 'am 1. des Monats'],
    ['plan_day_missing', '7:00', 'um 8 Uhr abends'],
    ['plan_time_invalid', 'every day 25:00', 'täglich 7:60', 'daily 13pm', 'Mo-Fr 99 Uhr', 'every day 7:00 until 31:00'],
    ['plan_words_left', 'every day 7:00 pleas', 'Mo-Fr 7 Uhr oder so', 'every day at 7:00 at 8:00', 'tomorrow 8:00 every hour'],
    [
      'plan_never',
      '30 February 9:00',
      '30.2. 9 Uhr',
      '31. April 8 Uhr',
      '0 9 31 2 *',
      '0 0 30,31 2 *',
      'jedes Jahr am 31.6. 9 Uhr',
      '2027-02-29 9:00',
      '45.13. 9 Uhr',
    ],
    ['plan_past', '2020-01-01 9:00', 'heute 8 Uhr', 'today 12:00'],
    ['plan_once_one_time', 'tomorrow 8:00 and 9:00'],
    [
      'plan_too_often',
      '*/5 * * * *',
      '* * * * *',
      'every minute',
      'every 10 seconds',
      'jede Sekunde',
      'alle 7 Minuten',
      '0,5 7 * * *',
      'daily 7:00 and 7:10',
      '0 0,1 * * *'.replace('0 0,1', '55,5 *'),
    ],
    ['plan_interval_uneven', 'every 45 minutes', 'alle 7 Stunden', 'every 100 minutes'],
    ['plan_over_midnight', 'Mon-Fri every hour from 22 to 2'],
    ['plan_cron_fields', '0 0 7 * * 1-5', '0 7 * *', '* * * * * *', '0 0 7 * * 1-5 2026'],
    [
      'plan_cron_invalid',
      '0 25 * * *',
      '60 7 * * *',
      '0 7 32 * *',
      '0 7 * 13 *',
      '0 7 * * 8',
      '0 7 * * 5-1',
      '0 7 5/2 * *',
      '0 7 * * 1#6',
      '*/0 7 * * *',
      '0 7 1#2 * *',
    ],
    ['time_zone_unknown', 'every day 7:00 Berlin', 'every day 7:00 Europe/Berlyn', 'täglich 7 Uhr Wien', 'every day 7:00 America/Gotham'],
  ];
  for (const [code, ...words] of problems) {
    for (const text of words) test(`${JSON.stringify(text)}: ${code}`, () => assert.equal(problemOf(text).code, code));
  }

  test('says what was meant', () => {
    const suggestion = (text: string): unknown => {
      const { params } = problemOf(text);
      return 'suggestion' in params ? params.suggestion : undefined;
    };
    assert.equal(suggestion('evry day 7:00'), 'every');
    assert.equal(suggestion('täglch 7 Uhr'), 'täglich');
    assert.equal(suggestion('jeden Dienstg 9 Uhr'), 'dienstag');
    assert.equal(suggestion('every day 7:00 Berlin'), 'Europe/Berlin');
    assert.equal(suggestion('every day 7:00 New York'), 'America/New_York');
    assert.equal(suggestion('täglich 7 Uhr Europe/Berlyn'), 'Europe/Berlin');
  });

  test('points at the place', () => {
    const pointed = (text: string): string | undefined => {
      const { place } = problemOf(text);
      return place && text.slice(place.start, place.end);
    };
    assert.equal(pointed('every day 25:00'), '25:00');
    assert.equal(pointed('0 25 * * *'), '25');
    assert.equal(pointed('every day 7:00 pleas do'), 'pleas do');
    assert.equal(pointed('evry day 7:00'), 'evry');
    assert.equal(pointed('every day 7:00 New York'), 'New York');
  });

  test('the nearest that is allowed comes with it', () => {
    assert.deepEqual(problemOf('every 45 minutes').params, { text: 'every 45 minutes', nearest: 60 });
    assert.deepEqual(problemOf('alle 7 Stunden').params, { text: 'alle 7 Stunden', nearest: 360 });
    assert.deepEqual(problemOf('every 5 minutes').params, { text: 'every 5 minutes', limit: 15, example: 15 });
    assert.deepEqual(problemOf('every hour', { ...mondayNoon, minIntervalMinutes: 100 }).params, {
      text: 'every hour',
      limit: 100,
      example: 120,
    });
  });

  test('the shortest interval counts over midnight only where two days follow each other', () => {
    assert.equal(problemOf('daily 23:55 and 0:05').code, 'plan_too_often');
    assert.equal(scheduleOf('Mondays 23:55 and 0:05').when.kind, 'repeat');
    assert.equal(problemOf('Mo+Di 23:55 und 0:05').code, 'plan_too_often');
  });
});

describe('behind `plan`, without quotes', () => {
  const splits: readonly (readonly [typed: string, schedule: string, prompt: string])[] = [
    ['every day 7:00 a sunrise --n 4', 'every day 7:00', 'a sunrise --n 4'],
    ['Mon-Fri 07:00 a sunrise', 'Mon-Fri 07:00', 'a sunrise'],
    ['werktags 7 Uhr ein Sonnenaufgang', 'werktags 7 Uhr', 'ein Sonnenaufgang'],
    ['weekdays at 7 a sunrise', 'weekdays at 7', 'a sunrise'],
    ['every 2 hours sun over the sea', 'every 2 hours', 'sun over the sea'],
    ['every 2 hours on weekdays a fox', 'every 2 hours on weekdays', 'a fox'],
    ['every day 7:00 morning light', 'every day 7:00', 'morning light'],
    ['7:30 every evening light', '7:30 every evening', 'light'],
    ['every day 7:00, a fox', 'every day 7:00,', 'a fox'],
    ['daily 22:30 until 06:00 a night sky', 'daily 22:30 until 06:00', 'a night sky'],
    ['jeden Montag 9 Uhr und ein Hund', 'jeden Montag 9 Uhr', 'und ein Hund'],
    ['täglich 7 und 19 Uhr ein Hund', 'täglich 7 und 19 Uhr', 'ein Hund'],
    ['tomorrow 8:00 12 monkeys', 'tomorrow 8:00', '12 monkeys'],
    ['24.12. 18 Uhr 3 Könige', '24.12. 18 Uhr', '3 Könige'],
    ['Mo-Fr um 7 ein Fuchs um 8 Uhr', 'Mo-Fr um 7', 'ein Fuchs um 8 Uhr'],
    ['0 7 * * 1-5 3 foxes', '0 7 * * 1-5', '3 foxes'],
    ['0 7 * * 1-5 a fox', '0 7 * * 1-5', 'a fox'],
    ['@daily a fox', '@daily', 'a fox'],
    ['every day 7:00 UTC a fox', 'every day 7:00 UTC', 'a fox'],
    ['every day 7:00', 'every day 7:00', ''],
    ['"Mon-Fri 7" a fox', 'Mon-Fri 7', 'a fox'],
    ['„täglich 7 Uhr“ ein Fuchs', 'täglich 7 Uhr', 'ein Fuchs'],
    ['"0 7 * * 1-5" a fox', '0 7 * * 1-5', 'a fox'],
    ['«every day 7:00» until 9 foxes', 'every day 7:00', 'until 9 foxes'],
  ];
  for (const [typed, schedule, prompt] of splits) test(typed, () => assert.deepEqual(splitOf(typed), [schedule, prompt]));

  for (const typed of [
    'of a house',
    'a sunrise',
    'sun over the sea',
    'so that it works',
    'every tree in the park',
    'monthly report',
    'today’s weather',
    'first light',
    '',
    '7 dwarfs',
  ]) {
    test(`«plan ${typed}» is a prompt`, () => assert.equal(splitOf(typed), undefined));
  }

  const errors: readonly (readonly [typed: string, code: string])[] = [
    ['every day a fox', 'plan_time_missing'],
    ['every day 7 dwarfs', 'plan_time_missing'],
    ['evry day 7:00 a sunrise', 'plan_words_unreadable'],
    ['every 5 minutes a fox', 'plan_too_often'],
    ['30.2. 9 Uhr a fox', 'plan_never'],
    ['every day 25:00 a fox', 'plan_time_invalid'],
    ['0 0 7 * * 1-5 a fox', 'plan_cron_fields'],
    ['every day 7:00 Europe/Berlyn a fox', 'time_zone_unknown'],
    ['"every day 7:00 a fox" a fox', 'plan_words_left'],
    ['"" a fox', 'plan_words_unreadable'],
  ];
  for (const [typed, code] of errors) test(`${typed}: ${code}`, () => assert.equal(splitOf(typed), code));
});
