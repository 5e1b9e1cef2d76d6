/** Threat: secrets in logs. A homeserver, or a proxy before it, repeats what it is told; the log is at its most talkative. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { json, said, SmallHomeserver, type Rule } from '../chat/matrix/small-homeserver.ts';
import { patienceMs, until, Workplace } from '../e2e/program/program.ts';
import { freePort } from '../free-port.ts';

/** None of them looks like a token or an id, so that no pattern can hide it. */
const canaries = {
  token: 'zebrafinch1',
  password: 'zebrafinch2',
  roomToken: 'zebrafinch3zebrafinch3',
  hubToken: 'zebrafinch4',
  prompt: 'zebrafinch5',
  person: 'zebrafinch6',
  file: 'zebrafinch7',
  junk: 'zebrafinch8',
} as const;
const { token, password, roomToken, hubToken, prompt, person, file, junk } = canaries;

/** Everything that the request held, in the answer. */
const echo =
  (status: number, asJson: boolean): Rule =>
  (request, response) => {
    const all = `${request.authorization ?? ''} ${request.path} ${request.query.toString()} ${request.body.toString('latin1')}`;
    if (asJson) return json(response, status, { errcode: status === 403 ? 'M_FORBIDDEN' : 'M_UNKNOWN', error: all, access_token: token });
    return response.writeHead(status, { 'Content-Type': 'text/html', 'X-Echo': token }).end(`<html>${all}</html>`);
  };

const from = { sender: `@${person}:small.test` };
const url = `mxc://small.test/${file}`;
const carrier = { ...said('$3', '!img fix', { msgtype: 'm.image', filename: `${file}.png`, url }), ...from };
const encrypted = (id: string, content: object): object => ({ event_id: id, type: 'm.room.encrypted', ...from, content });
const events: readonly object[] = [
  { ...said('$1', `!img a red fox ${prompt} --seed 1`), ...from },
  { ...said('$2', `!img a fox --${prompt} 5`), ...from },
  carrier,
  { ...said('$4', `!img find ${prompt}`), ...from },
  { ...said('$5', `!img plan every day 7:00 ${prompt}`), ...from },
  encrypted('$6', { algorithm: 'm.megolm.v1.aes-sha2', session_id: junk, ciphertext: junk }),
  encrypted('$7', { algorithm: junk, ciphertext: [junk] }),
  { ...said('$8', '!img admin pause'), ...from },
  { ...said('$9', '!img admin resume'), ...from },
];

test('no token, password, prompt, file name or person is in what the program writes', { timeout: 2 * patienceMs }, async () => {
  await using homeserver = await SmallHomeserver.start();
  const operations = await freePort();
  await using place = await Workplace.open(
    { styles: { previews: false }, admins: [`@${person}:small.test`] },
    {
      MATRIX_HOMESERVER_URL: homeserver.url,
      MATRIX_ACCESS_TOKEN: token,
      MATRIX_PASSWORD: password,
      BLITZBILD_TOKEN: roomToken,
      BLITZBILD_HUB_TOKEN: hubToken,
      BLITZBILD_OPERATIONS_PORT: String(operations),
      LOG_LEVEL: 'debug',
    },
  );
  const program = await place.start();
  await program.says(/Matrix: connected\./u);
  for (const [status, asJson] of [
    [502, false],
    [403, true],
    [500, true],
  ] as const) {
    homeserver.when('/media/', echo(status, asJson), 1);
    homeserver.when('/send/', echo(status, asJson), 1);
    homeserver.when('/sync', echo(status === 403 ? 500 : status, asJson), 1);
  }
  homeserver.when('/event/$3', (_, response) => json(response, 200, { ...carrier, room_id: '!room:small.test' }));
  homeserver.when('/media/download/', echo(403, true));
  homeserver.batches.push([...events]);
  // Each of the nine is answered; the drawing ends after its picture was uploaded and sent.
  await until('the answers', () => (homeserver.asked('/send/m.room.message/answer-').length >= events.length ? true : undefined));
  await until('the end of the drawing', () => (homeserver.asked('-end', 'PUT').length > 0 ? true : undefined));
  const asked = await Promise.all(
    ['readyz', 'healthz', 'metrics'].map(async (path) => (await fetch(`http://127.0.0.1:${operations}/${path}`)).text()),
  );
  const { exitCode } = await program.stop();
  assert.equal(exitCode, 0, program.stderr);
  const log = program.stderr;
  assert.match(log, /"level":"debug"/u, 'the log is at its most talkative');
  assert.ok(log.split('"level":"warn"').length > 4, 'and had something to say');
  for (const [what, secret] of Object.entries(canaries)) {
    // The address of the local room is printed with its token, for whoever started it.
    const printed = what === 'roomToken' ? '' : program.stdout;
    for (const text of [log, printed, ...asked]) {
      const at = text.indexOf(secret);
      assert.equal(at, -1, `${what}: ${text.slice(Math.max(0, at - 200), at + 60)}`);
    }
  }
});
