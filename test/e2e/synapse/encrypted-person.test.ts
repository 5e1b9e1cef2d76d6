/** The second client by itself: two people with matrix-js-sdk on a real homeserver, before anything of ours is held against it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { EncryptedPerson } from './encrypted-person.ts';
import { Person } from './person.ts';
import { startSynapse, synapseSkipReason, type Synapse } from './server.ts';

describe('two people in an encrypted room', { skip: (await synapseSkipReason()) ?? false, concurrency: 1, timeout: 120_000 }, () => {
  let synapse: Synapse;
  let ada: EncryptedPerson;
  let ben: EncryptedPerson;
  let room: string;

  before(async () => {
    synapse = await startSynapse();
    ada = await EncryptedPerson.start(synapse.url, await synapse.registerUser('ada'));
    ben = await EncryptedPerson.start(synapse.url, await synapse.registerUser('ben'));
    room = await ada.plain.createRoom({ encrypted: true, invite: [ben.userId] });
    await ben.plain.join(room);
  });
  after(async () => {
    await ada?.[Symbol.asyncDispose]();
    await ben?.[Symbol.asyncDispose]();
    await synapse?.stop();
  });

  const reads = (person: EncryptedPerson, eventId: string) =>
    person.until(`${person.userId} reads ${eventId}`, () =>
      person
        .events(room)
        .find((event) => event.event_id === eventId && event.unreadable === undefined && event.type !== 'm.room.encrypted'),
    );

  test('texts, pictures, threads and edits are read, and stand on the server encrypted', async () => {
    const said = await ada.say(room, 'canary hello');
    assert.equal((await reads(ben, said)).content['body'], 'canary hello');
    const bytes = new Uint8Array(randomBytes(5000));
    const picture = await ben.sendPicture(room, bytes, 'canary caption', { threadId: said });
    const { content } = await reads(ada, picture);
    assert.equal(content['body'], 'canary caption');
    const file = await ada.read(content['file']);
    assert.deepEqual(file.bytes, bytes);
    assert.notDeepEqual(file.stored, bytes);
    assert.deepEqual((await reads(ada, await ben.edit(room, said, 'other'))).content['m.new_content'].body, 'other');
    const raw = (await ada.plain.events(room)).filter(({ event_id }) => event_id === said || event_id === picture);
    assert.deepEqual(
      raw.map(({ type }) => type),
      ['m.room.encrypted', 'm.room.encrypted'],
    );
    assert.doesNotMatch(JSON.stringify(raw), /canary/u);
  });

  test('restarted and killed, both go on', async () => {
    await ada.stop();
    await ben.kill();
    await ada.start();
    const missed = await ada.say(room, 'while the other was away');
    await ben.start();
    assert.equal((await reads(ben, missed)).content['body'], 'while the other was away');
    assert.equal((await reads(ada, await ben.say(room, 'back'))).content['body'], 'back');
  });

  test('devices are signed by their owners, and a second one can be', async () => {
    const other = await synapse.logIn(ada.account);
    assert.deepEqual(await ben.devices(ada.userId).then((all) => all.map(({ isSigned }) => isSigned)), [true]);
    await using second = await EncryptedPerson.start(synapse.url, other, { secrets: await ada.secrets() });
    assert.deepEqual(
      await ben.devices(ada.userId).then((all) => new Set(all.map(({ deviceId, isSigned }) => `${deviceId} ${isSigned}`))),
      new Set([`${ada.account.deviceId} true`, `${other.deviceId} true`]),
    );
    assert.equal((await reads(second, await ben.say(room, 'to both'))).content['body'], 'to both');
  });

  test('who only trusts signed devices gives no key to others', async () => {
    await using cleo = await EncryptedPerson.start(synapse.url, await synapse.registerUser('cleo'), { signs: false });
    await using strict = await EncryptedPerson.start(synapse.url, await synapse.registerUser('strict'), { onlySigned: true });
    for (const person of [cleo, strict]) {
      await ada.plain.invite(room, person.userId);
      await person.plain.join(room);
    }
    const said = await strict.say(room, 'for signed devices');
    assert.equal((await reads(ada, said)).content['body'], 'for signed devices');
    const withheld = await cleo.until('it is refused', () =>
      cleo.events(room).find((event) => event.event_id === said && event.unreadable !== undefined),
    );
    assert.match(withheld.unreadable ?? '', /WITHHELD|UNKNOWN_INBOUND_SESSION_ID/u);
    // A stranger by the plain way sees that there is something, and nothing of it.
    assert.doesNotMatch(JSON.stringify(await new Person(synapse.url, cleo.account).events(room)), /for signed devices/u);
  });
});
