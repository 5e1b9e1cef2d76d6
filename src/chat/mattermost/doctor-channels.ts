import type { Finding } from '../common/finding.ts';
import { reason } from '../common/log.ts';
import { isObject, numberAt, textAt, textsAt, type RawObject } from '../common/raw.ts';
import type { ServerClient } from './client.ts';
import { isId } from './post.ts';

/** A bot in more channels than this is looked at in part: each takes a question. */
const mostChannels = 200;
/** So many are named; who mends one of them knows how to mend the others. */
const mostNamed = 5;
const atOnce = 4;

export type ChannelsAccount = {
  readonly ownUserId: string;
  /** Of the whole server. */
  readonly roles: readonly string[];
  /** As the configuration names them, by id or by name: a channel that is named, or whose team is; all where both are empty. */
  readonly teams: readonly string[];
  readonly channels: readonly string[];
};

type Named = { readonly id: string; readonly name: string };
type Channel = Named & { readonly teamId: string; readonly teamName: string };

/** What the bot does in a channel, the permission that it takes, and what people miss without it. */
const wanted = [
  { permission: 'create_post', title: 'post', loss: 'it can’t answer there at all' },
  { permission: 'upload_file', title: 'upload files', loss: 'no picture can be sent there' },
  { permission: 'edit_post', title: 'edit its own posts', loss: 'progress and answers become posts of their own' },
  { permission: 'add_reaction', title: 'react', loss: 'it can’t offer reactions to click; people may still react themselves' },
] as const;

/** Whether the bot is where it is to work and may do there what it does. Posts nothing. Never rejects. */
export async function checkChannels(client: ServerClient, account: ChannelsAccount): Promise<readonly Finding[]> {
  try {
    const teams = named(await client.ask({ method: 'GET', path: '/users/me/teams' }));
    const missingTeams = account.teams.filter((entry) => !teams.some((team) => isNamed(team, entry)));
    // Whoever is in no team may be in no channel at all, for which the server answers with half a list.
    if (teams.length === 0) return [inNoTeam, ...teamsMissing(missingTeams)];
    const all = channelsIn(await client.ask({ method: 'GET', path: '/users/me/channels' }), teams);
    const missingChannels = account.channels.filter((entry) => !all.some((channel) => isChannel(channel, entry)));
    const isEverywhere = account.teams.length === 0 && account.channels.length === 0;
    const working = all.filter(
      (channel) =>
        isEverywhere ||
        account.teams.some((entry) => isNamed({ id: channel.teamId, name: channel.teamName }, entry)) ||
        account.channels.some((entry) => isChannel(channel, entry)),
    );
    return [...teamsMissing(missingTeams), ...channelsMissing(missingChannels), ...(await checkPermissions(client, account, working))];
  } catch (error) {
    return [{ ok: false, what: `The bot’s teams and channels could not be listed: ${reason(error)}`, advice: 'Try again in a minute' }];
  }
}

const inNoTeam: Finding = {
  ok: true,
  what: 'The bot is in no team yet, so only direct messages reach it',
  advice: 'Add it to a team and to the channels it is to work in, see docs/mattermost.md',
};

const teamsMissing = (entries: readonly string[]): readonly Finding[] =>
  entries.length === 0
    ? []
    : [
        {
          ok: false,
          what: `mattermost.teams names ${listed(entries)}, where the bot is not`,
          advice: 'Add the bot to that team (team menu, Invite People), or correct the name: it is the one in the team’s address',
        },
      ];

const channelsMissing = (entries: readonly string[]): readonly Finding[] =>
  entries.length === 0
    ? []
    : [
        {
          ok: false,
          what: `mattermost.channels names ${listed(entries)}, where the bot is not`,
          advice: 'Add the bot there (channel menu, Members), or correct the entry; an archived channel counts as none',
        },
      ];

async function checkPermissions(client: ServerClient, account: ChannelsAccount, working: readonly Channel[]): Promise<readonly Finding[]> {
  if (working.length === 0) {
    return [
      {
        ok: true,
        what: 'The bot is in no channel yet that it is to work in',
        advice: 'Add it to one (channel menu, Members), see docs/mattermost.md',
      },
    ];
  }
  const looked = working.slice(0, mostChannels);
  const roles = await rolesIn(client, account, looked);
  const unreadable = looked.filter(({ id }) => roles.get(id) === undefined);
  const permissions = await permissionsOf(client, [...new Set([...roles.values()].flatMap((names) => names ?? []))]);
  const may = ({ id }: Channel, permission: string): boolean =>
    (roles.get(id) ?? []).some((role) => permissions.get(role)?.has(permission) === true);
  const readable = looked.filter(({ id }) => roles.get(id) !== undefined);
  const findings = wanted.flatMap(({ permission, title, loss }): Finding[] => {
    const where = readable.filter((channel) => !may(channel, permission));
    if (where.length === 0) return [];
    const advice = `Its role there lacks ${permission}: ${loss}. Give it to members (System Console, Permissions; or the channel’s moderation)`;
    return [{ ok: false, what: `The bot may not ${title} in ${listed(where.map(titleOf))}`, advice }];
  });
  if (unreadable.length > 0) {
    findings.push({
      ok: false,
      what: `The server does not say what the bot may do in ${listed(unreadable.map(titleOf))}`,
      advice: 'Try again in a minute; if it stays like that, look at the server’s log',
    });
  }
  if (findings.length > 0) return findings;
  const count = looked.length === 1 ? 'its channel' : `its ${looked.length} channels`;
  const part = working.length > looked.length ? ` (of ${working.length})` : '';
  const fine: Finding = { ok: true, what: `The bot may post, upload, edit and react in ${count}${part}` };
  return readable.some((channel) => may(channel, 'use_channel_mentions')) ? [fine, mentionsTip] : [fine];
}

