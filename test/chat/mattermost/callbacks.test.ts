import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { AppError } from '#core/errors.ts';
import { eventId, roomId } from '#core/types.ts';
import { Callbacks } from '#src/chat/mattermost/callbacks.ts';
import { pressTexts } from '#src/chat/mattermost/callback-texts.ts';
import { SetupError } from '#src/chat/mattermost/server-error.ts';
import { buttonLifeMs } from '#src/chat/mattermost/signed-context.ts';

import { freePort } from '../../free-port.ts';
import { LogInTest } from '../matrix/fakes.ts';
import { InteractionsInTest } from './interactions-harness.ts';

const english = pressTexts.en;

test('a press is stored as the reaction that does the same, by whoever pressed, and the message has new buttons', async () => {
  await using at = await InteractionsInTest.start();
  at.fake.setChannelAdmin(at.channelId, at.bea, true);
  const post = await at.say('image', 't-1', 'a red fox');
  const before = at.fingerprint(post);
  await at.ada.press(post, 'again');
  assert.equal(at.stored.length, 1);
  const { eventId: id, ...press } = at.stored[0]!;
  assert.match(id, /^press:[\w-]{22}$/);
  assert.deepEqual(press, {
    kind: 'reaction',
    platform: 'mattermost',
    roomId: at.channelId,
    sender: at.ada.userId,
    target: post,
    emoji: '🔁',
    isAdmin: false,
    receivedAtMs: at.nowMs,
  });
  const renewed = await at.renewed(post, before);
  assert.equal(renewed.message, 'a red fox');
  assert.deepEqual(renewed.props['blitzbild'], { delivery: 't-1' });
  assert.equal(renewed.props['unsafe_links'], 'true');
  assert.deepEqual(
    at.actions(post).map(({ id }) => id),
    ['again', 'larger', 'keep', 'vary'],
  );
  await at.bea.press(post, 'again');
  assert.deepEqual(
    at.stored.map(({ sender, isAdmin }) => [sender, isAdmin]),
    [
      [at.ada.userId, false],
      [at.bea.userId, true],
    ],
  );
  assert.deepEqual(at.said, []);
});

test('what makes sense once is offered once; the rest stays', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  const before = at.fingerprint(post);
  await at.ada.press(post, 'larger');
  await at.renewed(post, before);
  assert.deepEqual(
    at.actions(post).map(({ id }) => id),
    ['again', 'keep', 'vary'],
  );
});

test('a ⭐ that nobody sees is answered with a sentence, in the language of the room', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  at.language = 'de';
  await at.ada.press(post, 'keep');
  assert.deepEqual(at.said, [pressTexts.de.kept('`!bild galerie`')]);
  assert.equal(at.stored[0]?.emoji, '⭐');
});

test('what can be ended stays as long as it is open, for whoever may end it, and goes when it is over', async () => {
  await using at = await InteractionsInTest.start();
  const [question, other] = [await at.say('ask', 't-1'), await at.say('ask', 't-2')];
  const before = at.fingerprint(question);
  await at.ada.press(question, 'yes');
  at.closed.add(question);
  const renewed = await at.renewed(question, before);
  assert.equal(renewed.props['attachments'], undefined);
  assert.equal(renewed.props['unsafe_links'], 'true');

  const stranger = at.fingerprint(other);
  await at.bea.press(other, 'no');
  await at.renewed(other, stranger);
  assert.deepEqual(
    at.actions(other).map(({ id }) => id),
    ['yes', 'no'],
    'it was not hers to answer',
  );
});

test('what is over is said and not stored, and its button goes', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('ack', 't-1');
  const before = at.fingerprint(post);
  at.closed.add(post);
  await at.ada.press(post, 'stop');
  assert.deepEqual(at.said, [english.nothingToStop]);
  assert.deepEqual(at.stored, []);
  await at.renewed(post, before);
  assert.deepEqual(at.actions(post), []);
});

