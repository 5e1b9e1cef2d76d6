import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { patienceMs, Unreadable } from '#src/chat/matrix/crypto/unreadable.ts';
import type { RawObject } from '#src/chat/common/raw.ts';

import { MemoryInTest } from '../fakes.ts';

const room = '!r:s';
const sealed = (id: string, session = 'one', sender = '@ada:s'): RawObject => ({
  type: 'm.room.encrypted',
  event_id: id,
  sender,
  origin_server_ts: 1,
  content: { algorithm: 'm.megolm.v1.aes-sha2', session_id: session, ciphertext: 'x' },
  unsigned: { age: 3 },
});
/** One step that does `work` and is stored. */
function stepped<Result>(unreadable: Unreadable, work: () => Result, nowMs = 0): Result {
  unreadable.begin();
  const result = work();
  unreadable.store(nowMs);
  unreadable.stored();
  return result;
}
const idsOf = (unreadable: Unreadable): readonly unknown[] => unreadable.entries().map(({ event }) => event['event_id']);

describe('messages that came before their keys', () => {
  it('are kept once each, in the order in which they came, and across a restart', () => {
    const memory = new MemoryInTest();
    const first = new Unreadable(memory);
    stepped(first, () => {
      for (let index = 1; index <= 9; index += 1) assert.ok(first.keep(room, sealed(`$${index}`), 2000 - index), 'clocks are set back');
      assert.ok(first.keep(room, sealed('$2'), 9000), 'an event that is named twice is one');
    });
    const again = new Unreadable(memory);
    assert.ok(again.keep(room, sealed('$2'), 9000));
    assert.deepEqual(idsOf(again), ['$1', '$2', '$3', '$4', '$5', '$6', '$7', '$8', '$9']);
    assert.equal(again.dueInMs(2000), patienceMs - 9);
    assert.deepEqual(again.entries()[0]?.event, withoutUnsigned(sealed('$1')));
    stepped(again, () => {
      for (let index = 1; index <= 7; index += 1) again.giveUp(room, `$${index}`);
      again.keep(room, sealed('$0'), 0);
    });
    assert.deepEqual(idsOf(again), ['$8', '$9', '$0']);
    assert.deepEqual(idsOf(new Unreadable(memory)), ['$8', '$9', '$0']);
  });

  it('are kept and given up as their step is stored, or not at all', () => {
    const memory = new MemoryInTest();
    const unreadable = new Unreadable(memory);
    unreadable.keep(room, sealed('$1'), 0);
    assert.deepEqual(idsOf(unreadable), ['$1'], 'the step itself knows it');
    assert.equal(memory.rows.size, 0);
    unreadable.begin();
    assert.deepEqual(idsOf(unreadable), []);
    stepped(unreadable, () => unreadable.keep(room, sealed('$1'), 0));
    unreadable.begin();
    unreadable.giveUp(room, '$1');
    assert.deepEqual(idsOf(unreadable), []);
    unreadable.begin();
    assert.deepEqual(idsOf(unreadable), ['$1']);
  });

  it('are given up with their room, in which others keep theirs', () => {
    const memory = new MemoryInTest();
    const unreadable = new Unreadable(memory);
    stepped(unreadable, () => {
      for (const [place, id] of [
        [room, '$1'],
        [room, '$2'],
        ['!other:s', '$1'],
      ] as const)
        unreadable.keep(place, sealed(id), 0);
    });
    stepped(unreadable, () => unreadable.giveUpRoom(room));
    assert.deepEqual(
      unreadable.entries().map(({ roomId }) => roomId),
      ['!other:s'],
    );
    assert.equal(memory.rows.size, 1);
  });

  it('wait half a minute', () => {
    const unreadable = new Unreadable(new MemoryInTest());
    assert.equal(unreadable.dueInMs(5), undefined);
    unreadable.keep(room, sealed('$1'), 1000);
    assert.equal(unreadable.dueInMs(1000), patienceMs);
    assert.equal(unreadable.dueInMs(1000 + patienceMs), 0);
    assert.equal(unreadable.dueInMs(99 * patienceMs), 0);
  });

  it('have a bounded number of places in each room, and for each person there', () => {
    const memory = new MemoryInTest();
    const unreadable = new Unreadable(memory);
    const fill = (place: string, sender: string): number => {
      let kept = 0;
      while (unreadable.keep(place, sealed(`${sender} ${kept}`, 'one', sender), kept)) kept += 1;
      return kept;
    };
    stepped(unreadable, () => {
      assert.equal(fill(room, '@eve:s'), 400);
      assert.equal(fill(room, '@ada:s'), 400, 'others have theirs');
      assert.equal(fill(room, '@ben:s') + fill(room, '@cleo:s') + fill(room, '@dora:s'), 800);
      assert.equal(fill('!other:s', '@eve:s'), 400, 'and other rooms');
    });
    assert.equal(memory.rows.size, 2000);
    unreadable.giveUp(room, '@eve:s 7');
    assert.ok(unreadable.keep(room, sealed('$new', 'one', '@eve:s'), 500));
    assert.equal(unreadable.keep(room, sealed('$newer', 'one', '@eve:s'), 500), false);
  });

  it('are no longer than a command may be', () => {
    const unreadable = new Unreadable(new MemoryInTest());
    const long = (length: number): RawObject => ({ ...sealed('$1'), content: { ciphertext: 'x'.repeat(length) } });
    assert.equal(unreadable.keep(room, long(16_384), 0), false);
    assert.ok(unreadable.keep(room, long(16_000), 0));
  });

  it('are told of once for a session, also after a restart', () => {
    const memory = new MemoryInTest();
    const unreadable = new Unreadable(memory);
    assert.ok(unreadable.tell(room, sealed('$1'), 0));
    assert.equal(unreadable.tell(room, sealed('$2'), 0), false, 'the same step');
    assert.ok(unreadable.tell(room, sealed('$3', 'two'), 0));
    assert.ok(unreadable.tell(room, sealed('$4', 'one', '@eve:s'), 0), 'a session belongs to its sender');
    assert.ok(unreadable.tell('!other:s', sealed('$5'), 0));
    unreadable.store(0);
    unreadable.stored();
    for (const told of [sealed('$6'), sealed('$7', 'two')]) assert.equal(new Unreadable(memory).tell(room, told, 0), false);
  });

  it('are told of again where what was found could not be stored', () => {
    const unreadable = new Unreadable(new MemoryInTest());
    assert.ok(unreadable.tell(room, sealed('$1'), 0));
    unreadable.begin();
    assert.ok(unreadable.tell(room, sealed('$1'), 0));
  });

  it('bring one person no more than five answers an hour: sessions are free to make', () => {
    const unreadable = new Unreadable(new MemoryInTest());
    const answers = (sender: string, atMs: number): number => {
      let told = 0;
      for (let index = 0; index < 50; index += 1) {
        if (stepped(unreadable, () => unreadable.tell(room, sealed(`$${index}`, `${atMs} ${index}`, sender), atMs), atMs)) told += 1;
      }
      return told;
    };
    assert.equal(answers('@eve:s', 0), 5);
    assert.equal(answers('@ada:s', 0), 5, 'others are not silenced by it');
    assert.equal(answers('@eve:s', 3_599_000), 0);
    assert.equal(answers('@eve:s', 3_601_000), 5);
  });

  it('are told of again to who tries again after an hour, and remembered for no longer', () => {
    const memory = new MemoryInTest();
    const tells = (atMs: number, session = 'one'): boolean => {
      const unreadable = new Unreadable(memory);
      return stepped(unreadable, () => unreadable.tell(room, sealed('$1', session), atMs), atMs);
    };
    const hourMs = 3_600_000;
    assert.deepEqual([tells(0), tells(hourMs - 1), tells(hourMs), tells(hourMs + 1)], [true, false, true, false]);
    assert.ok(tells(-2 * hourMs), 'a clock that was set back silences nobody');
    for (let hour = 3; hour < 30; hour += 1) assert.ok(tells(hour * hourMs, `session ${hour}`));
    assert.equal(memory.rows.size, 1);
  });

  it('bring one person no more than five answers an hour, also after restarts', () => {
    const memory = new MemoryInTest();
    let told = 0;
    for (let index = 0; index < 9; index += 1) {
      const unreadable = new Unreadable(memory);
      if (stepped(unreadable, () => unreadable.tell(room, sealed('$1', `s${index}`), index), index)) told += 1;
    }
    assert.equal(told, 5);
  });

  it('are not made of what stands broken in the memory', () => {
    const memory = new MemoryInTest();
    memory.set('unreadable:0', '{"roomId":7}');
    memory.set('unreadable:1', '');
    memory.set('unreadable-told:1', 'yes');
    assert.deepEqual(new Unreadable(memory).entries(), []);
    assert.equal(memory.rows.size, 0);
  });
});

function withoutUnsigned({ unsigned: _unsigned, ...event }: RawObject): RawObject {
  return event;
}
