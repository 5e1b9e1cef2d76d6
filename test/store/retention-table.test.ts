import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roomId } from '#core/types.ts';
import { localRoomId } from '#src/chat/web/local-room.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

const options = { beforeMs: 5000, nowMs: 9000, removePosts: false, keepStarred: false } as const;

test('old messages of the local room go with what they name; the newest stays, so that no number comes again', (t) => {
  const store = new SqliteStore(':memory:');
  t.after(() => store.close());
  const file = `${'a'.repeat(64)}.png`;
  for (const atMs of [1000, 2000, 3000]) store.history.append({ transactionId: `t${atMs}`, atMs, body: { kind: 'image', key: file } });
  assert.deepEqual(store.retention.rooms(), [{ platform: 'room', roomId: localRoomId }]);
  const place = { platform: 'room', roomId: localRoomId } as const;
  assert.deepEqual(store.retention.eraseSome({ ...place, roomId: roomId('!another') }, options), { jobs: 0, rows: 0, isLast: true });
  assert.equal(store.personal.erasures().length, 0, 'nothing went, so nothing is to be done');
  assert.deepEqual(store.retention.eraseSome(place, options), { jobs: 0, rows: 2, isLast: false });
  assert.deepEqual(store.retention.eraseSome(place, options), { jobs: 0, rows: 0, isLast: true });
  const [last] = store.history.latest(10);
  assert.equal(last?.sequence, 3);
  assert.equal(store.history.append({ transactionId: 'next', atMs: 9000, body: {} }).sequence, 4);
  const [left] = store.personal.erasures();
  assert.deepEqual(store.personal.files(left?.id ?? 0), [file]);
  assert.equal(left?.user, undefined, 'it names nobody');
});