test('whoever is quick presses before the bot has heard that its message was posted: it waits for that, and nothing is lost', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  at.unheard.add(post);
  const pressing = at.ada.press(post, 'again');
  await delay(300);
  assert.deepEqual([at.stored, at.said], [[], []]);
  at.unheard.delete(post);
  await pressing;
  assert.deepEqual([at.stored.length, at.said], [1, []]);
});

test('a message that stays unknown is said to be, and its button is still good', { timeout: 60_000 }, async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  at.unheard.add(post);
  await at.ada.press(post, 'again');
  assert.deepEqual(at.said, [english.unreachable('🔁')]);
  at.unheard.delete(post);
  await at.ada.press(post, 'again');
  assert.deepEqual([at.stored.length, at.said.length], [1, 1]);
});

test('the message that ends a job leaves nothing to stop, and costs other messages nothing', async () => {
  await using at = await InteractionsInTest.start();
  const [post, picture] = [await at.say('ack', 't-1'), await at.say('image', 't-2')];
  const [before, pictureBefore] = [at.fingerprint(post), at.fingerprint(picture)];
  const end = (target: string, type: 'done' | 'error' | 'progress'): void =>
    at.interactions.sent({
      transactionId: 't-3',
      roomId: roomId(at.channelId),
      content: { kind: 'edit', target: eventId(target), text: [] },
      event: { type },
    });
  at.closed.add(post);
  const asked = at.fake.seen.length;
  end(post, 'progress');
  assert.equal(at.fake.seen.length, asked);
  end(picture, 'error');
  end(post, 'done');
  await at.renewed(post, before);
  assert.deepEqual(at.actions(post), []);
  await at.end();
  assert.equal(at.fingerprint(picture), pictureBefore);
});

test('new buttons never bring back words that were replaced meanwhile', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1', 'working');
  const before = at.fingerprint(post);
  const looked = at.fake.inject({ method: 'GET', path: `/posts/${post}` }, { kind: 'slow', ms: 0 }, { times: 2 });
  at.fake.inject({ method: 'PUT', path: `/posts/${post}/patch` }, { kind: 'slow', ms: 500 });
  await at.ada.press(post, 'again');
  for (let tries = 0; tries < 100 && looked.count < 2; tries += 1) await delay(10);
  await delay(100);
  await at.bot.edit(post, 'done');
  assert.equal(at.fingerprint(post), before, 'the new buttons are still on their way');
  assert.equal((await at.renewed(post, before)).message, 'done');
});

test('of two presses of one button at once, one counts', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  const call = at.call(post, 'vary');
  const answers = await Promise.all([at.post(call), at.post({ ...call, user_id: at.bea.userId }), at.post(call)]);
  const sentences = answers.map(({ ephemeral_text }) => ephemeral_text);
  assert.equal(sentences.filter((sentence) => sentence === undefined).length, 1);
  assert.equal(sentences.filter((sentence) => sentence === english.used).length, 2);
  assert.equal(at.stored.length, 1);
});

test('a press counts once across restarts, and a message whose new buttons never came gets them with the next press', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  const call = at.call(post, 'again');
  const before = at.fingerprint(post);
  const lost = at.fake.inject({ method: 'PUT', path: '/patch' }, { kind: 'reset', delivered: false }, { times: 100 });
  await at.ada.press(post, 'again');
  for (let tries = 0; tries < 100 && lost.count === 0; tries += 1) await delay(20);
  await at.restart();
  at.fake.heal();
  assert.equal(at.fingerprint(post), before);
  assert.equal((await at.post(call)).ephemeral_text, english.used);
  await at.renewed(post, before);
  assert.equal(at.stored.length, 1);
  await at.ada.press(post, 'again');
  assert.equal(at.stored.length, 2);
});

test('an old button says what does the same, and nothing renews it', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  const before = at.fingerprint(post);
  at.nowMs += buttonLifeMs;
  await at.ada.press(post, 'again');
  assert.deepEqual(at.said, [english.expired('🔁')]);
  assert.deepEqual(at.stored, []);
  await at.end();
  assert.equal(at.fingerprint(post), before);
});

