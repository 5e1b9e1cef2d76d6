import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blemish, printed, reportMarkdown, tableOf, withReport } from './report.ts';
import type { Counts, FaultRow } from './row.ts';
import { complaint, randomOf, runRow } from './run-row.ts';
import { runRows } from './run-rows.ts';

const good: Counts = { runs: 3, commands: 5, lost: 0, doubled: 0, unknown: 0 };
const row = (number: number, result: Counts | Error, more: Partial<FaultRow> = {}): FaultRow => ({
  number,
  title: `row ${number}`,
  injected: 'by hand',
  runs: { bounded: 1, full: 3 },
  inject: async () => {
    if (result instanceof Error) throw result;
    return result;
  },
  ...more,
});
const complaintOf = async (one: FaultRow): Promise<string | undefined> => complaint(await runRow(one, 1, 1));

test('lost, doubled and unknown are complaints, and so is a row that counted nothing or broke', async () => {
  assert.equal(await complaintOf(row(1, good)), undefined);
  assert.equal(await complaintOf(row(1, { ...good, lost: 1 })), '1 lost');
  assert.equal(await complaintOf(row(1, { ...good, doubled: 2, unknown: 1 })), '2 doubled, 1 unknown');
  assert.equal(await complaintOf(row(1, { ...good, unknown: 1 }, { allowsUnknown: 'nothing can be read there' })), undefined);
  assert.equal(await complaintOf(row(1, { ...good, runs: 0 })), 'nothing was injected');
  assert.equal(await complaintOf(row(1, { ...good, commands: 0 })), 'nothing was injected');
  assert.match((await complaintOf(row(1, new Error('a sentence is missing')))) ?? '', /a sentence is missing/);
  assert.equal(await complaintOf(row(1, new Error('not asked'), { skip: async () => 'no Synapse' })), undefined);
});

test('two rows side by side, those that must be alone behind them; outcomes in the order of the rows', async () => {
  let running = 0;
  const most: Record<number, number> = {};
  const counting = (number: number, isAlone: boolean): FaultRow =>
    row(number, good, {
      isAlone,
      inject: async () => {
        running += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        most[number] = running;
        running -= 1;
        return good;
      },
    });
  const rows = [counting(1, true), counting(2, false), counting(3, false), counting(4, false)];
  const ended: number[] = [];
  const outcomes = await runRows(rows, { runsOf: () => 1, seed: 1, onEnd: (outcome) => ended.push(outcome.row.number) });
  assert.deepEqual(
    outcomes.map((outcome) => outcome.row.number),
    [1, 2, 3, 4],
  );
  assert.equal(ended.at(-1), 1);
  assert.equal(most[1], 1);
  assert.equal(Math.max(...Object.values(most)), 2);
});

test('the page keeps what stands around its table', async () => {
  const outcomes = [
    await runRow(row(3, good), 1, 1),
    await runRow(row(8, { ...good, lost: 1 }), 1, 1),
    await runRow(row(9, new Error('x')), 1, 1),
    await runRow(row(23, good, { skip: async () => 'no small disk' }), 1, 1),
  ];
  const page = withReport('before\n<!-- faults -->\nold\n<!-- /faults -->\nafter', reportMarkdown(outcomes, ['Seed: 7']), 'faults');
  assert.match(page, /^before\n<!-- faults -->\n\n- Seed: 7\n- Goal of each row: [^\n]+\n\n/);
  assert.match(page, /\n\| 3 \| row 3 \| by hand \| 3 \| 5 \| 0 \| 0 \| 0 \| held \|\n/);
  assert.match(page, /\n\| 8 \| row 8 \| by hand \| 3 \| 5 \| 1 \| 0 \| 0 \| missed \|\n/);
  assert.match(page, /\n\| 9 \| row 9 \| by hand \|(?: {2}\|){5} missed: it broke off \|\n/);
  assert.match(page, /\n\| 23 \| row 23 \| by hand \|(?: {2}\|){5} skipped: no small disk \|\n/);
  assert.match(page, /\| \*\*All\*\* \|  \| \*\*6\*\* \| \*\*10\*\* \| \*\*1\*\* \| \*\*0\*\* \| \*\*0\*\* \| \*\*1 of 4 held\*\* \|\n/);
  assert.match(page, /\n<!-- \/faults -->\nafter$/);
  assert.ok(!page.includes('old'));
  assert.throws(() => withReport('no markers', '', 'faults'), /has no/);
  assert.match(printed(outcomes[0]!), /^ok {5}3 row 3: 3 runs, 5 commands, 0 lost, 0 doubled, 0 unknown \(0 s\)$/);
  assert.match(printed(outcomes[1]!), /^WRONG {2}8 row 8: .* 1 lost/);
});

test('each table has its own place on the page', () => {
  const page = '<!-- faults -->\nmatrix\n<!-- /faults -->\n<!-- faults-mattermost -->\nold\n<!-- /faults-mattermost -->\n';
  assert.equal(withReport(page, 'new', tableOf(row(33, good, { platform: 'mattermost' }))), page.replace('\nold\n', '\n\nnew\n\n'));
  assert.equal(withReport(page, 'new', tableOf(row(1, good))), page.replace('\nmatrix\n', '\n\nnew\n\n'));
  assert.throws(() => withReport('<!-- faults --><!-- /faults -->', '', 'faults-mattermost'), /has no <!-- faults-mattermost -->/);
});

test('only a report in which every row ran and held replaces another one by itself', async () => {
  const held = await runRow(row(1, good), 1, 1);
  const missed = await runRow(row(2, { ...good, doubled: 1 }), 1, 1);
  const broke = await runRow(row(3, new Error('x')), 1, 1);
  const skipped = await runRow(row(4, good, { skip: async () => 'no Synapse' }), 1, 1);
  assert.equal(blemish([held], true), undefined);
  assert.equal(blemish([held, missed, broke], true), 'missed: 2, 3');
  assert.equal(blemish([held, skipped], true), 'skipped: 4');
  assert.equal(blemish([missed, skipped], false), 'missed: 2; skipped: 4; interleavings failed');
});

test('chance follows from the seed and the row', () => {
  const draw = (seed: number, number: number): readonly number[] => {
    const random = randomOf(seed, number);
    return [random(), random(), random()];
  };
  assert.deepEqual(draw(5, 3), draw(5, 3));
  assert.notDeepEqual(draw(5, 3), draw(5, 4));
  assert.notDeepEqual(draw(5, 3), draw(6, 3));
  const random = randomOf(1, 1);
  const many = Array.from({ length: 1000 }, random);
  assert.ok(many.every((value) => value >= 0 && value < 1));
  assert.ok(Math.abs(many.reduce((sum, value) => sum + value, 0) / 1000 - 0.5) < 0.05);
});
