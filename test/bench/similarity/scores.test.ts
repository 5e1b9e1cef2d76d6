import assert from 'node:assert/strict';
import { test } from 'node:test';
import { microAveragePrecision, recallAtPrecision, type Answer } from './scores.ts';

const answer = (score: number | undefined, isRight: boolean): Answer => ({ score, isRight });

test('the right ones first are worth everything, and none is worth nothing', () => {
  assert.equal(microAveragePrecision([answer(0.9, true), answer(0.8, true), answer(0.1, false)], 2), 1);
  assert.equal(microAveragePrecision([answer(0.9, false), answer(undefined, false)], 2), 0);
});

test('a wrong one before a right one costs precision there', () => {
  // Right at rank 1 (1/1) and rank 3 (2/3), of three queries with a match.
  const answers = [answer(0.9, true), answer(0.8, false), answer(0.7, true), answer(undefined, false)];
  assert.ok(Math.abs(microAveragePrecision(answers, 3) - (1 + 2 / 3) / 3) < 1e-12);
});

test('answers of one score are one step, in whichever order they come', () => {
  const tied = [answer(0.5, true), answer(0.5, false)];
  assert.equal(microAveragePrecision(tied, 1), 0.5);
  assert.equal(microAveragePrecision(tied.toReversed(), 1), 0.5);
});

test('recall is the largest that keeps the precision', () => {
  const answers = [answer(0.9, true), answer(0.8, false), answer(0.7, true), answer(0.6, true), answer(0.5, true)];
  assert.equal(recallAtPrecision(answers, 4, 0.8), 1);
  assert.equal(recallAtPrecision(answers, 4, 0.9), 0.25);
  assert.equal(recallAtPrecision([answer(0.9, false)], 4, 0.9), 0);
});
