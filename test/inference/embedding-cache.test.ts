import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { EmbeddingCache } from '../../src/inference/embedding-cache.ts';

type Entry = { readonly bytes: number; readonly name: string };
const entry = (name: string, bytes: number): Entry => ({ name, bytes });

test('the one that was not used for longest gives way', () => {
  const cache = new EmbeddingCache<Entry>(250);
  cache.set('a', entry('a', 100));
  cache.set('b', entry('b', 100));
  assert.equal(cache.get('a')?.name, 'a');
  cache.set('c', entry('c', 100));
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.get(key)?.name),
    ['a', undefined, 'c'],
  );
  assert.equal(cache.bytes, 204);
});

test('one that is larger than everything allowed is kept alone', () => {
  const cache = new EmbeddingCache<Entry>(250);
  cache.set('a', entry('a', 100));
  cache.set('b', entry('b', 1000));
  assert.deepEqual([cache.get('a'), cache.get('b')?.name, cache.bytes], [undefined, 'b', 1002]);
});

test('long keys count as well, and an entry that is replaced counts once', () => {
  const cache = new EmbeddingCache<Entry>(250);
  cache.set('a', entry('old', 100));
  cache.set('a', entry('new', 50));
  assert.deepEqual([cache.get('a')?.name, cache.bytes], ['new', 52]);
  cache.set('x'.repeat(100), entry('long', 10));
  assert.deepEqual([cache.get('a'), cache.bytes], [undefined, 210]);
});

test('bytes are those of the entries, and within bounds but for the newest', () => {
  const action = fc.record({ key: fc.constantFrom('a', 'b', 'cc', 'ddd'), bytes: fc.nat(300) });
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      const cache = new EmbeddingCache<Entry>(250);
      for (const { key, bytes } of actions) {
        cache.set(key, entry(key, bytes));
        assert.equal(cache.get(key)?.bytes, bytes);
        assert.ok(cache.bytes <= Math.max(250, bytes + 2 * key.length));
      }
      const left = ['a', 'b', 'cc', 'ddd'].flatMap((key) => {
        const found = cache.get(key);
        return found ? [found.bytes + 2 * key.length] : [];
      });
      assert.equal(
        left.reduce((sum, bytes) => sum + bytes, 0),
        cache.bytes,
      );
    }),
  );
});
