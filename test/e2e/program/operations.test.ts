/** Health and metrics of the program as it runs. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { freePort } from '../../free-port.ts';
import { patienceMs, until, Workplace, type Program } from './program.ts';
import { RoomClient } from './room-client.ts';

type Ready = { readonly ok: boolean; readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly reason?: string }>> };

const readiness = async (port: number): Promise<{ readonly status: number; readonly body: Ready }> => {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  return { status: answer.status, body: (await answer.json()) as Ready };
};
const metrics = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

/** The log's lines that say so. */
const logged = (program: Program, message: string): readonly Record<string, unknown>[] =>
  program.stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['msg'] === message);

test('a picture is counted and logged, without who asked for what', { timeout: 2 * patienceMs }, async () => {
  await using place = await Workplace.open({ styles: { previews: false } });
  const port = await freePort();
  const program = await place.start({ BLITZBILD_OPERATIONS_PORT: String(port), LOG_LEVEL: 'info' });
  assert.deepEqual(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json(), { ok: true });
  const { status, body } = await readiness(port);
  assert.deepEqual([status, body.ok, Object.keys(body.checks).toSorted()], [200, true, ['disk', 'engine', 'pictures', 'store']]);

  const room = new RoomClient(program.url);
  await room.finished(await room.say('!img a red fox --n 2 --seed 42', { name: 'Zacharias' }));
  await room.finished(await room.say('!img a blue bird --seed 7', { name: 'Zacharias' }));
  const text = await until('all is counted', async () => {
    const found = await metrics(port);
    return /blitzbild_outbox_pending\{platform="room"\} 0/u.test(found) ? found : undefined;
  });
  for (const line of [
    'blitzbild_jobs_total{outcome="done",kind="draw"} 2',
    'blitzbild_picture_seconds_count{stage="denoise"} 3',
    'blitzbild_job_wait_seconds_count 2',
    'blitzbild_engine_state{state="ready"} 1',
    'blitzbild_engine_restarts_total 0',
    'blitzbild_queue_jobs{state="waiting"} 0',
  ])
    assert.ok(text.includes(`${line}\n`), line);
  assert.ok(Number(/^blitzbild_pictures_bytes (\d+)$/mu.exec(text)?.[1]) > 10_000);
  assert.ok(Number(/^blitzbild_database_bytes (\d+)$/mu.exec(text)?.[1]) > 10_000);
  assert.doesNotMatch(text, /Zacharias|fox|bird|:room/iu);

  const ended = logged(program, 'A job ended');
  assert.deepEqual(
    ended.map(({ outcome, kind, platform, pictures, of }) => ({ outcome, kind, platform, pictures, of })),
    [
      { outcome: 'done', kind: 'draw', platform: 'room', pictures: 2, of: 2 },
      { outcome: 'done', kind: 'draw', platform: 'room', pictures: 1, of: 1 },
    ],
  );
  for (const { job, workMs, totalMs } of ended) {
    assert.match(String(job), /^[a-z0-9]{4,}$/u);
    assert.ok(Number(workMs) > 0 && Number(totalMs) >= Number(workMs), `${String(workMs)} of ${String(totalMs)} ms`);
  }
  assert.doesNotMatch(program.stderr, /Zacharias|red fox|blue bird/iu);
  const { exitCode } = await program.stop();
  assert.equal(exitCode, 0, program.stderr);
});

test('without the room, and with a homeserver that is away, it lives and is not ready', { timeout: 2 * patienceMs }, async () => {
  const token = 'syt_a_token_that_no_answer_holds';
  await using place = await Workplace.open(
    { room: { enabled: false }, styles: { previews: false } },
    { MATRIX_HOMESERVER_URL: `http://127.0.0.1:${await freePort()}`, MATRIX_ACCESS_TOKEN: token },
  );
  const port = await freePort();
  const program = place.launch({ BLITZBILD_OPERATIONS_PORT: String(port) });
  const { status, body } = await until('it can be asked', async () =>
    readiness(port)
      .then((answer) => (/does not answer/u.test(answer.body.checks['homeserver']?.reason ?? '') ? answer : undefined))
      .catch(() => undefined),
  );
  assert.equal(status, 503);
  assert.equal(body.checks['store']?.ok, true);
  assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
  assert.equal(JSON.stringify(body).includes(token), false);
  assert.match(await metrics(port), /^blitzbild_sync_failures_total\{platform="matrix"\} \d+$/mu);
  const { exitCode } = await program.stop();
  assert.equal(exitCode, 0, program.stderr);
});

test('a port that was chosen must be free, the usual one need not be', { timeout: 2 * patienceMs }, async (context) => {
  await using place = await Workplace.open({ styles: { previews: false } });
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const port = String((other.address() as { port: number }).port);
  context.after(() => other.close());
  const { exitCode, stderr } = await place.run(['start'], { environment: { BLITZBILD_OPERATIONS_PORT: port } });
  assert.equal(exitCode, 1);
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}, can't be opened \\(EADDRINUSE\\): set BLITZBILD_OPERATIONS_PORT`, 'u'));

  // Whoever has 8091 now, this test or another program of this machine: it is taken.
  const usual = createServer().on('error', () => {});
  usual.listen(8091, '127.0.0.1');
  context.after(() => usual.close());
  const program = await place.start({ LOG_LEVEL: 'warn', BLITZBILD_OPERATIONS_PORT: '' });
  assert.match(program.stderr, /Health and metrics are off: the port for health and metrics, 127\.0\.0\.1:8091/u);
  assert.equal((await program.stop()).exitCode, 0);
});

test('they can be switched off', { timeout: patienceMs }, async () => {
  await using place = await Workplace.open({ operations: { enabled: false }, styles: { previews: false } });
  const port = await freePort();
  const program = await place.start({ BLITZBILD_OPERATIONS_PORT: String(port) });
  await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
  assert.equal((await program.stop()).exitCode, 0);
});
