import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isQuiet, meansQuietHours, readQuietHours, showQuietHours } from '#core/quiet-hours.ts';

describe('quiet hours as people type them', () => {
  for (const [typed, shown] of [
    ['22:00-06:00', '22:00–06:00'],
    ['22-6', '22:00–06:00'],
    ['22–6', '22:00–06:00'],
    ['22.30 - 6.15', '22:30–06:15'],
    ['22 bis 6 Uhr', '22:00–06:00'],
    ['22 Uhr bis 6 Uhr', '22:00–06:00'],
    ['von 22 Uhr bis 6:30 Uhr', '22:00–06:30'],
    ['from 10pm to 6am', '22:00–06:00'],
    ['10 pm until 6 am', '22:00–06:00'],
    ['12am-12pm', '00:00–12:00'],
    ['12:30pm-1pm', '12:30–13:00'],
    ['22h-6h', '22:00–06:00'],
    ['18:00-24:00', '18:00–00:00'],
    ['0-7', '00:00–07:00'],
  ] as const) {
    test(typed, () => {
      const hours = readQuietHours(typed);
      assert.ok(hours !== undefined && hours !== 'off');
      assert.equal(showQuietHours(hours), shown);
    });
  }

  for (const typed of ['off', 'none', 'AUS', 'keine']) test(typed, () => assert.equal(readQuietHours(typed), 'off'));

  for (const typed of ['25:00-06:00', '22:60-6', '24:01-6', '8-8', '0-24', '13pm-6am', '0am-6am', '22:00']) {
    test(`${typed} are none, but were meant`, () => {
      assert.equal(readQuietHours(typed), undefined);
      assert.ok(meansQuietHours(typed));
    });
  }

  for (const typed of ['street at night', '5 star hotel', 'offshore', '', '1:100 model', 'from dusk to dawn']) {
    test(`${JSON.stringify(typed)} speaks of none`, () =>
      assert.deepEqual([readQuietHours(typed), meansQuietHours(typed)], [undefined, false]));
  }
});

describe('a minute of the day', () => {
  test('within hours of one day', () => {
    const siesta = { fromMinute: 13 * 60, toMinute: 15 * 60 };
    assert.deepEqual(
      [779, 780, 899, 900].map((minute) => isQuiet(minute, siesta)),
      [false, true, true, false],
    );
  });

  test('within hours over midnight', () => {
    const night = { fromMinute: 22 * 60, toMinute: 6 * 60 };
    assert.deepEqual(
      [1319, 1320, 1439, 0, 359, 360].map((minute) => isQuiet(minute, night)),
      [false, true, true, true, true, false],
    );
  });

  test('until midnight', () => {
    const evening = { fromMinute: 18 * 60, toMinute: 0 };
    assert.deepEqual(
      [1079, 1080, 1439, 0].map((minute) => isQuiet(minute, evening)),
      [false, true, true, false],
    );
  });
});
