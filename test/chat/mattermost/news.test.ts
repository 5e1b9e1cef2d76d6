import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '../matrix/fakes.ts';
import { NewsInTest } from './news-harness.ts';

const kinds = (room: NewsInTest): readonly string[] => room.inbox.events.map(({ kind }) => kind);

test('a message of the moment comes once, with what it says', async () => {
  await using room = await NewsInTest.started();
  const id = await room.anna.say(room.channelId, '!img a red fox');
  const event = await room.inbox.waitForText('!img a red fox');
  assert.deepEqual(
    { ...event, receivedAtMs: 0 },
    {
      kind: 'message',
      platform: 'mattermost',
      roomId: room.channelId,
      eventId: id,
      sender: room.anna.userId,
      text: '!img a red fox',
      isAdmin: false,
      isDirect: false,
      receivedAtMs: 0,
    },
  );
  assert.deepEqual(room.news.health(), { ok: true });
  assert.equal(room.news.activity().failures, 0);
  assert.ok(room.news.activity().sinceStepMs! < 5000);
});

test('what was said before the first start is not answered, what was said while the bot was down is, once', async () => {
  await using room = await NewsInTest.make();
  await room.anna.say(room.channelId, 'long ago');
  await room.start();
  await room.restart(() => room.anna.say(room.channelId, 'while it was down'));
  await room.inbox.waitForText('while it was down');
  await room.restart();
  await room.anna.say(room.channelId, 'now');
  await room.inbox.waitForText('now');
  assert.deepEqual(room.texts, ['while it was down', 'now']);
});

test('another account begins at the present, wherever the first one was', async () => {
  await using room = await NewsInTest.started();
  room.memory.set('news-account', 'somebody else');
  await room.restart(() => room.anna.say(room.channelId, 'not for it'));
  await room.anna.say(room.channelId, 'now');
  await room.inbox.waitForText('now');
  assert.deepEqual(room.texts, ['now']);
});

for (const [what, drop] of [
  ['are resumed', (room: NewsInTest) => room.fake.dropSockets()],
  ['are closed by the server', (room: NewsInTest) => room.fake.dropSockets({ how: 'close' })],
  ['were forgotten', (room: NewsInTest) => room.fake.dropSockets({ isForgotten: true })],
  [
    'come back at another node',
    (room: NewsInTest) => {
      room.fake.newConnectionIds = true;
      room.fake.dropSockets();
    },
  ],
  ['stay open and carry nothing', (room: NewsInTest) => room.fake.stallSockets()],
  ['leave numbers out', (room: NewsInTest) => room.fake.skipSequence(3)],
  ['lose an event', (room: NewsInTest) => room.fake.loseEvents(1)],
  ['lose an event that can be had again', (room: NewsInTest) => room.fake.loseEvents(1, { isKept: true })],
] as const) {
  test(`nothing is lost or doubled where connections ${what}`, async () => {
    await using room = await NewsInTest.started();
    drop(room);
    for (const text of ['one', 'two', 'three']) {
      await room.anna.say(room.channelId, text);
      // Posts of one millisecond have no order that could be read.
      await delay(2);
    }
    await room.inbox.waitForText('three');
    await room.anna.say(room.channelId, 'four');
    await room.inbox.waitForText('four');
    assert.deepEqual(room.texts, ['one', 'two', 'three', 'four']);
    await eventually(() => room.news.health().ok);
  });
}

test('a restart of the server loses nothing, is told in health, and the log stays short', async () => {
  await using room = await NewsInTest.started();
  await room.fake.restart(async () => {
    await eventually(() => !room.news.health().ok);
    await room.anna.say(room.channelId, 'while the server was down');
  });
  await room.inbox.waitForText('while the server was down');
  await eventually(() => room.news.health().ok);
  const warnings = room.log.lines.filter(({ level }) => level === 'warn');
  assert.ok(warnings.length <= 2, room.log.text());
  assert.ok(room.log.lines.some(({ message }) => message.includes('flow again')));
});

test('a token that is not valid any more is told, and works again when it is', async () => {
  await using room = await NewsInTest.started();
  room.fake.revoke(room.bot.token);
  const health = await eventually(() => (room.news.health().ok ? undefined : room.news.health()));
  await room.anna.say(room.channelId, 'while the bot was deaf');
  await eventually(() => !room.news.health().ok && JSON.stringify(room.news.health()).includes('token'));
  assert.ok(!health.ok);
  room.fake.world.tokens.set(room.bot.token, room.bot.userId);
  await room.inbox.waitForText('while the bot was deaf');
  await eventually(() => room.news.health().ok);
  assert.equal(room.log.lines.filter(({ level }) => level === 'error').length, 1);
  assert.ok(!room.log.text().includes(room.bot.token));
});

