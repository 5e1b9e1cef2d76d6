import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ServerClient } from '#src/chat/mattermost/client.ts';
import { People } from '#src/chat/mattermost/people.ts';
import { ServerError } from '#src/chat/mattermost/server-error.ts';

import { idOf, json, refuse, SmallServer } from './small-server.ts';

const [ada, channel, team] = [idOf('ada'), idOf('channel'), idOf('team')];
const userPath = `/users/${ada}`;
const memberPath = `/channels/${channel}/members/${ada}`;
const teamPath = `/teams/${team}/members/${ada}`;
const user = { id: ada, username: 'ada', roles: 'system_user', delete_at: 0 };
const member = { channel_id: channel, user_id: ada, roles: 'channel_user', scheme_user: true, scheme_admin: false };
const inTeam = { team_id: team, user_id: ada, roles: 'team_user', scheme_user: true, scheme_admin: false, delete_at: 0 };

/** A server with a person in a channel of a team, and what the bot knows of people there. */
async function place() {
  const server = await SmallServer.start();
  const closing = new AbortController();
  const client = new ServerClient({
    serverUrl: server.url,
    accessToken: 'canary',
    signal: closing.signal,
    timeoutMs: 2000,
    maxAnswerBytes: 10_000,
  });
  server.tell(userPath, user);
  server.tell(`/channels/${channel}`, { id: channel, type: 'O', team_id: team, delete_at: 0 });
  server.tell(memberPath, member);
  server.tell(teamPath, inTeam);
  let nowMs = 0;
  return {
    server,
    people: new People({ client, now: () => nowMs }),
    pass: (ms: number) => void (nowMs += ms),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe('who administers a channel', () => {
  const roles: readonly (readonly [what: string, path: string, answer: object, isAdmin: boolean])[] = [
    ['a member', memberPath, member, false],
    ['an admin of the channel by name', memberPath, { ...member, roles: 'channel_user channel_admin' }, true],
    ['an admin of the channel under a permission scheme', memberPath, { ...member, roles: 'x7f x8g', scheme_admin: true }, true],
    ['a role that only begins like it', memberPath, { ...member, roles: 'channel_administrator' }, false],
    ['an admin of the team', teamPath, { ...inTeam, scheme_admin: true }, true],
    ['an admin of the team by name', teamPath, { ...inTeam, roles: 'team_user team_admin' }, true],
    ['an admin who left the team', teamPath, { ...inTeam, scheme_admin: true, delete_at: 5 }, false],
    ['an admin of the server', userPath, { ...user, roles: 'system_user system_admin' }, true],
    ['one whose account is switched off', userPath, { ...user, roles: 'system_admin', delete_at: 5 }, false],
    ['one who calls themselves so', userPath, { ...user, username: 'system_admin', nickname: 'channel_admin' }, false],
  ];
  for (const [what, path, answer, isAdmin] of roles)
    it(`${isAdmin ? 'does' : 'does not'}: ${what}`, async () => {
      await using there = await place();
      there.server.tell(path, answer);
      assert.equal(await there.people.isAdmin(channel, ada, true), isAdmin);
    });

  it('is nobody whose account was switched off, whatever roles the channel still gives', async () => {
    await using there = await place();
    there.server.tell(memberPath, { ...member, scheme_admin: true });
    there.server.tell(userPath, { ...user, delete_at: 5 });
    assert.equal(await there.people.isAdmin(channel, ada, true), false);
  });

  it('is an admin of the team who is not in the channel', async () => {
    await using there = await place();
    there.server.when(memberPath, (_, response) => refuse(response, 404, 'app.channel.get_member.missing.app_error'));
    there.server.tell(teamPath, { ...inTeam, scheme_admin: true });
    assert.equal(await there.people.isAdmin(channel, ada, true), true);
  });

  it('is each of the two in a direct conversation, and nobody in one of more', async () => {
    await using there = await place();
    there.server.tell(`/channels/${channel}`, { id: channel, type: 'D', team_id: '' });
    assert.equal(await there.people.isAdmin(channel, ada, true), true);
    there.server.when(memberPath, (_, response) => refuse(response, 404, 'app.channel.get_member.missing.app_error'));
    assert.equal(await there.people.isAdmin(channel, ada, true), false, 'of somebody else’s conversation');
    there.server.tell(memberPath, member);
    there.server.tell(`/channels/${channel}`, { id: channel, type: 'G', team_id: '' });
    assert.equal(await there.people.isAdmin(channel, ada, true), false);
    assert.equal(there.server.asked(teamPath).length, 0);
  });

  it('is nobody where the server does not tell the bot, and unknown where it can’t be asked', async () => {
    await using there = await place();
    there.server.when(`/channels/${channel}`, (_, response) => refuse(response, 403, 'api.context.permissions.app_error'));
    there.server.when(memberPath, (_, response) => refuse(response, 403, 'api.context.permissions.app_error'));
    assert.equal(await there.people.isAdmin(channel, ada, true), false);
    there.server.when(userPath, (_, response) => refuse(response, 404, 'app.user.missing_account.const'));
    assert.equal(await there.people.isAdmin(channel, ada, true), false);
    for (const broken of [
      (path: string) => there.server.when(path, (_, response) => response.destroy()),
      (path: string) => there.server.when(path, (_, response) => refuse(response, 500, '')),
      (path: string) => there.server.when(path, (_, response) => response.writeHead(404).end('<html>no upstream</html>')),
      (path: string) => there.server.when(path, (_, response) => refuse(response, 401, 'api.context.session_expired.app_error')),
    ]) {
      broken(memberPath);
      await assert.rejects(there.people.isAdmin(channel, ada, true), ServerError);
    }
  });

  it('is not asked with what is no id', async () => {
    await using there = await place();
    assert.equal(await there.people.isAdmin('../users', ada, true), false);
    assert.equal(await there.people.isAdmin(channel, 'me', true), false);
    assert.equal(await there.people.isBot('me'), false);
    assert.equal(there.server.requests.length, 0);
  });

  it('is remembered for an hour, and asked anew where it matters', async () => {
    await using there = await place();
    assert.equal(await there.people.isAdmin(channel, ada, false), false);
    there.server.tell(memberPath, { ...member, scheme_admin: true });
    there.pass(3_599_000);
    assert.equal(await there.people.isAdmin(channel, ada, false), false);
    assert.equal(await there.people.isAdmin(channel, ada, true), true);
    assert.equal(await there.people.isAdmin(channel, ada, false), true, 'what was asked last counts');
    there.server.tell(memberPath, member);
    there.pass(3_600_000);
    assert.equal(await there.people.isAdmin(channel, ada, false), false);
  });
});

describe('who is a bot', () => {
  it('says the server, once for all who ask at the same time, and what failed is asked again', async () => {
    await using there = await place();
    there.server.when(userPath, (_, response) => json(response, 200, { ...user, is_bot: true }));
    assert.deepEqual(await Promise.all([there.people.isBot(ada), there.people.isBot(ada)]), [true, true]);
    assert.equal(there.server.asked(userPath).length, 1);
    there.pass(3_601_000);
    there.server.when(userPath, (_, response) => response.destroy());
    await assert.rejects(there.people.isBot(ada), ServerError);
    there.server.tell(userPath, user);
    assert.equal(await there.people.isBot(ada), false);
  });

  it('is nobody whom it does not know', async () => {
    await using there = await place();
    assert.equal(await there.people.isBot(idOf('nobody')), false);
  });
});
