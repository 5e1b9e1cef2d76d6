import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DeviceId, initAsync, OlmMachine, RequestType, UserId } from '@matrix-org/matrix-sdk-crypto-wasm';

import { DeliveryError } from '#core/errors.ts';
import { Encrypter, type EncrypterOptions } from '#src/chat/matrix/crypto/encrypter.ts';
import { quiet } from '#src/chat/matrix/crypto/open-machine.ts';
import type { OutgoingQueue } from '#src/chat/matrix/crypto/outgoing-queue.ts';
import type { OutgoingRequest } from '#src/chat/matrix/crypto/outgoing.ts';
import type { Rooms } from '#src/chat/matrix/rooms.ts';

import { LogInTest } from '../fakes.ts';

const room = '!room:small.test';
const event = { type: 'm.room.message', content: { msgtype: 'm.text', body: 'for the members' } };

async function newMachine(userId: string, deviceId: string): Promise<OlmMachine> {
  await initAsync();
  return OlmMachine.initialize(new UserId(userId), new DeviceId(deviceId), undefined, undefined, quiet);
}

/** The bot's device, and one other of which it knows everything that is needed to write to it. */
async function botAndBen(readers: () => readonly string[], more: Partial<EncrypterOptions> = {}) {
  const bot = await newMachine('@bot:small.test', 'BOT');
  const ben = await newMachine('@ben:small.test', 'BEN');
  const upload = (await ben.outgoingRequests()).find(({ type }) => type === RequestType.KeysUpload);
  const { device_keys: device, one_time_keys: oneTime } = JSON.parse(upload?.body ?? '{}');
  const given: string[] = [];
  const devicesOf = (user: string) => [user, user === '@ben:small.test' ? { BEN: device } : {}];
  const answer = async (request: OutgoingRequest): Promise<object> => {
    switch (request.type) {
      case RequestType.KeysQuery:
        return { device_keys: Object.fromEntries(Object.keys(JSON.parse(request.body).device_keys).map(devicesOf)), failures: {} };
      case RequestType.KeysClaim: {
        const [[id, key] = ['', {}]] = Object.entries(oneTime);
        return { one_time_keys: { '@ben:small.test': { BEN: { [id]: key } } }, failures: {} };
      }
      default:
        if (request.type === RequestType.ToDevice) given.push(...Object.keys(JSON.parse(request.body).messages));
        return {};
    }
  };
  const send = async (request: OutgoingRequest): Promise<void> => {
    await bot.markRequestAsSent(request.id ?? '', request.type, JSON.stringify(await answer(request)));
  };
  const outgoing = {
    devicesKnown: async () => {
      for (const request of await bot.outgoingRequests()) if (request.type === RequestType.KeysQuery) await send(request);
    },
  } as unknown as OutgoingQueue;
  const rooms = {
    encryption: async () => ({ algorithm: 'm.megolm.v1.aes-sha2' }),
    historyVisibility: async () => 'shared',
    readers: async () => new Set(readers()),
  } as unknown as Rooms;
  const log = new LogInTest();
  return {
    encrypter: new Encrypter({ machine: bot, send, outgoing, rooms, sharing: 'all', log, onUnsigned: () => {}, ...more }),
    given,
    log,
  };
}

describe('a message for an encrypted room', () => {
  it('is not kept from everybody by an id in the room that is none', async () => {
    const odd = ['@a:', '@:', '@a:b c', '@a:b/c', '@a:b:99999', '@a:_b', 'nobody', ''];
    const there = await botAndBen(() => [...odd, '@ben:small.test']);
    assert.equal((await there.encrypter.encrypt(room, event)).type, 'm.room.encrypted');
    assert.deepEqual(there.given, ['@ben:small.test']);
  });

  it('gives nobody its keys who left while they were on the way', async () => {
    let asked = 0;
    const there = await botAndBen(() => ((asked += 1) === 1 ? ['@bot:small.test', '@ben:small.test'] : ['@bot:small.test']));
    await there.encrypter.encrypt(room, event);
    assert.deepEqual(there.given, []);
  });

  it('waits where people come and go all the time', async () => {
    let asked = 0;
    const there = await botAndBen(() => ['@bot:small.test', `@guest${(asked += 1)}:small.test`]);
    await assert.rejects(
      there.encrypter.encrypt(room, event),
      (error) => error instanceof DeliveryError && error.failure === 'uncertain' && /change faster/.test(error.message),
    );
    assert.deepEqual(there.given, []);
  });

  it('says where it can’t be written for want of a signature of the bot’s own device', async () => {
    let said = 0;
    const there = await botAndBen(() => ['@ben:small.test'], { sharing: 'crossSigned', onUnsigned: () => (said += 1) });
    await assert.rejects(there.encrypter.encrypt(room, event), (error) => error instanceof DeliveryError && error.failure === 'uncertain');
    assert.equal(said, 1);
  });
});
