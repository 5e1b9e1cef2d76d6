import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fairOrder, picturesAhead } from '#core/fair-order.ts';
import type { Task } from '#core/types.ts';
import { imageKey, jobId } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { image, job } from './fixtures.ts';

/** Claims and finishes everything that waits. */
function drain(store: SqliteStore): string[] {
  const order: string[] = [];
  for (let turn = store.jobs.claimNext(2000); turn !== undefined; turn = store.jobs.claimNext(2000)) {
    order.push(turn.job.id);
    store.jobs.finishPicture(turn.job.id, image(turn.index), { provider: 'cpu', workMs: 126, startedAtMs: 1500 });
    if (store.jobs.get(turn.job.id)?.images.length === turn.job.request.count) store.jobs.end(turn.job.id, 'done', 3000);
  }
  return order;
}

test('one picture of a newcomer comes between the twenty of another person', () => {
  const store = new SqliteStore(':memory:');
  store.jobs.add(job('k7f3', '@ada:room', { count: 20 }));
  assert.equal(store.jobs.claimNext(1000)?.job.id, 'k7f3');
  store.jobs.add(job('b2x9', '@bob:room'));
  assert.equal(store.jobs.claimNext(1000)?.job.id, 'b2x9');
  assert.equal(store.jobs.claimNext(1000)?.job.id, 'k7f3');
  store.close();
});

test('the last run of a schedule is found, whoever asked for what since', () => {
  const store = new SqliteStore(':memory:');
  assert.equal(store.jobs.latestOfPlan(1), undefined);
  store.jobs.add(job('run1', '@ada:room', { plan: { id: 1, run: 1 } }));
  store.jobs.add(job('run2', '@ada:room', { plan: { id: 1, run: 2 } }));
  store.jobs.add(job('else', '@ada:room', { plan: { id: 2, run: 1 } }));
  store.jobs.add(job('hand', '@ada:room'));
  assert.deepEqual([store.jobs.latestOfPlan(1)?.id, store.jobs.latestOfPlan(2)?.id], ['run2', 'else']);
  store.close();
});

test('words past the token limit of one picture are kept, also when the next one has none', () => {
  const store = new SqliteStore(':memory:');
  store.jobs.add(job('k7f3', '@ada:room', { count: 2 }));
  const made = { provider: 'cpu', workMs: 126, startedAtMs: 1500 };
  store.jobs.claimNext(1000);
  store.jobs.finishPicture(jobId('k7f3'), image(0), { ...made, droppedPrompt: 'and so on' });
  store.jobs.claimNext(1000);
  store.jobs.finishPicture(jobId('k7f3'), image(1), made);
  assert.equal(store.jobs.get(jobId('k7f3'))?.droppedPrompt, 'and so on');
  store.close();
});

test('of one person the job with fewer pictures comes first, also when a batch is running, then the older one', () => {
  const store = new SqliteStore(':memory:');
  store.jobs.add(job('batch', '@ada:room', { count: 4 }));
  assert.equal(store.jobs.claimNext(1000)?.job.id, 'batch');
  store.jobs.add(job('two', '@ada:room', { count: 2 }));
  store.jobs.add(job('one', '@ada:room'));
  store.jobs.add(job('uno', '@ada:room'));
  assert.deepEqual(
    store.jobs.waitingJobs().map(({ jobId: id, count, waiting, isPlanned }) => [id, count, waiting, isPlanned]),
    [
      ['batch', 4, 3, false],
      ['two', 2, 2, false],
      ['one', 1, 1, false],
      ['uno', 1, 1, false],
    ],
  );
  assert.deepEqual(drain(store), ['one', 'uno', 'two', 'two', 'batch', 'batch', 'batch']);
  store.close();
});

test('what a schedule asked for comes after everybody, and costs its owner no turn', () => {
  const store = new SqliteStore(':memory:');
  store.jobs.add(job('plan', '@ada:room', { count: 3, plan: { id: 1, run: 1 } }));
  assert.equal(store.jobs.claimNext(1000)?.job.id, 'plan');
  store.jobs.add(job('ada', '@ada:room', { count: 2 }));
  store.jobs.add(job('bob', '@bob:room', { count: 3 }));
  assert.deepEqual(fairOrder(store.jobs.waitingJobs()), ['ada', 'bob', 'ada', 'bob', 'bob', 'plan', 'plan']);
  assert.deepEqual(drain(store), ['ada', 'bob', 'ada', 'bob', 'bob', 'plan', 'plan']);
  store.close();
});

test('the order that is promised is the order that is kept', () => {
  const people = fc.constantFrom('@ada:room', '@bob:room', '@eve:room');
  const plan = fc.option(fc.record({ id: fc.integer({ min: 1, max: 3 }), run: fc.constant(1) }), { nil: undefined, freq: 3 });
  const wish = fc
    .record({ person: people, count: fc.integer({ min: 1, max: 5 }), plan })
    .map(({ plan: planned, ...rest }) => ({ ...rest, ...(planned === undefined ? {} : { plan: planned }) }));
  const jobs = fc.array(wish, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(jobs, fc.integer({ min: 0, max: 6 }), (wanted, early) => {
      const store = new SqliteStore(':memory:');
      const half = Math.ceil(wanted.length / 2);
      wanted.slice(0, half).forEach(({ person, ...rest }, i) => store.jobs.add(job(`a${i}`, person, rest)));
      for (let i = 0; i < early; i++) store.jobs.claimNext(1500);
      wanted.slice(half).forEach(({ person, ...rest }, i) => store.jobs.add(job(`b${i}`, person, rest)));
      const promised = fairOrder(store.jobs.waitingJobs());
      const kept = drain(store);
      assert.deepEqual(kept, promised);
      // Nobody waits for a schedule.
      const planned = kept.map((id) => store.jobs.get(jobId(id))?.plan !== undefined);
      assert.equal(planned.indexOf(false, planned.includes(true) ? planned.indexOf(true) : planned.length), -1);
      store.close();
    }),
    { numRuns: 100 },
  );
});

