import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextClockMs, nextRunMs, nextRuns, runsBetween, windowEndMs } from '#src/app/schedules/next-runs.ts';
import { cronOf } from '#core/plan-cron.ts';
import type { PlanSchedule } from '#core/plan-schedule.ts';
import { readSchedule } from '#core/plan-words.ts';
import { localTime } from '#core/plan-zone.ts';
import { isOn, minutesOf, walk } from './zone-walk.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);
const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16));

function plan(text: string, timeZone: string, now = '2026-01-01T00:00'): PlanSchedule {
  const read = readSchedule(text, { timeZone, nowMs: utc(now), minIntervalMinutes: 1 });
  assert.ok(read.ok, `${text}: ${JSON.stringify(read)}`);
  return read.value;
}

const runsOf = (text: string, timeZone: string, from: string, count: number): readonly (string | undefined)[] =>
  nextRuns(plan(text, timeZone), utc(from), count).map(iso);

const repeating = (cron: string, timeZone: string): PlanSchedule => ({ text: cron, timeZone, when: { kind: 'repeat', crons: [cron] } });

describe('across a change of the clock', () => {
  test('Berlin in spring: 02:30 does not exist and runs at 03:00, once', () => {
    assert.deepEqual(runsOf('daily 2:30', 'Europe/Berlin', '2026-03-27T12:00', 3), [
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    // Both are left out, and the first moment after the gap is one moment.
    assert.deepEqual(runsOf('daily 2:00 and 2:30', 'Europe/Berlin', '2026-03-28T12:00', 3), [
      '2026-03-29T01:00',
      '2026-03-30T00:00',
      '2026-03-30T00:30',
    ]);
    assert.deepEqual(runsOf('daily 2:30 and 3:00', 'Europe/Berlin', '2026-03-28T12:00', 2), ['2026-03-29T01:00', '2026-03-30T00:30']);
  });

  test('Berlin in autumn: 02:30 is shown twice and runs once', () => {
    assert.deepEqual(runsOf('daily 2:30', 'Europe/Berlin', '2026-10-24T12:00', 3), [
      '2026-10-25T00:30',
      '2026-10-26T01:30',
      '2026-10-27T01:30',
    ]);
    assert.deepEqual(runsOf('Sundays 2:30 and 14:30', 'Europe/Berlin', '2026-10-24T12:00', 3), [
      '2026-10-25T00:30',
      '2026-10-25T13:30',
      '2026-11-01T01:30',
    ]);
    // Also for who looks between the two.
    assert.equal(iso(nextRunMs(plan('daily 2:30', 'Europe/Berlin'), utc('2026-10-25T01:00'))), '2026-10-26T01:30');
  });

  test('every half hour goes on evenly in both directions', () => {
    for (const from of ['2026-03-28T23:00', '2026-10-24T22:00']) {
      const runs = nextRuns(plan('every 30 minutes', 'Europe/Berlin'), utc(from), 12);
      assert.deepEqual(
        runs.map((ms) => ms - utc(from)),
        Array.from({ length: 12 }, (_, index) => (index + 1) * 1_800_000),
      );
    }
  });

  test('seven in the morning stays seven in the morning', () => {
    assert.deepEqual(runsOf('daily 7:00', 'America/New_York', '2026-03-07T00:00', 3), [
      '2026-03-07T12:00',
      '2026-03-08T11:00',
      '2026-03-09T11:00',
    ]);
    assert.deepEqual(runsOf('daily 7:00', 'America/New_York', '2026-10-31T00:00', 3), [
      '2026-10-31T11:00',
      '2026-11-01T12:00',
      '2026-11-02T12:00',
    ]);
    assert.deepEqual(runsOf('daily 7:00', 'Asia/Kolkata', '2026-03-28T00:00', 2), ['2026-03-28T01:30', '2026-03-29T01:30']);
  });

  test('Lord Howe moves by half an hour', () => {
    assert.deepEqual(runsOf('daily 2:15', 'Australia/Lord_Howe', '2026-10-02T12:00', 3), [
      '2026-10-02T15:45',
      '2026-10-03T15:30',
      '2026-10-04T15:15',
    ]);
    assert.deepEqual(runsOf('daily 1:45', 'Australia/Lord_Howe', '2026-04-03T12:00', 3), [
      '2026-04-03T14:45',
      '2026-04-04T14:45',
      '2026-04-05T15:15',
    ]);
  });

  test('midnight that does not exist', () => {
    // Brazil moved the clock at midnight until 2018.
    assert.deepEqual(runsOf('daily 0:00', 'America/Sao_Paulo', '2018-11-03T12:00', 2), ['2018-11-04T03:00', '2018-11-05T02:00']);
  });

  test('one day only, at a time that does not exist', () => {
    const once = plan('2026-03-29 2:30', 'Europe/Berlin');
    assert.deepEqual(nextRuns(once, utc('2026-03-01T00:00'), 5).map(iso), ['2026-03-29T01:00']);
    assert.equal(nextRunMs(once, utc('2026-03-29T01:00')), undefined);
  });
});

describe('the next runs', () => {
  test('come strictly after the moment, to the millisecond', () => {
    const seven = plan('daily 7:00', 'UTC');
    const at = utc('2026-11-23T07:00');
    assert.equal(nextRunMs(seven, at - 1), at);
    assert.equal(nextRunMs(seven, at), at + 86_400_000);
    assert.equal(nextRunMs(seven, at + 500), at + 86_400_000);
    assert.equal(nextRunMs(seven, at - 0.5), at);
  });

  test('are as many as were asked for, or fewer', () => {
    assert.equal(nextRuns(plan('daily 7:00', 'UTC'), 0, 3).length, 3);
    assert.equal(nextRuns(plan('tomorrow 7:00', 'UTC'), utc('2026-01-01T00:00'), 3).length, 1);
    assert.deepEqual(nextRuns(plan('tomorrow 7:00', 'UTC'), utc('2026-02-01T00:00'), 3), []);
  });

  test('of several expressions are merged in order', () => {
    assert.deepEqual(runsOf('Mon-Fri 7:30 and 19:00', 'UTC', '2026-11-20T18:00', 3), [
      '2026-11-20T19:00',
      '2026-11-23T07:30',
      '2026-11-23T19:00',
    ]);
  });

  test('between two moments are counted, both ends included', () => {
    const hourly = plan('every hour', 'UTC');
    const [from, to] = [utc('2026-11-23T07:00'), utc('2026-11-23T10:00')];
    assert.deepEqual(runsBetween(hourly, from, to, 100), { count: 4, lastMs: to });
    assert.deepEqual(runsBetween(hourly, from + 1, to - 1, 100), { count: 2, lastMs: to - 3_600_000 });
    assert.equal(runsBetween(hourly, from + 1, from + 2, 100), undefined);
  });
});

describe('the end of a run', () => {
  test('is the next time that the clock shows it', () => {
    const nightly = plan('daily 22:30 until 06:00', 'Europe/Berlin');
    assert.equal(iso(windowEndMs(nightly, utc('2026-11-23T21:30'))), '2026-11-24T05:00');
    // The night of the change has one hour more.
    assert.equal(iso(windowEndMs(nightly, utc('2026-10-24T20:30'))), '2026-10-25T05:00');
    assert.equal(windowEndMs(plan('daily 7:00', 'UTC'), 0), undefined);
  });

  test('in a gap is the first moment after it', () =>
    assert.equal(iso(nextClockMs(150, 'Europe/Berlin', utc('2026-03-28T22:00'))), '2026-03-29T01:00'));
});

describe('agrees with the clock, minute by minute', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'];
  const around = ['2026-03-07T12:00', '2026-03-28T12:00', '2026-04-03T12:00', '2026-10-02T12:00', '2026-10-24T12:00', '2026-10-31T12:00'];
  const expressions = ['30 2 * * *', '15,45 1-3 * * *', '*/20 * * * *', '0 */2 * * *', '0 9 * * 1-5', '10 2 * * 0#L', '0 2 L * 6'];
  for (const timeZone of zones) {
    test(timeZone, () => {
      for (const from of around) {
        const [fromMs, toMs] = [utc(from), utc(from) + 48 * 3_600_000];
        const minutes = minutesOf(timeZone, fromMs, toMs);
        for (const cron of expressions) {
          const found = nextRuns(repeating(cron, timeZone), fromMs - 1, 200).filter((ms) => ms < toMs);
          assert.deepEqual(found.map(iso), walk(cron, minutes).map(iso), `${cron} from ${from}`);
        }
      }
    });
  }

  test('days of a whole year', () => {
    const expressions = [
      '0 9 L * *',
      '0 9 * * 1#1',
      '0 9 * * 5#L',
      '0 9 13 * 5',
      '0 9 31 * *',
      '0 9 29 2 *',
      '0 9 15,L * *',
      '0 9 1 1,7 *',
      '0 9 * * 7',
      '0 9 * * 1,3#2',
      '0 9 10-20/3 * *',
      '0 9 * JAN-MAR MON',
    ];
    const first = utc('2027-06-01T09:00');
    const days = Array.from({ length: 366 }, (_, day) => first + day * 86_400_000).map((ms) => ({ ms, time: localTime(ms, 'UTC') }));
    for (const cron of expressions) {
      const found = nextRuns(repeating(cron, 'UTC'), first - 1, 400).filter((ms) => ms < first + 366 * 86_400_000);
      const expected = days.filter(({ time }) => isOn(cronOf(cron), time)).map(({ ms }) => ms);
      assert.deepEqual(found.map(iso), expected.map(iso), cron);
    }
  });
});
