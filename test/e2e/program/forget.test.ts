/** Somebody is forgotten by the real program: every byte of its data folder, its temporary files and its log is looked through. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { toPlainText } from '#core/rich-text.ts';
import { Person } from '../synapse/person.ts';
import { serverName, startSynapse, synapseSkipReason } from '../synapse/server.ts';
import { patienceMs, until, Workplace, type Program } from './program.ts';
import { RoomClient } from './room-client.ts';

const canary = 'forgetcanaryprompt';
const prompt = `a red fox ${canary}`;

/** Files of the workplace whose name or bytes hold these words, in the encodings that programs write. */
async function traces(place: Workplace, words: string): Promise<readonly string[]> {
  const forms = [Buffer.from(words), Buffer.from(words, 'utf16le'), Buffer.from(encodeURIComponent(words))];
  const found: string[] = [];
  for (const entry of await readdir(place.folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    // One that went since the folder was read holds nothing.
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    if (path.includes(words) || forms.some((form) => bytes.includes(form))) found.push(path);
  }
  return found;
}

/** Temporary files go into the workplace as well. */
async function opened(settings: object = {}, environment: Readonly<Record<string, string>> = {}): Promise<Workplace> {
  const place = await Workplace.open(settings, environment);
  mkdirSync(place.path('temporary'));
  return place;
}
const temporary = (place: Workplace): Readonly<Record<string, string>> => ({ TMPDIR: place.path('temporary') });

const says = async (client: RoomClient, pattern: RegExp): Promise<string> =>
  until(`the room says ${pattern}`, async () =>
    (await client.events())
      .flatMap(({ body }) => (body.kind === 'text' ? [toPlainText(body.text)] : []))
      .findLast((text) => pattern.test(text)),
  );

/** Pictures, a schedule, a star, an upload, answers: everything that the bot keeps of somebody. */
async function journey(client: RoomClient): Promise<void> {
  const drawn = await client.finished(await client.say(`!img ${prompt} --n 2 --seed 42`));
  const [picture] = drawn.images;
  assert.ok(picture !== undefined);
  await client.say(`!img star ${drawn.jobId}/A1`);
  await client.answerTo(await client.say(`!img info ${drawn.jobId}`));
  await client.answerTo(await client.say(`!img plan daily 07:00 ${prompt}`));
  const bytes = await client.image(picture);
  await client
    .finished(await client.sendFile({ name: `${canary}.png`, bytes: Buffer.concat([bytes]) }, `!img vary --strength 0.5 ${canary}`))
    .catch(() => undefined);
}

async function assertForgotten(place: Workplace, programs: readonly Program[], person: string): Promise<void> {
  assert.deepEqual(await traces(place, canary), []);
  assert.deepEqual(await traces(place, person), []);
  for (const { stdout, stderr } of programs)
    for (const words of [canary, person]) assert.equal((stdout + stderr).includes(words), false, `the log holds ${words}`);
}

describe('somebody is forgotten', { concurrency: 1, timeout: 3 * patienceMs }, () => {
  test('in the local room: nothing is left in any file, and the bot goes on', async () => {
    await using place = await opened();
    const program = await place.start(temporary(place));
    const client = new RoomClient(program.url);
    await journey(client);
    const others = await client.finished(await client.say('!img a blue fox', { name: 'Bob' }));
    assert.ok((await traces(place, canary)).length > 0, 'the canary is there before');
    assert.ok((await traces(place, '@ada:room')).length > 0);
    await client.say('!img forget me');
    await says(client, /^Shall I forget you\?/u);
    const startedAtMs = performance.now();
    await client.say('!img yes');
    const answer = await says(client, /^Done: I know nothing/u);
    const tookMs = performance.now() - startedAtMs;
    assert.ok(tookMs < 60_000, `${Math.round(tookMs)} ms`);
    assert.match(answer, /My messages: \d+ gone/u);
    await assertForgotten(place, [program], '@ada:room');
    const events = await client.events();
    assert.ok(events.some(({ body }) => body.kind === 'message' && body.sender === '@bob:room'));
    assert.ok((await client.image(others.images[0]!)).byteLength > 0, 'the other picture stays');
    await client.finished(await client.say('!img a green fox'));
    await program.stop();
  });

  test('from the command line, while the bot runs and when it is stopped', async () => {
    await using place = await opened();
    const program = await place.start(temporary(place));
    const client = new RoomClient(program.url);
    await client.finished(await client.say(`!img ${prompt} --seed 42`));
    await client.finished(await client.say(`!img a blue fox ${canary}`, { name: 'Bob' }));
    const unasked = await place.run(['forget', '@ada:room']);
    assert.equal(unasked.exitCode, 2);
    assert.match(unasked.stderr, /add --yes/u);
    assert.equal((await place.run(['forget', 'Ada', '--yes'])).exitCode, 2);
    const running = await place.run(['forget', '@ada:room', '--yes']);
    assert.equal(running.exitCode, 0, running.stderr);
    assert.match(running.stdout, /Erased here: 1 job with 1 picture/u);
    assert.deepEqual(await traces(place, '@ada:room'), []);
    assert.deepEqual(await traces(place, prompt), []);
    await program.stop();
    assert.ok((await traces(place, canary)).length > 0, 'the other person is still there');
    const stopped = await place.run(['forget', '@bob:room', '--yes']);
    assert.equal(stopped.exitCode, 0, stopped.stderr);
    assert.match(stopped.stdout, /Erased here: 1 job with 1 picture/u);
    await assertForgotten(place, [program], '@bob:room');
  });

  for (const [point, at] of [
    ['erasure.slice', 1],
    ['erasure.stage', 1],
    ['erasure.stage', 2],
    ['erasure.stage', 3],
    ['erasure.stage', 4],
    ['erasure.stage', 5],
  ] as const)
    test(`killed in the middle (${point} ${at}), it goes on with the next start`, async () => {
      await using place = await opened();
      const broken = await place.start({ ...temporary(place), BLITZBILD_FAILPOINTS: `${point}:kill@${at}` });
      const client = new RoomClient(broken.url);
      await client.finished(await client.say(`!img ${prompt} --n 2 --seed 42`));
      const others = await client.finished(await client.say('!img a blue fox', { name: 'Bob' }));
      await client.say('!img forget me');
      await says(client, /^Shall I forget you\?/u);
      await client.say('!img yes');
      await broken.ended();
      const program = await place.start(temporary(place));
      const again = new RoomClient(program.url);
      await says(again, /^Done: I know nothing/u);
      await assertForgotten(place, [broken, program], '@ada:room');
      assert.ok((await again.image(others.images[0]!)).byteLength > 0);
      await program.stop();
    });
});

describe(
  'somebody is forgotten on a real homeserver',
  { skip: (await synapseSkipReason()) ?? false, concurrency: 1, timeout: 3 * patienceMs },
  () => {
    test('messages are redacted, their files deleted where an administrator’s token is there', async () => {
      await using synapse = await startSynapse();
      const bot = await synapse.registerUser('bot');
      const operator = await synapse.registerUser('boss', { admin: true });
      const ada = new Person(synapse.url, await synapse.registerUser('canaryada'));
      const bob = new Person(synapse.url, await synapse.registerUser('bob'));
      await using place = await opened(
        { matrix: { allowedInviters: [serverName] } },
        { MATRIX_HOMESERVER_URL: synapse.url, MATRIX_ACCESS_TOKEN: bot.accessToken, MATRIX_ADMIN_TOKEN: operator.accessToken },
      );
      const program = await place.start(temporary(place));
      await program.says(/Matrix: connected\./u);
      const room = await ada.createRoom({
        invite: [bot.userId, bob.userId],
        powerLevels: { users: { [bot.userId]: 50 } },
      });
      await bob.join(room);
      await until('the bot joins', async () => ((await ada.members(room)).includes(bot.userId) ? true : undefined));
      const picturesOf = async (): Promise<readonly string[]> =>
        (await ada.events(room))
          .filter(({ sender, content }) => sender === bot.userId && content['msgtype'] === 'm.image')
          .map(({ content }) => content['url']);
      const command = await ada.say(room, `!img ${prompt} --n 2 --seed 42`);
      const [first] = await until('two pictures', async () => ((await picturesOf()).length === 2 ? picturesOf() : undefined));
      await bob.say(room, '!img a blue fox');
      const all = await until('three pictures', async () => ((await picturesOf()).length === 3 ? picturesOf() : undefined));
      await ada.say(room, '!img forget me');
      const question = await until('the question', async () =>
        (await ada.events(room)).find(({ sender, content }) => sender === bot.userId && /Shall I forget/u.test(String(content['body']))),
      );
      await ada.react(room, question.event_id, '👍');
      const answer = await until('the answer', async () =>
        (await ada.events(room)).find(({ sender, content }) => sender === bot.userId && String(content['body']).startsWith('Done: I know')),
      );
      assert.match(String(answer.content['body']), /Files of my messages on the server: gone/u);
      await assertForgotten(place, [program], ada.userId);
      const left = await ada.events(room);
      assert.equal(
        JSON.stringify(left.filter(({ sender }) => sender === bot.userId)).includes(canary),
        false,
        'nothing that the bot said names it',
      );
      assert.deepEqual(left.find(({ event_id }) => event_id === command)?.content, {}, 'the command is redacted, for the bot may');
      assert.deepEqual(await picturesOf(), [all[2]], 'the other picture stays');
      await assert.rejects(ada.download(first!), /404/u);
      assert.ok((await ada.download(all[2]!)).bytes.length > 0);
      await program.stop();
    });
  },
);
