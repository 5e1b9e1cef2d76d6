/** What reaches the encryption: messages that nobody encrypted, and messages to the device itself, which anybody may send. */
import assert from 'node:assert/strict';
import { StoreHandle } from '@matrix-org/matrix-sdk-crypto-wasm';
import fc from 'fast-check';
import type { BotClient } from '#src/chat/matrix/client.ts';
import { MatrixCrypto } from '#src/chat/matrix/crypto/matrix-crypto.ts';
import type { Rooms } from '#src/chat/matrix/rooms.ts';
import { nested } from './nested.ts';
import { nastyWord } from './nasty.ts';
import { target, type FuzzTarget } from './target.ts';

const account = { userId: '@bot:small.test', deviceId: 'BOT' };
const room = '!room:small.test';

const base64 = fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes).toString('base64').replaceAll('=', ''));
const odd = fc.oneof(fc.jsonValue({ maxDepth: 3 }), nested, nastyWord, fc.constant(null));
const or = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.oneof({ weight: 5, arbitrary }, { weight: 1, arbitrary: odd });
const person = fc.constantFrom('@ada:small.test', '@eve:evil.test', account.userId, '@:', '@a:b:c d', '', 'ada');

const encrypted = fc.record(
  {
    algorithm: or(fc.constantFrom('m.megolm.v1.aes-sha2', 'm.megolm.v1.aes-sha2', 'm.olm.v1.curve25519-aes-sha2', 'm.megolm.v2')),
    ciphertext: or(fc.oneof(base64, fc.dictionary(base64, fc.record({ type: fc.nat({ max: 2 }), body: base64 }), { maxKeys: 2 }))),
    session_id: or(base64),
    sender_key: or(base64),
    device_id: or(nastyWord),
    'm.relates_to': or(fc.record({ rel_type: odd, event_id: odd }, { requiredKeys: [] })),
  },
  { requiredKeys: [] },
);
const event = fc.record(
  {
    type: fc.constant('m.room.encrypted'),
    event_id: or(fc.constantFrom('$1', '$')),
    sender: or(person),
    origin_server_ts: or(fc.oneof(fc.nat(), fc.constantFrom(-1, 1e300, 1.5))),
    content: or(encrypted),
    unsigned: odd,
    room_id: or(fc.constantFrom(room, '!other:small.test')),
  },
  { requiredKeys: ['type', 'content'] },
);
const toDevice = fc.record(
  {
    type: or(
      fc.constantFrom(
        'm.room.encrypted',
        'm.room_key',
        'm.forwarded_room_key',
        'm.room_key_request',
        'm.room_key.withheld',
        'm.secret.send',
        'm.key.verification.request',
        'm.dummy',
      ),
    ),
    sender: or(person),
    content: or(
      fc.oneof(encrypted, fc.record({ algorithm: odd, room_id: odd, session_id: odd, session_key: odd, code: odd }, { requiredKeys: [] })),
    ),
  },
  { requiredKeys: [] },
);

const silent = { info: () => {}, warn: () => {}, error: () => {} };

export const encryptedEvents: FuzzTarget = {
  name: 'encrypted',
  what: 'encrypted events that are none, and messages to the device itself',
  nightly: 8000,
  bounded: 200,
  open: async () => {
    const broken: unknown[] = [];
    const ending = new AbortController();
    const client = { ask: async () => ({}), doRequest: async () => ({}) } as unknown as BotClient;
    const crypto = await MatrixCrypto.open({
      client,
      account,
      openStore: async () => ({ handle: await StoreHandle.open(undefined, undefined), holdsDevice: false, close: () => {} }),
      rooms: {} as Rooms,
      sharing: 'all',
      log: silent,
      random: () => 0,
      signal: ending.signal,
      onUnsigned: () => {},
      onBroken: (error) => broken.push(error),
    });
    return {
      property: target(
        fc.asyncProperty(
          event,
          fc.array(toDevice, { maxLength: 3 }),
          fc.array(person, { maxLength: 3 }),
          async (message, messages, users) => {
            const decrypted = await crypto.decrypt(room, message);
            assert.notEqual(decrypted.kind, 'clear', 'nobody gave the bot keys');
            await crypto.receive({
              toDevice: messages,
              changedUsers: users,
              leftUsers: users,
              oneTimeKeys: { signed_curve25519: 50 },
              unusedFallbackKeys: ['signed_curve25519'],
            });
            assert.deepEqual(broken, []);
          },
        ),
      ),
      close: async () => {
        ending.abort();
        await crypto.close();
      },
    };
  },
};
