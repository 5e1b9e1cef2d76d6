import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { patienceMs, Unreadable } from '#src/chat/matrix/crypto/unreadable.ts';
import type { RawObject } from '#src/chat/matrix/raw.ts';

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
const idsOf = (unreadable: Unreadable): readonly unknown[] => unreadable.entries().map(({ event }) => event['event_id']);

describe('messages that came before their keys', () => {
  it('are kept once each, oldest first, and across a restart', () => {
    const memory = new MemoryInTest();
    const first = new Unreadable(memory);
    assert.ok(first.keep(room, sealed('$2'), 2000));
    assert.ok(first.keep(room, sealed('$1'), 1000));
    assert.ok(first.keep(room, sealed('$2'), 9000), 'a repeated step changes nothing');
    const again = new Unreadable(memory);
    assert.deepEqual(idsOf(again), ['$1', '$2']);
    assert.deepEqual(again.entries()[0]?.event, withoutUnsigned(sealed('$1')));
    again.forget(again.entries().slice(0, 1));
    assert.deepEqual(idsOf(new Unreadable(memory)), ['$2']);
  });

  it('wait half a minute', () => {
    const unreadable = new Unreadable(new MemoryInTest());
    assert.equal(unreadable.dueInMs(5), undefined);
    unreadable.keep(room, sealed('$1'), 1000);
    assert.equal(unreadable.dueInMs(1000), patienceMs);
    assert.equal(unreadable.dueInMs(1000 + patienceMs), 0);
    assert.equal(unreadable.dueInMs(99 * patienceMs), 0);
  });

  it('have a bounded number of places, which are used again', () => {
    const memory = new MemoryInTest();
    const unreadable = new Unreadable(memory);
    let kept = 0;
    while (unreadable.keep(room, sealed(`$${kept}`), kept)) kept += 1;
    assert.equal(kept, 200);
    unreadable.forget(unreadable.entries().slice(0, 1));
    assert.ok(unreadable.keep(room, sealed('$new'), 500));
    assert.equal(unreadable.keep(room, sealed('$newer'), 500), false);
    assert.ok(memory.rows.size <= 200);
  });

  it('are told of once for a session, also after a restart', () => {
    const memory = new MemoryInTest();
    const unreadable = new Unreadable(memory);
    assert.ok(unreadable.tell(room, sealed('$1'), 0));
    assert.equal(unreadable.tell(room, sealed('$2'), 0), false, 'the same step');
    assert.ok(unreadable.tell(room, sealed('$3', 'two'), 0));
    assert.ok(unreadable.tell(room, sealed('$4', 'one', '@eve:s'), 0), 'a session belongs to its sender');
    assert.ok(unreadable.tell('!other:s', sealed('$5'), 0));
    unreadable.stored(0);
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
        unreadable.begin();
        if (unreadable.tell(room, sealed(`$${index}`, `${atMs} ${index}`, sender), atMs)) told += 1;
        unreadable.stored(atMs);
      }
      return told;
    };
    assert.equal(answers('@eve:s', 0), 5);
    assert.equal(answers('@ada:s', 0), 5, 'others are not silenced by it');
    assert.equal(answers('@eve:s', 3_599_000), 0);
    assert.equal(answers('@eve:s', 3_601_000), 5);
  });

  it('are not made of what stands broken in the memory', () => {
    const memory = new MemoryInTest();
    memory.set('unreadable:0', '{"roomId":7}');
    memory.set('unreadable:1', '');
    assert.deepEqual(new Unreadable(memory).entries(), []);
  });
});

function withoutUnsigned({ unsigned: _unsigned, ...event }: RawObject): RawObject {
  return event;
}
