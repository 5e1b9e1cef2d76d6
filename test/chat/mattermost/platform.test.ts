/** The platform as a whole: how it begins, goes on and ends, and that its parts are put together. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

import { defaultPrefixes } from '#core/command.ts';
import { paragraph } from '#core/rich-text.ts';
import { eventId, roomId, userId } from '#core/types.ts';
import { MattermostPlatform, needsOperator, type MattermostOptions } from '#src/chat/mattermost/mattermost-platform.ts';
import type { Delivery } from '#core/ports.ts';

import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { freePort } from '../../free-port.ts';
import { eventually, ImagesInTest, LogInTest, MemoryInTest } from '../matrix/fakes.ts';
import { FakeMattermost } from './fake/fake.ts';
import { refuse, SmallServer } from './small-server.ts';

type Changed = Partial<MattermostOptions>;

/** A channel with Ada and the bot, and the platform, not started. */
async function place(changed: Changed = {}) {
  const fake = await FakeMattermost.start();
  const [bot, ada] = [fake.createBot('blitzbild'), fake.createUser('ada')];
  const teamId = fake.createTeam('red');
  const channelId = fake.createChannel({ teamId, name: 'pictures', members: [ada, bot] });
  const [memory, images, log, inbox] = [new MemoryInTest(), new ImagesInTest(), new LogInTest(), new RecordingInbox()];
  const opened: MattermostPlatform[] = [];
  const open = (more: Changed = {}): MattermostPlatform => {
    const platform = new MattermostPlatform({
      serverUrl: fake.url,
      accessToken: bot.token,
      allowed: { teams: [], channels: [] },
      memory,
      images,
      log,
      random: () => 0,
      reconnectMs: 100,
      ...changed,
      ...more,
    });
    opened.push(platform);
    return platform;
  };
  return {
    fake,
    bot,
    ada,
    teamId,
    channelId,
    log,
    inbox,
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map(async (platform) => platform.close()));
      await fake[Symbol.asyncDispose]();
    },
  };
}

const text = (channelId: string, words: string, transactionId = 'answer-1'): Delivery => ({
  transactionId,
  queuedAtMs: Date.now(),
  roomId: roomId(channelId),
  content: { kind: 'text', text: [paragraph(words)] },
});

