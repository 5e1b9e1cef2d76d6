import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { checkHomeserver } from '#src/chat/matrix/doctor.ts';
import type { Finding } from '#src/chat/common/finding.ts';

import { json, SmallHomeserver } from './small-homeserver.ts';

const check = (homeserverUrl: string, accessToken = 'canary'): Promise<readonly Finding[]> =>
  checkHomeserver({ homeserverUrl, accessToken, timeoutMs: 500 });

describe('checkHomeserver', () => {
  it('finds nothing to do where all is well', async () => {
    await using homeserver = await SmallHomeserver.start();
    homeserver.when('/media/config', (_, response) => json(response, 200, { 'm.upload.size': 52_428_800 }));
    const findings = await check(homeserver.url);
    assert.equal(findings.length, 6);
    for (const finding of findings.slice(0, 5)) assert.deepEqual([finding.ok, finding.advice], [true, undefined], finding.what);
    assert.equal(homeserver.asked('/versions')[0]?.authorization, undefined, 'no token before the address is known to be Matrix');
  });

  it('tells how the message limit is lifted for the bot, unless it is', async () => {
    await using homeserver = await SmallHomeserver.start();
    const tip = (await check(`${homeserver.url}/`)).find(({ what }) => what.startsWith('TIP '));
    assert.equal(tip?.ok, true);
    assert.match(tip.what, /10 messages at once .* one in 5 seconds \(rc_message\)/);
    const address = `${homeserver.url}/_synapse/admin/v1/users/%40bot%3Asmall.test/override_ratelimit`;
    assert.ok(tip.advice?.endsWith(`-d '{"messages_per_second":0,"burst_count":0}' '${address}'`), tip.advice);
    assert.equal(homeserver.asked('/_synapse/').length, 0, 'the bot itself may not ask there');
    const lifted = await checkHomeserver({ homeserverUrl: homeserver.url, accessToken: 'canary', seedsReactions: true });
    assert.ok(!lifted.some(({ what }) => what.startsWith('TIP ')));
  });

  it('puts no user id into a command that could end it', async () => {
    await using homeserver = await SmallHomeserver.start();
    homeserver.when('/whoami', (_, response) => json(response, 200, { user_id: "@bot:x'; rm -rf ~ #" }));
    const findings = await check(homeserver.url);
    assert.equal(findings.length, 4);
    assert.ok(!JSON.stringify(findings).includes('rm -rf'));
  });

  const cases: readonly (readonly [what: string, prepare: (homeserver: SmallHomeserver) => void, ok: boolean, found: RegExp])[] = [
    ['another service', (it) => it.when('/versions', (_, response) => response.writeHead(200).end('<html>')), false, /not JSON/],
    ['no versions', (it) => it.when('/versions', (_, response) => json(response, 200, {})), false, /names no Matrix versions/],
    [
      'an old server',
      (it) => it.when('/versions', (_, response) => json(response, 200, { versions: ['r0.6.1', 'v1.2'] })),
      true,
      /is old.*Update/,
    ],
    [
      'a wrong token',
      (it) => it.when('/whoami', (_, response) => json(response, 401, { errcode: 'M_UNKNOWN_TOKEN' })),
      false,
      /not valid.*Log the bot in/,
    ],
    [
      'a guest',
      (it) => it.when('/whoami', (_, response) => json(response, 200, { user_id: '@1:s', is_guest: true })),
      false,
      /guest.*Make an account/,
    ],
    [
      'a person',
      (it) => it.when('/devices', (_, response) => json(response, 200, { devices: [{}, {}, {}, {}] })),
      true,
      /4 devices.*make one for the bot/,
    ],
    [
      'a low limit',
      (it) => it.when('/media/config', (_, response) => json(response, 200, { 'm.upload.size': 1_000_000 })),
      true,
      /Only 1\.0 MB.*Raise/,
    ],
    [
      'no media',
      (it) => it.when('/media/config', (_, response) => response.writeHead(502).end('canary')),
      false,
      /upload limit could not be read.*502/,
    ],
  ];
  for (const [what, prepare, ok, found] of cases) {
    it(`explains ${what}`, async () => {
      await using homeserver = await SmallHomeserver.start();
      prepare(homeserver);
      const findings = await check(homeserver.url);
      const finding = findings.find(
        ({ what: seen, ...candidate }) => candidate.ok === ok && candidate.advice !== undefined && !seen.startsWith('TIP '),
      );
      assert.match(`${finding?.what} ${finding?.advice}`, found);
      assert.ok(!JSON.stringify(findings).includes('canary'));
    });
  }

  it('explains an address that is none, a server that is not there and a missing token', async () => {
    for (const address of ['matrix.example.org', 'ftp://x', '']) {
      const [finding, ...more] = await check(address);
      assert.equal(finding?.ok, false);
      assert.match(finding?.advice ?? '', /https:\/\/matrix\.example\.org/);
      assert.equal(more.length, 0);
    }
    const homeserver = await SmallHomeserver.start();
    const { url } = homeserver;
    assert.match((await check(url, ' '))[1]?.what ?? '', /No access token/);
    await homeserver[Symbol.asyncDispose]();
    const [finding, ...more] = await check(url);
    assert.equal(finding?.ok, false);
    assert.match(finding?.what ?? '', /ECONNREFUSED/);
    assert.equal(more.length, 0);
  });
});
