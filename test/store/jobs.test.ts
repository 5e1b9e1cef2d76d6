import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fairOrder, picturesAhead } from '#core/fair-order.ts';
import { jobId } from '#core/types.ts';
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

test('the order that is promised is the order that is kept', () => {
  const people = fc.constantFrom('@ada:room', '@bob:room', '@eve:room');
  const jobs = fc.array(fc.record({ person: people, count: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(jobs, fc.integer({ min: 0, max: 6 }), (wanted, early) => {
      const store = new SqliteStore(':memory:');
      const half = Math.ceil(wanted.length / 2);
      wanted.slice(0, half).forEach(({ person, count }, i) => store.jobs.add(job(`a${i}`, person, { count })));
      for (let i = 0; i < early; i++) store.jobs.claimNext(1500);
      wanted.slice(half).forEach(({ person, count }, i) => store.jobs.add(job(`b${i}`, person, { count })));
      const promised = fairOrder(store.jobs.waitingJobs());
      assert.deepEqual(drain(store), promised);
      store.close();
    }),
    { numRuns: 60 },
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