test('a token that was taken away while the connection was interrupted is told, too', async () => {
  await using room = await NewsInTest.started();
  room.fake.revoke(room.bot.token);
  room.fake.dropSockets();
  await eventually(() => JSON.stringify(room.news.health()).includes('token'));
});

test('a bot that was switched off is told in the same way', async () => {
  await using room = await NewsInTest.started();
  room.fake.deactivate(room.bot);
  await eventually(() => JSON.stringify(room.news.health()).includes('token'));
});

test('a server without events, and one that does not know the token, are told at the start; another start works', async () => {
  await using room = await NewsInTest.make();
  const proxy = room.fake.inject({ path: '/websocket' }, { kind: 'answer', status: 502, body: 'Bad Gateway' }, { times: 1000 });
  await assert.rejects(room.start(), /WebSockets/);
  proxy.stop();
  room.fake.revoke(room.bot.token);
  await assert.rejects(room.start(), { name: 'ServerError', status: 401, message: /token/ });
  room.fake.world.tokens.set(room.bot.token, room.bot.userId);
  await room.start();
  await room.anna.say(room.channelId, 'hello');
  await room.inbox.waitForText('hello');
});

test('the same news start again after a start that failed', async () => {
  await using room = await NewsInTest.make();
  room.fake.inject({ path: '/users/me/channels' }, { kind: 'answer', status: 500, body: '{}' });
  await assert.rejects(room.start(), { name: 'ServerError' });
  await room.news.start();
  await room.anna.say(room.channelId, 'hello');
  await room.inbox.waitForText('hello');
});

test('a channel that can not be read silences no other, and is read when it can be', async () => {
  await using room = await NewsInTest.started();
  const { fake, anna, bot, teamId } = room;
  const other = fake.createChannel({ teamId, name: 'other', members: [anna, bot] });
  await eventually(() => room.channels.kindOf(other));
  await anna.say(other, 'before');
  await room.inbox.waitForText('before');
  const broken = fake.inject({ path: `/channels/${room.channelId}/posts` }, { kind: 'answer', status: 500, body: '{}' }, { times: 1000 });
  await room.restart(async () => {
    await anna.say(room.channelId, 'behind what is broken');
    await anna.say(other, 'elsewhere');
  });
  await room.inbox.waitForText('elsewhere');
  await anna.say(room.channelId, 'of the moment, after it');
  await anna.say(other, 'elsewhere, of the moment');
  await room.inbox.waitForText('elsewhere, of the moment');
  assert.ok(!room.texts.includes('behind what is broken'));
  broken.stop();
  await room.inbox.waitForText('of the moment, after it');
  assert.deepEqual(
    room.texts.filter((text) => text.includes('what is broken') || text.includes('after it')),
    ['behind what is broken', 'of the moment, after it'],
  );
});

test('a server that counts requests, plain text and all, is waited for', async () => {
  await using room = await NewsInTest.started();
  const limit = { kind: 'answer', status: 429, headers: { 'Retry-After': '1' }, body: 'limit exceeded\n' } as const;
  const injected = room.fake.inject({ path: '/posts' }, limit, { times: 2 });
  await room.restart(() => room.anna.say(room.channelId, 'in spite of limits'));
  await room.inbox.waitForText('in spite of limits');
  assert.equal(injected.count, 2);
});

test('what can not be stored is tried again, in its order', async () => {
  await using room = await NewsInTest.started();
  room.inbox.failNext(2);
  await room.anna.say(room.channelId, 'one');
  await room.anna.say(room.channelId, 'two');
  await eventually(() => !room.news.health().ok);
  await room.inbox.waitForText('two');
  assert.deepEqual(room.texts, ['one', 'two']);
  assert.deepEqual(room.news.health(), { ok: true });
});

test('reactions come and go', async () => {
  await using room = await NewsInTest.started();
  const post = await room.anna.say(room.channelId, 'look');
  const { create_at: at } = await room.anna.react(post, 'thumbsup');
  const reaction = await room.inbox.waitFor(({ kind }) => kind === 'reaction');
  assert.deepEqual({ ...reaction, receivedAtMs: 0 }, {
    kind: 'reaction',
    platform: 'mattermost',
    roomId: room.channelId,
    eventId: `reaction:${post}:${room.anna.userId}:thumbsup:${at}`,
    sender: room.anna.userId,
    target: post,
    emoji: '👍',
    isAdmin: false,
    receivedAtMs: 0,
  } as typeof reaction);
  await room.anna.unreact(post, 'thumbsup');
  const taken = await room.inbox.waitFor(({ kind }) => kind === 'redaction');
  assert.equal('target' in taken && taken.target, reaction.eventId);
});

