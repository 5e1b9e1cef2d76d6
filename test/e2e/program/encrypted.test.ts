/** `blitzbild start` in encrypted rooms of a real homeserver, with people who use another client. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { EncryptedFile } from '../synapse/encrypted-file.ts';
import { Person } from '../synapse/person.ts';
import { synapseSkipReason } from '../synapse/server.ts';
import type { TeamRoom } from '../synapse/team-room.ts';
import { canary, EncryptedPlace, fox } from './encrypted-place.ts';
import { patienceMs } from './program.ts';

describe('in encrypted rooms', { skip: (await synapseSkipReason()) ?? false, concurrency: 1, timeout: 3 * patienceMs }, () => {
  let place: EncryptedPlace;
  let room: TeamRoom;

  before(async () => {
    place = await EncryptedPlace.open();
    room = await place.room();
  });
  after(async () => place?.[Symbol.asyncDispose]());

  /** A file of the room: that it is what the message says, and that the server has nothing but noise. */
  async function opened(file: EncryptedFile): Promise<Uint8Array> {
    const { bytes, stored, storedMimeType } = await place.ada.read(file);
    assert.equal(storedMimeType, 'application/octet-stream');
    const text = Buffer.from(stored).toString('latin1');
    // Three letters would stand in noise of this length by chance, now and then.
    for (const clear of ['\x89PNG\r\n', 'JFIF', 'IHDR', 'trainedAlgorithmicMedia', canary, 'Blitzbild'])
      assert.ok(!text.includes(clear), clear);
    return bytes;
  }

  test('a command: acknowledgement, picture, thumbnail, caption and timings are all encrypted, and all there', async () => {
    const job = await room.ended(await place.ada.say(room.roomId, fox(42)));
    assert.match(job.ack.text, /^1 image 256×256 in .* denoise /u);
    const { content } = job.pictures.get('A1') ?? assert.fail('no picture');
    assert.ok(!('url' in content) && !('thumbnail_url' in content['info']), 'no address of a file that is not encrypted');
    const picture = Buffer.from(await opened(content['file']));
    assert.deepEqual([...picture.subarray(1, 4)], [...Buffer.from('PNG')]);
    assert.ok(picture.includes('trainedAlgorithmicMedia'), 'the mark is in the file');
    assert.equal(picture.length, content['info'].size);
    assert.deepEqual([...(await opened(content['info'].thumbnail_file)).subarray(0, 3)], [0xff, 0xd8, 0xff]);
    assert.match(content['body'], /seed 42 .*AI-generated/su);
    assert.match(content['info']['xyz.amorgan.blurhash'], /^\S{6,}$/u);
    const files = [content['file'], content['info'].thumbnail_file] as EncryptedFile[];
    assert.equal(new Set(files.flatMap(({ url, iv, key }) => [url, iv, key.k])).size, 6, 'each file has its own key');
    await place.assertNothingInTheClear(room.roomId);
    // Ben reads the same: every member has the key.
    await place.ben.until('Ben reads the picture', () =>
      place.ben.events(room.roomId).find(({ content: read }) => read['body'] === content['body']),
    );
  });

  test('an encrypted picture that is replied to is what the next one is drawn from; threads and German stay encrypted', async () => {
    const [drawn] = room.said(({ content }) => content['msgtype'] === 'm.image');
    const bytes = await opened(drawn?.content['file']);
    const words = `!bild ein blauer Fuchs ${canary} --schritte 4 --startwert 7`;
    const source = await place.ben.sendPicture(room.roomId, bytes, 'my own picture');
    const command = await place.ben.say(room.roomId, `${words} --stärke 0.5`, { replyTo: source });
    const replied = await room.ended(command);
    const captioned = await room.ended(await place.ben.sendPicture(room.roomId, bytes, `${words} --stärke 0.5`));
    const alone = await room.draw(place.ben, words);
    const [fromReply, fromCaption, fromWords] = await Promise.all(
      [replied, captioned, alone].map(async ({ pictures }) => opened(pictures.get('A1')?.content['file'])),
    );
    assert.match(replied.pictures.get('A1')?.content['body'], /KI-generiert/u);
    assert.notDeepEqual(fromReply, fromWords, 'the source shows');
    assert.notDeepEqual(fromCaption, fromWords, 'so does an attached one');
    const threaded = await place.ada.say(room.roomId, '!img queue', { threadId: command });
    assert.match(await room.answer(threaded), /\S/u);
    await place.assertNothingInTheClear(room.roomId);
  });

  test('a reaction asks again; an edit and words for others are left alone', async () => {
    const [drawn] = room.said(({ content }) => content['msgtype'] === 'm.image');
    const before = room.said(({ content }) => content['msgtype'] === 'm.image').length;
    const said = await place.ada.say(room.roomId, 'what a nice fox');
    await place.ada.edit(room.roomId, said, '!img queue');
    await place.ada.react(room.roomId, drawn?.eventId ?? '', '🔁');
    await room.until('one more picture', () =>
      room.said(({ content }) => content['msgtype'] === 'm.image').length > before ? true : undefined,
    );
    assert.deepEqual(place.answers(room, said), []);
  });

  test('encryption that begins after the bot has joined: plain before, encrypted after, and a plain command is not carried out then', async () => {
    const later = await place.room('plain');
    const plain = new Person(place.synapse.url, place.ada.account);
    const early = await plain.say(later.roomId, '!img queue');
    await later.answer(early);
    assert.equal((await place.raw(later.roomId)).at(-1)?.type, 'm.room.message');
    await plain.setState(later.roomId, 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' });
    const asked = await place.ada.say(later.roomId, fox(3));
    const job = await later.ended(asked);
    assert.equal(job.pictures.size, 1);
    const bare = await plain.say(later.roomId, '!img help');
    assert.match(await later.answer(bare), /encrypted but your message was not/u);
    const raw = await place.raw(later.roomId);
    assert.deepEqual([...new Set(raw.slice(1).map(({ type }) => type))], ['m.room.encrypted']);
  });

  test('fifty messages each way, while both sides are restarted and killed: each is answered once, and every answer can be read', async () => {
    const quick = await place.room({ rotation_period_msgs: 7 });
    const commands: string[] = [];
    const texts = ['!img queue', '!img fox --n 0', '!img help', '!img fox --stepz 3'];
    const say = async (person: typeof place.ada, count: number): Promise<void> => {
      for (let index = 0; index < count; index++) {
        commands.push(await person.say(quick.roomId, texts[commands.length % texts.length] ?? ''));
      }
    };
    const answered = (command: string) =>
      place.answers(quick, command).some(({ unreadable }) => unreadable === undefined) ? true : undefined;

    await say(place.ada, 10);
    await place.program.kill();
    await say(place.ben, 10);
    await place.startProgram();
    await say(place.ada, 5);
    await place.ben.kill();
    await say(place.ada, 5);
    await place.ben.start();
    await say(place.ben, 5);
    assert.equal((await place.program.stop()).exitCode, 0, place.program.stderr.slice(-2000));
    await place.ada.kill();
    await say(place.ben, 5);
    await place.startProgram();
    await place.ada.start();
    await say(place.ada, 5);
    await place.ada.stop();
    await say(place.ben, 5);
    await place.ada.start();
    assert.equal(commands.length, 50);
    for (const command of commands) await quick.until(`an answer to ${command}`, () => answered(command));
    // Whatever would come twice has its chance to come.
    await quick.answer(await place.ada.say(quick.roomId, '!img queue'));
    const counts = commands.map((command) => place.answers(quick, command).length);
    assert.deepEqual(
      counts.filter((count) => count !== 1),
      [],
    );
    const complaints = commands
      .flatMap((command) => place.answers(quick, command))
      .filter(({ content }) => /decrypt/u.test(content['body']));
    assert.deepEqual(complaints, [], 'the bot has read every one of them');
    const onServer = (await place.eve.events(quick.roomId)).filter(({ event_id }) => commands.includes(event_id));
    assert.deepEqual(new Set(onServer.map(({ type }) => type)), new Set(['m.room.encrypted']), 'the commands were encrypted themselves');
    assert.deepEqual(
      place.ada.events(quick.roomId).filter(({ sender, unreadable }) => sender === place.bot.userId && unreadable !== undefined),
      [],
      'Ada can read all of it',
    );
    await place.assertNothingInTheClear(quick.roomId);
    const raw = await place.raw(quick.roomId);
    const perSession = Map.groupBy(raw, ({ content }) => String(content['session_id']));
    assert.ok(perSession.size >= 7 && [...perSession.values()].every((all) => all.length <= 7), 'keys change after seven messages');
  });

  test('killed in the middle of six pictures: after the next start each is there once, under one end', async () => {
    const command = await place.ada.say(room.roomId, `!img a red fox ${canary} --n 6 --seed 300 --steps 8`);
    const { id } = await room.accepted(command);
    await room.until('a first picture', () => room.pictures(id)[0]);
    await place.program.kill();
    await place.startProgram();
    const job = await room.ended(command);
    await room.answer(await place.ada.say(room.roomId, '!img queue'));
    assert.deepEqual([...room.pictures(id)].map(({ part }) => part).toSorted(), ['A1', 'A2', 'A3', 'A4', 'A5', 'B1']);
    assert.match(job.ack.text, /interrupted by a restart/u);
    for (const { content } of job.pictures.values()) await opened(content['file']);
    await place.assertNothingInTheClear(room.roomId);
  });

  test('the log of all this holds no token, no prompt, no name and no key', async () => {
    assert.equal((await place.program.stop()).exitCode, 0);
    const log = place.programs.map(({ stderr, stdout }) => stderr + stdout).join('');
    const keys = room.said(({ content }) => content['msgtype'] === 'm.image').map(({ content }) => String(content['file'].key.k));
    assert.ok(keys.length > 8);
    for (const secret of [place.bot.accessToken, canary, place.ada.userId, place.bot.userId, ...keys]) {
      assert.ok(!log.includes(secret), `${secret} is in the log`);
    }
  });
});
