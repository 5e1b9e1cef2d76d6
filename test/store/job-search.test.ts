import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HistorySearch } from '#core/job-store-port.ts';
import { jobId, roomId, userId, type Job } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { image, job } from './fixtures.ts';

function open(t: { after: (work: () => void) => void }): {
  store: SqliteStore;
  done: (wish: Job, state?: 'done' | 'cancelled' | 'failed') => void;
  found: (search?: Partial<HistorySearch>) => string[];
} {
  const store = new SqliteStore(':memory:');
  t.after(() => store.close());
  return {
    store,
    done: (wish, state = 'done') => {
      store.jobs.add(wish);
      store.jobs.finishPicture(wish.id, image(0), { provider: 'cpu', workMs: 1, startedAtMs: 1500 });
      store.jobs.end(wish.id, state, 3000);
    },
    found: (search = {}) =>
      store.jobs.find({ platform: 'room', room: roomId('!room'), words: [], limit: 10, ...search }).map(({ id }) => id),
  };
}

test('every word must be in the prompt, in any case, umlauts and composed letters included', (t) => {
  const { done, found } = open(t);
  done(job('fox', '@ada:room', { prompt: 'A red FOX in the fog' }));
  done(job('owl', '@ada:room', { prompt: 'ein ÜBERGROSSER Bär, grün' }));
  done(job('cafe', '@ada:room', { prompt: 'Cafe\u0301 in Österreich' }));
  assert.deepEqual(found({ words: ['fox'] }), ['fox']);
  assert.deepEqual(found({ words: ['Fog', 'RED'] }), ['fox']);
  assert.deepEqual(found({ words: ['fog', 'bär'] }), []);
  assert.deepEqual(found({ words: ['übergrosser', 'GRÜN'] }), ['owl']);
  assert.deepEqual(found({ words: ['CAFÉ', 'österreich'] }), ['cafe']);
  assert.deepEqual(found(), ['cafe', 'owl', 'fox']);
  assert.deepEqual(found({ words: [''] }), ['cafe', 'owl', 'fox']);
});

test('no character of a word has a meaning of its own', (t) => {
  const { done, found } = open(t);
  done(job('plain', '@ada:room', { prompt: '100 foxes' }));
  done(job('signs', '@ada:room', { prompt: String.raw`100% fox_es \ "so" 'said' [he] *?` }));
  for (const word of ['100%', '_', '\\', '"so"', "'said'", '[he]', '*?']) assert.deepEqual(found({ words: [word] }), ['signs'], word);
  assert.deepEqual(found({ words: ['%'.repeat(3)] }), []);
  assert.deepEqual(found({ words: Array.from({ length: 2000 }, (_, i) => `word${i}`) }), []);
});

test('only jobs of this room that ended with a picture, of this person and since then, newest first', (t) => {
  const { store, done, found } = open(t);
  done(job('old', '@ada:room', { queuedAtMs: 1000 }));
  done(job('bob', '@bob:room', { queuedAtMs: 2000 }));
  done(job('half', '@ada:room', { queuedAtMs: 3000, count: 4 }), 'cancelled');
  done(job('elsewhere', '@ada:room', { room: '!other' }));
  store.jobs.add(job('open', '@ada:room'));
  store.jobs.add(job('nothing', '@ada:room'));
  store.jobs.end(jobId('nothing'), 'failed', 3000, { code: 'internal', params: {} });
  assert.deepEqual(found(), ['half', 'bob', 'old']);
  assert.deepEqual(found({ limit: 2 }), ['half', 'bob']);
  assert.deepEqual(found({ by: userId('@ada:room') }), ['half', 'old']);
  assert.deepEqual(found({ sinceMs: 2000 }), ['half', 'bob']);
  assert.deepEqual(found({ by: userId('@ada:room'), sinceMs: 3001 }), []);
  assert.deepEqual(found({ platform: 'matrix' }), []);
  assert.deepEqual(store.jobs.find({ platform: 'room', room: roomId('!room'), words: [], limit: 1 })[0]?.images, [image(0)]);
});
