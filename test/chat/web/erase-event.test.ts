import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userId, type EventId } from '#core/types.ts';
import { eraseEvent } from '#src/chat/web/erase-event.ts';
import { personTransaction, toWire, type PersonBody } from '#src/chat/web/events.ts';
import { Conversations } from '#src/chat/web/page/conversations.ts';
import { SqliteStore } from '#src/store/sqlite.ts';

test('an erased message leaves its place and nothing else, once, and pages leave it out', (t) => {
  const store = new SqliteStore(':memory:');
  t.after(() => store.close());
  const say = (sender: string, text: string, threadId?: EventId): EventId => {
    const body: PersonBody = { kind: 'message', sender: userId(sender), senderName: sender, text, ...(threadId && { threadId }) };
    return store.history.append({ transactionId: personTransaction(userId(sender), text), atMs: 1, body }).eventId;
  };
  const root = say('@ada:room', 'canary');
  const answer = say('@bob:room', 'stays', root);
  const erase = (id: EventId) => eraseEvent(store.history, (work) => store.transaction(work), id);
  assert.deepEqual(erase(root), { message: 'gone' });
  assert.deepEqual(erase(root), { message: 'missing' });
  assert.deepEqual(erase('$99' as EventId), { message: 'missing' });
  const events = store.history.after(0, 10);
  assert.doesNotMatch(JSON.stringify(events), /ada|canary/u);
  assert.deepEqual(
    events.map(({ body }) => (body as { kind: string }).kind),
    ['erased', 'message', 'erasure'],
  );
  const shown = new Conversations();
  for (const event of events) shown.apply(toWire(event));
  assert.equal(shown.message(root), undefined);
  assert.equal(shown.message(answer)?.text, 'stays');
  assert.deepEqual(shown.ids, [root], 'the conversation keeps its place for what others said in it');
});
