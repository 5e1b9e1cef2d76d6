import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PlanStore } from '#core/team-store-ports.ts';
import { eventId, roomId, userId } from '#core/types.ts';
import { Database } from '#src/store/database.ts';
import { PlansTable } from '#src/store/plans-table.ts';

const team = roomId('!team');
const wish: Parameters<PlanStore['add']>[0] = {
  platform: 'matrix',
  roomId: team,
  eventId: eventId('$1'),
  createdBy: userId('@ada:example.org'),
  language: 'de',
  schedule: {
    text: 'täglich 22:30 bis 6 Uhr',
    when: { kind: 'repeat', crons: ['30 22 * * *'] },
    timeZone: 'Europe/Berlin',
    untilMinute: 360,
  },
  text: "ein Fuchs --n 4; DROP TABLE plans; --'",
  nextRunMs: 2000,
  createdAtMs: 1000,
};

const table = (): PlansTable => new PlansTable(new Database(':memory:'));

describe('plans', () => {
  test('come back as they were stored', () => {
    const plans = table();
    const added = plans.add(wish);
    assert.deepEqual(added, { ...wish, id: 1, state: 'active', runs: 0 });
    assert.deepEqual(plans.get(1), added);
    assert.equal(plans.get(2), undefined);
  });

  test('are listed by room, in the order of their numbers', () => {
    const plans = table();
    plans.add(wish);
    plans.add({ ...wish, roomId: roomId('!other') });
    plans.add({ ...wish, platform: 'room' });
    plans.add(wish);
    const ids = (list: ReturnType<PlansTable['list']>): readonly number[] => list.map(({ id }) => id);
    assert.deepEqual(ids(plans.list()), [1, 2, 3, 4]);
    assert.deepEqual(ids(plans.list('matrix')), [1, 2, 4]);
    assert.deepEqual(ids(plans.list('matrix', team)), [1, 4]);
    assert.deepEqual(ids(plans.list('terminal', team)), []);
  });

  test('change only in what is named', () => {
    const plans = table();
    const added = plans.add(wish);
    plans.update(1, { runs: 3, lastRunMs: 2000 });
    assert.deepEqual(plans.get(1), { ...added, runs: 3, lastRunMs: 2000 });
    plans.update(1, { state: 'paused', nextRunMs: 5000 });
    assert.deepEqual(plans.get(1), { ...added, runs: 3, lastRunMs: 2000, state: 'paused', nextRunMs: 5000 });
    plans.update(1, { nextRunMs: undefined });
    const { nextRunMs: _, ...over } = added;
    assert.deepEqual(plans.get(1), { ...over, runs: 3, lastRunMs: 2000, state: 'paused' });
    plans.update(99, { state: 'paused' });
    assert.equal(plans.list().length, 1);
  });

  test('that never run have no next run', () => {
    const { nextRunMs: _, ...never } = wish;
    assert.equal('nextRunMs' in table().add(never), false);
  });

  test('leave their number free for nobody', () => {
    const plans = table();
    plans.add(wish);
    plans.remove(1);
    assert.deepEqual(plans.list(), []);
    assert.equal(plans.add(wish).id, 2);
  });

  test('are undone with their transaction', () => {
    const database = new Database(':memory:');
    const plans = new PlansTable(database);
    plans.add(wish);
    assert.throws(() =>
      database.transaction(() => {
        plans.update(1, { runs: 7 });
        plans.add(wish);
        throw new Error('no');
      }),
    );
    assert.deepEqual([plans.list().length, plans.get(1)?.runs], [1, 0]);
  });
});
