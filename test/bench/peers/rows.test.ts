import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BenchRow } from '../row.ts';
import { costOf } from './embedded-count.ts';
import { floorPercent } from './floor.ts';
import { heldIn } from './gpu-memory.ts';
import type { PeerName } from './peer.ts';
import type { Measured, Results, Sample, Task } from './rounds.ts';
import { agreementRows, batchRow, cpuTargets, loadRows, memoryRows, outsideRow, taskRows } from './rows.ts';

const single: Task = { name: 'one', sidePx: 64, steps: 2, guidanceScale: 1, count: 1, times: 1 };
const batch: Task = { ...single, name: 'two', count: 2 };

const picture = Uint8Array.from({ length: 768 }, (_, index) => index % 256);
const sample = (totalMs: number, more: Partial<Sample> = {}): Sample => ({
  textMs: 0,
  denoiseMs: totalMs * 0.6,
  decodeMs: totalMs * 0.4,
  totalMs,
  pictures: [picture],
  round: 0,
  ...more,
});
const measured = (samples: Readonly<Record<string, readonly Sample[]>>, more: Partial<Measured> = {}): Measured => ({
  loadMs: [3000, 1000],
  firstMs: [10],
  peakMb: [100],
  gpuMb: [],
  provider: 'cpu',
  samples: new Map(Object.entries(samples)),
  ...more,
});
const results = (each: Partial<Record<PeerName, Measured>>): Results => ({
  measured: new Map(Object.entries(each) as [PeerName, Measured][]),
  failed: new Map(),
});
const valueOf = (rows: readonly BenchRow[], name: string): BenchRow => {
  const row = rows.find((each) => each.name === name);
  assert.ok(row, `no row ${name} among ${rows.map((each) => each.name).join('; ')}`);
  return row;
};

describe('rows of a task', () => {
  const rows = taskRows(
    results({
      blitzbild: measured({ one: [sample(600), sample(500), sample(9000)] }),
      eager: measured({ one: [sample(1000), sample(1000), sample(1000)] }),
      compiled: measured({}),
    }),
    single,
    cpuTargets,
  );

  it('give medians in seconds and what a step takes', () => {
    const ours = valueOf(rows, 'one: Blitzbild, a picture, median');
    assert.equal(ours.value, 0.6);
    assert.match(ours.note ?? '', /a step 180 ms, decoding 240 ms; 3 × 1/);
  });

  it('give the ratio with its target, and nothing of who did not draw', () => {
    const ratio = valueOf(rows, 'one: Blitzbild ÷ diffusers, eager');
    assert.deepEqual([ratio.value, ratio.target], [0.6, 0.67]);
    assert.ok(!rows.some(({ name }) => name.includes('compile')));
  });

  it('count a batch by the picture and set it no target', () => {
    const both = { two: [sample(1000)] };
    const ofBatch = taskRows(results({ blitzbild: measured(both), eager: measured(both) }), batch, cpuTargets);
    assert.equal(valueOf(ofBatch, 'two: Blitzbild, a picture, median').value, 0.5);
    assert.equal(valueOf(ofBatch, 'two: Blitzbild ÷ diffusers, eager').target, undefined);
  });
});

it('other pictures are no result', () => {
  const inverted = picture.map((byte) => 255 - byte);
  const other = measured({ one: [sample(1, { pictures: [inverted] })] });
  assert.throws(
    () => agreementRows(results({ blitzbild: measured({ one: [sample(1)] }), eager: other }), 'float32'),
    /diffusers, eager drew other pictures: 99\.2 %/,
  );
  const same = agreementRows(results({ blitzbild: measured({ one: [sample(1)] }), eager: measured({ one: [sample(1)] }) }), 'float32');
  assert.deepEqual(
    same.map(({ value, target }) => [value, target]),
    [[0, 0.1]],
  );
});

it('time outside of session.run is a share of each picture', () => {
  const ours = measured({ one: [sample(100, { sessionRunMs: 99 }), sample(100, { sessionRunMs: 98 }), sample(100, { sessionRunMs: 90 })] });
  assert.deepEqual(outsideRow(results({ blitzbild: ours })).value, 2);
});

it('a picture of a batch is held against one alone', () => {
  const ours = measured({ one: [sample(100)], two: [sample(190, { eachMs: [100, 90] })] });
  assert.equal(batchRow(results({ blitzbild: ours }), single, batch).value, 0.9);
});

it('memory of the first start and from the graph cache both have the target of 1.7 times the weights', () => {
  const ours = measured({}, { peakMb: [150, 90, 95], gpuMb: [10, 20] });
  const rows = memoryRows(results({ blitzbild: ours, eager: measured({}) }), { weightBytes: 100e6, dtype: 'float32' });
  assert.deepEqual(
    rows.map(({ value, target }) => [value, target]),
    [
      [150, 170],
      [95, 170],
      [20, undefined],
      [100, undefined],
    ],
  );
});

it('loads from the graph cache are held against the first one and against one without a cache', () => {
  const rows = loadRows(results({ blitzbild: measured({}), eager: measured({}) }), { first: 4000, cached: [1000, 900], without: 2000 });
  assert.equal(valueOf(rows, 'Blitzbild’s second load ÷ first').value, 0.225);
  assert.equal(valueOf(rows, 'Blitzbild’s load from the graph cache ÷ without one').value, 0.45);
  assert.equal(valueOf(rows, 'loading: diffusers, eager, median').value, 1);
});

it('the cost of n is that of the first n pictures, the median round', () => {
  const rounds = [
    [1, 2, 3],
    [10, 20, 30],
    [2, 3, 4],
  ];
  assert.deepEqual(
    [1, 2, 3].map((count) => costOf(rounds, count)),
    [2, 5, 9],
  );
});

it('the floor is the time of the arithmetic alone', () => {
  assert.equal(floorPercent(0.75, 100), 50);
});

it('a process’s memory on all GPUs is summed; one that nvidia-smi does not know has none', () => {
  assert.equal(heldIn('12, 100\n34, 50\n12, 28\n', 12), (128 * 2 ** 20) / 1e6);
  assert.equal(heldIn('12, [N/A]\n', 12), undefined);
  assert.equal(heldIn('', 12), undefined);
});
