import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { defaultPrefixes } from '#core/command.ts';
import { commandTexts } from '#src/chat/mattermost/callback-texts.ts';
import { Channels } from '#src/chat/mattermost/channels.ts';
import { ServerClient } from '#src/chat/mattermost/client.ts';
import { News } from '#src/chat/mattermost/news.ts';
import { People } from '#src/chat/mattermost/people.ts';
import { prefixOf } from '#src/chat/mattermost/slash-command.ts';

import { mentionsIn } from './fake/fake.ts';
import type { WirePost } from './fake/person.ts';
import { InteractionsInTest } from './interactions-harness.ts';

const { en, de } = commandTexts;

/** What the bot itself posted, oldest first. */
const postsOf = async (at: InteractionsInTest, channelId = at.channelId): Promise<readonly WirePost[]> =>
  (await at.ada.history(channelId)).filter(({ user_id, type }) => user_id === at.bot.userId && type === '');

/** What a post of the bot's says of a slash command, without its proof. */
function commandOf(post: WirePost): object {
  const { user, text, ...proof } = post.props['blitzbild'].command;
  assert.deepEqual(Object.keys(proof), ['nonce', 'expires', 'mac']);
  return { user, text };
}

/** The form that the server would send; `changes` replace parts of it. */
const formOf = (at: InteractionsInTest, token: string, changes: Readonly<Record<string, string>> = {}): URLSearchParams =>
  new URLSearchParams({
    token,
    team_id: at.teamId,
    channel_id: at.channelId,
    channel_name: 'pictures',
    user_id: at.ada.userId,
    user_name: 'ada',
    command: '/img',
    text: 'a red fox',
    trigger_id: 'trigger',
    root_id: '',
    ...changes,
  });

const tokenOf = (at: InteractionsInTest): string => [...at.fake.world.commands.values()][0]!.token;

async function call(at: InteractionsInTest, form: URLSearchParams): Promise<{ readonly status: number; readonly text?: string }> {
  const response = await fetch(`${at.url}/command`, { method: 'POST', body: form, headers: { Connection: 'close' } });
  return { status: response.status, ...((await response.json()) as object) };
}

test('the bot says who asked for what, in a post that is that person’s command', async () => {
  await using at = await InteractionsInTest.start('img');
  await at.ada.runSlashCommand(at.channelId, '/img a red fox --n 4');
  const [post, ...more] = await postsOf(at);
  assert.equal(more.length, 0);
  assert.equal(post?.message, '**ada**: `/img a red fox --n 4`');
  assert.equal(post.root_id, '');
  assert.deepEqual(commandOf(post), { user: at.ada.userId, text: '!img a red fox --n 4' });
  assert.equal(post.props['unsafe_links'], 'true');
  assert.deepEqual(at.said, []);
});

test('in a thread it is said in the thread', async () => {
  await using at = await InteractionsInTest.start('img');
  const root = await at.bea.say(at.channelId, 'what about a fox?');
  await at.ada.runSlashCommand(at.channelId, '/img a red fox', { rootId: root });
  assert.equal((await postsOf(at))[0]?.root_id, root);
});

test('no words ask for help, and the German trigger speaks German', async () => {
  await using at = await InteractionsInTest.start('bild');
  await at.ada.runSlashCommand(at.channelId, '/bild');
  const [post] = await postsOf(at);
  assert.equal(post?.message, '**ada**: `/bild`');
  assert.deepEqual(commandOf(post), { user: at.ada.userId, text: '!bild' });
  at.refused.add(at.channelId);
  await at.ada.runSlashCommand(at.channelId, '/bild ein Fuchs');
  assert.deepEqual(at.said, [de.notServed('@blitzbild')]);
});

test('a trigger belongs to the prefix with its word, and any other to the first', () => {
  const prefixes = [...defaultPrefixes, { text: 'Zeichne', language: 'de' }] as const;
  assert.equal(prefixOf(prefixes, '/img').text, '!img');
  assert.equal(prefixOf(prefixes, '/BILD').text, '!bild');
  assert.equal(prefixOf(prefixes, '/zeichne').text, 'Zeichne');
  assert.equal(prefixOf(prefixes, '/blitz').text, '!img');
  assert.equal(prefixOf(prefixes, '').text, '!img');
});

