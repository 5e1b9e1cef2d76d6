/** `src/launch.mjs`, the door that npm and npx open: it passes everything on, signals as well. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { descendants, patienceMs, Program, sentence, stillRunning, until, Workplace } from './program.ts';
import { RoomClient } from './room-client.ts';

const withoutSignals = process.platform === 'win32' ? 'Windows has no signals to send' : false;

describe('the launcher', { skip: withoutSignals, concurrency: 1, timeout: 2 * patienceMs }, () => {
  async function drawing(place: Workplace): Promise<{ readonly program: Program; readonly all: readonly number[] }> {
    const program = new Program(place.spawn(['start'], {}, 'launcher'));
    await program.says(/Blitzbild is ready.*\n/);
    const room = new RoomClient(program.url);
    const command = await room.say('!img a red fox --n 5 --steps 50');
    await until('a picture', async () => (await room.answers(command))?.images[0]);
    return { program, all: await descendants(program.pid) };
  }

  test('exit code, stdout and stderr are those of the command', async () => {
    await using place = await Workplace.open();
    const child = place.spawn(['generate', 'fox', '--n', '0'], {}, 'launcher');
    let [stdout, stderr] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, sentence);
  });

  test('Ctrl-C while it draws, which the terminal sends to every process of the group, twice: an orderly end', async () => {
    await using place = await Workplace.open();
    const { program, all } = await drawing(place);
    process.kill(-program.pid, 'SIGINT');
    process.kill(-program.pid, 'SIGINT');
    assert.equal(await program.ended(), 0, program.stderr.slice(-2000));
    assert.deepEqual(await stillRunning(all), []);
    assert.doesNotMatch(program.stderr, /"level":"error"|^\s+at /m);
  });

  test('told to stop, it stops the program', async () => {
    await using place = await Workplace.open();
    const { program, all } = await drawing(place);
    assert.equal((await program.stop()).exitCode, 0, program.stderr.slice(-2000));
    if (process.platform === 'linux') assert.ok(all.length >= 2, 'the program and the process that drew');
    assert.deepEqual(await stillRunning(all), []);
  });

  test('killed without a word, it leaves nothing behind', async () => {
    await using place = await Workplace.open();
    const { program, all } = await drawing(place);
    process.kill(program.pid, 'SIGKILL');
    await until('nothing is left', async () => ((await stillRunning(all)).length === 0 ? true : undefined));
  });

  test('Ctrl-C while generate draws: one sentence, exit code 1, nothing left', async () => {
    await using place = await Workplace.open();
    const child = place.spawn(
      ['generate', 'a red fox', '--n', '20', '--steps', '50', '--out', 'interrupted'],
      { LOG_LEVEL: 'error' },
      'launcher',
    );
    const program = new Program(child);
    const all = await until('it has begun', async () => {
      const processes = await descendants(program.pid);
      return processes.length >= 2 ? processes : undefined;
    });
    process.kill(-program.pid, 'SIGINT');
    assert.equal(await program.ended(), 1, program.stderr);
    assert.match(program.stderr, sentence);
    assert.equal(program.stdout, '');
    await until('nothing is left', async () => ((await stillRunning(all)).length === 0 ? true : undefined));
  });
});
