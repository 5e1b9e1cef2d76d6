import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { DeliveryError } from '#core/errors.ts';
import { paragraph } from '#core/rich-text.ts';
import { eventId, roomId as asRoomId, userId } from '#core/types.ts';
import { checkHomeserver } from '#src/chat/matrix/doctor.ts';
import { MatrixPlatform } from '#src/chat/matrix/matrix-platform.ts';

import { onePixelPng } from '../../contract/chat-platform.ts';
import { RecordingInbox } from '../../contract/recording-inbox.ts';
import { Person } from '../../e2e/synapse/person.ts';
import { startSynapse, synapseSkipReason, type Account, type Synapse } from '../../e2e/synapse/server.ts';
import { eventually, matrixOptions } from './fakes.ts';

const skip = await synapseSkipReason();

describe('MatrixPlatform on a real Synapse', { skip: skip ?? false }, () => {
  let synapse: Synapse;
  let owner: Person;
  let lastName = 0;
  const open: MatrixPlatform[] = [];

  before(async () => {
    synapse = await startSynapse({ maxUploadBytes: 2000 });
    owner = await newPerson('owner');
  });
  after(async () => {
    await Promise.all(open.map((platform) => platform.close()));
    await synapse?.stop();
  });

  const newAccount = (name: string): Promise<Account> => synapse.registerUser(`${name}${(lastName += 1)}`);
  const newPerson = async (name: string): Promise<Person> => new Person(synapse.url, await newAccount(name));

  /** A bot that `owner` may invite; `start` may be called again after `close`. */
  const newBot = async () => {
    const account = await newAccount('bot');
    const inbox = new RecordingInbox();
    const options = matrixOptions({
      homeserverUrl: synapse.url,
      accessToken: account.accessToken,
      allowedInviters: { users: [owner.userId], servers: [], rooms: [] },
    });
    const start = async (): Promise<MatrixPlatform> => {
      const platform = new MatrixPlatform(options);
      open.push(platform);
      await platform.start(inbox);
      return platform;
    };
    const texts = (): readonly string[] => inbox.events.flatMap((event) => (event.kind === 'message' ? [event.text] : []));
    return { account, inbox, options, start, texts, self: new Person(synapse.url, account), userId: account.userId };
  };
  type Bot = Awaited<ReturnType<typeof newBot>>;

  /** A room of the owner's in which the bot is, running or not. */
  const roomWith = async (bot: Bot, room: Parameters<Person['createRoom']>[0] = {}): Promise<string> => {
    const id = await owner.createRoom({ ...room, invite: [...(room.invite ?? []), bot.userId] });
    await eventually(async () => (await owner.members(id)).includes(bot.userId));
    return id;
  };

  describe('when it starts', () => {
    it('answers nothing that was said before its first start', async () => {
      const bot = await newBot();
      const room = await owner.createRoom({ invite: [bot.userId] });
      await bot.self.join(room);
      for (let index = 0; index < 5; index += 1) await owner.say(room, `long ago ${index}`);
      await bot.start();
      await owner.say(room, 'now');
      await bot.inbox.waitForText('now');
      assert.deepEqual(bot.texts(), ['now']);
    });

    it('answers nothing that was said in a room before it came, but what was said between invitation and joining', async () => {
      const bot = await newBot();
      const platform = await bot.start();
      const room = await owner.createRoom();
      await owner.say(room, 'before the bot was thought of');
      await platform.close();
      await owner.invite(room, bot.userId);
      await owner.say(room, 'said to the invited bot');
      await bot.start();
      await bot.inbox.waitForText('said to the invited bot');
      await owner.say(room, 'said to the joined bot');
      await bot.inbox.waitForText('said to the joined bot');
      assert.deepEqual(bot.texts(), ['said to the invited bot', 'said to the joined bot']);
    });

    it('takes up invitations older than its first start, without what was said since', async () => {
      const bot = await newBot();
      const room = await owner.createRoom({ invite: [bot.userId] });
      await owner.say(room, 'to a bot that never ran');
      await bot.start();
      await eventually(async () => (await owner.members(room)).includes(bot.userId));
      await owner.say(room, 'to a bot that runs');
      await bot.inbox.waitForText('to a bot that runs');
      assert.deepEqual(bot.texts(), ['to a bot that runs']);
    });

    it('says in plain words that a token is wrong, without naming it', async () => {
      const token = 'syt_canary_aaaaaaaaaaaaaaaaaaaa';
      const options = matrixOptions({ homeserverUrl: synapse.url, accessToken: token });
      const failure = await new MatrixPlatform(options).start(new RecordingInbox()).catch((error: unknown) => error);
      assert.ok(failure instanceof Error);
      assert.match(failure.message, /access token is not valid/);
      assert.ok(!`${failure.stack} ${options.log.text()}`.includes('canary'));
    });
  });

  it('is well in the doctor’s eyes, apart from this server’s tiny upload limit', async () => {
    const bot = await newBot();
    const findings = await checkHomeserver({ homeserverUrl: `${synapse.url}/`, accessToken: bot.account.accessToken });
    assert.equal(findings.length, 6);
    assert.ok(
      findings.every(({ ok }) => ok),
      JSON.stringify(findings),
    );
    assert.deepEqual(
      findings.filter(({ advice, what }) => advice !== undefined && !what.startsWith('TIP ')).map(({ what }) => what),
      ['Only 0.0 MB can be uploaded', 'The bot is in no room yet'],
    );
    assert.ok(!JSON.stringify(findings).includes(bot.account.accessToken));
  });

  describe('after it was away', () => {
    it('has every message, also when there were more than one page of them, once and in order', { timeout: 120_000 }, async () => {
      const bot = await newBot();
      const platform = await bot.start();
      const room = await roomWith(bot);
      await owner.say(room, 'before');
      await bot.inbox.waitForText('before');
      await platform.close();
      const expected = ['before'];
      for (let index = 0; index < 230; index += 1) {
        expected.push(`meanwhile ${index}`);
        await owner.say(room, `meanwhile ${index}`);
      }
      await bot.start();
      await bot.inbox.waitForText('meanwhile 229');
      assert.deepEqual(bot.texts(), expected);
      assert.equal(new Set(bot.inbox.calls.flatMap((call) => call.events.map((event) => event.eventId))).size, expected.length);
      assert.equal(bot.inbox.calls.flatMap((call) => call.events).length, expected.length, 'nothing was handed over twice');
    });

    it('goes on by itself when the server comes back', { timeout: 120_000 }, async () => {
      const bot = await newBot();
      const platform = await bot.start();
      const room = await roomWith(bot);
      await synapse.restart(async () => {
        await eventually(() => !platform.health().ok);
      });
      await owner.say(room, 'welcome back');
      await bot.inbox.waitForText('welcome back', 60_000);
      await eventually(() => platform.health().ok);
      assert.match(bot.options.log.text(), /Nothing could be received/);
    });

    it('is unhealthy, with a plain log, when its token was ended', async () => {
      const bot = await newBot();
      const platform = await bot.start();
      assert.deepEqual(platform.health(), { ok: true });
      await synapse.logOut(bot.account);
      const health = await eventually(() => (platform.health().ok ? undefined : platform.health()));
      assert.ok(!health.ok);
      assert.match(health.reason, /access token is not valid any more/);
      assert.ok(bot.options.log.lines.some(({ level, message }) => level === 'error' && message === health.reason));
      assert.ok(!bot.options.log.text().includes(bot.account.accessToken));
      await assert.rejects(
        platform.send({ transactionId: 'x', roomId: asRoomId('!any:synapse.test'), content: { kind: 'text', text: [paragraph('x')] } }),
        (error) => error instanceof DeliveryError && error.failure === 'unauthorised',
      );
    });
  });

  describe('invitations', () => {
    it('are taken from the allow-list only; others are rejected and logged without the person', async () => {
      const bot = await newBot();
      await bot.start();
      const stranger = await newPerson('stranger');
      const wrong = await stranger.createRoom({ invite: [bot.userId] });
      const right = await roomWith(bot);
      await eventually(async () => (await stranger.membershipOf(wrong, bot.userId)) === 'leave');
      assert.ok((await owner.members(right)).includes(bot.userId));
      assert.match(bot.options.log.text(), /Rejected an invitation/);
      assert.ok(!bot.options.log.text().includes(stranger.userId));
    });

    it('may be allowed by server or by room', async () => {
      const stranger = await newPerson('stranger');
      const byServer = await newBot();
      Object.assign(byServer.options, { allowedInviters: { users: [], servers: ['synapse.test'], rooms: [] } });
      await byServer.start();
      const room = await stranger.createRoom({ invite: [byServer.userId] });
      await eventually(async () => (await stranger.members(room)).includes(byServer.userId));

      const byRoom = await newBot();
      Object.assign(byRoom.options, { allowedInviters: { users: [], servers: [], rooms: [room] } });
      await byRoom.start();
      await stranger.invite(room, byRoom.userId);
      await eventually(async () => (await stranger.members(room)).includes(byRoom.userId));
    });
  });

  describe('who is who', () => {
    it('knows administrators by power level, and notices a change', async () => {
      const bot = await newBot();
      const platform = await bot.start();
      const guest = await newPerson('guest');
      const room = await roomWith(bot, { version: '11', invite: [guest.userId] });
      await guest.join(room);
      await owner.say(room, 'I own this');
      assert.equal((await bot.inbox.waitForText('I own this')).isAdmin, true);
      await guest.say(room, 'I do not');
      assert.equal((await bot.inbox.waitForText('I do not')).isAdmin, false);
      const levels = await owner.ask('GET', `client/v3/rooms/${encodeURIComponent(room)}/state/m.room.power_levels/`);
      await owner.setState(room, 'm.room.power_levels', { ...levels, users: { ...levels.users, [guest.userId]: 50 } });
      assert.equal(await platform.isAdmin(asRoomId(room), userId(guest.userId)), true, 'asked anew');
      await guest.say(room, 'now I moderate');
      assert.equal((await bot.inbox.waitForText('now I moderate')).isAdmin, true);
    });

    it('knows the creators of version 12 rooms, who stand above all levels', async () => {
      const bot = await newBot();
      const platform = await bot.start();
      const second = await newPerson('second');
      const guest = await newPerson('guest');
      const room = await roomWith(bot, {
        version: '12',
        invite: [second.userId, guest.userId],
        creationContent: { additional_creators: [second.userId] },
      });
      await second.join(room);
      await guest.join(room);
      const levels = await owner.ask('GET', `client/v3/rooms/${encodeURIComponent(room)}/state/m.room.power_levels/`);
      assert.ok(!(owner.userId in (levels.users ?? {})), 'the creator is not listed in the levels');
      for (const [person, expected] of [
        [owner, true],
        [second, true],
        [guest, false],
      ] as const) {
        assert.equal(await platform.isAdmin(asRoomId(room), userId(person.userId)), expected);
        await person.say(room, `by ${person.userId}`);
        assert.equal((await bot.inbox.waitForText(`by ${person.userId}`)).isAdmin, expected);
      }
    });

    it('calls a room direct while exactly one person and the bot are in it', async () => {
      const bot = await newBot();
      await bot.start();
      const room = await roomWith(bot, { isDirect: true });
      await owner.say(room, 'alone');
      assert.equal((await bot.inbox.waitForText('alone')).isDirect, true);
      const guest = await newPerson('guest');
      await owner.invite(room, guest.userId);
      await guest.join(room);
      await owner.say(room, 'three of us');
      assert.equal((await bot.inbox.waitForText('three of us')).isDirect, false);
      await guest.ask('POST', `client/v3/rooms/${encodeURIComponent(room)}/leave`, {});
      await owner.say(room, 'alone again');
      assert.equal((await bot.inbox.waitForText('alone again')).isDirect, true);
    });
  });

  describe('what is not for it', () => {
    it('ignores notices, edits and other kinds of messages; a reply loses the quoted part', async () => {
      const bot = await newBot();
      await bot.start();
      const room = await roomWith(bot);
      await owner.send(room, { msgtype: 'm.notice', body: 'by another bot' });
      await owner.send(room, { msgtype: 'm.emote', body: 'waves' });
      const first = await owner.say(room, 'a foxx');
      await owner.edit(room, first, 'a fox');
      await owner.send(room, {
        msgtype: 'm.text',
        body: `> <${owner.userId}> a foxx\n> two lines\n\n!img again\n> mine`,
        'm.relates_to': { 'm.in_reply_to': { event_id: first } },
      });
      await bot.inbox.waitForText('!img again\n> mine');
      assert.deepEqual(bot.texts(), ['a foxx', '!img again\n> mine']);
    });
  });

  describe('what it sends', () => {
    it('never roots a thread on a message that belongs to one or on a reaction', async () => {
      const bot = await newBot();
      const platform = await bot.start();
      const room = await roomWith(bot);
      const root = await owner.say(room, 'root');
      const inside = await owner.say(room, 'inside', { threadId: root });
      const reaction = await owner.react(room, inside, '🔁');
      for (const threadId of [root, inside, reaction]) {
        const id = await platform.send({
          transactionId: `under ${threadId}`,
          roomId: asRoomId(room),
          threadId: eventId(threadId),
          content: { kind: 'text', text: [paragraph('an answer')] },
        });
        const sent = (await owner.events(room)).find((event) => event.event_id === id);
        assert.deepEqual(sent?.content['m.relates_to'], {
          rel_type: 'm.thread',
          event_id: root,
          is_falling_back: true,
          'm.in_reply_to': { event_id: root },
        });
      }
    });

    it('uploads a picture once, whatever the number of messages that show it', async () => {
      const bot = await newBot();
      const platform = await bot.start();
      const room = await roomWith(bot);
      const image = await bot.options.images.store(onePixelPng([1, 2, 3]), Uint8Array.of(9, 9), { widthPx: 1, heightPx: 1 });
      const send = (transactionId: string, from: MatrixPlatform) =>
        from.send({
          transactionId,
          roomId: asRoomId(room),
          content: { kind: 'image', image, fileName: 'a.png', caption: [paragraph('AI-generated')], altText: 'a picture' },
        });
      const first = await send('one', platform);
      await platform.close();
      const second = await send('two', await bot.start());
      const [a, b] = [first, second].map(async (id) => (await owner.events(room)).find((event) => event.event_id === id)?.content);
      const [one, two] = [await a, await b];
      assert.equal(one?.['url'], two?.['url']);
      assert.equal(one?.['info'].thumbnail_url, two?.['info'].thumbnail_url);
      assert.notEqual(one?.['url'], one?.['info'].thumbnail_url);
      assert.deepEqual(one?.['m.mentions'], {});
      assert.equal(one?.['body'], 'AI-generated');
      assert.equal(one?.['filename'], 'a.png');
    });

    it('refuses a picture over the server’s limit and says so', async () => {
      const bot = await newBot();
      const platform = await bot.start();
      const room = await roomWith(bot);
      const image = await bot.options.images.store(new Uint8Array(3000), Uint8Array.of(1), { widthPx: 1, heightPx: 1 });
      await assert.rejects(
        platform.send({
          transactionId: 'too big',
          roomId: asRoomId(room),
          content: { kind: 'image', image, fileName: 'a.png', caption: [], altText: 'a picture' },
        }),
        (error) => error instanceof DeliveryError && error.failure === 'rejected' && /0\.003 MB.*0\.002 MB/.test(error.message),
      );
    });

    it('cuts a text that is too long for one event', async () => {
      const bot = await newBot();
      const platform = await bot.start();
      const room = await roomWith(bot);
      const long = '<ü"🦊>'.repeat(20_000);
      const id = await platform.send({ transactionId: 'long', roomId: asRoomId(room), content: { kind: 'text', text: [paragraph(long)] } });
      await platform.send({
        transactionId: 'long edit',
        roomId: asRoomId(room),
        content: { kind: 'edit', target: id, text: [paragraph(long)] },
      });
      const sent = (await owner.events(room)).find((event) => event.event_id === id);
      const body: string = sent?.content['body'];
      assert.ok(body.endsWith('…') && long.startsWith(body.slice(0, -1)) && body.length > 20_000);
    });

    it('gives the reaction that is there already when the same one is sent again', async () => {
      const bot = await newBot();
      const platform = await bot.start();
      const room = await roomWith(bot);
      const target = eventId(await owner.say(room, 'like this'));
      const react = (transactionId: string) =>
        platform.send({ transactionId, roomId: asRoomId(room), content: { kind: 'reaction', target, emoji: '👍' } });
      assert.equal(await react('again'), await react('once'));
    });
  });
});
