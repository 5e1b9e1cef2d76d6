import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DeviceId, EncryptionSettings, OlmMachine, RoomId, UserId } from '@matrix-org/matrix-sdk-crypto-wasm';

import { decrypt } from '#src/chat/matrix/crypto/decrypter.ts';
import { megolmIndex, Replays } from '#src/chat/matrix/crypto/replays.ts';

import { MemoryInTest } from '../fakes.ts';

const base64 = (...parts: readonly (readonly number[] | Uint8Array)[]): string =>
  Buffer.concat(parts.map((part) => Uint8Array.from(part)))
    .toString('base64')
    .replaceAll('=', '');
const protection = new Uint8Array(72);
const ciphertext = (...index: number[]): string => base64([3, 8, ...index, 0x12, 1, 7], protection);
const event = (id: string, index: number, session = 's') => ({
  event_id: id,
  content: { session_id: session, ciphertext: ciphertext(...(index < 128 ? [index] : [0x80 | (index % 128), index >> 7])) },
});

/** One step that finds `events` and stores them. */
function stepped(replays: Replays, ...events: readonly ReturnType<typeof event>[]): readonly string[] {
  replays.begin();
  const found = events.map((each) => replays.look('!r', each));
  replays.store();
  return found;
}

describe('a message that was read before', () => {
  it('is known under another id, also after a restart', () => {
    const memory = new MemoryInTest();
    const replays = new Replays(memory);
    assert.deepEqual(stepped(replays, event('$1', 0), event('$2', 1)), ['new', 'new']);
    assert.deepEqual(stepped(replays, event('$3', 0)), ['again']);
    assert.deepEqual(stepped(new Replays(memory), event('$3', 0), event('$4', 2)), ['again', 'new']);
    assert.equal(replays.look('!r', event('$3', 0, 'other')), 'new');
    assert.equal(replays.look('!other', event('$3', 0)), 'new');
  });

  it('is known in the same step; an event that is named twice is one', () => {
    assert.deepEqual(stepped(new Replays(new MemoryInTest()), event('$1', 0), event('$1', 0), event('$2', 0)), ['new', 'new', 'again']);
  });

  it('is new again where the step that read it was not stored', () => {
    const memory = new MemoryInTest();
    const replays = new Replays(memory);
    replays.begin();
    assert.equal(replays.look('!r', event('$1', 0)), 'new');
    assert.equal(memory.rows.size, 0, 'nothing is written before the step is');
    replays.begin();
    assert.equal(replays.look('!r', event('$1', 0)), 'new');
  });

  it('costs one short entry for a session, whatever its sender leaves out', () => {
    const memory = new MemoryInTest();
    const replays = new Replays(memory);
    for (let index = 0; index < 4000; index += 2) assert.deepEqual(stepped(replays, event(`$${index}`, index)), ['new']);
    for (let index = 0; index < 4000; index += 2) assert.equal(replays.look('!r', event('$again', index)), 'again');
    const [text = '', ...others] = memory.rows.values();
    assert.deepEqual(others, []);
    assert.ok(text.length < 400, `${text.length}`);
  });
});

describe('the place of a message in its session', () => {
  it('is read from the spelling that clients write', () => {
    assert.equal(megolmIndex(ciphertext(0)), 0);
    assert.equal(megolmIndex(ciphertext(127)), 127);
    assert.equal(megolmIndex(ciphertext(0x80, 0x01)), 128);
    assert.equal(megolmIndex(ciphertext(0xff, 0xff, 0xff, 0xff, 0x0f)), 2 ** 32 - 1);
    assert.equal(megolmIndex(base64([3, 8, 1, 0x12, 0x80, 0x01], new Uint8Array(128), protection)), 1);
  });

  it('is read from no other', () => {
    const other: Readonly<Record<string, string>> = {
      nothing: '',
      'no base64': '!',
      'a sign that is passed over': ` ${ciphertext(0)}`,
      'base64 of addresses': ciphertext(0).replaceAll('A', '-'),
      'another version': base64([2, 8, 1, 0x12, 1, 7], protection),
      'an index that is longer than it needs to be': ciphertext(0x81, 0x00),
      'an index beyond 32 bits': ciphertext(0x81, 0x80, 0x80, 0x80, 0x10),
      'an endless index': ciphertext(0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      'an index in front of the index': base64([3, 8, 0x63, 8, 1, 0x12, 1, 7], protection),
      'another field in front': base64([3, 0x18, 1, 8, 1, 0x12, 1, 7], protection),
      'an index behind': base64([3, 8, 1, 0x12, 1, 7, 8, 2], protection),
      'a length that is longer than it needs to be': base64([3, 8, 1, 0x12, 0x81, 0x00, 7], protection),
      'too short': base64([3, 8, 1, 0x12, 1, 7], protection.subarray(1)),
      'cut off': ciphertext(1).slice(0, 4),
    };
    for (const [name, text] of Object.entries(other)) assert.equal(megolmIndex(text), undefined, name);
  });
});

describe('other spellings that the library reads as the same message', () => {
  it('are not carried out', async () => {
    const [user, room] = ['@ada:example.org', '!room:example.org'];
    const machine = await OlmMachine.initialize(new UserId(user), new DeviceId('ADA'));
    await machine.shareRoomKey(new RoomId(room), [new UserId(user)], new EncryptionSettings());
    const seal = async (words: string): Promise<{ readonly ciphertext: string }> =>
      JSON.parse(
        await machine.encryptRoomEvent(new RoomId(room), 'm.room.message', JSON.stringify({ msgtype: 'm.text', body: words })),
      ) as { ciphertext: string };
    await seal('first');
    const content = await seal('!img cancel all');
    const sealed = (id: string, text: string) => ({
      type: 'm.room.encrypted',
      event_id: id,
      sender: user,
      origin_server_ts: 1,
      content: { ...content, ciphertext: text },
    });
    const replays = new Replays(new MemoryInTest());
    assert.equal(replays.look(room, sealed('$1', content.ciphertext)), 'new');
    const bytes = Buffer.from(content.ciphertext, 'base64');
    assert.deepEqual([...bytes.subarray(0, 4)], [3, 8, 1, 0x12]);
    const forgeries = {
      'an index in front': base64([3, 8, 0x63], bytes.subarray(1)),
      'an index beyond 32 bits': base64([3, 8, 0x81, 0x80, 0x80, 0x80, 0x10], bytes.subarray(3)),
    };
    for (const [name, text] of Object.entries(forgeries)) {
      const event = sealed('$2', text);
      assert.equal((await decrypt(machine, room, event, 'all')).kind, 'clear', `${name}: the library refuses it by now`);
      assert.equal(replays.look(room, event), 'misspelt', name);
    }
    assert.equal(replays.look(room, sealed('$2', content.ciphertext)), 'again');
    machine.close();
  });
});
