import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeSchedule, describeTime, intervalText } from '#core/plan-describe.ts';
import { scheduleOf } from './plan-sample.ts';

const readBack: readonly (readonly [typed: string, english: string, german: string])[] = [
  ['Mon-Fri 07:00', 'Monday to Friday at 07:00', 'Montag bis Freitag um 07:00 Uhr'],
  ['0 7 * * 1-5', 'Monday to Friday at 07:00', 'Montag bis Freitag um 07:00 Uhr'],
  ['daily 22:30 until 06:00', 'every day at 22:30, until 06:00 at the latest', 'jeden Tag um 22:30 Uhr, längstens bis 06:00 Uhr'],
  ['Mo 9:00', 'every Monday at 09:00', 'jeden Montag um 09:00 Uhr'],
  ['weekends 7:30, 12:00 and 19:00', 'Saturday and Sunday at 07:30, 12:00 and 19:00', 'Samstag und Sonntag um 07:30, 12:00 und 19:00 Uhr'],
  ['Fr-So 8:00', 'Friday to Sunday at 08:00', 'Freitag bis Sonntag um 08:00 Uhr'],
  ['Mo, Mi und Fr 8 Uhr', 'Monday, Wednesday and Friday at 08:00', 'Montag, Mittwoch und Freitag um 08:00 Uhr'],
  ['every 2 hours', 'every 2 hours', 'alle 2 Stunden'],
  ['stündlich', 'every hour', 'jede Stunde'],
  ['*/30 * * * *', 'every 30 minutes', 'alle 30 Minuten'],
  [
    '15,45 9-17 * * MON-FRI',
    'every 30 minutes from 09:15 to 17:45, Monday to Friday',
    'alle 30 Minuten von 09:15 bis 17:45 Uhr, Montag bis Freitag',
  ],
  ['am 1. und 15. des Monats 9 Uhr', 'on the 1st and 15th of the month at 09:00', 'am 1. und 15. des Monats um 09:00 Uhr'],
  [
    '0 9 2,3,11,12,13,21,22,23 * *',
    'on the 2nd, 3rd, 11th, 12th, 13th, 21st, 22nd and 23rd of the month at 09:00',
    'am 2., 3., 11., 12., 13., 21., 22. und 23. des Monats um 09:00 Uhr',
  ],
  ['0 9 L * *', 'on the last day of the month at 09:00', 'am letzten Tag des Monats um 09:00 Uhr'],
  ['0 9 15,L * *', 'on the 15th and last of the month at 09:00', 'am 15. und letzten Tag des Monats um 09:00 Uhr'],
  ['first Monday of the month at 9', 'on the first Monday of the month at 09:00', 'am ersten Montag des Monats um 09:00 Uhr'],
  ['0 9 * * 5#L', 'on the last Friday of the month at 09:00', 'am letzten Freitag des Monats um 09:00 Uhr'],
  ['0 9 13 * 5', 'on the 13th of the month and every Friday at 09:00', 'am 13. des Monats und jeden Freitag um 09:00 Uhr'],
  ['0 9 * 1,7 1', 'every Monday in January and July at 09:00', 'jeden Montag im Januar und Juli um 09:00 Uhr'],
  [
    '0 9 1 1-3 *',
    'on the 1st of the month in January, February and March at 09:00',
    'am 1. des Monats im Januar, Februar und März um 09:00 Uhr',
  ],
  ['jedes Jahr am 24.12. um 18 Uhr', 'every year on 24 December at 18:00', 'jedes Jahr am 24. Dezember um 18:00 Uhr'],
  ['tomorrow 8:00', 'on 24 November 2026 at 08:00', 'am 24. November 2026 um 08:00 Uhr'],
  ['7 1,4,5,9,11,17,20 * * 2', 'cron 7 1,4,5,9,11,17,20 * * 2', 'Cron 7 1,4,5,9,11,17,20 * * 2'],
];

describe('a schedule is read back', () => {
  for (const [typed, english, german] of readBack) {
    test(typed, () => {
      assert.equal(describeSchedule(scheduleOf(typed), 'en'), english);
      assert.equal(describeSchedule(scheduleOf(typed), 'de'), german);
    });
  }

  test('a moment, with the year where it is not this one', () => {
    const ms = Date.parse('2026-11-24T06:00:00Z');
    assert.equal(describeTime(ms, 'Europe/Berlin', 'en'), 'Tue 24 Nov 07:00');
    assert.equal(describeTime(ms, 'Asia/Kolkata', 'de'), 'Di 24.11. 11:30');
    assert.equal(describeTime(ms, 'UTC', 'en', Date.parse('2025-12-31T12:00:00Z')), 'Tue 24 Nov 2026 06:00');
    assert.equal(describeTime(ms, 'UTC', 'de', Date.parse('2025-12-31T12:00:00Z')), 'Di 24.11.2026 06:00');
  });

  test('an interval is written as it can be typed', () => {
    for (const minutes of [15, 20, 30, 60, 120, 720, 1440]) {
      for (const language of ['en', 'de'] as const) assert.equal(scheduleOf(intervalText(minutes, language)).when.kind, 'repeat');
    }
  });
});