test('nothing in a command notifies anybody or becomes markup, and all of it counts', async () => {
  await using at = await InteractionsInTest.start('img');
  const typed = 'a `fox` @channel ![x](http://example.org/x.png) **bold**\n\n# @bea\n```';
  await at.ada.runSlashCommand(at.channelId, `/img ${typed}`);
  const [post] = await postsOf(at);
  assert.deepEqual(mentionsIn(post!.message), []);
  assert.deepEqual(mentionsIn('@channel @bea'), ['channel', 'bea'], 'who is looked for is found');
  assert.doesNotMatch(post!.message, /\n/);
  assert.equal(post?.props['blitzbild'].command.text, `!img ${typed}`);
  await call(at, formOf(at, tokenOf(at), { user_name: '@channel **ada**', trigger_id: 'other' }));
  assert.deepEqual(mentionsIn((await postsOf(at))[1]!.message), []);
});

test('a command of the longest kind is kept whole and shown short', async () => {
  await using at = await InteractionsInTest.start('img');
  const typed = '😀'.repeat(16_000);
  assert.equal((await call(at, formOf(at, tokenOf(at), { text: typed }))).text, undefined);
  const [post] = await postsOf(at);
  assert.ok([...post!.message].length <= 1000);
  assert.equal(post?.props['blitzbild'].command.text, `!img ${typed}`);
});

test('a call that comes again is the same one', async () => {
  await using at = await InteractionsInTest.start('img');
  const [form, other] = [formOf(at, tokenOf(at)), formOf(at, tokenOf(at), { trigger_id: 'other' })];
  await Promise.all([call(at, form), call(at, form)]);
  await at.fake.restart();
  await call(at, form);
  assert.equal((await postsOf(at)).length, 1, 'the bot knows it, where the server has forgotten it');
  await call(at, other);
  await at.restart();
  await call(at, other);
  assert.equal((await postsOf(at)).length, 2, 'the server knows it for half a minute, where the bot has forgotten it');
});

test('an answer that got lost is asked for again, and there is one post', async () => {
  await using at = await InteractionsInTest.start('img');
  at.fake.inject({ method: 'POST', path: /\/posts$/ }, { kind: 'reset', delivered: true });
  await at.ada.runSlashCommand(at.channelId, '/img a red fox');
  assert.equal((await postsOf(at)).length, 1);
  assert.deepEqual(at.said, []);
});

test('where the server does not answer, the sentence says what is known', async () => {
  await using at = await InteractionsInTest.start('img');
  const posts = at.fake.inject({ method: 'POST', path: /\/posts$/ }, { kind: 'answer', status: 502, body: '<html>' }, { times: 2 });
  await at.ada.runSlashCommand(at.channelId, '/img a red fox');
  assert.equal(posts.count, 2);
  at.fake.inject({ method: 'GET', path: '/members/' }, { kind: 'answer', status: 503, body: '<html>' });
  await at.ada.runSlashCommand(at.channelId, '/img a red fox');
  assert.deepEqual(at.said, [en.uncertain('`!img …`'), en.unreachable('`!img …`')]);
  assert.deepEqual(await postsOf(at), []);
  assert.ok(at.log.lines.length >= 2);
  for (const secret of ['fox', at.ada.userId, at.channelId, tokenOf(at)]) assert.ok(!at.log.text().includes(secret), secret);
});

test('where the bot is not, it says how to get it there', async () => {
  await using at = await InteractionsInTest.start('img');
  const elsewhere = at.fake.createChannel({ teamId: at.teamId, name: 'elsewhere', members: [at.ada] });
  const direct = at.fake.openDirect(at.ada, at.bea);
  await at.ada.runSlashCommand(elsewhere, '/img a red fox');
  await at.ada.runSlashCommand(direct, '/img a red fox', { teamId: at.teamId });
  assert.deepEqual(at.said, [en.invite('@blitzbild'), en.notHere('@blitzbild')]);
  const own = at.fake.openDirect(at.ada, at.bot);
  await at.ada.runSlashCommand(own, '/img a red fox', { teamId: at.teamId });
  assert.equal((await postsOf(at, own)).length, 1);
});

test('an administrator’s bot does not post where it would hear no answer', async () => {
  await using at = await InteractionsInTest.start('img');
  at.fake.world.users.get(at.bot.userId)!.roles = 'system_user system_admin';
  const elsewhere = at.fake.createChannel({ teamId: at.teamId, name: 'elsewhere', members: [at.ada] });
  await at.ada.runSlashCommand(elsewhere, '/img a red fox');
  assert.deepEqual(at.said, [en.invite('@blitzbild')]);
  assert.deepEqual(await postsOf(at, elsewhere), []);
});

