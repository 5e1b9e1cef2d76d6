import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'node:test';

import { BotClient } from '#src/chat/matrix/client.ts';
import { ConfirmationNeededError, uploadIdentity } from '#src/chat/matrix/crypto/identity-upload.ts';
import { HomeserverError, isUnauthorised } from '#src/chat/matrix/homeserver-error.ts';

import { botUserId, json, SmallHomeserver } from '../small-homeserver.ts';

const upload = '/keys/device_signing/upload';
const keys = { master_key: { usage: ['master'] } };

/** A homeserver that wants `stages` in one of these ways, and knows one password. */
function demanding(homeserver: SmallHomeserver, flows: readonly (readonly string[])[], more: object = {}): void {
  const completed: string[] = [];
  homeserver.when(upload, ({ body }, response) => {
    const { auth } = JSON.parse(body.toString()) as { auth?: { type: string; session: string; password?: string } };
    const demand = { session: 'canary-session', flows: flows.map((stages) => ({ stages })), completed, ...more };
    if (auth === undefined) return json(response, 401, demand);
    if (auth.session !== 'canary-session') return json(response, 400, { errcode: 'M_UNKNOWN' });
    if (auth.type === 'm.login.password' && auth.password !== 'canary-right') {
      return json(response, 401, { ...demand, errcode: 'M_FORBIDDEN', error: 'Invalid username or password' });
    }
    completed.push(auth.type);
    const isDone = flows.some((stages) => stages.every((stage) => completed.includes(stage)));
    return isDone ? json(response, 200, {}) : json(response, 401, demand);
  });
}

async function attempt(prepare: (homeserver: SmallHomeserver) => void, password?: string) {
  await using homeserver = await SmallHomeserver.start();
  prepare(homeserver);
  const client = new BotClient({
    homeserverUrl: homeserver.url,
    accessToken: 'canary-token',
    signal: new AbortController().signal,
    timeoutMs: 2000,
    maxAnswerBytes: 100_000,
  });
  const error: unknown = await uploadIdentity(async (request) => client.ask(request), keys, { userId: botUserId, password }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const bodies = homeserver.asked(upload).map(({ body }) => JSON.parse(body.toString()) as { master_key: object; auth?: object });
  return { error, bodies };
}

describe('uploadIdentity', () => {
  it('asks once where the homeserver wants nothing more', async () => {
    const { error, bodies } = await attempt((it) => it.when(upload, (_, response) => json(response, 200, {})));
    assert.equal(error, undefined);
    assert.deepEqual(bodies, [keys]);
  });

  it('gives the password where it is wanted, with the same keys', async () => {
    const { error, bodies } = await attempt((it) => demanding(it, [['m.login.sso'], ['m.login.password']]), 'canary-right');
    assert.equal(error, undefined);
    assert.equal(bodies.length, 2);
    assert.deepEqual(bodies[1], {
      ...keys,
      auth: {
        type: 'm.login.password',
        session: 'canary-session',
        identifier: { type: 'm.id.user', user: botUserId },
        password: 'canary-right',
      },
    });
  });

  it('goes through several stages', async () => {
    const { error, bodies } = await attempt((it) => demanding(it, [['m.login.dummy', 'm.login.password']]), 'canary-right');
    assert.equal(error, undefined);
    assert.equal(bodies.length, 3);
  });

  const cases: readonly (readonly [what: string, flows: readonly string[][], more: object, password: string | undefined, found: RegExp])[] =
    [
      ['a missing password', [['m.login.password']], {}, undefined, /wants the password .* set MATRIX_PASSWORD_FILE/],
      ['a wrong password', [['m.login.password']], {}, 'canary-wrong', /does not accept the password of MATRIX_PASSWORD_FILE/],
      [
        'a page to allow it on',
        [['m.oauth'], ['org.matrix.cross_signing_reset']],
        { params: { 'm.oauth': { url: 'https://account.example.org/?action=org.matrix.cross_signing_reset' } } },
        'canary-right',
        /open https:\/\/account\.example\.org\/\?action=org\.matrix\.cross_signing_reset as the bot’s account/,
      ],
      [
        'an address that is none',
        [['m.oauth']],
        { params: { 'm.oauth': { url: 'javascript:alert(1)' } } },
        undefined,
        /\(m\.oauth\): log in .* Element/,
      ],
      [
        'something that only a person can do',
        [['m.login.sso'], ['m.login.recaptcha']],
        {},
        'canary-right',
        /\(m\.login\.sso, m\.login\.recaptcha\): log in/,
      ],
      ['nothing that could be done', [], {}, undefined, /does not say which/],
    ];
  for (const [what, flows, more, password, found] of cases) {
    it(`says what to do about ${what}`, async () => {
      const { error, bodies } = await attempt((it) => demanding(it, flows, more), password);
      assert.ok(error instanceof ConfirmationNeededError);
      assert.match(error.message, found);
      assert.ok(bodies.length <= 2, 'a password is tried once: accounts are locked by more');
      assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes('canary'));
    });
  }

  it('leaves every other failure as it is, and a demand is no invalid token', async () => {
    const refused = await attempt((it) => it.when(upload, (_, response) => json(response, 401, { errcode: 'M_UNKNOWN_TOKEN' })));
    assert.ok(refused.error instanceof HomeserverError && isUnauthorised(refused.error));
    const broken = await attempt((it) => it.when(upload, (_, response) => response.writeHead(502).end('<html>')));
    assert.ok(broken.error instanceof HomeserverError && !isUnauthorised(broken.error));
    const demand = new HomeserverError('status 401', { status: 401, confirmation: { session: 'canary', flows: [], completed: [] } });
    assert.equal(isUnauthorised(demand), false);
    assert.ok(!inspect(demand).includes('canary') && !JSON.stringify({ ...demand }).includes('canary'), 'nor does a log show its session');
  });
});
