import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userId } from '#core/types.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

const ada = userId('@ada:example.org');
const bob = userId('@bob:example.org');

test('of a list that names several people, each gets their own entries, and erasing one leaves the others', (t) => {
  const store = new SqliteStore(':memory:');
  t.after(() => store.close());
  const memory = store.memory('matrix');
  const invitation = (roomId: string, inviter: string): object => ({ roomId, inviter });
  memory.set('invitations', JSON.stringify([invitation('!a', ada), invitation('!b', bob), invitation('!c', `${ada}.uk`)]));
  memory.set('plain', `told ${ada} once`);
  memory.set('of-bob', `told ${bob} once`);
  const notes = (user: typeof ada): readonly unknown[] => store.personal.recordsOf({ platform: 'matrix', user }).notes;
  assert.deepEqual(notes(ada), [
    { key: 'invitations', value: JSON.stringify([invitation('!a', ada)]) },
    { key: 'plain', value: `told ${ada} once` },
  ]);
  assert.deepEqual(notes(bob), [
    { key: 'invitations', value: JSON.stringify([invitation('!b', bob)]) },
    { key: 'of-bob', value: `told ${bob} once` },
  ]);
  const id = store.personal.begin({ platform: 'matrix', user: ada, isDirect: false, language: 'en', nowMs: 1 });
  while (store.personal.eraseSome(id));
  assert.deepEqual(notes(ada), []);
  assert.deepEqual(JSON.parse(memory.get('invitations') ?? ''), [invitation('!b', bob), invitation('!c', `${ada}.uk`)]);
  assert.equal(memory.get('plain'), undefined);
});
