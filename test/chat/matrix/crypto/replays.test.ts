import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { megolmIndex, Replays } from '#src/chat/matrix/crypto/replays.ts';

import { MemoryInTest } from '../fakes.ts';

const ciphertext = (...index: number[]): string =>
  Buffer.from([3, 8, ...index, 0x12, 1, 7])
    .toString('base64')
    .replaceAll('=', '');
const event = (id: string, index: number, session = 's') => ({
  event_id: id,
  content: { session_id: session, ciphertext: ciphertext(index) },
});

describe('a message that was read before', () => {
  it('is known under another id, also after a restart; the same event again is no replay', () => {
    const memory = new MemoryInTest();
    const replays = new Replays(memory);
    assert.equal(replays.isReplay('!r', event('$1', 0)), false);
    assert.equal(replays.isReplay('!r', event('$1', 0)), false);
    assert.equal(replays.isReplay('!r', event('$2', 1)), false);
    assert.equal(new Replays(memory).isReplay('!r', event('$3', 0)), true);
    assert.equal(new Replays(memory).isReplay('!r', event('$1', 0)), false);
    assert.equal(replays.isReplay('!r', event('$3', 0, 'other')), false);
    assert.equal(replays.isReplay('!other', event('$3', 0)), false);
  });

  it('costs one short entry for 64 messages', () => {
    const memory = new MemoryInTest();
    const replays = new Replays(memory);
    for (let index = 0; index < 128; index += 1) assert.equal(replays.isReplay('!r', event(`$${index}`, index % 128)), false);
    assert.equal(memory.rows.size, 2);
    for (const text of memory.rows.values()) assert.ok(text.length < 1500, `${text.length}`);
  });

  it('is told by its index', () => {
    assert.equal(megolmIndex(ciphertext(0)), 0);
    assert.equal(megolmIndex(ciphertext(127)), 127);
    assert.equal(megolmIndex(ciphertext(0x80, 0x01)), 128);
    assert.equal(megolmIndex(ciphertext(0xff, 0xff, 0xff, 0xff, 0x0f)), 2 ** 32 - 1);
    for (const none of [
      '',
      'A',
      '!',
      ciphertext(0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      Buffer.from([2, 8, 1]).toString('base64'),
      'AwgA'.slice(0, 3),
    ]) {
      assert.equal(megolmIndex(none), undefined, none);
    }
  });
});
