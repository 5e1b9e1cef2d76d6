import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { WebSocketServer } from 'ws';
import type { Finding } from '#src/chat/common/finding.ts';
import { checkMattermost, type CheckOptions } from '#src/chat/mattermost/doctor.ts';
import { FakeMattermost } from './fake/fake.ts';

const token = 'canarytoken';
const id = (word: string): string => word.padEnd(26, '0');
const [botId, teamId, otherTeamId] = [id('bot'), id('team'), id('otherteam')];
const member = ['create_post', 'edit_post', 'upload_file', 'add_reaction', 'read_channel'];

type Answer = {
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
};
type Events = 'hello' | 'refused' | 'silent' | 'closed';

/** What a server tells about itself, with answers that can be put in place of others; it changes nothing and knows no posts. */
class AskedServer implements AsyncDisposable {
  readonly answers = new Map<string, Answer>();
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly authorization: string | undefined;
    readonly body: string;
  }[] = [];
  events: Events = 'hello';
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true });

  constructor() {
    this.#server.on('upgrade', (request: IncomingMessage, socket, head) => {
      this.#note(request, '');
      if (this.events === 'refused') return socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      return this.#sockets.handleUpgrade(request, socket, head, (opened) => {
        if (this.events === 'closed') opened.close();
        if (this.events !== 'hello') return;
        const isWelcome = request.headers.authorization === `Bearer ${token}`;
        opened.send(JSON.stringify({ event: isWelcome ? 'hello' : 'other', data: {}, seq: 0 }));
      });
    });
    const set = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): void =>
      void this.answers.set(path, { body, headers });
    set('/system/ping', { status: 'OK' }, { 'X-Version-Id': '11.7.3.28b63b1.abc.true' });
    set('/users/me', { id: botId, username: 'blitzbild', roles: 'system_user', is_bot: true });
    set('/config/client', {
      MaxFileSize: '104857600',
      EnableFileAttachments: 'true',
      PostEditTimeLimit: '-1',
      SiteURL: 'https://chat.test',
    });
    set('/users/me/teams', [{ id: teamId, name: 'red', delete_at: 0 }]);
    this.channels([{ name: 'pictures' }]);
    set(`/teams/${teamId}/members/${botId}`, { roles: 'team_user' });
    this.role('channel_user', member);
  }

  static async start(): Promise<AskedServer> {
    const server = new AskedServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The channels that the bot is in, each with its roles there. */
  channels(list: readonly { readonly name: string; readonly team?: string; readonly roles?: string; readonly archived?: boolean }[]): void {
    const known = list.map(({ name, team = teamId, archived = false }) => ({
      id: id(name),
      name,
      team_id: team,
      type: 'O',
      delete_at: archived ? 5 : 0,
    }));
    this.answers.set('/users/me/channels', {
      body: [...known, { id: id('direct'), name: `${botId}__x`, team_id: '', type: 'D', delete_at: 0 }],
    });
    for (const { name, roles = 'channel_user' } of list) this.answers.set(`/channels/${id(name)}/members/${botId}`, { body: { roles } });
  }

  readonly #roles = new Map<string, readonly string[]>();

  role(name: string, permissions: readonly string[]): void {
    this.#roles.set(name, permissions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #note(request: IncomingMessage, body: string): string {
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    const path = pathname.replace('/api/v4', '');
    this.requests.push({ method: request.method ?? '', path, authorization: request.headers.authorization, body });
    return path;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const path = this.#note(request, text);
    if (path === '/roles/names' && !this.answers.has(path)) {
      const names = JSON.parse(text) as readonly string[];
      return send(response, {
        body: names.flatMap((name) => (this.#roles.has(name) ? [{ name, permissions: this.#roles.get(name) }] : [])),
      });
    }
    const answer = this.answers.get(path);
    return send(response, answer ?? { status: 404, body: { id: 'api.context.404.app_error', message: 'canary' } });
  }
}

function send(response: ServerResponse, { status = 200, body, text, headers = {} }: Answer): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(text ?? JSON.stringify(body));
}

const check = (server: AskedServer | string, more: Partial<CheckOptions> = {}): Promise<readonly Finding[]> =>
  checkMattermost({
    serverUrl: typeof server === 'string' ? server : server.url,
    accessToken: token,
    teams: [],
    channels: [],
    timeoutMs: 500,
    ...more,
  });

const whole = (findings: readonly Finding[]): string =>
  findings.map(({ ok, what, advice }) => `${ok ? 'ok' : 'WRONG'} ${what} → ${advice}`).join('\n');

describe('checkMattermost', () => {
  it('finds nothing to do where all is well, changes nothing, and keeps its token until the address is known to be Mattermost’s', async () => {
    await using server = await AskedServer.start();
    const findings = await check(`${server.url}/`);
    assert.deepEqual(
      findings.map(({ what }) => what),
      [
        'The server answers and is Mattermost 11.7.3',
        'The Mattermost token is valid and belongs to a bot account',
        'Mattermost takes files up to 104.9 MB',
        'The bot may post, upload, edit and react in its channel',
        'Events come from Mattermost (WebSocket)',
      ],
    );
    for (const finding of findings) assert.deepEqual([finding.ok, finding.advice], [true, undefined], finding.what);
    assert.equal(server.requests[0]?.path, '/system/ping');
    assert.equal(server.requests[0]?.authorization, undefined);
    for (const { method, path } of server.requests) assert.ok(method === 'GET' || path === '/roles/names', `${method} ${path}`);
  });

  const cases: readonly (readonly [what: string, prepare: (server: AskedServer) => void, ok: boolean, found: RegExp])[] = [
    ['another service', (it) => it.answers.set('/system/ping', { text: '<html>canary' }), false, /no Mattermost server.*SiteURL/],
    ['JSON of another service', (it) => it.answers.set('/system/ping', { body: { canary: 1 } }), false, /no Mattermost server/],
    ['a proxy without a server', (it) => it.answers.set('/system/ping', { status: 502, text: 'canary' }), false, /can not be used.*502/],
    [
      'a redirect',
      (it) => it.answers.set('/system/ping', { status: 301, text: '', headers: { Location: 'https://x/' } }),
      false,
      /redirect is not followed/,
    ],
    [
      'a server that is ill',
      (it) => it.answers.set('/system/ping', { status: 500, body: { status: 'UNHEALTHY' } }),
      false,
      /not well.*database/,
    ],
    [
      'an old server',
      (it) => it.answers.set('/system/ping', { body: { status: 'OK' }, headers: { 'X-Version-Id': '9.11.2.x.y' } }),
      true,
      /9\.11\.2 is old.*10 and newer/,
    ],
    [
      'a server that counts requests',
      (it) =>
        it.answers.set('/system/ping', {
          body: { status: 'OK' },
          headers: { 'X-RateLimit-Limit': '101, 101', 'X-Version-Id': '11.0.0.a' },
        }),
      true,
      /TIP .*101 at once.*MaxBurst/,
    ],
    [
      'a token that is not valid',
      (it) => it.answers.set('/users/me', { status: 401, body: { id: 'api.context.session_expired.app_error' } }),
      false,
      /not valid.*switched off/,
    ],
    ['a token that can’t be tried', (it) => it.answers.set('/users/me', { status: 503, text: 'canary' }), false, /could not be tried.*503/],
    [
      'a person',
      (it) => it.answers.set('/users/me', { body: { id: botId, roles: 'system_user' } }),
      true,
      /person’s account.*Make a bot account/,
    ],
    [
      'an administrator',
      (it) => it.answers.set('/users/me', { body: { id: botId, roles: 'system_user system_admin', is_bot: true } }),
      true,
      /TIP .*administers.*Member/,
    ],
    [
      'files that are forbidden',
      (it) => it.answers.set('/config/client', { body: { EnableFileAttachments: 'false' } }),
      false,
      /takes no files.*EnableFileAttachments/,
    ],
    [
      'small files',
      (it) => it.answers.set('/config/client', { body: { MaxFileSize: '1000000' } }),
      true,
      /files up to 1\.0 MB only.*MaxFileSize/,
    ],
    [
      'short edits',
      (it) => it.answers.set('/config/client', { body: { MaxFileSize: '9000000', PostEditTimeLimit: '300' } }),
      true,
      /TIP .*edited for 300 s.*PostEditTimeLimit/,
    ],
    [
      'limits that can’t be read',
      (it) => it.answers.set('/config/client', { status: 500, text: 'canary' }),
      false,
      /limits could not be read/,
    ],
    ['no team', (it) => it.answers.set('/users/me/teams', { body: [] }), true, /in no team yet.*Add it/],
    ['no channel', (it) => it.channels([]), true, /in no channel yet/],
    ['an archived channel', (it) => it.channels([{ name: 'old', archived: true }]), true, /in no channel yet/],
    [
      'channels that can’t be listed',
      (it) => it.answers.set('/users/me/channels', { status: 502, text: 'canary' }),
      false,
      /could not be listed.*502/,
    ],
    [
      'a membership that can’t be read',
      (it) => it.answers.delete(`/channels/${id('pictures')}/members/${botId}`),
      false,
      /does not say what the bot may do in red\/pictures/,
    ],
    [
      'roles that can’t be read',
      (it) => it.answers.set('/roles/names', { status: 403, body: { id: 'x.y' } }),
      false,
      /could not be listed.*403/,
    ],
    ['mentions', (it) => it.role('channel_user', [...member, 'use_channel_mentions']), true, /TIP .*use_channel_mentions/],
    ['a proxy that forgets upgrades', (it) => (it.events = 'refused'), false, /No events.*refused.*Upgrade/],
    ['events without a greeting', (it) => (it.events = 'silent'), false, /No events.*does not greet.*Authorization/],
    ['events that end', (it) => (it.events = 'closed'), false, /No events.*does not greet/],
  ];
  for (const [what, prepare, ok, found] of cases) {
    it(`explains ${what}`, async () => {
      await using server = await AskedServer.start();
      prepare(server);
      const findings = await check(server);
      const told = findings.filter(({ advice }) => advice !== undefined);
      assert.equal(told.length, 1, whole(findings));
      assert.equal(told[0]?.ok, ok);
      assert.match(`${told[0]?.what} ${told[0]?.advice}`, found);
      assert.ok(!JSON.stringify(findings).includes('canary'), 'nothing of what the server said, nor the token');
    });
  }

  it('names the channels where a permission is missing, and counts those of the team and the server', async () => {
    await using server = await AskedServer.start();
    server.role('readonly', ['read_channel', 'add_reaction']);
    server.role('generatedname123', member);
    server.channels([
      { name: 'good' },
      { name: 'news', roles: 'readonly' },
      { name: 'hall', roles: 'readonly' },
      { name: 'own', roles: 'generatedname123' },
      { name: 'elsewhere', team: otherTeamId, roles: 'readonly' },
    ]);
    const first = await check(server);
    assert.deepEqual(
      first.filter(({ ok }) => !ok).map(({ what }) => what),
      [
        'The bot may not post in red/news, red/hall',
        'The bot may not upload files in red/news, red/hall',
        'The bot may not edit its own posts in red/news, red/hall',
      ],
    );
    server.role('system_post_all', ['create_post']);
    server.answers.set('/users/me', { body: { id: botId, roles: 'system_user system_post_all', is_bot: true } });
    server.role('team_user', ['upload_file']);
    const second = await check(server);
    assert.deepEqual(
      second.filter(({ ok }) => !ok).map(({ what }) => what),
      ['The bot may not edit its own posts in red/news, red/hall'],
    );
  });

  it('looks at the teams and channels that are named, and says where the bot is not', async () => {
    await using server = await AskedServer.start();
    server.answers.set('/users/me/teams', {
      body: [teamId, otherTeamId].map((each, index) => ({ id: each, name: ['red', 'blue'][index], delete_at: 0 })),
    });
    server.answers.set(`/teams/${otherTeamId}/members/${botId}`, { body: { roles: 'team_user' } });
    server.role('readonly', []);
    server.channels([{ name: 'pictures' }, { name: 'news', roles: 'readonly' }, { name: 'other', team: otherTeamId, roles: 'readonly' }]);
    assert.ok(!(await check(server, { channels: ['red/pictures'] })).some(({ ok }) => !ok));
    assert.ok(!(await check(server, { channels: [id('pictures')] })).some(({ ok }) => !ok));
    assert.match(whole(await check(server, { teams: ['blue'] })), /WRONG The bot may not post in blue\/other →/);
    assert.match(whole(await check(server, { teams: [teamId] })), /WRONG The bot may not post in red\/news →/);
    assert.match(
      whole(await check(server, { teams: ['red'], channels: [id('other')] })),
      /WRONG The bot may not post in red\/news, blue\/other →/,
    );
    const findings = whole(await check(server, { teams: ['red', 'green'], channels: ['pictures', 'red/gone'] }));
    assert.match(findings, /WRONG mattermost\.teams names green, where the bot is not/);
    assert.match(findings, /WRONG mattermost\.channels names red\/gone, where the bot is not/);
  });

  it('looks at many channels in part, and names five at most', async () => {
    await using server = await AskedServer.start();
    server.channels(Array.from({ length: 230 }, (_, index) => ({ name: `room${index}` })));
    assert.match(whole(await check(server)), /in its 200 channels \(of 230\)/);
    server.role('channel_user', member.slice(1));
    assert.match(whole(await check(server)), /may not post in red\/room0, red\/room1, red\/room2, red\/room3, red\/room4 and 195 more/);
  });

  it('prints no name that is none', async () => {
    await using server = await AskedServer.start();
    const odd = "x'; rm -rf ~";
    server.answers.set('/users/me/channels', { body: [{ id: id('odd'), name: odd, team_id: teamId, type: 'O', delete_at: 0 }] });
    const findings = whole(await check(server));
    assert.ok(!findings.includes('rm -rf'));
    assert.match(findings, new RegExp(id('odd')));
  });

  it('tells where the clocks differ', async () => {
    await using server = await AskedServer.start();
    const late = await check(server, { now: () => Date.now() - 3_600_000 });
    assert.match(whole(late), /ok TIP The Mattermost server’s clock is (3599|3600|3601) s ahead of this machine’s/);
    const early = await check(server, { now: () => Date.now() + 120_000 });
    assert.match(whole(early), /behind this machine’s/);
  });

  it('looks at the callback address where there is one', async () => {
    await using server = await AskedServer.start();
    const commandTokens = [id('command')];
    server.answers.set('/buttons', { status: 400 });
    const fine = whole(await check(server, { callback: { url: server.url, commandTokens } }));
    assert.match(fine, /ok The bot answers at the callback address/);
    assert.match(
      fine,
      /TIP The callback address is an internal one.*→ Add 127\.0\.0\.1 to ServiceSettings\.AllowedUntrustedInternalConnections/,
    );
    server.answers.set('/config/client', { body: { MaxFileSize: '9000000', SiteURL: '' } });
    server.answers.set('/buttons', { status: 502, text: 'canary' });
    const plain = whole(await check(server, { callback: { url: server.url, commandTokens: [] } }));
    assert.match(plain, /ok Buttons are on, \/img is not/);
    assert.match(plain, /ok Something answers at the callback address, but not the bot \(status 502\)/);
    assert.ok(!plain.includes('SiteURL'), 'buttons need none');
    assert.match(
      whole(await check(server, { callback: { url: 'http://127.0.0.1:1', commandTokens } })),
      /ok Nobody answers at the callback address.*\n?.*WRONG The Mattermost server has no SiteURL/,
    );
    assert.match(
      whole(await check(server, { callback: { url: 'nowhere', commandTokens } })),
      /WRONG The callback address is not a web address/,
    );
  });

  it('explains an address that is none, a server that is not there and a missing token', async () => {
    for (const address of ['chat.example.org', 'ftp://x', '']) {
      const [finding, ...more] = await check(address);
      assert.equal(finding?.ok, false);
      assert.match(finding?.advice ?? '', /https:\/\/chat\.example\.org/);
      assert.equal(more.length, 0);
    }
    const server = await AskedServer.start();
    const { url } = server;
    const [, missing] = await check(url, { accessToken: ' ' });
    assert.match(missing?.what ?? '', /No Mattermost token/);
    await server[Symbol.asyncDispose]();
    const [finding, ...more] = await check(url);
    assert.equal(finding?.ok, false);
    assert.match(finding?.what ?? '', /ECONNREFUSED/);
    assert.equal(more.length, 0);
  });

  it('agrees with the server that all other tests run against', async () => {
    await using fake = await FakeMattermost.start();
    const bot = fake.createBot('blitzbild');
    const teamId = fake.createTeam('red');
    fake.createChannel({ teamId, name: 'pictures', members: [bot] });
    const look = async (): Promise<readonly Finding[]> => check(fake.url, { accessToken: bot.token, teams: ['red'], timeoutMs: 5000 });
    const findings = await look();
    assert.ok(!findings.some(({ ok }) => !ok), whole(findings));
    assert.match(whole(findings), /may post, upload, edit and react in its 2 channels/);
    fake.deny(bot, 'upload_file', 'add_reaction');
    assert.deepEqual(
      (await look()).filter(({ ok }) => !ok).map(({ what }) => what.replace(/ in .*/, '')),
      ['The bot may not upload files', 'The bot may not react'],
    );
    fake.settings.maxFileSizeBytes = 1_000_000;
    fake.settings.postEditTimeLimitS = 60;
    fake.removeFromTeam(teamId, bot);
    assert.match(whole(await look()), /files up to 1\.0 MB only.*\n.*edited for 60 s.*\n.*in no team yet.*\n.*mattermost\.teams names red/);
    fake.deactivate(bot);
    assert.match(whole(await look()), /WRONG The Mattermost token is not valid/);
  });
});
