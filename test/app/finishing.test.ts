import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Finishing } from '#src/app/finishing.ts';
import { jobId } from '#core/types.ts';

const job = jobId('k7f3');
const other = jobId('m2p4');

type Piece = { readonly work: Promise<void>; readonly end: () => void; readonly fail: (error: Error) => void };
function piece(): Piece {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return { work: promise, end: resolve, fail: reject };
}

function opened(after: (finishing: Finishing) => void = () => {}): { finishing: Finishing; failures: unknown[] } {
  const failures: unknown[] = [];
  const finishing: Finishing = new Finishing({ after: () => after(finishing), onFailure: (error) => failures.push(error) });
  return { finishing, failures };
}

/** Whether it has resolved by now. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  void promise.then(() => (over = true));
  await setImmediate();
  return over;
}

test('small pictures: two may wait for encoding while the next is computed', async () => {
  const { finishing } = opened();
  const [first, second, third] = [piece(), piece(), piece()];
  finishing.add(job, 65_536, first.work);
  finishing.add(other, 65_536, second.work);
  assert.ok(await isOver(finishing.room()));
  finishing.add(job, 65_536, third.work);
  const room = finishing.room();
  assert.ok(!(await isOver(room)));
  second.end();
  assert.ok(await isOver(room));
  assert.deepEqual([finishing.has(job), finishing.has(other)], [true, false]);
});

test('a picture of more than 16 megapixels is finished before the next one begins', async () => {
  const { finishing } = opened();
  const [large, small] = [piece(), piece()];
  finishing.add(job, 16_777_216, large.work);
  finishing.add(job, 65_536, small.work);
  const room = finishing.room();
  small.end();
  assert.ok(!(await isOver(room)), 'the small one is not what is waited for');
  large.end();
  assert.ok(await isOver(room));
});

test('the end waits also for what the last piece begins, such as a sheet', async () => {
  const [picture, sheet] = [piece(), piece()];
  let begun = 0;
  const { finishing } = opened((all) => {
    assert.ok(!all.has(job), 'what has ended is forgotten first');
    if (begun++ === 0) all.add(job, 0, sheet.work);
  });
  finishing.add(job, 1, picture.work);
  const idle = finishing.idle();
  picture.end();
  assert.ok(!(await isOver(idle)));
  sheet.end();
  assert.ok(await isOver(idle));
  assert.equal(begun, 2);
});

test('what fails is told and holds nothing up', async () => {
  const { finishing, failures } = opened();
  const broken = piece();
  finishing.add(job, 20_000_000, broken.work);
  const earlier = finishing.of(job);
  broken.fail(new Error('disk is full'));
  await Promise.all([earlier, finishing.room(), finishing.idle()]);
  assert.deepEqual([failures.map(String), finishing.has(job)], [['Error: disk is full'], false]);
});
