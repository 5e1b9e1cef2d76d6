import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { localTime } from '#core/plan-zone.ts';
import { readSince } from '#core/since.ts';

/** A Monday. */
const nowMs = Date.UTC(2026, 10, 23, 14, 30);
const at = (typed: string, timeZone = 'Europe/Berlin', ms = nowMs): string | undefined => {
  const since = readSince(typed, { nowMs: ms, timeZone });
  return since === undefined ? undefined : new Date(since).toISOString().replace(':00.000Z', 'Z');
};

describe('days by their names, from midnight there', () => {
  for (const [words, moment] of [
    ['today heute Heute', '2026-11-22T23:00Z'],
    ['yesterday gestern GESTERN', '2026-11-21T23:00Z'],
    ['vorgestern 2d 2days 2tage', '2026-11-20T23:00Z'],
    ['week woche last-week letzte-woche 7d 1w 1woche', '2026-11-15T23:00Z'],
    // Before the change of the clocks, midnight was another hour of UTC.
    ['month monat letzten-monat 30d', '2026-10-23T22:00Z'],
    ['monday montag mo 0d', '2026-11-22T23:00Z'],
    ['friday Freitag fr 3d 3tagen', '2026-11-19T23:00Z'],
    ['tuesday dienstag', '2026-11-16T23:00Z'],
    ['2h 2hours 2stunden', '2026-11-23T12:30Z'],
    ['2026-11-20 20.11.2026 20.11.26 20.11. 20.11', '2026-11-19T23:00Z'],
    ['2026-7-1 1.7.2026 01.07.', '2026-06-30T22:00Z'],
    // Without a year, the last such day.
    ['24.12.', '2025-12-23T23:00Z'],
    ['24.12.2026', '2026-12-23T23:00Z'],
  ] as const) {
    for (const typed of words.split(' ')) test(typed, () => assert.equal(at(typed), moment));
  }

  test('of two words', () => {
    assert.equal(at('last week'), '2026-11-15T23:00Z');
    assert.equal(at('2 Wochen'), '2026-11-08T23:00Z');
  });

  for (const typed of [
    'someday',
    '',
    '2026-02-30',
    '31.4.',
    '2026-13-01',
    '0.5.',
    '-1d',
    '9999d',
    '12',
    '1900',
    '1.1.1900',
    'constructor',
  ]) {
    test(`${JSON.stringify(typed)} is none`, () => assert.equal(at(typed), undefined));
  }
});

describe('zones', () => {
  test('it is another day elsewhere', () => {
    assert.equal(at('today', 'UTC'), '2026-11-23T00:00Z');
    assert.equal(at('today', 'America/Los_Angeles'), '2026-11-23T08:00Z');
    assert.equal(at('today', 'Asia/Kolkata'), '2026-11-22T18:30Z');
    assert.equal(at('today', 'Pacific/Kiritimati'), '2026-11-23T10:00Z');
    assert.equal(at('today', 'Pacific/Pago_Pago'), '2026-11-23T11:00Z');
  });

  test('days on which the clocks change', () => {
    // 25 October has 25 hours in Berlin, 29 March 23.
    const sunday = Date.UTC(2026, 9, 25, 20);
    assert.equal(at('today', 'Europe/Berlin', sunday), '2026-10-24T22:00Z');
    assert.equal(at('2026-10-26', 'Europe/Berlin'), '2026-10-25T23:00Z');
    assert.equal(at('2026-03-29', 'Europe/Berlin'), '2026-03-28T23:00Z');
    assert.equal(at('2026-03-30', 'Europe/Berlin'), '2026-03-29T22:00Z');
  });

  test('a day without a midnight begins an hour later', () => {
    // Santiago, 6 September 2026: 23:59 is followed by 01:00.
    const start = readSince('2026-09-06', { nowMs, timeZone: 'America/Santiago' }) ?? 0;
    assert.deepEqual([localTime(start, 'America/Santiago').day, localTime(start, 'America/Santiago').minute], [6, 60]);
    assert.equal(localTime(start - 60_000, 'America/Santiago').day, 5);
  });

  test('a midnight that is there twice counts from the first', () => {
    // Havana, 1 November 2026: 00:59 is followed by 00:00.
    assert.equal(at('2026-11-01', 'America/Havana'), '2026-11-01T04:00Z');
  });

  test('every day everywhere begins where the day before ends', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'Europe/Berlin',
          'America/Santiago',
          'Australia/Lord_Howe',
          'Asia/Kathmandu',
          'Pacific/Chatham',
          'America/St_Johns',
        ),
        fc.integer({ min: 0, max: 20_000 }),
        (timeZone, day) => {
          const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
          const start = readSince(date, { nowMs, timeZone });
          assert.ok(start !== undefined);
          const dayOf = (ms: number): string => {
            const local = localTime(ms, timeZone);
            return `${local.year}-${String(local.month).padStart(2, '0')}-${String(local.day).padStart(2, '0')}`;
          };
          assert.equal(dayOf(start), date);
          assert.ok(dayOf(start - 60_000) < date);
        },
      ),
      { numRuns: 150 },
    );
  });
});
