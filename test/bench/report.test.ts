import assert from 'node:assert/strict';
import { it } from 'node:test';
import { benchmarksPage, type Section } from './report.ts';

const section = (title: string, outcome: Section['outcome']): Section => ({ name: title, title, outcome, seconds: 1 });

it('a target that is not met, a skip and a failure are all said at the top', () => {
  const page = benchmarksPage(
    [['CPU', 'a | b']],
    [
      section('Room', {
        rows: [
          { name: 'fast', value: 199.6, unit: 'ms', target: 200 },
          { name: 'slow', value: 200.6, unit: 'ms', target: 200 },
          { name: 'lost', value: Number.NaN, unit: 'ms', target: 200 },
          { name: 'free', value: 1, unit: '' },
        ],
      }),
      section('Matrix', { skip: 'no Python' }),
      section('Peer', { failure: 'it ended' }),
    ],
  );
  assert.match(page, /\*\*1 of 3 targets met\.\*\*/);
  for (const line of [
    '- not met: Room: slow, 201 ms',
    '- not met: Room: lost, not measured',
    '- skipped: Matrix: no Python',
    '- could not be measured: Peer: it ended',
  ]) {
    assert.ok(page.includes(`\n${line}\n`), line);
  }
  assert.match(page, /\| fast +\| 200 ms +\| ≤ 200 ms \| met +\|/);
  assert.match(page, /\| CPU +\| a \\\| b \|/);
});
