/** `blitzbild start` as a process on a real homeserver, with the embedded model, seen by a person with another client. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { GenerateOutput } from '#src/cli/generate.ts';
import { Person, type RawEvent } from '../synapse/person.ts';
import { seenMessages } from '../synapse/seen.ts';
import { startSynapse, synapseSkipReason, type Account, type Synapse } from '../synapse/server.ts';
import { patienceMs, until, Workplace, type Program } from './program.ts';
import { RoomClient } from './room-client.ts';
import { assertSameBytes } from '../../same-bytes.ts';

/** A word that nothing but a prompt holds, for the search through the log. */
const canary = 'canaryprompt';
const prompt = `a red fox ${canary}`;
const timingLine = /^\d+ images? 256×256 in .* · text .* · denoise .* · decode .* · encode .* · CPU · \w+$/;
const finalLine = /^(\d+ images? 256×256 in|1 Bild 256×256 in|Stopped|.*cancelled)/;

describe('on a real homeserver', { skip: (await synapseSkipReason()) ?? false, concurrency: 1, timeout: 3 * patienceMs }, () => {
  let synapse: Synapse;
  let bot: Account;
  let ada: Person;
  let place: Workplace;
  let program: Program;
  let room: string;
  const programs: Program[] = [];

  const startProgram = async (): Promise<void> => {
    program = await place.start();
    programs.push(program);
    await program.says(/Matrix: connected\./);
  };

  before(async () => {
    synapse = await startSynapse();
    bot = await synapse.registerUser('bot');
    ada = new Person(synapse.url, await synapse.registerUser('canaryada'));
    place = await Workplace.open(
      { matrix: { allowedInviters: [ada.userId] } },
      { MATRIX_HOMESERVER_URL: synapse.url, MATRIX_ACCESS_TOKEN: bot.accessToken, LOG_LEVEL: 'debug' },
    );
    await startProgram();
    room = await ada.createRoom();
    await ada.say(room, `!img ${prompt} from before the invitation`);
    await ada.invite(room, bot.userId);
    await until('the bot joins', async () => ((await ada.members(room)).includes(bot.userId) ? true : undefined));
  });
  after(async () => {
    await place?.[Symbol.asyncDispose]();
    await synapse?.stop();
  });

  const relation = (event: RawEvent): Readonly<Record<string, any>> => event.content['m.relates_to'] ?? {};
  const isMessage = (event: RawEvent): boolean => event.type === 'm.room.message' && relation(event)['rel_type'] !== 'm.replace';
  const botEvents = async (): Promise<readonly RawEvent[]> => (await ada.events(room)).filter(({ sender }) => sender === bot.userId);

  /** What the bot has said in the thread of this command, and to which texts it edited its acknowledgement. */
  async function thread(command: string) {
    const events = await botEvents();
    const messages = events.filter((event) => isMessage(event) && relation(event)['event_id'] === command);
    const notices = messages.filter(({ content }) => content['msgtype'] === 'm.notice');
    const edits = events.filter(
      (event) => relation(event)['rel_type'] === 'm.replace' && relation(event)['event_id'] === notices[0]?.event_id,
    );
    const texts = [...notices, ...edits].map(({ content }) => String((content['m.new_content'] ?? content).body));
    return {
      notices,
      edits,
      images: messages.filter(({ content }) => content['msgtype'] === 'm.image'),
      ends: texts.filter((text) => finalLine.test(text)),
    };
  }

  const finished = (command: string) =>
    until(`the end of ${command}`, async () => {
      const seen = await thread(command);
      return seen.ends.length > 0 ? seen : undefined;
    });

  /** The notices that answer this message without a thread. */
  const repliesTo = async (command: string): Promise<readonly RawEvent[]> =>
    (await botEvents()).filter((event) => isMessage(event) && relation(event)['m.in_reply_to']?.event_id === command);
  const replyTo = async (command: string): Promise<string> =>
    until(`an answer to ${command}`, async () => (await repliesTo(command))[0]?.content['body']);

  async function straightRun(count: number, seed: number, steps?: number): Promise<readonly Buffer[]> {
    const { stdout, stderr, exitCode } = await place.run(
      [
        'generate',
        prompt,
        '--n',
        String(count),
        ...(steps === undefined ? [] : ['--steps', String(steps)]),
        '--seed',
        String(seed),
        '--out',
        'straight',
        '--json',
      ],
      { environment: { LOG_LEVEL: 'error' } },
    );
    assert.equal(exitCode, 0, stderr);
    return Promise.all((JSON.parse(stdout) as GenerateOutput).images.map(({ file }) => readFile(file)));
  }

  const bytesOf = async (event: RawEvent): Promise<Buffer> => Buffer.from((await ada.download(event.content['url'])).bytes);

  test('a command: an acknowledgement, pictures with all their facts, one edited message that ends with the timings, in a thread', async () => {
    const command = await ada.say(room, `!img ${prompt} --n 2 --seed 42`);
    const { notices, edits } = await finished(command);
    assert.equal(notices.length, 1, 'one message, edited');
    assert.ok(edits.length >= 1);
    assert.match(edits.at(-1)?.content['m.new_content'].body, timingLine);

    const seen = (await seenMessages(ada, room, bot.userId)).filter(({ threadId }) => threadId === command);
    assert.match(seen[0]?.text ?? '', timingLine, 'what a client shows in place of the acknowledgement');
    const pictures = seen.flatMap((message) => (message.image === undefined ? [] : [{ ...message.image, caption: message.text }]));
    const expected = await straightRun(2, 42);
    assert.equal(pictures.length, 2);
    for (const [index, picture] of pictures.entries()) {
      const bytes = Buffer.from(picture.bytes);
      assertSameBytes(bytes, expected[index], 'the room and generate with the same seed');
      assert.ok(bytes.includes('http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'), 'the mark is in the file');
      assert.deepEqual([picture.widthPx, picture.heightPx, picture.size, picture.mimeType], [256, 256, bytes.length, 'image/png']);
      assert.deepEqual([...picture.thumbnailBytes.subarray(0, 3)], [0xff, 0xd8, 0xff], 'a JPEG');
      assert.match(picture.blurhash, /^\S{6,}$/);
      assert.match(picture.caption, new RegExp(`seed ${42 + index} .*AI-generated`, 's'));
    }
  });

  test('German, help, queue, again by reaction; what was said before the invitation is not answered', async () => {
    const german = await finished(await ada.say(room, `!bild ${prompt} --startwert 7`));
    assert.match(german.edits.at(-1)?.content['m.new_content'].body, /^1 Bild 256×256 in .* · Entrauschen /);
    assert.match(german.images[0]?.content['body'], /KI-generiert/);
    assert.match(await replyTo(await ada.say(room, '!img help')), /!img/);
    assert.match(await replyTo(await ada.say(room, '!img queue')), /\S/);

    const before = (await botEvents()).filter(({ content }) => content['msgtype'] === 'm.image').length;
    await ada.react(room, german.images[0]?.event_id ?? '', '🔁');
    const pictures = await until('one more picture', async () => {
      const all = (await botEvents()).filter(({ content }) => content['msgtype'] === 'm.image');
      return all.length > before ? all : undefined;
    });
    assert.equal(pictures.length, before + 1);
    assert.notDeepEqual(await bytesOf(pictures.at(-1)!), await bytesOf(german.images[0]!), 'the same words, another seed');
    const [earliest] = (await ada.events(room)).filter(({ content }) => String(content['body']).includes('from before the invitation'));
    assert.ok(earliest !== undefined);
    assert.deepEqual([...(await repliesTo(earliest.event_id)), ...(await thread(earliest.event_id)).notices], []);
  });

  test('bad input: one sentence each, nothing is drawn', async () => {
    const before = (await botEvents()).filter(({ content }) => content['msgtype'] === 'm.image').length;
    const cases = [
      ['!img --n 2', /nothing to draw/],
      ['!img \u202e\u0007 --n 2', /nothing to draw/],
      [`!img ${'fox '.repeat(2500)}`, /at most 2,000/],
      ['!img fox --stepz 3', /--steps\?/],
      ['!img fox --n 0', /from 1 to 20/],
      ['!img fox --n 10000', /from 1 to 20/],
      ['!img fox --size 9999x9999', /--size 1024x1024/],
      ['!img fox --steps -1', /--steps 1/],
      ['!img fox --seed NaN', /not a whole number/],
      ['!img <b>fox</b> --steps <script>alert(1)</script>', /not a whole number/],
    ] as const;
    const commands = [];
    for (const [text] of cases) commands.push(await ada.say(room, text));
    for (const [index, [text, says]] of cases.entries()) {
      assert.match(await replyTo(commands[index] ?? ''), says, text.slice(0, 40));
      assert.equal((await repliesTo(commands[index] ?? '')).length, 1);
    }
    const events = await botEvents();
    assert.equal(events.filter(({ content }) => content['msgtype'] === 'm.image').length, before);
    assert.ok(!events.some(({ content }) => /<script/i.test(String(content['formatted_body']))), 'what people type never becomes markup');
  });

  test('cancel stops a running job, and the local room draws at the same time', async () => {
    const command = await ada.say(room, `!img ${prompt} --n 20 --steps 50`);
    await until('it is accepted', async () => (await thread(command)).notices[0]);
    const local = new RoomClient(program.url);
    const drawn = await local.finished(await local.say(`!img ${prompt} --seed 42`));
    assert.equal(drawn.images.length, 1, 'one picture is not held up by twenty');
    assert.ok((await local.image(drawn.images[0]!)).length > 1000);
    await ada.say(room, '!img cancel');
    const { ends, images } = await finished(command);
    assert.equal(ends.length, 1);
    assert.ok(images.length < 20);
  });

  test('stopped while people type: every command is answered once after the next start', async () => {
    assert.equal((await program.stop()).exitCode, 0, program.stderr.slice(-2000));
    const drawn = await ada.say(room, `!img ${prompt} --seed 5`);
    const asked = await ada.say(room, '!img fox --n 0');
    await startProgram();
    await finished(drawn);
    await replyTo(asked);
    await finished(await ada.say(room, `!img ${prompt} --seed 6`));
    const { notices, images, ends } = await thread(drawn);
    assert.deepEqual([notices.length, images.length, ends.length, (await repliesTo(asked)).length], [1, 1, 1, 1]);
  });

  test('killed in the middle of six pictures: after the next start all six are there once, as if nothing had happened, with one end', async () => {
    const expected = await straightRun(6, 300, 12);
    const command = await ada.say(room, `!img ${prompt} --n 6 --seed 300 --steps 12`);
    await until('a first picture', async () => (await thread(command)).images[0]);
    await program.kill();
    const { images: early, ends: none } = await thread(command);
    assert.ok(early.length < 6 && none.length === 0, `${early.length} pictures, ${none.length} ends`);
    await startProgram();
    await finished(command);
    // Whatever would come twice has its chance to come: one more job after it.
    await finished(await ada.say(room, `!img ${prompt} --seed 6`));
    const { images, ends, notices } = await thread(command);
    assert.deepEqual([notices.length, images.length, ends.length], [1, 6, 1]);
    const [timings, explanation] = (ends[0] ?? '').split('\n');
    assert.match(timings ?? '', timingLine);
    assert.match(explanation ?? '', /interrupted by a restart/);
    const names = images.map(({ content }) => String(content['filename']));
    assert.deepEqual(
      names.map((name) => /-([AB]\d)\.png$/.exec(name)?.[1]),
      ['A1', 'A2', 'A3', 'A4', 'A5', 'B1'],
    );
    for (const [index, image] of images.entries()) assertSameBytes(await bytesOf(image), expected[index], `picture ${index + 1}`);
  });

  test('doctor finds nothing to mend here, and names a wrong token', async () => {
    const good = await place.run(['doctor'], { environment: { LOG_LEVEL: 'error' } });
    assert.equal(good.exitCode, 0, good.stdout);
    assert.match(good.stdout, /The access token is valid/);
    const bad = await place.run(['doctor'], { environment: { LOG_LEVEL: 'error', MATRIX_ACCESS_TOKEN: 'syt_wrong' } });
    assert.equal(bad.exitCode, 1, bad.stdout);
    assert.match(bad.stdout, /WRONG The access token is not valid/);
  });

  test('the log of all this holds no token, no prompt and no name', async () => {
    assert.equal((await program.stop()).exitCode, 0);
    const log = programs.map(({ stderr, stdout }) => stderr + stdout).join('');
    assert.ok(log.split('\n').filter((line) => line.includes('"level":"debug"')).length > 10, 'the log was at its most talkative');
    for (const secret of [bot.accessToken, canary, 'canaryada', bot.userId]) assert.ok(!log.includes(secret), `${secret} is in the log`);
  });
});