test('what the server refuses is said in plain words', async () => {
  await using at = await InteractionsInTest.start('img');
  const token = tokenOf(at);
  const root = await at.bea.say(at.channelId, 'root');
  await at.bea.delete(root);
  assert.equal((await call(at, formOf(at, token, { root_id: root, trigger_id: '1' }))).text, en.threadGone);
  at.fake.deny(at.bot, 'create_post');
  assert.equal((await call(at, formOf(at, token, { trigger_id: '2' }))).text, en.refused('`!img …`'));
  at.fake.allowAgain(at.bot);
  at.fake.archive(at.channelId);
  assert.equal((await call(at, formOf(at, token, { trigger_id: '3' }))).text, en.archived);
  assert.equal((await call(at, formOf(at, token, { channel_id: 'x' }))).text, en.refused('`!img …`'));
  assert.deepEqual(await postsOf(at), []);
});

test('a command needs one of the tokens', async () => {
  await using at = await InteractionsInTest.start('img');
  for (const token of ['', 'x', tokenOf(at).slice(1), `${tokenOf(at)}x`]) {
    const answer = await call(at, formOf(at, token));
    assert.deepEqual([answer.status, answer.text], [200, en.wrongToken]);
  }
  assert.equal((await call(at, formOf(at, 'x', { command: '/bild' }))).text, de.wrongToken);
  assert.deepEqual(await postsOf(at), []);
  assert.equal(at.log.lines.filter(({ level }) => level === 'warn').length, 1, 'a stranger does not fill the log');
  assert.equal((await call(at, formOf(at, tokenOf(at)))).text, undefined);
  assert.equal((await postsOf(at)).length, 1);
});

test('what is no form, or too large for one, is refused', async () => {
  await using at = await InteractionsInTest.start('img');
  const answers = await Promise.all([
    fetch(`${at.url}/command`, { method: 'POST', body: JSON.stringify({ token: tokenOf(at) }) }),
    fetch(`${at.url}/command`, { method: 'POST', body: 'x'.repeat(256 * 1024 + 1) }),
    fetch(`${at.url}/command?${formOf(at, tokenOf(at)).toString()}`),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 413, 404],
  );
  assert.deepEqual(await postsOf(at), []);
});

test('what was typed comes in as that person’s message, once, while the bot hears and when it did not', async () => {
  await using at = await InteractionsInTest.start('img');
  const memory = at.store.memory('mattermost');
  const hear = async (): Promise<() => Promise<void>> => {
    const closing = new AbortController();
    const { signal } = closing;
    const client = new ServerClient({
      serverUrl: at.fake.url,
      accessToken: at.bot.token,
      signal,
      timeoutMs: 5000,
      maxAnswerBytes: 1024 * 1024,
    });
    const about = { client, ownUserId: at.bot.userId, memory };
    const news = new News({
      ...about,
      inbox: at.store.inbox('mattermost'),
      channels: new Channels({ ...about, allowed: { teams: [], channels: [] } }),
      people: new People({ client }),
      log: at.log,
      signal,
      random: () => 0,
      now: () => at.nowMs,
    });
    await news.start();
    return async () => {
      closing.abort();
      await news.stopped();
    };
  };
  const heard = async (count: number): Promise<readonly unknown[]> => {
    const messages = () => at.store.unhandled().flatMap(({ event }) => (event.kind === 'message' ? [event] : []));
    for (let tries = 0; tries < 200 && messages().length < count; tries += 1) await delay(20);
    return messages().map(({ sender, text, threadId, isDirect }) => ({ sender, text, threadId, isDirect }));
  };
  const root = await at.bea.say(at.channelId, 'what about a fox?');
  let stop = await hear();
  await at.ada.runSlashCommand(at.channelId, '/img a red fox', { rootId: root });
  const first = { sender: at.ada.userId, text: '!img a red fox', threadId: root, isDirect: false };
  assert.deepEqual(await heard(1), [first]);
  await stop();
  await at.bea.runSlashCommand(at.channelId, '/img');
  stop = await hear();
  assert.deepEqual(await heard(2), [first, { sender: at.bea.userId, text: '!img', threadId: undefined, isDirect: false }]);
  await stop();
  stop = await hear();
  await delay(100);
  assert.equal((await heard(2)).length, 2);
  await stop();
});