const failureOf = async (promise: Promise<unknown>): Promise<Error> => {
  const error: unknown = await promise.then(
    () => assert.fail('it worked'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  return error;
};

const callbackAt = (port: number): NonNullable<MattermostOptions['interactions']> => ({
  callback: { url: `http://127.0.0.1:${port}`, host: '127.0.0.1', port, commandTokens: [] },
  prefixes: defaultPrefixes,
  languageOf: () => 'en',
  isOpen: () => true,
  isKnown: () => true,
});

describe('the Mattermost platform', { timeout: 60_000 }, () => {
  it('hears people, answers them, and says that all is well', async () => {
    await using there = await place();
    const platform = there.open();
    assert.deepEqual(platform.health(), { ok: false, reason: 'not started' });
    assert.deepEqual(platform.activity(), { failures: 0, sinceStepMs: undefined });
    await platform.start(there.inbox);
    assert.deepEqual(platform.health(), { ok: true });
    assert.ok((platform.activity().sinceStepMs ?? Infinity) < 5000);
    const command = await there.ada.say(there.channelId, '!img a fox');
    const heard = await there.inbox.waitForText('!img a fox');
    assert.deepEqual([heard.eventId, heard.roomId, heard.sender], [command, there.channelId, there.ada.userId]);
    const id = await platform.send(text(there.channelId, 'on its way'));
    const post = await there.ada.post(id);
    assert.deepEqual([post.message, post.user_id], ['on its way', there.bot.userId]);
    assert.equal(await platform.send(text(there.channelId, 'on its way')), id, 'once');
    const lines = there.log.text();
    assert.match(lines, /Connected to the Mattermost server/);
    for (const secret of [there.bot.token, there.ada.userId, there.bot.userId]) assert.ok(!lines.includes(secret), lines);
  });

  it('asks for rights anew, and brings the file of a post', async () => {
    await using there = await place();
    const platform = there.open();
    assert.equal(await platform.isAdmin(roomId(there.channelId), userId(there.ada.userId)), false, 'before it is started nobody is one');
    await platform.start(there.inbox);
    const isAdmin = async (): Promise<boolean> => platform.isAdmin(roomId(there.channelId), userId(there.ada.userId));
    assert.equal(await isAdmin(), false);
    there.fake.setChannelAdmin(there.channelId, there.ada, true);
    assert.equal(await isAdmin(), true);
    const bytes = Buffer.from('no picture at all');
    const file = await there.ada.upload(there.channelId, { name: 'notes.txt', bytes });
    const post = eventId(await there.ada.say(there.channelId, 'look', { fileIds: [file] }));
    const got = await platform.attachment(roomId(there.channelId), post, 1000, new AbortController().signal);
    assert.deepEqual([got?.name, Buffer.from(got?.bytes ?? []).toString()], ['notes.txt', bytes.toString()]);
  });

  it('keeps messages until it is connected, and gives them up when it closes', async () => {
    await using there = await place();
    const platform = there.open();
    const sending = platform.send(text(there.channelId, 'early'));
    await delay(100);
    assert.deepEqual(
      (await there.ada.history(there.channelId)).filter(({ message }) => message === 'early'),
      [],
    );
    await platform.start(there.inbox);
    assert.equal((await there.ada.post(await sending)).message, 'early');
    const never = there.open();
    const waiting = failureOf(never.send(text(there.channelId, 'never', 'answer-2')));
    await never.close();
    assert.match((await waiting).message, /not connected/);
  });

  it('does not begin with a token that is refused, says so without it, and begins when it is taken', async () => {
    await using there = await place();
    const platform = there.open();
    there.fake.deactivate(there.bot);
    const error = await failureOf(platform.start(there.inbox));
    assert.ok(needsOperator(error));
    assert.match(error.message, /token is not valid .* account is switched off: /);
    assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(there.bot.token));
    assert.deepEqual(platform.health(), { ok: false, reason: 'not started' });
    there.fake.activate(there.bot);
    await platform.start(there.inbox);
    assert.deepEqual(platform.health(), { ok: true });
    await assert.rejects(platform.start(there.inbox), /started already/);
  });

  it('does not begin where nobody answers, and begins when somebody does', async () => {
    await using there = await place();
    const platform = there.open();
    await there.fake.down();
    const error = await failureOf(platform.start(there.inbox));
    assert.ok(!needsOperator(error));
    assert.match(error.message, /^The Mattermost server does not answer as it should: .*ECONN.*Check its address and that it runs$/);
    await there.fake.up();
    await platform.start(there.inbox);
    await there.ada.say(there.channelId, '!img later');
    await there.inbox.waitForText('!img later');
  });

  it('says of another service at that address that it is no Mattermost', async () => {
    await using there = await place();
    await using other = await SmallServer.start();
    const said = async (): Promise<string> => (await failureOf(there.open({ serverUrl: other.url }).start(there.inbox))).message;
    other.tell('/users/me', { hello: 'world' });
    assert.match(await said(), /is this a Mattermost server\?/);
    other.when('/users/me', (_, response) => response.writeHead(200).end('<html>welcome</html>'));
    assert.match(await said(), /is a proxy or another service at this address\?/);
    other.when('/users/me', (_, response) => refuse(response, 500, ''));
    assert.match(await said(), /status 500/);
  });

  it('ends a start that is under way, and leaves nothing open', async () => {
    await using there = await place();
    const platform = there.open();
    there.fake.inject({ method: 'GET', path: /\/users\/me\/channels/ }, { kind: 'hang', delivered: false });
    const starting = failureOf(platform.start(there.inbox));
    await eventually(() => there.fake.seen.some(({ path }) => path.endsWith('/users/me/channels')));
    await platform.close();
    await starting;
    await there.ada.say(there.channelId, '!img nobody listens');
    await delay(200);
    assert.deepEqual(there.inbox.events, []);
  });

  it('offers reactions to click, or buttons where the server reaches it', async () => {
    await using there = await place();
    const port = await freePort();
    assert.equal(there.open().seedsReactions, true);
    const platform = there.open({ interactions: callbackAt(port) });
    assert.equal(platform.seedsReactions, false);
    await platform.start(there.inbox);
    const ack: Delivery = { ...text(there.channelId, 'on its way'), event: { type: 'ack' } };
    const post = await platform.send(ack);
    await there.ada.press(post, 'stop');
    const pressed = await there.inbox.waitFor((event) => event.kind === 'reaction');
    assert.deepEqual([pressed.sender, pressed.kind === 'reaction' && pressed.emoji], [there.ada.userId, '❌']);
    await platform.close();
    await assert.rejects(fetch(`http://127.0.0.1:${port}/buttons`, { method: 'POST' }), 'nobody listens any more');
  });

  it('takes what is pressed and typed as a slash command during its very first start, and loses none of it', async () => {
    await using there = await place();
    const [port, teamId] = [await freePort(), there.fake.createTeam('red-too')];
    const channelId = there.fake.createChannel({ teamId, name: 'pictures-too', members: [there.ada, there.bot] });
    const { callback, ...about } = callbackAt(port);
    const { token } = there.fake.addCommand(teamId, 'img', `${callback.url}/command`);
    const platform = there.open({
      // Which channels belong to a team of this name is not known before they are listed.
      allowed: { teams: ['red-too'], channels: [] },
      interactions: { ...about, callback: { ...callback, commandTokens: [token] } },
    });
    const slow = there.fake.inject({ method: 'GET', path: /\/channels\/\w+\/posts/ }, { kind: 'slow', ms: 500 }, { times: 100 });
    const starting = platform.start(there.inbox);
    await slow.happened;
    await there.ada.runSlashCommand(channelId, '/img a red fox');
    await starting;
    assert.deepEqual(
      there.fake.ephemeral.map((said) => said.text),
      [],
    );
    assert.equal((await there.inbox.waitForText('!img a red fox')).sender, there.ada.userId);
  });

  it('needs an operator where another program has the port for buttons, and nothing of it stays when it is not to be had', async () => {
    await using there = await place();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const platform = there.open({ interactions: callbackAt(port) });
    const error = await failureOf(platform.start(there.inbox));
    assert.ok(needsOperator(error));
    assert.match(error.message, /EADDRINUSE.*MATTERMOST_CALLBACK_PORT/);
    other.close();
    await once(other, 'close');
    // The port is given back where what comes after it fails.
    there.fake.inject({ method: 'GET', path: /\/users\/me\/channels/ }, { kind: 'answer', status: 502, body: '<html>' }, { times: 1 });
    await failureOf(platform.start(there.inbox));
    await platform.start(there.inbox);
    assert.deepEqual(platform.health(), { ok: true });
  });
});
