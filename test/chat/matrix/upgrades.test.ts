import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DeliveryError } from '#core/errors.ts';
import type { Delivery } from '#core/ports.ts';
import { paragraph } from '#core/rich-text.ts';
import { eventId, roomId as asRoomId } from '#core/types.ts';
import { Chores } from '#src/chat/common/chores.ts';
import { isRefusal } from '#src/chat/matrix/homeserver-error.ts';
import { BotClient } from '#src/chat/matrix/client.ts';
import { Upgrades } from '#src/chat/matrix/upgrades.ts';

import { LogInTest, MemoryInTest } from './fakes.ts';
import { json, roomId, SmallHomeserver } from './small-homeserver.ts';

const ada = '@ada:small.test';
const successor = '!new:small.test';
const tombstone = { type: 'm.room.tombstone', state_key: '', sender: ada, content: { body: 'moved', replacement_room: successor } };
const text = [paragraph('done')];
const delivery: Delivery = {
  transactionId: 't1',
  queuedAtMs: 500,
  roomId: asRoomId(roomId),
  threadId: eventId('$command'),
  replyTo: eventId('$command'),
  content: { kind: 'edit', target: eventId('$ack'), text },
};

function upgradesOn(homeserver: SmallHomeserver, users: readonly string[] = [ada], memory = new MemoryInTest()) {
  const ending = new AbortController();
  const { signal } = ending;
  const client = new BotClient({ homeserverUrl: homeserver.url, accessToken: 't', signal, timeoutMs: 1000, maxAnswerBytes: 1e6 });
  const log = new LogInTest();
  const chores = new Chores({ signal, log, random: () => 0, isRefusal });
  const clock = { nowMs: 1000 };
  const allowed = { users, servers: [], rooms: [] };
  const upgrades = new Upgrades({ client, memory, chores, allowed, log, now: () => clock.nowMs });
  homeserver.when('/join', (_, response) => json(response, 200, { room_id: successor }));
  return { upgrades, chores, memory, clock, [Symbol.dispose]: () => ending.abort() };
}

const replaces = (homeserver: SmallHomeserver, predecessor: string): void =>
  homeserver.when(`${successor}/state/m.room.create`, (_, response) => json(response, 200, { predecessor: { room_id: predecessor } }));

describe('a room that was replaced', () => {
  it('is followed, and what is left to be said stands for itself in the new one', async () => {
    await using homeserver = await SmallHomeserver.start();
    using set = upgradesOn(homeserver);
    const { upgrades, chores } = set;
    replaces(homeserver, roomId);
    upgrades.note(roomId, [tombstone]);
    await chores.settled();
    assert.equal(homeserver.asked(`/join/${successor}`).length, 1);
    assert.deepEqual(await upgrades.redirected(delivery), {
      transactionId: 't1',
      queuedAtMs: 500,
      roomId: successor,
      content: { kind: 'text', text },
    });
  });

  it('takes no progress along, which would be a message of its own there', async () => {
    await using homeserver = await SmallHomeserver.start();
    using set = upgradesOn(homeserver);
    replaces(homeserver, roomId);
    set.upgrades.note(roomId, [tombstone]);
    const { queuedAtMs: _, ...progress } = delivery;
    assert.equal(await set.upgrades.redirected(progress), undefined);
  });

  it('is known by asking, where the refusal comes before the news', async () => {
    await using homeserver = await SmallHomeserver.start();
    using set = upgradesOn(homeserver);
    const { upgrades } = set;
    replaces(homeserver, roomId);
    homeserver.when('/state/m.room.tombstone', (_, response) => json(response, 200, tombstone));
    assert.equal((await upgrades.redirected(delivery))?.roomId, successor);
  });

  it('is not followed for somebody who may not bring the bot anywhere', async () => {
    await using homeserver = await SmallHomeserver.start();
    using set = upgradesOn(homeserver, ['@ben:small.test']);
    const { upgrades, chores } = set;
    upgrades.note(roomId, [tombstone]);
    await chores.settled();
    assert.equal(homeserver.asked('/join').length, 0);
  });

  it('can not point answers at a room that does not say that it replaces it', async () => {
    await using homeserver = await SmallHomeserver.start();
    using set = upgradesOn(homeserver);
    const { upgrades } = set;
    replaces(homeserver, '!another:small.test');
    upgrades.note(roomId, [tombstone]);
    assert.equal(await upgrades.redirected(delivery), undefined);
  });

  it('keeps its messages until the bot is in the new one, for a quarter of an hour', async () => {
    await using homeserver = await SmallHomeserver.start();
    using set = upgradesOn(homeserver);
    const { upgrades, chores, memory, clock } = set;
    homeserver.when('/join', (_, response) => json(response, 403, { errcode: 'M_FORBIDDEN', error: 'invitation needed' }));
    homeserver.when(`${successor}/state/`, (_, response) => json(response, 403, { errcode: 'M_FORBIDDEN', error: 'not there' }));
    upgrades.note(roomId, [tombstone]);
    await chores.settled();
    const waits = (error: unknown): boolean => error instanceof DeliveryError && error.failure === 'uncertain';
    await assert.rejects(upgrades.redirected(delivery), waits);
    using again = upgradesOn(homeserver, [ada], memory);
    await assert.rejects(again.upgrades.redirected(delivery), waits, 'after a restart, too');
    assert.equal(homeserver.asked('/join').length, 1, 'a room that wants an invitation is asked once');
    clock.nowMs += 16 * 60_000;
    assert.equal(await upgrades.redirected(delivery), undefined);
  });

  it('is not to be mistaken for one that is not', async () => {
    await using homeserver = await SmallHomeserver.start();
    using set = upgradesOn(homeserver);
    const { upgrades } = set;
    const odd = [
      { ...tombstone, state_key: undefined },
      { ...tombstone, content: { replacement_room: 7 } },
      { ...tombstone, content: { replacement_room: roomId } },
      { ...tombstone, content: null },
      { ...tombstone, type: 'm.room.message' },
    ];
    upgrades.note(roomId, odd);
    assert.equal(await upgrades.redirected(delivery), undefined);
    assert.equal(homeserver.asked('/join').length, 0);
  });
});