const mentionsTip: Finding = {
  ok: true,
  what: 'TIP The bot’s role includes use_channel_mentions, which it has no use for: it breaks up every @channel in what it repeats',
  advice: 'Where the server is to refuse it as well, take «Channel Mentions» from the bot’s role (docs/mattermost.md)',
};

/** Its roles in each channel: those of the channel, the team and the server; `undefined` where the server does not say. */
async function rolesIn(
  client: ServerClient,
  { ownUserId, roles: ofServer }: ChannelsAccount,
  channels: readonly Channel[],
): Promise<ReadonlyMap<string, readonly string[] | undefined>> {
  const member = async (path: string): Promise<readonly string[] | undefined> => {
    try {
      return (textAt(await client.ask({ method: 'GET', path: `${path}/members/${ownUserId}` }), 'roles') ?? '').split(' ').filter(isRole);
    } catch {
      return undefined;
    }
  };
  const roles = new Map<string, readonly string[] | undefined>();
  for (let from = 0; from < channels.length; from += atOnce) {
    const part = channels.slice(from, from + atOnce);
    const found = await Promise.all(part.map(async ({ id }) => member(`/channels/${id}`)));
    part.forEach(({ id }, index) => roles.set(id, found[index]));
  }
  const ofTeams = new Map<string, readonly string[]>();
  for (const teamId of new Set(channels.map((channel) => channel.teamId))) ofTeams.set(teamId, (await member(`/teams/${teamId}`)) ?? []);
  for (const { id, teamId } of channels) {
    const own = roles.get(id);
    if (own !== undefined) roles.set(id, [...own, ...(ofTeams.get(teamId) ?? []), ...ofServer.filter(isRole)]);
  }
  return roles;
}

/** By role; anybody with a session may ask. Source: api4/role.go `getRolesByNames`. */
async function permissionsOf(client: ServerClient, roles: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  if (roles.length === 0) return new Map();
  const answer = await client.ask({ method: 'POST', path: '/roles/names', body: roles });
  return new Map(objects(answer).map((role) => [textAt(role, 'name') ?? '', new Set(textsAt(role, 'permissions'))]));
}

const isRole = (text: string): boolean => /^[a-z0-9_]{1,64}$/.test(text);

const objects = (answer: unknown): readonly RawObject[] => (Array.isArray(answer) ? answer.filter(isObject) : []);

const named = (answer: unknown): readonly Named[] =>
  objects(answer).flatMap((entry) => {
    const id = textAt(entry, 'id');
    return isId(id) && !isArchived(entry) ? [{ id, name: textAt(entry, 'name') ?? '' }] : [];
  });

/** Those of teams: in conversations of two there is nothing to allow. */
const channelsIn = (answer: unknown, teams: readonly Named[]): readonly Channel[] =>
  objects(answer).flatMap((entry) => {
    const [id, team] = [textAt(entry, 'id'), teams.find((candidate) => candidate.id === textAt(entry, 'team_id'))];
    if (!isId(id) || team === undefined || isArchived(entry)) return [];
    return [{ id, name: textAt(entry, 'name') ?? '', teamId: team.id, teamName: team.name }];
  });

const isArchived = (entry: RawObject): boolean => (numberAt(entry, 'delete_at') ?? 0) > 0;

const isNamed = ({ id, name }: Named, entry: string): boolean => entry === id || entry === name;

const isChannel = (channel: Channel, entry: string): boolean => isNamed(channel, entry) || entry === `${channel.teamName}/${channel.name}`;

/** Names are part of addresses and printed on a terminal: no other characters than those. */
const titleOf = ({ id, name, teamName }: Channel): string => (/^[\w-]{1,64}$/.test(name) ? `${teamName}/${name}` : id);

function listed(names: readonly string[]): string {
  const more = names.length - mostNamed;
  const list = names.slice(0, mostNamed).join(', ');
  return more > 0 ? `${list} and ${more} more` : list;
}