test('a position counts the pictures before the first and before the last one', () => {
  const order = ['a1', 'b1', 'a1', 'b1', 'b1'].map(jobId);
  assert.deepEqual(picturesAhead(order, jobId('b1')), { first: 1, last: 4 });
  assert.deepEqual(picturesAhead(order, jobId('a1')), { first: 0, last: 2 });
});

test('after a restart running pictures wait again with the same seed and finished ones stay', () => {
  const store = new SqliteStore(':memory:');
  store.jobs.add(job('k7f3', '@ada:room', { count: 3 }));
  const first = store.jobs.claimNext(1100);
  assert.equal(first?.index, 0);
  store.jobs.finishPicture(jobId('k7f3'), image(0), { provider: 'cpu', workMs: 126, startedAtMs: 1500 });
  assert.equal(store.jobs.claimNext(1200)?.index, 1);
  assert.deepEqual(
    store.jobs.resume().map(({ id }) => id),
    ['k7f3'],
  );
  const again = store.jobs.claimNext(1300);
  assert.equal(again?.index, 1);
  assert.equal(again.job.request.seed, 42);
  assert.equal(again.job.crashes, 1);
  assert.deepEqual(again.job.images, [image(0)]);
  store.close();
});

test('timings add up over the pictures, and the wait ends with the first one', () => {
  const store = new SqliteStore(':memory:');
  store.jobs.add(job('k7f3', '@ada:room', { count: 2, queuedAtMs: 1000 }));
  store.jobs.claimNext(1500);
  store.jobs.finishPicture(jobId('k7f3'), image(0), { provider: 'cpu', workMs: 126, startedAtMs: 1500 });
  store.jobs.claimNext(9000);
  store.jobs.finishPicture(jobId('k7f3'), image(1), { provider: 'cpu', workMs: 126, startedAtMs: 1500 });
  assert.deepEqual(store.jobs.timings(jobId('k7f3')), {
    textMs: 2,
    denoiseMs: 200,
    decodeMs: 40,
    encodeMs: 10,
    waitedMs: 500,
    workMs: 252,
  });
  store.close();
});

test('a cancelled job is not claimed', () => {
  const store = new SqliteStore(':memory:');
  store.jobs.add(job('k7f3', '@ada:room', { count: 2 }));
  store.jobs.requestCancel(jobId('k7f3'));
  assert.equal(store.jobs.claimNext(1000), undefined);
  assert.deepEqual(store.jobs.waitingJobs(), []);
  store.close();
});

test('a job keeps its task, its schedule and its sheet', () => {
  const store = new SqliteStore(':memory:');
  const task: Task = {
    kind: 'upscale',
    source: { key: imageKey(`${'a'.repeat(64)}.png`), widthPx: 256, heightPx: 256, job: jobId('b2x9'), index: 1 },
    factor: 4,
  };
  store.jobs.add(job('k7f3', '@ada:room', { count: 2, task, plan: { id: 7, run: 3 } }));
  store.jobs.add(job('b2x9', '@ada:room'));
  store.jobs.setSheet(jobId('k7f3'), image(9));
  const kept = store.jobs.get(jobId('k7f3'));
  assert.deepEqual(kept?.task, task);
  assert.deepEqual(kept?.plan, { id: 7, run: 3 });
  assert.deepEqual(kept?.sheet, image(9));
  const plain = store.jobs.get(jobId('b2x9'));
  for (const absent of ['task', 'plan', 'sheet']) assert.ok(plain !== undefined && !(absent in plain), absent);
  store.close();
});

test('a command makes one job, a schedule one with every run, and the newest is the one of its command', () => {
  const store = new SqliteStore(':memory:');
  const { origin } = job('k7f3', '@ada:room');
  for (const run of [1, 2]) store.jobs.add({ ...job(`run${run}`, '@ada:room', { plan: { id: 1, run } }), origin });
  assert.equal(store.jobs.ofCommand('room', origin.eventId)?.id, 'run2');
  store.jobs.add(job('b2x9', '@ada:room'));
  assert.throws(() => store.jobs.add({ ...job('c3d4', '@ada:room'), origin: job('b2x9', '@ada:room').origin }), /UNIQUE/);
  assert.equal(store.jobs.get(jobId('c3d4')), undefined);
  store.close();
});

test('time for enhancing and enlarging is summed where there is any', () => {
  const store = new SqliteStore(':memory:');
  store.jobs.add(job('k7f3', '@ada:room', { count: 3 }));
  const timings = { textMs: 0, denoiseMs: 0, decodeMs: 0, encodeMs: 5 };
  const stages = [{ enhanceMs: 1.1 }, { enhanceMs: 2.2, upscaleMs: 7 }, {}];
  stages.forEach((more, index) =>
    store.jobs.finishPicture(
      jobId('k7f3'),
      { ...image(index), timings: { ...timings, ...more } },
      { provider: 'cpu', workMs: 1, startedAtMs: 1500 },
    ),
  );
  const summed = store.jobs.timings(jobId('k7f3'));
  assert.equal(summed.enhanceMs, 3.3);
  assert.equal(summed.upscaleMs, 7);
  assert.equal(summed.encodeMs, 15);
  store.close();
});
