/** `blitzbild start` as a process, through the local room's HTTP API, with the embedded model. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { GenerateOutput } from '#src/cli/generate.ts';
import { descendants, patienceMs, sentence, stillRunning, until, Workplace, type Program } from './program.ts';
import { RoomClient } from './room-client.ts';
import { assertSameBytes } from '../../same-bytes.ts';

/** Long enough to be interrupted, short enough to wait for. */
const six = 'a red fox --n 6 --steps 12';

/** The pictures of a straight run, by seed. */
async function straightRun(place: Workplace, prompt: string, seed: number): Promise<readonly Buffer[]> {
  const words = prompt.split(' --').flatMap((part, index) => (index === 0 ? [part] : `--${part}`.split(' ')));
  const { exitCode, stdout, stderr } = await place.run(['generate', ...words, '--seed', String(seed), '--out', 'straight', '--json']);
  assert.equal(exitCode, 0, stderr);
  return Promise.all((JSON.parse(stdout) as GenerateOutput).images.map(({ file }) => readFile(file)));
}

const status = (url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(`${url}/api/status`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

describe('the local room', { concurrency: 1, timeout: 2 * patienceMs }, () => {
  let place: Workplace;
  let program: Program;
  let room: RoomClient;
  const readyAfterMs: number[] = [];
  before(async () => {
    place = await Workplace.open();
    program = await place.start();
    room = new RoomClient(program.url);
  });
  after(() => place[Symbol.asyncDispose]());

  test('a command is acknowledged, drawn and timed; the bytes are those of generate', async () => {
    const { jobId, ack, images, ends, endTypes } = await room.finished(await room.say('!img a red fox --n 2 --seed 42'));
    assert.ok(ack !== undefined);
    assert.deepEqual(
      images.map(({ index, seed, widthPx, heightPx }) => [index, seed, widthPx, heightPx]),
      [
        [0, 42, 256, 256],
        [1, 43, 256, 256],
      ],
    );
    const expected = await straightRun(place, 'a red fox --n 2', 42);
    for (const [index, image] of images.entries()) {
      const bytes = await room.image(image);
      assertSameBytes(bytes, expected[index], 'the room and generate');
      assert.equal(bytes.length, image.bytes);
      assert.match(image.blurhash, /^\S{6,}$/);
      assert.ok(image.thumbnail !== undefined);
    }
    assert.deepEqual(endTypes, ['done']);
    assert.match(ends[0] ?? '', /^2 images 256×256 in .* · text .* · denoise .* · decode .* · encode .* · CPU · /);
    assert.ok(ends[0]?.endsWith(jobId));
    const another = (images[0]?.key ?? '').replace(/^./, (digit) => (digit === 'f' ? '0' : 'f'));
    assert.equal((await room.get(`/api/images/${another}`)).status, 404);
  });

  test('German, help, queue, models, info, again by word and by reaction', async () => {
    const german = await room.say('!bild ein roter Fuchs --startwert 7');
    const drawn = await room.finished(german);
    assert.match(drawn.ends[0] ?? '', /^1 Bild 256×256 in .* · Entrauschen .* · CPU · /);
    assert.match((await room.answerTo(await room.say('!bild hilfe'))).text, /!bild warteschlange/);
    assert.match((await room.answerTo(await room.say('!img help options'))).text, /--seed N/);
    assert.match((await room.answerTo(await room.say('!img queue'))).text, /\S/);
    assert.match((await room.answerTo(await room.say('!img models'))).text, /embedded.* knows \d+ things:.*Animals: fox/s);
    assert.match((await room.answerTo(await room.say(`!img info ${drawn.jobId}`))).text, /roter Fuchs.*7/s);

    const again = await room.finished(await room.say(`!img again ${drawn.jobId}`));
    assert.notEqual(again.images[0]?.seed, 7);
    assert.notEqual(again.images[0]?.key, drawn.images[0]?.key);
    const jobs = new Set([drawn.jobId, again.jobId]);
    await room.react(drawn.ack?.eventId ?? '', '🔁');
    const repeated = await until('a third job', async () => {
      const acks = (await room.events()).flatMap(({ body }) =>
        body.kind === 'text' && body.event?.type === 'ack' ? [body.event.jobId] : [],
      );
      return acks.slice(acks.indexOf(again.jobId as never)).find((id) => id !== undefined && !jobs.has(id));
    });
    await until('its picture', async () =>
      (await room.events()).some(({ body }) => body.kind === 'image' && body.event?.jobId === repeated) ? true : undefined,
    );
  });

  test('bad input: one sentence with its code, nothing is queued, the room goes on', async () => {
    const cases = [
      ['!img --n 2', 'prompt_empty'],
      ['!img \u202e\u0007\u200b --n 2', 'prompt_empty'],
      [`!img ${'fox '.repeat(2500)}`, 'prompt_too_long'],
      ['!img fox --stepz 3', 'flag_unknown'],
      ['!img fox --n 0', 'number_out_of_range'],
      ['!img fox --n 10000', 'number_out_of_range'],
      ['!img fox --size 9999x9999', 'size_not_made'],
      ['!img fox --steps -1', 'steps_out_of_range'],
      ['!img fox --seed NaN', 'whole_number_invalid'],
      ['!img fox --model nope', 'model_unknown'],
    ] as const;
    for (const [text, code] of cases) {
      const answer = await room.answerTo(await room.say(text));
      assert.equal(answer.code, code, text.slice(0, 40));
      assert.match(answer.text, /^[^\n]{20,400}[.?]/, text.slice(0, 40));
    }
    const current = (await (await room.get('/api/status')).json()) as { queue: object };
    assert.deepEqual(current.queue, { waiting: 0, running: 0 });
    const html = await room.finished(await room.say('!img <img src=x onerror=alert(1)> a red fox --seed 1'));
    assert.equal(html.images.length, 1);
  });

  test('a waiting and a running job can be cancelled', async () => {
    const running = await room.say('!img a red fox --n 20 --steps 50');
    const waiting = await room.say('!img a blue fish --n 20 --steps 50', { name: 'Bob' });
    const ids = await until('both jobs', async () => {
      const [first, second] = [await room.answers(running), await room.answers(waiting)];
      return first === undefined || second === undefined ? undefined : [first.jobId, second.jobId];
    });
    await room.say(`!img cancel ${ids[1]}`);
    await room.say(`!img cancel ${ids[0]}`);
    for (const command of [running, waiting]) {
      const { ends, images } = await room.finished(command);
      assert.equal(ends.length, 1);
      assert.ok(images.length < 20);
    }
    assert.equal((await room.finished(await room.say('!img a red fox'))).images.length, 1);
  });

  test('only under its own name, only from its own page', async () => {
    assert.equal(await status(program.url, {}), 200);
    assert.equal(await status(program.url, { host: 'evil.example' }), 421);
    assert.equal(await status(program.url, { origin: 'http://evil.example' }), 403);
    assert.equal((await fetch(`${program.url}/healthz`)).status, 200);
  });

  test('a port in use, and a data folder in use: one sentence, exit code 1, the first program lives', async () => {
    const port = new URL(program.url).port;
    const portInUse = await place.run(['start'], { environment: { BLITZBILD_PORT: port, BLITZBILD_DATA: place.path('other') } });
    const folderInUse = await place.run(['start']);
    for (const { exitCode, stdout, stderr } of [portInUse, folderInUse].map((outcome) => ({
      ...outcome,
      stderr: withoutLog(outcome.stderr),
    }))) {
      assert.equal(exitCode, 1, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, sentence);
    }
    assert.match(portInUse.stderr, new RegExp(`${port} is already in use.*BLITZBILD_PORT=`));
    assert.match(folderInUse.stderr, /BLITZBILD_DATA/);
    assert.equal(await status(program.url, {}), 200);
  });

  test('an open address without a token: told before anything starts, exit code 2; with a token nobody gets in without it', async () => {
    await using open = await Workplace.open({}, { BLITZBILD_HOST: '0.0.0.0' });
    const { exitCode, stdout, stderr } = await open.run(['start']);
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(
      stderr,
      /^blitzbild: The configuration has a mistake:\n {2}\.env: BLITZBILD_HOST 0\.0\.0\.0 [^\n]*BLITZBILD_TOKEN[^\n]*\n$/,
    );
    const token = 'a-long-word-that-nobody-guesses';
    const guarded = await open.start({ BLITZBILD_TOKEN: token });
    assert.equal(await status(guarded.url, {}), 401);
    assert.equal(await status(guarded.url, { authorization: `Bearer ${token}` }), 200);
    assert.equal((await guarded.stop()).exitCode, 0);
  });

  test('told to stop while it draws: ends in time, leaves no process, goes on at the next start, with the same pictures', async () => {
    const expected = await straightRun(place, six, 100);
    const command = await room.say(`!img ${six} --seed 100`);
    await until('a first picture', async () => ((await room.answers(command))?.images.length ?? 0) > 0 || undefined);
    const children = await descendants(program.pid);
    const { exitCode, tookMs } = await program.stop();
    assert.equal(exitCode, 0, program.stderr.slice(-2000));
    assert.ok(tookMs < 10_000, `${tookMs} ms`);
    if (process.platform === 'linux') assert.ok(children.length > 0, 'there was a process that drew');
    assert.deepEqual(await stillRunning(children), []);

    await startAgain();
    const before = (await room.answers(command))?.images.length ?? 0;
    assert.ok(before > 0 && before < 6, `${before} of 6 were there at the start`);
    await assertSamePictures(command, expected);
  });

  test('killed while it draws: leaves no process, and after the next start every picture is there once, with one end', async () => {
    const expected = await straightRun(place, six, 200);
    const command = await room.say(`!img ${six} --seed 200`);
    await until('two pictures', async () => ((await room.answers(command))?.images.length ?? 0) > 1 || undefined);
    const children = await descendants(program.pid);
    await program.kill();
    await until('its child has ended as well', async () => ((await stillRunning(children)).length === 0 ? true : undefined));

    await startAgain();
    assert.equal((await room.answers(command))?.ends.length, 0, 'it had not ended');
    await assertSamePictures(command, expected);
    assert.equal((await program.stop()).exitCode, 0);
  });

  test('a second start is ready within three seconds', () => {
    // The best of several: the cores of a test machine are shared.
    assert.ok(Math.min(...readyAfterMs) < 3000, `ready after ${readyAfterMs.map(Math.round).join(', ')} ms`);
  });

  async function startAgain(): Promise<void> {
    const startedAt = performance.now();
    program = await place.start();
    readyAfterMs.push(performance.now() - startedAt);
    room = new RoomClient(program.url);
  }

  async function assertSamePictures(command: string, expected: readonly Buffer[]): Promise<void> {
    await room.finished(command);
    // Whatever would come twice has its chance to come: one more job after it.
    await room.finished(await room.say('!img a red fox --seed 3'));
    const { images, endTypes } = (await room.answers(command)) ?? assert.fail('no answers');
    assert.deepEqual(endTypes, ['done']);
    assert.deepEqual(
      images.map(({ index }) => index),
      expected.map((_, index) => index),
    );
    for (const [index, image] of images.entries()) assert.deepEqual(await room.image(image), expected[index], `picture ${index + 1}`);
  }
});

/** What people read on stderr, without the log's JSON lines. */
const withoutLog = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n');
