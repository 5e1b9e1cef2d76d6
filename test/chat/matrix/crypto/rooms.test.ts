/** The platform in encrypted rooms of a real Synapse, with people who use another client. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { paragraph } from '#core/rich-text.ts';
import { roomId as asRoomId } from '#core/types.ts';
import type { IncomingEvent, UnreadableMessage } from '#core/incoming.ts';
import { MatrixPlatform } from '#src/chat/matrix/matrix-platform.ts';

import { RecordingInbox } from '../../../contract/recording-inbox.ts';
import { EncryptedPerson, type PeerEvent } from '../../../e2e/synapse/encrypted-person.ts';
import { Person, type RawEvent } from '../../../e2e/synapse/person.ts';
import { startSynapse, synapseSkipReason, type Account, type Synapse } from '../../../e2e/synapse/server.ts';
import { FaultProxy } from '../../../faults/proxy.ts';
import { eventually, matrixOptions } from '../fakes.ts';

const algorithm = 'm.megolm.v1.aes-sha2';

describe('encrypted rooms', { skip: (await synapseSkipReason()) ?? false }, () => {
  let synapse: Synapse;
  let owner: Person;
  let ada: EncryptedPerson;
  let serial = 0;
  const bots: Bot[] = [];

  const account = async (name: string): Promise<Account> => synapse.registerUser(`${name}${(serial += 1)}`);

  before(async () => {
    synapse = await startSynapse();
    owner = new Person(synapse.url, await account('owner'));
    ada = await EncryptedPerson.start(synapse.url, await account('ada'));
  });
  after(async () => {
    await Promise.all(bots.map(async (bot) => bot.stop()));
    await ada?.[Symbol.asyncDispose]();
    await synapse?.stop();
  });

  class Bot {
    readonly account: Account;
    readonly inbox = new RecordingInbox();
    readonly options: ReturnType<typeof matrixOptions>;
    /** What its clock is ahead by. */
    aheadMs = 0;
    platform: MatrixPlatform | undefined;

    constructor(url: string, account: Account, sharing: 'all' | 'crossSigned') {
      this.account = account;
      const options = matrixOptions({
        homeserverUrl: url,
        accessToken: account.accessToken,
        allowedInviters: { users: [owner.userId], servers: [], rooms: [] },
        syncWaitMs: 1000,
        now: () => Date.now() + this.aheadMs,
      });
      this.options = { ...options, encryption: { ...options.encryption, sharing } };
      bots.push(this);
    }

    async start(): Promise<this> {
      this.platform = new MatrixPlatform(this.options);
      await this.platform.start(this.inbox);
      return this;
    }

    async stop(): Promise<void> {
      await this.platform?.close();
      this.platform = undefined;
    }

    async say(room: string, words: string): Promise<string> {
      if (this.platform === undefined) throw new Error('not started');
      return this.platform.send({
        transactionId: `t${(serial += 1)}`,
        roomId: asRoomId(room),
        content: { kind: 'text', text: [paragraph(words)] },
      });
    }

    unreadable(): readonly UnreadableMessage[] {
      return this.inbox.events.filter((event: IncomingEvent) => event.kind === 'unreadable');
    }

    texts(): readonly string[] {
      return this.inbox.events.flatMap((event) => (event.kind === 'message' ? [event.text] : []));
    }
  }

  const newBot = async (sharing: 'all' | 'crossSigned' = 'all', url = synapse.url): Promise<Bot> =>
    new Bot(url, await account('bot'), sharing).start();

  async function roomOf(bot: Bot, people: readonly EncryptedPerson[], encryption: object | null = { algorithm }): Promise<string> {
    const room = await owner.createRoom({ invite: [bot.account.userId, ...people.map(({ userId }) => userId)] });
    if (encryption !== null) await owner.setState(room, 'm.room.encryption', encryption);
    for (const person of people) await person.plain.join(room);
    await eventually(async () => (await owner.members(room)).includes(bot.account.userId));
    return room;
  }

  const reads = async (person: EncryptedPerson, room: string, words: string): Promise<PeerEvent> =>
    person.until(`${person.userId} reads «${words}»`, () => person.events(room).find(({ content }) => content['body'] === words));
  const onServer = async (room: string, id: string): Promise<RawEvent> =>
    (await owner.events(room)).find((event) => event.event_id === id) ?? assert.fail(`${id} is not there`);
  const sessionOf = async (room: string, id: string): Promise<unknown> => (await onServer(room, id)).content['session_id'];

  it('get new keys when somebody has left, who reads nothing of what comes after', async () => {
    const bot = await newBot();
    await using ben = await EncryptedPerson.start(synapse.url, await account('ben'));
    const room = await roomOf(bot, [ada, ben]);
    const first = await bot.say(room, 'for both');
    await reads(ada, room, 'for both');
    await reads(ben, room, 'for both');
    const second = await bot.say(room, 'for both again');
    assert.equal(await sessionOf(room, second), await sessionOf(room, first), 'no new keys for nothing');
    await ben.plain.ask('POST', `client/v3/rooms/${encodeURIComponent(room)}/leave`, {});
    await ada.say(room, 'he is gone');
    await bot.inbox.waitForText('he is gone');
    const third = await bot.say(room, 'for ada alone');
    assert.notEqual(await sessionOf(room, third), await sessionOf(room, first));
    await reads(ada, room, 'for ada alone');
    assert.equal(
      ben.events(room).some(({ content }) => content['body'] === 'for ada alone'),
      false,
    );
  });

  it('get new keys as often as they ask for', async () => {
    const bot = await newBot();
    const room = await roomOf(bot, [ada], { algorithm, rotation_period_msgs: 2 });
    const ids: string[] = [];
    for (const words of ['one', 'two', 'three']) ids.push(await bot.say(room, words));
    const sessions = await Promise.all(ids.map(async (id) => sessionOf(room, id)));
    assert.deepEqual([sessions[0] === sessions[1], sessions[1] === sessions[2]], [true, false]);
    for (const words of ['one', 'two', 'three']) await reads(ada, room, words);
  });

  it('are read and written by who comes late, from then on; new devices as well', async () => {
    const bot = await newBot();
    const room = await roomOf(bot, [ada]);
    await bot.say(room, 'before her');
    await using cleo = await EncryptedPerson.start(synapse.url, await account('cleo'));
    await owner.invite(room, cleo.userId);
    await cleo.plain.join(room);
    await cleo.say(room, 'here I am');
    await bot.inbox.waitForText('here I am');
    await bot.say(room, 'welcome');
    await reads(cleo, room, 'welcome');
    await using tablet = await EncryptedPerson.start(synapse.url, await synapse.logIn(cleo.account, 'tablet'), {
      secrets: await cleo.secrets(),
    });
    await tablet.say(room, 'and on my tablet');
    await bot.inbox.waitForText('and on my tablet');
    await bot.say(room, 'there, too');
    await reads(tablet, room, 'there, too');
    assert.equal(
      cleo.events(room).some(({ content }) => content['body'] === 'before her'),
      false,
    );
  });

  it('can become so later: what was in the clear before counts, what is in the clear after is marked', async () => {
    const bot = await newBot();
    const room = await roomOf(bot, [ada], null);
    await ada.plain.say(room, 'still open');
    await bot.stop();
    await ada.plain.say(room, 'open as well');
    await owner.setState(room, 'm.room.encryption', { algorithm });
    await ada.plain.say(room, 'slipped in');
    await ada.say(room, 'sealed');
    await bot.start();
    const find = async (words: string): Promise<boolean | undefined> => (await bot.inbox.waitForText(words)).isUnprotected;
    assert.deepEqual(
      [await find('still open'), await find('open as well'), await find('slipped in'), await find('sealed')],
      [undefined, undefined, true, undefined],
    );
    const id = await bot.say(room, 'an answer');
    assert.equal((await onServer(room, id)).type, 'm.room.encrypted');
    await reads(ada, room, 'an answer');
    await ada.plain.say(room, 'slipped in again');
    assert.equal((await bot.inbox.waitForText('slipped in again')).isUnprotected, true);
  });

  it('have messages that nobody can read: told once for each session, and not before half a minute', async () => {
    const bot = await newBot();
    const room = await roomOf(bot, [ada]);
    const { content } = await onServer(room, await ada.say(room, 'hello'));
    const sealed = async (session: string): Promise<string> =>
      ada.plain.send(room, { ...content, session_id: session }, 'm.room.encrypted');
    const first = await sealed('one');
    await sealed('one');
    await ada.say(room, 'meanwhile');
    await bot.inbox.waitForText('meanwhile');
    assert.deepEqual(bot.unreadable(), []);
    await bot.stop();
    bot.aheadMs = 31_000;
    await bot.start();
    await bot.inbox.waitFor((event) => event.kind === 'unreadable');
    await sealed('one');
    const other = await sealed('two');
    await ada.say(room, 'still here');
    await bot.inbox.waitForText('still here');
    bot.aheadMs = 62_000;
    await eventually(() => bot.unreadable().length === 2);
    bot.aheadMs = 124_000;
    await ada.say(room, 'and on');
    await bot.inbox.waitForText('and on');
    assert.deepEqual(
      bot.unreadable().map(({ eventId, sender, cause, roomId }) => ({ eventId, sender, cause, roomId })),
      [first, other].map((eventId) => ({ eventId, sender: ada.userId, cause: 'key_missing', roomId: room })),
    );
  });

  it('have messages whose keys come late: carried out then, in their order, and not answered as unreadable', async () => {
    await using proxy = await FaultProxy.start(synapse.url);
    const bot = await newBot('all', proxy.url);
    const room = await roomOf(bot, [ada]);
    const held: unknown[] = [];
    const holding = proxy.inject(
      { path: '/sync' },
      {
        kind: 'rewrite',
        rewrite(answer) {
          held.push(...(answer.to_device?.events ?? []));
          return { ...answer, to_device: { events: [] } };
        },
      },
      { times: Infinity },
    );
    await ada.say(room, 'late one');
    await ada.say(room, 'late two');
    await ada.plain.react(room, '$nothing', '🔁').catch(() => {});
    await eventually(() => held.length > 0 && bot.options.memory.entries('unreadable:').length === 2);
    assert.deepEqual(bot.texts(), []);
    await bot.stop();
    holding.stop();
    proxy.inject({ path: '/sync' }, { kind: 'rewrite', rewrite: (answer) => ({ ...answer, to_device: { events: held } }) });
    await bot.start();
    await bot.inbox.waitForText('late two');
    assert.deepEqual(bot.texts(), ['late one', 'late two']);
    bot.aheadMs = 31_000;
    await ada.say(room, 'later');
    await bot.inbox.waitForText('later');
    assert.deepEqual(bot.unreadable(), []);
  });

  it('are read although nobody answers whose devices somebody else has; that message is carried out when it is known', async () => {
    await using proxy = await FaultProxy.start(synapse.url);
    const bot = await newBot('crossSigned', proxy.url);
    const room = await roomOf(bot, [ada]);
    await ada.say(room, 'first');
    await bot.inbox.waitForText('first');
    await using zoe = await EncryptedPerson.start(synapse.url, await account('zoe'));
    await owner.invite(room, zoe.userId);
    await zoe.plain.join(room);
    const silence = proxy.inject({ path: '/keys/query' }, { kind: 'hang', delivered: false }, { times: Infinity });
    await zoe.say(room, 'who am I');
    await silence.happened;
    for (const words of ['one', 'two', 'three']) {
      await ada.say(room, words);
      await bot.inbox.waitForText(words, 5_000);
    }
    assert.equal(bot.texts().includes('who am I'), false);
    silence.stop();
    await bot.inbox.waitForText('who am I', 15_000);
    assert.deepEqual(bot.unreadable(), []);
  });

  it('are read in one step although their keys stand behind a hundred other messages between devices', async () => {
    const bot = await newBot();
    const room = await roomOf(bot, [ada]);
    await ada.say(room, 'first');
    await bot.inbox.waitForText('first');
    await bot.stop();
    for (let index = 0; index < 130; index += 1) {
      const messages = { [bot.account.userId]: { [bot.account.deviceId]: { index } } };
      await owner.ask('PUT', `client/v3/sendToDevice/m.test/${index}`, { messages });
    }
    await using zoe = await EncryptedPerson.start(synapse.url, await account('zoe'));
    await owner.invite(room, zoe.userId);
    await zoe.plain.join(room);
    await zoe.say(room, 'after the weekend');
    const set = bot.options.memory.set.bind(bot.options.memory);
    const waited: string[] = [];
    bot.options.memory.set = (key, value) => {
      if (key.startsWith('unreadable')) waited.push(key);
      set(key, value);
    };
    await bot.start();
    await bot.inbox.waitForText('after the weekend');
    assert.deepEqual(waited, []);
  });

  it('hold no message twice that whoever runs the server brings again', async () => {
    await using proxy = await FaultProxy.start(synapse.url);
    const bot = await newBot('all', proxy.url);
    const room = await roomOf(bot, [ada]);
    const first = await ada.say(room, '!img once');
    await bot.inbox.waitForText('!img once');
    const sealed = { ...(await onServer(room, first)), event_id: '$again' };
    proxy.inject(
      { path: '/sync' },
      {
        kind: 'rewrite',
        rewrite: (answer) => ({ ...answer, rooms: { join: { [room]: { timeline: { events: [sealed], limited: false } } } } }),
      },
      { skip: 1 },
    );
    await eventually(() => /brought a second time/.test(bot.options.log.text()));
    await ada.say(room, 'on and on');
    await bot.inbox.waitForText('on and on');
    assert.deepEqual(bot.texts(), ['!img once', 'on and on']);
  });

  it('hold no message of somebody else’s that is sent again under another name', async () => {
    const bot = await newBot();
    const eve = new Person(synapse.url, await account('eve'));
    const room = await roomOf(bot, [ada]);
    await owner.invite(room, eve.userId);
    await eve.join(room);
    const id = await ada.say(room, '!img cancel all');
    await bot.inbox.waitForText('!img cancel all');
    await eve.send(room, (await onServer(room, id)).content, 'm.room.encrypted');
    await ada.say(room, 'done');
    await bot.inbox.waitForText('done');
    assert.deepEqual(bot.texts(), ['!img cancel all', 'done']);
    assert.match(bot.options.log.text(), /encrypted by somebody other than its sender/);
  });

  it('with «crossSigned» have no place for devices that their owners have not verified', async () => {
    const bot = await newBot('crossSigned');
    await using dora = await EncryptedPerson.start(synapse.url, await account('dora'));
    const room = await roomOf(bot, [ada, dora]);
    await ada.say(room, 'from a verified device');
    await bot.inbox.waitForText('from a verified device');
    await using unsigned = await EncryptedPerson.start(synapse.url, await synapse.logIn(dora.account, 'strange'), { signs: false });
    await unsigned.say(room, 'from a strange one');
    await eventually(() => bot.options.memory.entries('unreadable:').length > 0);
    bot.aheadMs = 31_000;
    const told = await bot.inbox.waitFor((event) => event.kind === 'unreadable');
    assert.ok(told.kind === 'unreadable' && told.cause === 'device_unverified', JSON.stringify(told));
    const answer = await bot.say(room, 'for the verified');
    await reads(ada, room, 'for the verified');
    await reads(dora, room, 'for the verified');
    await unsigned.until('the event is there', () => unsigned.events(room).find(({ event_id }) => event_id === answer));
    assert.equal(
      unsigned.events(room).some(({ content }) => content['body'] === 'for the verified'),
      false,
    );
  });

  it('are refused at the start with the store of another device, and with a token without one', async () => {
    const bot = await newBot();
    await bot.stop();
    const again = await synapse.logIn(bot.account);
    const other = new MatrixPlatform({ ...bot.options, accessToken: again.accessToken });
    await assert.rejects(other.start(bot.inbox), /belong to another account or device.*move that file away/);
    await bot.start();
  });
});
