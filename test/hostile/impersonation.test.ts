/** Threat: admin spoofing. Who somebody is, is what the server says; nothing that they write about themselves counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '#src/chat/matrix/homeserver-error.ts';
import type { BotClient } from '#src/chat/matrix/client.ts';
import { Chores } from '#src/chat/common/chores.ts';
import { incomingEvent, readEvent } from '#src/chat/matrix/incoming.ts';
import { Invitations } from '#src/chat/matrix/invitations.ts';
import { administers } from '#src/chat/matrix/power.ts';
import { syncSince } from '#src/chat/matrix/sync.ts';
import type { EventId } from '#core/types.ts';
import { LogInTest, MemoryInTest } from '../chat/matrix/fakes.ts';
import { testModel, World } from '../app/world.ts';

const bot = '@bot:home.test';
const room = '!trap:evil.test';
const ada = '@ada:home.test';
const eve = '@eve:evil.test';

const invitedBy = (sender: string): object => ({
  type: 'm.room.member',
  state_key: bot,
  sender,
  content: { membership: 'invite', displayname: 'Ada (admin)' },
});

/** What becomes of an invitation whose state holds these events. */
async function invitedWith(events: readonly object[], rooms: readonly string[] = []): Promise<readonly string[]> {
  const done: string[] = [];
  const answer = { next_batch: 's1', rooms: { invite: { [room]: { invite_state: { events } } } } };
  const client = {
    doRequest: async () => answer,
    joinRoom: async (id: string, via: readonly string[]) => void done.push(`joined ${id} by way of ${via.join() || 'nobody'}`),
    leaveRoom: async (id: string) => void done.push(`rejected ${id}`),
  } as unknown as BotClient;
  const log = new LogInTest();
  const { invitations } = await syncSince({ client, ownUserId: bot, log, isOldInvitation: () => false }, 's0', 0);
  const chores = new Chores({ signal: new AbortController().signal, log, random: () => 0, isRefusal });
  const allowed = { users: [ada], servers: ['home.test'], rooms };
  const answering = new Invitations({ client, allowed, memory: new MemoryInTest(), chores, log });
  answering.remember(invitations);
  answering.answer();
  await chores.settled();
  assert.ok(!log.text().includes('@'), 'no person is in the log');
  return done;
}

test('an invitation that the inviting server decorates with one of a trusted person is rejected, in whatever order they stand', async () => {
  // The server that invites says what the room looks like: besides the real invitation, that is whatever it likes.
  assert.deepEqual(await invitedWith([invitedBy(ada)]), [`joined ${room} by way of home.test`]);
  assert.deepEqual(await invitedWith([invitedBy(ada), invitedBy(ada)]), [`joined ${room} by way of home.test`]);
  for (const events of [
    [invitedBy(eve)],
    [invitedBy(ada), invitedBy(eve)],
    [invitedBy(eve), invitedBy(ada)],
    [{ ...invitedBy(ada), sender: 7 }, invitedBy(eve)],
    [invitedBy('@eve:evil.test:home.test')],
    [invitedBy('ada:home.test:evil.test'), invitedBy(ada)],
  ])
    assert.deepEqual(await invitedWith(events), [`rejected ${room}`], JSON.stringify(events));
  assert.deepEqual(await invitedWith([invitedBy(ada), invitedBy(eve)], [room]), [`joined ${room} by way of nobody`], 'open to all');
});

test('a deletion that names two messages deletes neither: only one of them was checked by the server', () => {
  const redaction = (inside: unknown, outside: unknown): object => ({
    event_id: '$r',
    type: 'm.room.redaction',
    sender: eve,
    redacts: outside,
    content: { redacts: inside },
  });
  const read = (raw: object): unknown => readEvent(raw as Parameters<typeof readEvent>[0], bot);
  assert.equal(read(redaction('$victim', '$own')), undefined);
  assert.equal(read(redaction('$own', '$victim')), undefined);
  assert.deepEqual(read(redaction('$own', '$own')), { kind: 'redaction', eventId: '$r', sender: eve, target: '$own' });
  assert.deepEqual(read(redaction(undefined, '$own')), { kind: 'redaction', eventId: '$r', sender: eve, target: '$own' });
});

test('a quote is no word of the quoted, and no sender, right or id in the content counts', () => {
  const content = {
    msgtype: 'm.text',
    body: `> <${ada}> !img admin pause\n> yes\n\n!img queue`,
    format: 'org.matrix.custom.html',
    formatted_body: '<mx-reply>!img admin pause</mx-reply>!img admin resume',
    sender: ada,
    user_id: ada,
    event_id: '$forged',
    isAdmin: true,
    isDirect: true,
    users: { [eve]: 100 },
    'm.relates_to': { 'm.in_reply_to': { event_id: '$of-ada', sender: ada } },
  };
  const read = readEvent({ event_id: '$1', type: 'm.room.message', sender: eve, content }, bot);
  assert.deepEqual(read, { kind: 'message', eventId: '$1', sender: eve, text: '!img queue', replyTo: '$of-ada' });
  const whole = incomingEvent(read, { roomId: room, isAdmin: false, isDirect: false, isUnprotected: false, receivedAtMs: 1 });
  assert.ok(whole.kind === 'message' && !whole.isAdmin && !whole.isDirect && whole.sender === eve);
});

test('power is read from numbers of the room’s own state only', () => {
  const create = { sender: ada, content: { room_version: '11', creator: eve } };
  const odd = [true, [100], { power: 100 }, '100 ', '1e3', '0x64', 'Infinity', 'NaN', null, Number.NaN];
  for (const level of odd) assert.equal(administers(eve, create, { users: { [eve]: level } }), level === '100 ', JSON.stringify(level));
  assert.equal(administers('constructor', create, { users: {} }), false);
  assert.equal(administers('__proto__', create, JSON.parse('{"users":{"__proto__":100}}') as Parameters<typeof administers>[1]), true);
  assert.equal(
    administers(eve, { sender: ada, content: { room_version: '12', additional_creators: eve } }, {}),
    false,
    'a text is no list',
  );
  assert.equal(administers(eve, { sender: ada, content: { room_version: 'a12', additional_creators: [eve] } }, {}), false);
  assert.equal(administers(eve.toUpperCase(), create, { users: { [eve]: 100 } }), false, 'ids are compared whole');
});

const question = (world: World): EventId =>
  world.platform.posts.findLast(({ delivery }) => delivery.event?.type === 'ask')?.id ?? assert.fail('nothing was asked');

test('a name that looks like an admin’s is another person, whoever the message claims to be', async () => {
  await using world = await World.open({}, [testModel], { styles: true, admins: [ada], platform: 'matrix' });
  const lookalikes = ['@ada:home.test\u200b', '@аda:home.test', '@ada:home.test ', '@ADA:home.test', '@ada:home.test:evil.test', 'ada', ''];
  for (const from of lookalikes) await world.asks('!img admin pause', { from, isAdmin: true });
  assert.deepEqual(
    world.platform.refusals,
    lookalikes.map(() => 'bot_admins_only'),
  );
  await world.asks('!img style remove neon', { from: ada });
  for (const from of lookalikes) {
    world.react('👍', question(world), from);
    await world.asks('!img yes', { from, replyTo: question(world), isAdmin: true });
  }
  assert.ok(world.store.styles.get('neon'), 'nobody else’s yes counts');
  world.react('👍', question(world), ada);
  await world.settled();
  assert.equal(world.store.styles.get('neon'), undefined);
});
