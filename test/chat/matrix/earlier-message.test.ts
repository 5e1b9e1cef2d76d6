import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DeliveryError } from '#core/errors.ts';
import type { Delivery } from '#core/ports.ts';
import { paragraph } from '#core/rich-text.ts';
import { eventId, roomId as asRoomId } from '#core/types.ts';
import { BotClient } from '#src/chat/matrix/client.ts';
import { deliveryKey, EarlierMessages, plainContent } from '#src/chat/matrix/earlier-message.ts';
import { sessionSinceMs } from '#src/chat/common/session.ts';

import { MemoryInTest } from './fakes.ts';
import { botUserId, json, roomId, SmallHomeserver } from './small-homeserver.ts';

const hourMs = 3_600_000;
const nowMs = 1_000 * hourMs;

const delivery = (more: Partial<Delivery> = {}): Delivery => ({
  transactionId: 'k7f3-end',
  roomId: asRoomId(roomId),
  queuedAtMs: nowMs - 30 * hourMs,
  replyTo: eventId('$command'),
  content: { kind: 'text', text: [paragraph('done')] },
  ...more,
});

const own = (id: string, transactionId: string, more: object = {}): object => ({
  event_id: id,
  type: 'm.room.message',
  sender: botUserId,
  origin_server_ts: nowMs - 29 * hourMs,
  content: { body: 'x', [deliveryKey]: transactionId },
  ...more,
});

function earlierOn(homeserver: SmallHomeserver, since = 0, clock = { now: () => nowMs, elapsedMs: () => 0 }): EarlierMessages {
  const signal = new AbortController().signal;
  const client = new BotClient({ homeserverUrl: homeserver.url, accessToken: 't', signal, timeoutMs: 1000, maxAnswerBytes: 1e6 });
  return new EarlierMessages({
    client,
    ownUserId: botUserId,
    sessionSinceMs: since,
    ...clock,
    contentOf: (_room, event) => Promise.resolve(plainContent(event)),
  });
}

/** The room's history after the command, in pages. */
function history(homeserver: SmallHomeserver, ...pages: readonly (readonly object[])[]): void {
  homeserver.when('/context/', (_, response) => json(response, 200, { end: 'p0' }));
  homeserver.when('/messages', (request, response) => {
    const page = Number((request.query.get('from') ?? 'p0').slice(1));
    json(response, 200, { chunk: pages[page] ?? [], ...(page + 1 < pages.length ? { end: `p${page + 1}` } : {}) });
  });
}

const unknowable = (error: unknown): boolean => error instanceof DeliveryError && error.failure === 'unknowable';

