/** The way to the Mattermost server as the program takes it, where it does not come about at once or breaks off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultPrefixes } from '#core/command.ts';
import { paragraph } from '#core/rich-text.ts';
import type { Delivery } from '#core/ports.ts';
import { jobId, roomId } from '#core/types.ts';
import { createLog } from '#src/log.ts';
import { mattermostConnection } from '#src/mattermost-connection.ts';
import type { MattermostConfig } from '#src/mattermost-config.ts';
import { SqliteStore } from '#src/store/sqlite.ts';
import { eventually, ImagesInTest } from './chat/matrix/fakes.ts';
import { FakeMattermost } from './chat/mattermost/fake/fake.ts';
import { job as storedJob } from './store/fixtures.ts';
import { freePort } from './free-port.ts';

async function open(changed: Partial<MattermostConfig> = {}) {
  const fake = await FakeMattermost.start();
  const [bot, ada] = [fake.createBot('blitzbild'), fake.createUser('ada')];
  const teamId = fake.createTeam('red');
  const channelId = fake.createChannel({ teamId, name: 'pictures', members: [ada, bot] });
  const otherId = fake.createChannel({ teamId, name: 'other', members: [ada, bot] });
  const store = new SqliteStore(':memory:');
  const said: string[] = [];
  let logged = '';
  const mattermost = { serverUrl: fake.url, accessToken: bot.token, teams: [], channels: [], direct: true, ...changed };
  const connection = mattermostConnection({ language: 'en', prefixes: defaultPrefixes }, mattermost, {
    store,
    assertRoom: () => {},
    images: new ImagesInTest(),
    log: createLog('debug', { write: (line: string) => void (logged += line) }),
    say: (line) => void said.push(line),
    now: Date.now,
    operatorRetryMs: 50,
  });
  const heard = (text: string): boolean => store.unhandled().some(({ event }) => event.kind === 'message' && event.text === text);
  return {
    fake,
    bot,
    ada,
    channelId,
    otherId,
    store,
    connection,
    said,
    heard,
    lines: () =>
      logged
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly level: string }),
    logged: () => logged,
    async [Symbol.asyncDispose]() {
      await connection.close();
      store.close();
      await fake[Symbol.asyncDispose]();
    },
  };
}

test('beside others a refused token is an error once, counts, and is tried again until it is taken', { timeout: 60_000 }, async () => {
  await using there = await open();
  const { connection, fake, bot, said } = there;
  fake.deactivate(bot);
  const connecting = connection.connect(['the local room', 'Matrix']);
  await eventually(() => connection.activity().failures >= 3);
  const health = connection.health(1000);
  assert.match(health.ok ? '' : health.reason, /token is not valid/);
  assert.equal(there.lines().filter(({ level }) => level === 'error').length, 1, there.logged());
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /^Mattermost: .*token is not valid.* The local room and Matrix work without it\.$/);
  fake.activate(bot);
  await connecting;
  assert.deepEqual(connection.health(60_000), { ok: true });
  assert.ok(connection.activity().sinceStepMs < 10_000);
  assert.equal(said.at(-1), 'Mattermost: connected.');
  assert.ok(!(there.logged() + said.join()).includes(bot.token));
});

test('with nothing but Mattermost a refused token ends the start', { timeout: 60_000 }, async () => {
  await using there = await open();
  there.fake.deactivate(there.bot);
  await assert.rejects(there.connection.connect([]), /token is not valid/);
});

test('it works where the configuration says, and nowhere else', { timeout: 60_000 }, async () => {
  await using there = await open({ channels: [], teams: ['blue'], direct: true });
  await there.connection.connect([]);
  const direct = there.fake.openDirect(there.ada, there.bot);
  await there.ada.say(there.channelId, '!img in the channel');
  await there.ada.say(direct, '!img to the bot');
  await eventually(() => there.heard('!img to the bot'));
  assert.ok(!there.heard('!img in the channel'));

  await using only = await open({ direct: false });
  await only.connection.connect([]);
  const alone = only.fake.openDirect(only.ada, only.bot);
  await only.ada.say(alone, '!img to the bot');
  await only.ada.say(only.channelId, '!img in the channel');
  await eventually(() => only.heard('!img in the channel'));
  assert.ok(!only.heard('!img to the bot'));
});

test('a button that stops a job knows whether there is one to stop', { timeout: 60_000 }, async () => {
  const port = await freePort();
  const callback = { url: `http://127.0.0.1:${port}`, host: '127.0.0.1', port, commandTokens: [] };
  await using there = await open({ callback });
  const { connection, store, channelId, ada } = there;
  await connection.connect([]);
  const content = { kind: 'text', text: [paragraph('on its way')] } as const;
  const ack = (transactionId: string): Delivery => ({
    transactionId,
    queuedAtMs: Date.now(),
    roomId: roomId(channelId),
    content,
    event: { type: 'ack' },
  });
  const rowOf = (transactionId: string, job: string): number =>
    store.outbox.add(
      { transactionId, platform: 'mattermost', roomId: roomId(channelId), lane: 'now', jobId: jobId(job), content },
      Date.now(),
    );
  const isStopped = (): boolean => store.unhandled().some(({ event }) => event.kind === 'reaction' && event.emoji === '❌');
  const over = storedJob('bbbb', ada.userId, { queuedAtMs: Date.now() });
  store.jobs.add({ ...over, origin: { ...over.origin, platform: 'mattermost', roomId: roomId(channelId) } });
  store.jobs.end(jobId('bbbb'), 'cancelled', Date.now());
  const overRow = rowOf('ack-0', 'bbbb');
  const without = await connection.platform.send(ack('ack-0'));
  store.outbox.sent(overRow, without);
  await ada.press(without, 'stop');
  await eventually(() => there.fake.ephemeral.length > 0);
  assert.ok(!isStopped(), 'of a job that is over');

  const made = storedJob('aaaa', ada.userId, { queuedAtMs: Date.now() });
  store.jobs.add({ ...made, origin: { ...made.origin, platform: 'mattermost', roomId: roomId(channelId) } });
  const row = rowOf('ack-1', 'aaaa');
  const post = await connection.platform.send(ack('ack-1'));
  const pressing = ada.press(post, 'stop');
  await delay(300);
  assert.ok(!isStopped(), 'nobody has told the store yet that the message was posted');
  assert.equal(there.fake.ephemeral.length, 1, 'nor does anybody know of a job that has ended');
  store.outbox.sent(row, post);
  await pressing;
  await eventually(isStopped);
});
