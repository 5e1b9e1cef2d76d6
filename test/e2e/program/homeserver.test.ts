/** A homeserver that is not there, or doesn't want us: what `start` and `doctor` say, and how they go on. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { json, SmallHomeserver } from '../../chat/matrix/small-homeserver.ts';
import { patienceMs, sentence, until, Workplace } from './program.ts';
import { RoomClient } from './room-client.ts';

const token = 'syt_canary_of_the_token';
const nowhere = { MATRIX_HOMESERVER_URL: 'http://127.0.0.1:1', MATRIX_ACCESS_TOKEN: token };

describe('with a homeserver that is no help', { concurrency: 1, timeout: 2 * patienceMs }, () => {
  let place: Workplace;
  let homeserver: SmallHomeserver;
  let refusing: Readonly<Record<string, string>>;
  before(async () => {
    place = await Workplace.open();
    homeserver = await SmallHomeserver.start();
    homeserver.when('/v3/', (_, response) => json(response, 401, { errcode: 'M_UNKNOWN_TOKEN', error: `Unknown token ${token}` }));
    refusing = { MATRIX_HOMESERVER_URL: homeserver.url, MATRIX_ACCESS_TOKEN: token };
  });
  after(async () => {
    await homeserver[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('unreachable: start says so and tries again, the local room draws meanwhile', async () => {
    const program = await place.start({ ...nowhere, LOG_LEVEL: 'debug' });
    await program.says(/Matrix: [^\n]+\. Trying again in 5 s\.\n/);
    const room = new RoomClient(program.url);
    await room.finished(await room.say('!img a red fox --seed 1'));
    const { exitCode, tookMs } = await program.stop();
    assert.equal(exitCode, 0);
    assert.ok(tookMs < 10_000, `${tookMs} ms`);
    assert.ok(!(program.stdout + program.stderr).includes(token));
  });

  test('a refused token: start says so, the local room draws', async () => {
    const program = await place.start({ ...refusing, LOG_LEVEL: 'debug' });
    await program.says(/Matrix: [^\n]+ The local room works without it\.\n/);
    const room = new RoomClient(program.url);
    await room.finished(await room.say('!img a red fox --seed 1'));
    assert.equal((await program.stop()).exitCode, 0);
    assert.ok(!(program.stdout + program.stderr).includes(token));
  });

  test('a refused token and nothing but Matrix: one sentence, exit code 1', async () => {
    await using alone = await Workplace.open({ room: { enabled: false } }, refusing);
    const { exitCode, stdout, stderr } = await alone.run(['start'], { environment: { LOG_LEVEL: 'fatal' } });
    assert.equal(exitCode, 1, stdout);
    assert.match(stderr, sentence);
    assert.match(stderr, /token/);
    assert.ok(!stderr.includes(token));
  });

  test('unreachable and nothing but Matrix: it waits, and ends when it is told to', async () => {
    await using alone = await Workplace.open({ room: { enabled: false } }, nowhere);
    const program = alone.launch();
    await program.says(/Trying again/);
    const { exitCode, tookMs } = await program.stop();
    assert.equal(exitCode, 0, program.stderr);
    assert.ok(tookMs < 10_000, `${tookMs} ms`);
  });

  test('it is tried again until it answers', async () => {
    await using late = await SmallHomeserver.start();
    late.when('/whoami', (_, response) => response.writeHead(502).end(), 1);
    const program = await place.start({ MATRIX_HOMESERVER_URL: late.url, MATRIX_ACCESS_TOKEN: token });
    await program.says(/Trying again in 5 s[^]*Matrix: connected\./);
    await until('it listens', () => (late.asked('/sync').length > 1 ? true : undefined));
    assert.equal((await program.stop()).exitCode, 0);
  });

  test('half a configuration of Matrix is told, exit code 2', async () => {
    const { exitCode, stdout, stderr } = await place.run(['start'], { environment: { MATRIX_ACCESS_TOKEN: token } });
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /^blitzbild: The configuration has a mistake:\n {2}\.env: [^\n]+\n$/);
    assert.ok(!stderr.includes(token));
  });

  const advice = / {6}→ [^\n]{20,}\n/;

  test('doctor: all well', async () => {
    const { exitCode, stdout, stderr } = await place.run(['doctor']);
    assert.equal(exitCode, 0, stdout);
    assert.equal(stderr, '');
    assert.ok(
      stdout.split('\n').every((line) => line === '' || line.startsWith('ok ')),
      stdout,
    );
    for (const checked of ['Node v', 'Data folder', 'Fonts', 'Model embedded', 'Engine: CPU', 'Matrix: not configured'])
      assert.ok(stdout.includes(checked), checked);
  });

  test('doctor: an unreachable homeserver, a refused token, a missing model: each with what to do, exit code 1', async () => {
    await using modelless = await Workplace.open({ model: 'nope' });
    const cases = [
      [place, nowhere, /WRONG The homeserver can not be used/],
      [place, refusing, /WRONG The access token is not valid/],
      [modelless, {}, /WRONG The active model «nope» is not installed/],
    ] as const;
    for (const [where, environment, found] of cases) {
      const { exitCode, stdout, stderr } = await where.run(['doctor'], { environment });
      assert.equal(exitCode, 1, stdout);
      assert.match(stdout, found);
      assert.match(stdout, advice);
      assert.equal(stderr, 'blitzbild: one thing needs mending, see above.\n');
      assert.ok(!stdout.includes(token));
    }
  });
});