test('reactions, their end and deletions while the bot was down come, once', async () => {
  await using room = await NewsInTest.started();
  const [one, two] = [await room.anna.say(room.channelId, 'one'), await room.anna.say(room.channelId, 'two')];
  await room.anna.react(one, 'star');
  const star = await room.inbox.waitFor(({ kind }) => kind === 'reaction');
  await room.restart(async () => {
    await room.anna.unreact(one, 'star');
    await room.anna.react(one, 'repeat');
    await room.anna.delete(two);
  });
  await room.restart();
  const changes = room.inbox.events.slice(3).map((event) => `${event.kind} ${'target' in event ? event.target : ''}`);
  assert.deepEqual(new Set(changes), new Set([`reaction ${one}`, `redaction ${two}`, `redaction ${star.eventId}`]));
  assert.equal(changes.length, 3);
});

test('what was stored is not stored again once the inbox has forgotten it', async () => {
  await using room = await NewsInTest.started();
  const post = await room.anna.say(room.channelId, '!img a fox');
  await room.anna.react(post, '+1');
  await room.inbox.waitFor(({ kind }) => kind === 'reaction');
  const before = room.inbox.calls.length;
  await room.restart();
  await room.restart();
  assert.deepEqual(
    room.inbox.calls.slice(before).flatMap(({ events }) => events),
    [],
  );
});

test('a message that is deleted is told as it happens', async () => {
  await using room = await NewsInTest.started();
  const post = await room.anna.say(room.channelId, '!img a fox');
  await room.inbox.waitForText('!img a fox');
  await room.anna.delete(post);
  const event = await room.inbox.waitFor(({ kind }) => kind === 'redaction');
  assert.deepEqual([event.sender, 'target' in event && event.target], [room.anna.userId, post]);
});

test('with the first post of a thread its answers are deleted, each of which is told', async () => {
  await using room = await NewsInTest.started();
  const root = await room.anna.say(room.channelId, 'who draws?');
  const answer = await room.anna.say(room.channelId, '!img a fox', { rootId: root });
  await room.inbox.waitForText('!img a fox');
  await room.fake.owner.delete(root);
  await room.inbox.waitFor((event) => event.kind === 'redaction' && event.target === answer);
  await room.inbox.waitFor((event) => event.kind === 'redaction' && event.target === root);
  assert.equal(room.inbox.events.filter(({ kind }) => kind === 'redaction').length, 2);
});

test('the bot is told that it was removed, as it happens and afterwards', async () => {
  await using room = await NewsInTest.started();
  const { fake, bot, channelId } = room;
  fake.removeFromChannel(channelId, bot, room.anna);
  const first = await room.inbox.waitFor(({ kind }) => kind === 'removal');
  assert.deepEqual([first.roomId, first.sender], [channelId, room.anna.userId]);
  await room.anna.say(channelId, 'without it');
  // Within one millisecond nobody could tell which of the two was first, and it is rather read than lost.
  fake.clock.pass(10);
  fake.addToChannel(channelId, bot);
  await room.anna.say(channelId, 'with it again');
  await room.inbox.waitForText('with it again');
  await room.restart(() => fake.removeFromChannel(channelId, bot));
  await room.inbox.waitFor((event) => event.kind === 'removal' && event.eventId !== first.eventId);
  await room.restart();
  assert.deepEqual(kinds(room), ['removal', 'message', 'removal']);
});

test('a channel that is archived ends, and goes on where it was left once it is restored', async () => {
  await using room = await NewsInTest.started();
  await room.anna.say(room.channelId, 'one');
  await room.inbox.waitForText('one');
  room.fake.archive(room.channelId);
  await room.inbox.waitFor(({ kind }) => kind === 'removal');
  room.fake.unarchive(room.channelId);
  await room.anna.say(room.channelId, 'two');
  await room.inbox.waitForText('two');
  await room.restart(async () => {
    await room.anna.say(room.channelId, 'three');
    room.fake.archive(room.channelId);
  });
  room.fake.unarchive(room.channelId);
  await room.inbox.waitForText('three');
  assert.deepEqual(kinds(room), ['message', 'removal', 'message', 'removal', 'message']);
});

