import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paragraph } from '#core/rich-text.ts';
import { roomId } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

test('a message keeps its age over attempts; where the clock was set back, it is old from then on', () => {
  const store = new SqliteStore(':memory:');
  const text = { platform: 'room', roomId: roomId('!room'), lane: 'now', content: { kind: 'text', text: [paragraph('x')] } } as const;
  const id = store.outbox.add({ ...text, transactionId: 'a' }, 100_000);
  const ageOf = (nowMs: number): number | undefined => store.outbox.next('room', [['now']], nowMs)?.createdAtMs;
  store.outbox.retry(id, 100_500);
  assert.equal(ageOf(100_500), 100_000);
  store.outbox.retry(id, 20_500);
  assert.equal(ageOf(20_500), 0);
  store.outbox.retry(id, 200_000);
  assert.equal(ageOf(200_000), 0, 'also when it has caught up');
  const oldestAgeMs = (): number | undefined => store.figures(300_000).outbox.find(({ platform }) => platform === 'room')?.oldestAgeMs;
  assert.equal(oldestAgeMs(), 0, 'which is no age of half a century');
  store.outbox.add({ ...text, transactionId: 'b' }, 290_000);
  assert.equal(oldestAgeMs(), 10_000);
  store.close();
});