test('nothing is believed without a context that was signed for this very message', async () => {
  await using at = await InteractionsInTest.start();
  const [post, other] = [await at.say('image', 't-1'), await at.say('image', 't-2')];
  const elsewhere = at.fake.createChannel({ teamId: at.teamId, name: 'elsewhere', members: [at.ada, at.bot] });
  const call = at.call(post, 'again');
  const forgeries: readonly (readonly [unknown, string])[] = [
    [{ ...call, context: { ...call.context, verb: 'stop' } }, english.unknown],
    [{ ...call, context: {} }, english.unknown],
    [{ ...call, context: undefined }, english.unknown],
    [{ ...call, user_id: 'ada' }, english.unknown],
    [{ ...call, post_id: '../users/me' }, english.unknown],
    [[], english.unknown],
    [7, english.unknown],
    [{ ...call, post_id: other }, english.gone],
    [{ ...call, channel_id: elsewhere }, english.gone],
    [{ ...call, post_id: 'z'.repeat(26) }, english.gone],
  ];
  for (const [body, sentence] of forgeries)
    assert.deepEqual(await at.post(body), { status: 200, ephemeral_text: sentence, skip_slack_parsing: true });
  assert.deepEqual(at.stored, []);
  const stolen = await at.ada.say(at.channelId, 'mine', { props: { blitzbild: { delivery: 't-1' } } });
  assert.equal((await at.post({ ...call, post_id: stolen })).ephemeral_text, english.gone, 'somebody else’s post says that it is ours');
  assert.deepEqual(at.stored, []);
  assert.equal((await at.post(call)).ephemeral_text, undefined);
  assert.equal(at.stored.length, 1, 'what was refused took nothing away');
});

test('once its message is deleted, a context that others may know then is worth nothing', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  const call = at.call(post, 'again');
  await at.bot.delete(post);
  assert.equal((await at.post(call)).ephemeral_text, english.gone);
  assert.deepEqual(at.stored, []);
});

test('buttons are for people in the channel, where the bot works', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  const reader = at.fake.createUser('reader');
  at.fake.addToTeam(at.teamId, reader);
  await reader.press(post, 'again');
  const machine = at.fake.asPerson(at.fake.createBot('machine'));
  at.fake.addToChannel(at.channelId, machine);
  await machine.press(post, 'again');
  at.refused.add(at.channelId);
  await at.ada.press(post, 'again');
  assert.deepEqual(
    at.fake.ephemeral.map(({ userId, text: sentence }) => [userId, sentence]),
    [
      [reader.userId, english.notMember],
      [at.ada.userId, english.notServed],
    ],
  );
  assert.deepEqual(at.stored, []);
});

test('where the server can’t be asked, nothing happens and the button stays good', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  at.fake.inject({ method: 'GET', path: '/posts/' }, { kind: 'answer', status: 502, body: '<html>' });
  await at.ada.press(post, 'again');
  assert.deepEqual(at.said, [english.unreachable('🔁')]);
  at.fake.inject({ method: 'GET', path: '/members/' }, { kind: 'reset', delivered: false }, { times: 4 });
  await at.ada.press(post, 'again');
  assert.deepEqual(at.said, [english.unreachable('🔁'), english.unreachable('🔁')]);
  assert.deepEqual(at.stored, []);
  at.fake.heal();
  await at.ada.press(post, 'again');
  assert.equal(at.stored.length, 1);
});

test('a press that the disk has no room for is said, and counts when it is pressed again', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-1');
  const { inbox } = at;
  at.inbox = {
    accept: (events, cursor, along) =>
      inbox.accept(events, cursor, () => {
        along?.();
        throw new AppError('disk_full');
      }),
    cursor: () => undefined,
  };
  await at.ada.press(post, 'again');
  assert.deepEqual(at.said, [english.notKept]);
  assert.deepEqual(at.stored, []);
  at.inbox = inbox;
  await at.ada.press(post, 'again');
  assert.equal(at.stored.length, 1);
});

