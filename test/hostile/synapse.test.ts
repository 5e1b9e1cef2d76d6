/** Hostile members on a real homeserver: what it lets them send, and what of that reaches the bot or other people. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { paragraph, type RichText } from '#core/rich-text.ts';
import { eventId, roomId as asRoomId, userId } from '#core/types.ts';
import { MatrixPlatform } from '#src/chat/matrix/matrix-platform.ts';
import { eventually as eventuallyWithin, matrixOptions } from '../chat/matrix/fakes.ts';
import { onePixelPng } from '../contract/chat-platform.ts';
import { RecordingInbox } from '../contract/recording-inbox.ts';
import { Person } from '../e2e/synapse/person.ts';
import { startSynapse, synapseSkipReason, type Synapse } from '../e2e/synapse/server.ts';

const skip = await synapseSkipReason();
/** Shared cores are slow, not wrong. */
const eventually: typeof eventuallyWithin = async (look) => eventuallyWithin(look, 60_000);

describe('hostile members on a real Synapse', { skip: skip ?? false, timeout: 240_000 }, () => {
  let synapse: Synapse;
  let platform: MatrixPlatform;
  let options: ReturnType<typeof matrixOptions>;
  let bot: Person;
  let ada: Person;
  let eve: Person;
  let asked = 0;
  const inbox = new RecordingInbox();

  before(async () => {
    synapse = await startSynapse();
    const account = await synapse.registerUser('bot');
    bot = new Person(synapse.url, account);
    ada = new Person(synapse.url, await synapse.registerUser('ada'));
    eve = new Person(synapse.url, await synapse.registerUser('eve'));
    options = matrixOptions({
      homeserverUrl: synapse.url,
      accessToken: account.accessToken,
      allowedInviters: { users: [ada.userId], servers: [], rooms: [] },
    });
    platform = new MatrixPlatform(options);
    await platform.start(inbox);
  });
  after(async () => {
    await platform?.close();
    await synapse?.stop();
  });

  /** Ada's room with Eve in it. */
  async function room(about: Parameters<Person['createRoom']>[0] = {}): Promise<string> {
    const id = await ada.createRoom({ ...about, invite: [bot.userId, eve.userId] });
    await eve.join(id);
    await eventually(async () => (await ada.members(id)).includes(bot.userId));
    return id;
  }

  const heard = async (text: string): Promise<void> => void (await inbox.waitForText(text, 60_000));

  const tried = async (work: Promise<unknown>): Promise<boolean> =>
    work.then(
      () => true,
      () => false,
    );

  /** How often somebody would be rung for this room. */
  async function highlights(person: Person, id: string): Promise<number> {
    // Synapse keeps answers to the same question for a while.
    const filter = encodeURIComponent(JSON.stringify({ room: { rooms: [id], timeline: { limit: (asked += 1) } } }));
    const { rooms } = await person.ask('GET', `client/v3/sync?timeout=0&filter=${filter}`);
    return rooms.join[id].unread_notifications.highlight_count;
  }

  it('nobody is rung by what the bot repeats, however powerful it is', async () => {
    const id = await room({ version: '11', powerLevels: { users: { [ada.userId]: 100, [bot.userId]: 100 }, notifications: { room: 50 } } });
    await ada.ask('PUT', `client/v3/profile/${encodeURIComponent(ada.userId)}/displayname`, { displayname: 'Ada Lovelace' });
    const words = `@room Ada Lovelace ada ${ada.userId} <a href="https://matrix.to/#/${ada.userId}">Ada</a> @channel`;
    const text: RichText = [paragraph(words), { kind: 'list', items: [[{ text: words, style: 'bold' }]] }, { kind: 'code', text: words }];
    const image = await options.images.store(onePixelPng([255, 0, 0]), onePixelPng([255, 0, 0]), { widthPx: 1, heightPx: 1 });
    const key = await options.images.put(new TextEncoder().encode('x'), 'csv');
    const to = { roomId: asRoomId(id) };
    const first = await platform.send({ ...to, transactionId: randomUUID(), content: { kind: 'text', text } });
    await platform.send({ ...to, transactionId: randomUUID(), content: { kind: 'edit', target: first, text } });
    await platform.send({
      ...to,
      transactionId: randomUUID(),
      content: { kind: 'image', image, fileName: 'room.png', caption: text, altText: words },
    });
    const file = { key, name: '@room.csv', bytes: 1, mimeType: 'text/csv' };
    const last = await platform.send({ ...to, transactionId: randomUUID(), content: { kind: 'file', file, caption: text } });
    await eventually(async () => (await ada.events(id)).some(({ event_id }) => event_id === last));
    assert.equal(await highlights(ada, id), 0);
    const sent = (await ada.events(id)).filter(({ sender, type }) => sender === bot.userId && type === 'm.room.message');
    assert.equal(sent.length, 4);
    for (const { content } of sent) {
      assert.deepEqual(content['m.mentions'], {});
      assert.doesNotMatch(
        JSON.stringify(content['formatted_body'] ?? content['m.new_content']?.formatted_body),
        /<a |<font|matrix\.to\/[^&]*">/u,
      );
    }
    // The same words in a picture's caption of somebody who does not say whom they mean.
    await bot.send(id, { msgtype: 'm.image', body: words, filename: 'x.png', url: 'mxc://synapse.test/x' });
    // Does the server count at all?
    await eventually(async () => (await highlights(ada, id)) > 0);
  });

  for (const version of ['1', '10', '11', '12'])
    it(`nobody withdraws another’s command, in a room of version ${version}`, async () => {
      const id = await room({ version });
      const victim = await ada.say(id, `!img a fox ${version}`);
      const own = await eve.say(id, `!img a cat ${version}`);
      const path = `client/v3/rooms/${encodeURIComponent(id)}`;
      const attempts = [
        eve.ask('PUT', `${path}/redact/${encodeURIComponent(victim)}/${randomUUID()}`, {}),
        eve.ask('PUT', `${path}/redact/${encodeURIComponent(own)}/${randomUUID()}`, { redacts: victim, reason: victim }),
        eve.ask('PUT', `${path}/send/m.room.redaction/${randomUUID()}`, { redacts: victim }),
        eve.ask('PUT', `${path}/send/m.room.redaction/${randomUUID()}`, { redacts: victim, content: { redacts: victim } }),
        eve.send(id, { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'x', redacts: victim }, 'm.room.encrypted'),
      ];
      await Promise.all(attempts.map(tried));
      await eve.say(id, `the end ${version}`);
      await heard(`the end ${version}`);
      const withdrawn = (target: string): boolean =>
        inbox.events.some((event) => event.kind === 'redaction' && event.target === eventId(target));
      assert.equal(withdrawn(victim), false);
      await ada.redact(id, victim);
      await eventually(() => withdrawn(victim));
    });

  it('nobody becomes an admin by a name, a message that looks like power, or another’s state', async () => {
    const id = await room();
    const levels = { users: { [eve.userId]: 100 }, users_default: 100 };
    await eve.ask('PUT', `client/v3/profile/${encodeURIComponent(eve.userId)}/displayname`, { displayname: ada.userId });
    await tried(eve.send(id, levels, 'm.room.power_levels'));
    await eve.send(id, { ...levels, msgtype: 'm.text', body: 'power' });
    const path = `client/v3/rooms/${encodeURIComponent(id)}/state`;
    for (const key of ['', encodeURIComponent(eve.userId), 'x'])
      assert.equal(await tried(eve.ask('PUT', `${path}/m.room.power_levels/${key}`, levels)), false, key);
    assert.equal(await tried(eve.ask('PUT', `${path}/m.room.create/`, { creator: eve.userId, additional_creators: [eve.userId] })), false);
    await eve.say(id, '!img admin pause');
    await heard('!img admin pause');
    const said = inbox.events.find((event) => event.kind === 'message' && event.text === '!img admin pause');
    assert.ok(said?.kind === 'message' && !said.isAdmin && said.sender === userId(eve.userId));
    assert.equal(await platform.isAdmin(asRoomId(id), userId(eve.userId)), false);
    assert.equal(await platform.isAdmin(asRoomId(id), userId(ada.userId)), true);
  });

  it('junk in place of keys and encrypted messages holds nothing up, and is answered a few times at most', async () => {
    const id = await room();
    const nested = (depth: number): unknown => (depth === 0 ? 'x' : [nested(depth - 1)]);
    const junk: readonly unknown[] = [
      {},
      { algorithm: 7 },
      { algorithm: 'm.olm.v1.curve25519-aes-sha2', ciphertext: { x: { type: 9, body: 1 } } },
      { x: nested(150) },
    ];
    for (const type of ['m.room.encrypted', 'm.room_key', 'm.forwarded_room_key', 'm.room_key.withheld', 'm.secret.send', 'x'])
      for (const content of junk) {
        const messages = { [bot.userId]: { '*': content } };
        await tried(eve.ask('PUT', `client/v3/sendToDevice/${type}/${randomUUID()}`, { messages }));
      }
    for (let number = 0; number < 12; number++) {
      const content = {
        algorithm: 'm.megolm.v1.aes-sha2',
        session_id: `s${number}`,
        sender_key: 'k',
        device_id: 'D',
        ciphertext: `junk ${number}`,
      };
      await eve.send(id, content, 'm.room.encrypted');
    }
    await tried(eve.send(id, { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: nested(150) }, 'm.room.encrypted'));
    await ada.say(id, 'still there?');
    await heard('still there?');
    const told = inbox.events.filter((event) => event.kind === 'unreadable' && event.roomId === id);
    assert.ok(told.length >= 1 && told.length <= 5, `${told.length} answers`);
    assert.deepEqual(platform.health(), { ok: true });
  });
});
