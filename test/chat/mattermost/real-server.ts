/** A Mattermost that somebody runs for these tests: everything on it is made by its REST API, each time anew, and stays there. */
import { randomBytes } from 'node:crypto';

import { Person } from './fake/person.ts';
import type { Place } from './harness.ts';

export type RealServer = { readonly url: string; readonly adminToken: string };

/**
 * The server that the environment names: `MATTERMOST_TEST_URL`, and in `MATTERMOST_TEST_ADMIN_TOKEN` the token of a system administrator.
 * Bot accounts must be allowed there (`EnableBotAccountCreation`). `undefined` where it names none.
 */
export function realServer(): RealServer | undefined {
  const { MATTERMOST_TEST_URL: url, MATTERMOST_TEST_ADMIN_TOKEN: adminToken } = process.env;
  if (!url || !adminToken) return undefined;
  return { url: url.replace(/\/+$/, ''), adminToken };
}

/** A bot, a person who administers nothing, a team and a private channel with both, of their own. */
export async function placeOnRealServer({ url, adminToken }: RealServer): Promise<Place> {
  const admin = new Person(url, { userId: 'me', username: '', token: adminToken });
  const mark = randomBytes(4).toString('hex');
  const bot = await admin.ask('POST', '/bots', { username: `blitzbild-${mark}`, display_name: 'Blitzbild' });
  const botUserId = bot.user_id as string;
  const { token } = await admin.ask('POST', `/users/${botUserId}/tokens`, { description: 'contract suite' });
  const person = await newPerson(url, admin, `guest-${mark}`);
  const team = await admin.ask('POST', '/teams', { name: `blitzbild-${mark}`, display_name: `Blitzbild ${mark}`, type: 'I' });
  const about = { team_id: team.id, name: 'pictures', display_name: 'Pictures', type: 'P' };
  const channel = await admin.ask('POST', '/channels', about);
  for (const userId of [botUserId, person.userId]) {
    await admin.ask('POST', `/teams/${team.id}/members`, { team_id: team.id, user_id: userId });
    await admin.ask('POST', `/channels/${channel.id}/members`, { user_id: userId });
  }
  return { serverUrl: url, bot: { userId: botUserId, token }, person, channelId: channel.id };
}

async function newPerson(url: string, admin: Person, username: string): Promise<Person> {
  const password = `Aa1!${randomBytes(12).toString('hex')}`;
  const { id: userId } = await admin.ask('POST', '/users', { email: `${username}@example.org`, username, password });
  const response = await fetch(`${url}/api/v4/users/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ login_id: username, password }),
  });
  // The token comes in a header of the answer. Source: api4/user.go `login`.
  const token = response.headers.get('token');
  if (token === null) throw new Error(`the new person can't log in: status ${response.status}`);
  return new Person(url, { userId, username, token });
}
