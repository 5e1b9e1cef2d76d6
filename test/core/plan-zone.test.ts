import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addDays, canonicalZone, localTime, readTimeZone, weekdayOf } from '#core/plan-zone.ts';

describe('a time zone', () => {
  for (const name of [
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'America/Argentina/Buenos_Aires',
    'UTC',
    'Etc/GMT+2',
  ]) {
    test(`${name} is one`, () => assert.deepEqual(readTimeZone(name), { ok: true, value: name }));
  }

  test('is found in any case and written as IANA does', () => {
    assert.equal(canonicalZone('europe/berlin'), 'Europe/Berlin');
    assert.equal(canonicalZone('AMERICA/NEW_YORK'), 'America/New_York');
    assert.equal(canonicalZone('america/port-au-prince'), 'America/Port-au-Prince');
    assert.equal(canonicalZone('asia/kolkata'), 'Asia/Kolkata');
    assert.equal(canonicalZone('gmt'), 'UTC');
  });

  const unknown: readonly (readonly [typed: string, suggestion: string | undefined])[] = [
    ['Berlin', 'Europe/Berlin'],
    ['berlin', 'Europe/Berlin'],
    ['Europe/Berlyn', 'Europe/Berlin'],
    ['Wien', 'Europe/Vienna'],
    ['new york', 'America/New_York'],
    ['PST', 'America/Los_Angeles'],
    ['MEZ', 'Europe/Berlin'],
    // Without summer time, and so never what was meant.
    ['EST', 'America/New_York'],
    ['Lodnon', 'Europe/London'],
    ['+02:00', undefined],
    ['Mars/Olympus', undefined],
    ['../../etc/passwd', undefined],
    ['__proto__', undefined],
    ['', undefined],
  ];
  for (const [typed, suggestion] of unknown) {
    test(`${JSON.stringify(typed)} is none: ${suggestion ?? 'nothing near'}`, () => {
      const read = readTimeZone(typed, { start: 3, end: 9 });
      assert.ok(!read.ok);
      assert.deepEqual(read.problem, {
        code: 'time_zone_unknown',
        params: { name: typed, ...(suggestion === undefined ? {} : { suggestion }) },
        place: { start: 3, end: 9 },
      });
    });
  }

  test('a long name is shortened', () => {
    const read = readTimeZone('x'.repeat(5000));
    assert.ok(!read.ok && read.problem.code === 'time_zone_unknown' && read.problem.params.name.length === 40);
  });
});

describe('the clock of a zone', () => {
  test('shows summer and winter, half hours and midnight', () => {
    const shown = (utc: string, zone: string): readonly number[] => {
      const { year, month, day, minute, weekday } = localTime(Date.parse(utc), zone);
      return [year, month, day, Math.floor(minute / 60), minute % 60, weekday];
    };
    assert.deepEqual(shown('2026-03-29T00:59:00Z', 'Europe/Berlin'), [2026, 3, 29, 1, 59, 0]);
    assert.deepEqual(shown('2026-03-29T01:00:00Z', 'Europe/Berlin'), [2026, 3, 29, 3, 0, 0]);
    assert.deepEqual(shown('2026-12-31T18:30:00Z', 'Asia/Kolkata'), [2027, 1, 1, 0, 0, 5]);
    assert.deepEqual(shown('2026-06-30T13:30:00Z', 'Australia/Lord_Howe'), [2026, 7, 1, 0, 0, 3]);
    assert.throws(() => localTime(0, 'Europe/Berlyn'), RangeError);
  });

  test('dates over the end of a month and a year', () => {
    assert.deepEqual(addDays({ year: 2026, month: 12, day: 31 }, 1), { year: 2027, month: 1, day: 1 });
    assert.deepEqual(addDays({ year: 2028, month: 2, day: 28 }, 1), { year: 2028, month: 2, day: 29 });
    assert.equal(weekdayOf({ year: 2026, month: 11, day: 23 }), 1);
  });
});