describe('a message that an earlier attempt may have left', () => {
  it('is looked for only where the server may have forgotten its transaction', async () => {
    await using homeserver = await SmallHomeserver.start();
    const earlier = earlierOn(homeserver, nowMs - 2 * hourMs);
    const aged = (ageMs: number): boolean => earlier.mayBeForgotten(delivery({ queuedAtMs: nowMs - ageMs }));
    assert.equal(aged(hourMs), false);
    assert.equal(aged(3 * hourMs), true, 'another device was sending then');
    assert.equal(earlierOn(homeserver).mayBeForgotten(delivery({ queuedAtMs: nowMs - 3 * hourMs })), false);
    assert.equal(earlierOn(homeserver).mayBeForgotten(delivery({ queuedAtMs: nowMs - 23.1 * hourMs })), true);
    assert.equal(aged(-1), true, 'the clock was set back');
    const { queuedAtMs: _, ...once } = delivery();
    assert.equal(earlier.mayBeForgotten(once), false, 'what is tried once can not come twice');
    const reaction = delivery({ content: { kind: 'reaction', target: eventId('$x'), emoji: '🔁' } });
    assert.equal(earlier.mayBeForgotten(reaction), false, 'the server refuses the same reaction twice');
  });

  it('is looked for a day long, once a clock was put right: ages say nothing then', async () => {
    await using homeserver = await SmallHomeserver.start();
    let [wallMs, elapsedMs] = [nowMs, 0];
    const earlier = earlierOn(homeserver, 0, { now: () => wallMs, elapsedMs: () => elapsedMs });
    const isLookedFor = (): boolean => earlier.mayBeForgotten(delivery({ queuedAtMs: wallMs - 1000 }));
    wallMs += 0.5 * hourMs;
    assert.equal(isLookedFor(), false, 'by a little');
    wallMs += 25 * hourMs;
    assert.equal(isLookedFor(), true);
    wallMs -= 25 * hourMs;
    assert.equal(isLookedFor(), true, 'and back');
    [wallMs, elapsedMs] = [wallMs + 22 * hourMs, elapsedMs + 22 * hourMs];
    assert.equal(isLookedFor(), true);
    [wallMs, elapsedMs] = [wallMs + 2 * hourMs, elapsedMs + 2 * hourMs];
    assert.equal(isLookedFor(), false);
  });

  it('is found among the messages after the one that it answers', async () => {
    await using homeserver = await SmallHomeserver.start();
    history(homeserver, [own('$1', 'k7f3-A1')], [own('$2', 'k7f3-end', { sender: '@mallory:small.test' }), own('$3', 'k7f3-end')]);
    assert.equal(await earlierOn(homeserver).find(delivery()), '$3');
    const [first] = homeserver.asked('/messages');
    assert.match(homeserver.asked('/context/')[0]?.path ?? '', /\/context\/\$command$/);
    assert.deepEqual([first?.query.get('dir'), first?.query.get('from')], ['f', 'p0']);
    assert.match(first?.query.get('filter') ?? '', /"senders":\["@bot:small\.test"\]/);
  });

  it('is certainly not there when all that came since holds no such mark', async () => {
    await using homeserver = await SmallHomeserver.start();
    history(homeserver, [own('$1', 'k7f3-A1')], []);
    assert.equal(await earlierOn(homeserver).find(delivery()), undefined);
    assert.equal(homeserver.asked('/messages').length, 2);
  });

  it('is looked for back to the time of its first attempt where nothing in the room is older for certain', async () => {
    await using homeserver = await SmallHomeserver.start();
    const pages = [1, 20, 50, 70].map((hours) => [own(`$${hours}`, `t${hours}`, { origin_server_ts: nowMs - hours * hourMs })]);
    history(homeserver, ...pages);
    homeserver.when('/context/', (_, response) => json(response, 404, { errcode: 'M_NOT_FOUND', error: 'not for you' }));
    const { replyTo: _, ...head } = delivery();
    assert.equal(await earlierOn(homeserver).find(head), undefined);
    assert.equal(homeserver.asked('/messages').length, 4, 'until 26 hours before it');
    assert.equal(homeserver.asked('/messages')[0]?.query.get('dir'), 'b');
    assert.equal(await earlierOn(homeserver).find(delivery({ transactionId: 't50' })), '$50', 'an answer to what can not be seen');
  });

  it('is unknowable where the history can not be read, has what can not be decrypted, or never ends', async () => {
    await using homeserver = await SmallHomeserver.start();
    homeserver.when('/context/', (_, response) => json(response, 200, { end: 'p0' }));
    homeserver.when('/messages', (_, response) => json(response, 403, { errcode: 'M_FORBIDDEN', error: 'no' }), 1);
    await assert.rejects(earlierOn(homeserver).find(delivery()), unknowable);

    history(homeserver, [own('$1', 'k7f3-end', { type: 'm.room.encrypted', content: { ciphertext: 'x' } })]);
    await assert.rejects(earlierOn(homeserver).find(delivery()), unknowable);
    history(homeserver, [own('$1', '', { type: 'm.room.encrypted', content: {} })], [own('$2', 'k7f3-end')]);
    assert.equal(await earlierOn(homeserver).find(delivery()), '$2', 'found all the same');

    history(homeserver, ...Array.from({ length: 60 }, (_, page) => [own(`$${page}`, `t${page}`)]));
    await assert.rejects(earlierOn(homeserver).find(delivery()), unknowable);
  });

  it('is asked for again later where the server could not answer', async () => {
    await using homeserver = await SmallHomeserver.start();
    homeserver.when('/context/', (_, response) => response.writeHead(502).end('<html>'), 1);
    await assert.rejects(earlierOn(homeserver).find(delivery()), (error) => !unknowable(error));
  });
});

describe('the session', () => {
  it('counts from when the device became another one', () => {
    const memory = new MemoryInTest();
    assert.equal(sessionSinceMs(memory, '@bot:x ONE', 1000), 0, 'there was no other');
    assert.equal(sessionSinceMs(memory, '@bot:x ONE', 2000), 0);
    assert.equal(sessionSinceMs(memory, '@bot:x TWO', 3000), 3000);
    assert.equal(sessionSinceMs(memory, '@bot:x TWO', 4000), 3000);
  });
});
