import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { oneOfEachSender } from '#src/chat/matrix/crypto/to-device-parts.ts';

const event = (sender: string, number: number) => ({ sender, number });

test('a part holds one of each sender, in the order they came', () => {
  assert.deepEqual(oneOfEachSender([event('a', 1), event('a', 2), event('b', 3), event('a', 4)]), [
    [event('a', 1), event('b', 3)],
    [event('a', 2)],
    [event('a', 4)],
  ]);
  assert.deepEqual(oneOfEachSender([]), []);
});

test('no event is lost, and each sender’s keep their order, however many there are', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 80 }), (senders) => {
      const events = senders.map(event);
      const parts = oneOfEachSender(events);
      assert.ok(parts.length <= 16);
      for (const sender of ['a', 'b', 'c']) {
        assert.deepEqual(
          parts.flat().filter((each) => each['sender'] === sender),
          events.filter((each) => each.sender === sender),
        );
      }
    }),
  );
});
