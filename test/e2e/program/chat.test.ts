/** `blitzbild chat` as a process: commands on stdin, answers on stdout. */
import assert from 'node:assert/strict';
import { cp, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { GenerateOutput } from '#src/cli/generate.ts';
import type { JsonLine } from '#src/chat/terminal/terminal-room.ts';
import { until, Workplace } from './program.ts';
import { assertSameBytes } from '../../same-bytes.ts';

const place = await Workplace.open();
after(() => place[Symbol.asyncDispose]());

const parse = (stdout: string): JsonLine[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonLine);

/** A chat that has been told everything and has ended well. */
async function chat(args: readonly string[], ...typed: readonly string[]): Promise<readonly JsonLine[]> {
  const { exitCode, stdout, stderr } = await place.run(['chat', '--json', ...args], { stdin: typed.map((line) => `${line}\n`).join('') });
  assert.equal(exitCode, 0, stderr);
  assert.equal(stderr, '');
  return parse(stdout);
}

/** A chat that goes on; its input stays open. */
function openChat(...args: readonly string[]) {
  const child = place.spawn(['chat', '--json', ...args]);
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stdin?.on('error', () => {});
  return {
    type: (line: string) => void child.stdin?.write(`${line}\n`),
    says: (what: string, wanted: (line: JsonLine) => boolean) =>
      until(what, () => parse(stdout.slice(0, stdout.lastIndexOf('\n') + 1)).find(wanted)),
    async kill() {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await closed;
    },
  };
}

describe('chat', { concurrency: 1 }, () => {
  test('--json: every answer is one object of the documented shape, pictures are files, and it ends when every job has', async () => {
    const lines = await chat(['--out', 'pictures'], '!img a red fox --n 2 --seed 42', '!img queue', '!img help', '!img fox --n 0', '');
    const known = ['type', 'jobId', 'text', 'file', 'width', 'height', 'timings', 'code'];
    for (const line of lines) {
      assert.ok(['ack', 'progress', 'image', 'text', 'error', 'done'].includes(line.type), line.type);
      assert.equal(typeof line.text, 'string');
      assert.deepEqual(
        Object.keys(line),
        known.filter((key) => key in line),
        'documented keys in the documented order',
      );
    }
    const of = (type: JsonLine['type']): readonly JsonLine[] => lines.filter((line) => line.type === type);
    const jobId = of('ack')[0]?.jobId;
    assert.match(jobId ?? '', /^[a-z0-9]{4,}$/);
    assert.deepEqual([of('ack').length, of('image').length, of('done').length, of('error').length, of('text').length], [1, 2, 1, 1, 2]);
    assert.ok(of('progress').length > 0 && of('progress').every((line) => line.jobId === jobId));
    assert.equal(of('error')[0]?.code, 'number_out_of_range');
    assert.ok(
      of('text').some((line) => line.text.includes(`${jobId}`)),
      'the queue shows the job',
    );
    assert.equal(lines.at(-1)?.type, 'done', 'the end is the last word');
    assert.match(of('done')[0]?.text ?? '', /2 images 256×256 in .* · denoise .* · CPU · /);

    const generated = await place.run(['generate', 'a red fox', '--n', '2', '--seed', '42', '--out', 'generated', '--json']);
    const { images } = JSON.parse(generated.stdout) as GenerateOutput;
    for (const [index, line] of of('image').entries()) {
      assert.deepEqual([line.jobId, line.width, line.height], [jobId, 256, 256]);
      assert.equal(dirname(line.file ?? ''), place.path('pictures'));
      assertSameBytes(await readFile(line.file ?? ''), await readFile(images[index]?.file ?? ''), 'chat and generate');
      assert.deepEqual(Object.keys(line.timings ?? {}), ['textMs', 'denoiseMs', 'decodeMs', 'encodeMs']);
      assert.match(line.text, /seed 4[23] .*AI-generated/);
    }
  });

  test('without --json: readable lines, no control characters', async () => {
    const { exitCode, stdout } = await place.run(['chat', '--out', 'plain'], { stdin: '!bild ein roter Fuchs \u001b[2J --startwert 42\n' });
    assert.equal(exitCode, 0);
    assert.match(stdout, /Seed 42/);
    assert.match(stdout, /plain\/\w+-A1\.png\n/);
    assert.match(stdout, /1 Bild 256×256 in .* · CPU · \w+\n$/);
    // eslint-disable-next-line no-control-regex -- finding control characters is the point
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test('a prompt that names nothing the embedded model knows gets its picture, and one line more; generate says it too', async () => {
    const lines = await chat(['--out', 'unknown'], '!img a hippo --seed 1 --steps 1', '!bild ein Fuchs --seed 1 --steps 1');
    assert.equal(lines.filter(({ type }) => type === 'image').length, 2);
    const [unknown, known] = lines.filter(({ type }) => type === 'done').map(({ text }) => text.split('\n'));
    const note =
      /^This small model knows \d+ things, and your prompt names none of them; the nearest are elephant, pig and cow, and !img models lists all it knows\./;
    assert.match(unknown?.[1] ?? '', note);
    assert.equal(unknown?.length, 2);
    assert.equal(known?.length, 1);
    const generated = await place.run(['generate', 'a hippo', '--steps', '1', '--out', 'unknown']);
    assert.match(generated.stdout.split('\n').at(-2) ?? '', note);
  });

  test('the first message may ask for another model than the one that is being loaded: nothing is wrong', async () => {
    const folder = place.path('data/models/tiny');
    await cp(join(import.meta.dirname, '../../golden/fixtures/models/sd-epsilon'), folder, { recursive: true });
    const lines = await chat(['--out', 'pictures'], '!img a red fox --model tiny --steps 2');
    await rm(folder, { recursive: true });
    assert.equal(lines.filter(({ type }) => type === 'image').length, 1);
  });

  test('nothing typed: nothing said, exit code 0', async () => {
    assert.deepEqual(await chat([]), []);
  });

  test('a job survives the end of its process; only its owner or an admin may stop it', async () => {
    const ada = openChat('--user', 'ada');
    ada.type('!img a red fox --n 20 --steps 50');
    const { jobId = '' } = await ada.says('the job of ada', (line) => line.type === 'ack');
    await ada.says('it runs', (line) => line.type === 'progress');
    await ada.kill();

    const bob = openChat('--user', 'bob');
    bob.type(`!img cancel ${jobId}`);
    const refused = await bob.says('no', (line) => line.type === 'error');
    assert.equal(refused.code, 'not_your_job');
    await bob.says('the job goes on', (line) => line.type === 'progress' && line.jobId === jobId);
    await bob.kill();

    const lines = await chat(['--user', 'carol', '--admin'], `!img cancel ${jobId}`);
    assert.equal(lines.filter((line) => line.type === 'done' && line.jobId === jobId).length, 1, JSON.stringify(lines));
    assert.deepEqual(await chat([], '!img queue').then((answers) => answers.map(({ type }) => type)), ['text']);
  });

  test('works beside a running bot on the same data folder, and beside another chat', async () => {
    const program = await place.start();
    const other = openChat('--user', 'ada');
    other.type('!img help');
    await other.says('help', (line) => line.type === 'text');
    const lines = await chat([], '!img a red fox --seed 42');
    assert.deepEqual([lines.at(0)?.type, lines.at(-1)?.type], ['ack', 'done']);
    await other.kill();
    assert.equal((await program.stop()).exitCode, 0);
  });
});