test('leaving the team ends all of its channels', async () => {
  await using room = await NewsInTest.started();
  room.fake.removeFromTeam(room.teamId, room.bot);
  await eventually(() => kinds(room).filter((kind) => kind === 'removal').length === 2);
});

test('a channel that the bot is added to is read from then on, whether it was there to see it or not', async () => {
  await using room = await NewsInTest.started();
  const { fake, anna, bot, teamId } = room;
  const [now, later] = ['now', 'later'].map((name) => fake.createChannel({ teamId, name, members: [anna] })) as [string, string];
  await anna.say(now, 'before it came');
  // Within one millisecond nobody could tell which of the two was first.
  fake.clock.pass(10);
  fake.addToChannel(now, bot);
  await anna.say(now, 'right after');
  await room.inbox.waitForText('right after');
  await anna.say(later, 'before it came');
  await room.restart(async () => {
    fake.clock.pass(10);
    fake.addToChannel(later, bot);
    await anna.say(later, 'welcome');
  });
  await room.inbox.waitForText('welcome');
  assert.deepEqual(room.texts, ['right after', 'welcome']);
});

test('a conversation that somebody opens with the bot is read from its beginning', async () => {
  await using room = await NewsInTest.started();
  const direct = room.fake.openDirect(room.anna, room.bot);
  await room.anna.say(direct, 'a fox');
  const event = await room.inbox.waitForText('a fox');
  assert.equal(event.isDirect, true);
  assert.equal(room.channels.kindOf(direct), 'D');
  const ben = room.fake.createUser('ben');
  await room.restart(() => room.anna.say(direct, 'another fox'));
  await room.restart(async () => void (await ben.say(room.fake.openDirect(ben, room.bot), 'an owl')));
  await room.inbox.waitForText('an owl');
  assert.deepEqual(room.texts, ['a fox', 'another fox', 'an owl']);
});

test('what no event has told of is found by looking now and then', async () => {
  await using room = await NewsInTest.started({ options: { sweepMs: 150 } });
  // Neither that the bot was added nor what was said comes as an event; the numbers of events show no gap.
  room.fake.interceptEvents(() => {});
  await room.anna.say(room.channelId, 'unheard');
  await room.inbox.waitForText('unheard');
  const other = room.fake.createChannel({ teamId: room.teamId, name: 'other', members: [room.anna, room.bot] });
  await room.anna.say(other, 'unheard elsewhere');
  await room.inbox.waitForText('unheard elsewhere');
  room.fake.removeFromChannel(other, room.bot);
  await room.inbox.waitFor(({ kind }) => kind === 'removal');
});

test('events that come twice, or in another order, change nothing', async () => {
  await using room = await NewsInTest.started();
  const held: (() => void)[] = [];
  room.fake.interceptEvents((event, deliver) => {
    held.push(() => deliver(event));
    if (held.length === 6) for (const tell of held.toReversed()) tell();
    if (held.length > 6) deliver(event);
  });
  const posts = [];
  for (const text of ['one', 'two', 'three', 'four', 'five', 'six']) posts.push(await room.anna.say(room.channelId, text));
  await eventually(() => room.texts.length === 6);
  for (const tell of held) tell();
  await room.anna.say(room.channelId, 'last');
  await room.inbox.waitForText('last');
  assert.equal(room.texts.length, 7);
  await room.restart();
  assert.equal(room.texts.length, 7);
});

test('a bot that is stopped while it reads stores no half, and the next one goes on', async () => {
  await using room = await NewsInTest.started();
  const slow = room.fake.inject({ path: `/channels/${room.channelId}/posts` }, { kind: 'slow', ms: 300 }, { times: 1000 });
  const restarting = room.restart(() => room.anna.say(room.channelId, 'while it was down'));
  await slow.happened;
  const failed = restarting.then(
    () => undefined,
    (error: unknown) => error,
  );
  await room.stop();
  assert.ok((await failed) instanceof Error);
  assert.deepEqual(room.texts, []);
  slow.stop();
  await room.start();
  await room.inbox.waitForText('while it was down');
});

test('a bot in no channel at all starts, and is found', async () => {
  await using room = await NewsInTest.make();
  room.fake.removeFromTeam(room.teamId, room.bot);
  await room.start();
  await room.anna.say(room.fake.openDirect(room.anna, room.bot), 'anybody there?');
  await room.inbox.waitForText('anybody there?');
});