test('the address has nothing else and takes nothing large', async () => {
  await using at = await InteractionsInTest.start();
  const answers = await Promise.all([
    fetch(at.url),
    fetch(`${at.url}/buttons`),
    fetch(`${at.url}/command`, { method: 'POST', body: 'token=a' }),
    fetch(`${at.url}/buttons`, { method: 'POST', body: 'no json' }),
    fetch(`${at.url}/buttons`, { method: 'POST', body: `"${'x'.repeat(64 * 1024)}"` }),
    fetch(`${at.url}/buttons`, { method: 'POST', body: new Blob([new Uint8Array(1024 * 1024)]).stream(), duplex: 'half' }),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [404, 404, 404, 400, 413, 413],
  );
  for (const answer of answers) assert.equal(await answer.text(), '');
  assert.equal(answers[0]?.headers.get('cache-control'), 'no-store');
});

test('the path of the configured address is known, whether a proxy passes it on or not', async () => {
  const log = new LogInTest();
  const port = await freePort();
  const presses = { answer: () => Promise.resolve('pressed') };
  const callbacks = new Callbacks({ host: '127.0.0.1', port, url: 'https://example.org/bot', presses, log });
  await callbacks.listen();
  try {
    for (const path of ['/buttons', '/bot/buttons'])
      assert.equal((await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: '{}' })).status, 200, path);
    assert.equal((await fetch(`http://127.0.0.1:${port}/bot/bot/buttons`, { method: 'POST', body: '{}' })).status, 404);
    const other = new Callbacks({ host: '127.0.0.1', port, url: 'https://example.org', presses, log });
    await assert.rejects(
      other.listen(),
      (error) => error instanceof SetupError && /EADDRINUSE.*MATTERMOST_CALLBACK_PORT/.test(error.message),
    );
  } finally {
    await callbacks.close();
  }
  await callbacks.close();
});

test('calls that come before the bot is ready wait for it, and end with it', { timeout: 60_000 }, async () => {
  const ready = Promise.withResolvers<void>();
  const seen: boolean[] = [];
  const presses = {
    answer: (_: unknown, { aborted }: AbortSignal): Promise<string> => {
      seen.push(aborted);
      return Promise.resolve('pressed');
    },
  };
  const about = { host: '127.0.0.1', port: 0, url: 'https://example.org', presses, log: new LogInTest() };
  const press = async (port: number): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/buttons`, { method: 'POST', body: '{}', headers: { Connection: 'close' } })).text();
  const callbacks = new Callbacks({ ...about, ready: ready.promise });
  const pressing = press(await callbacks.listen());
  await delay(100);
  assert.deepEqual(seen, []);
  ready.resolve();
  assert.match(await pressing, /pressed/);
  assert.deepEqual(seen, [false]);
  await callbacks.close();
  const never = new Callbacks({ ...about, ready: new Promise(() => {}) });
  const waiting = press(await never.listen()).catch(() => 'reset');
  await delay(100);
  await never.close();
  await waiting;
  assert.deepEqual(seen.slice(1), [true], 'told that it is too late, so that nothing is begun');
});

test('closing ends what is under way', async () => {
  const presses = {
    answer: (_: unknown, deadline: AbortSignal): Promise<undefined> =>
      new Promise((resolve) => deadline.addEventListener('abort', () => resolve(undefined))),
  };
  const callbacks = new Callbacks({ host: '127.0.0.1', port: 0, url: 'https://example.org', presses, log: new LogInTest() });
  const port = await callbacks.listen();
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /buttons HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}');
  const answered = text(socket).catch(() => 'reset');
  await delay(50);
  await callbacks.close();
  await answered;
});

test('the log names nobody and nothing that was said', async () => {
  await using at = await InteractionsInTest.start();
  const post = await at.say('image', 't-secret');
  at.fake.inject({ method: 'GET', path: '/posts/' }, { kind: 'reset', delivered: false });
  await at.ada.press(post, 'again');
  await at.ada.press(post, 'again');
  assert.ok(at.log.lines.length >= 2);
  for (const secret of [at.ada.userId, post, at.channelId, at.bot.token, 't-secret', String(at.stored[0]?.eventId)])
    assert.ok(!at.log.text().includes(secret), secret);
});
