/** Every row of the fault suite with few runs; `npm run test:faults` has all of them. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { endSharedPlaces, sharePlaces } from './mattermost/place.ts';
import { endSharedSynapse } from './place.ts';
import { faultRows } from './rows.ts';
import { complaint, runRow } from './run-row.ts';

const rows = await faultRows();
const seed = randomInt(1_000_000_000);

describe(`the program, broken (seed ${seed})`, { concurrency: 1 }, () => {
  sharePlaces();
  after(endSharedPlaces);
  after(endSharedSynapse);

  const declare = (row: (typeof rows)[number]): void => {
    test(`${row.number} ${row.title}: ${row.injected}`, { timeout: 280_000 }, async (context) => {
      const outcome = await runRow(row, row.runs.bounded, seed);
      if ('skipped' in outcome.result) context.skip(outcome.result.skipped);
      assert.equal(complaint(outcome), undefined);
      if ('runs' in outcome.result) context.diagnostic(JSON.stringify(outcome.result));
    });
  };
  describe('side by side', { concurrency: 3 }, () => rows.filter(({ isAlone }) => isAlone !== true).forEach(declare));
  describe('alone', { concurrency: 1 }, () => rows.filter(({ isAlone }) => isAlone === true).forEach(declare));

  test('every number is there once', () => {
    const numbers = rows.map(({ number }) => number);
    assert.equal(new Set(numbers).size, numbers.length);
  });
});
