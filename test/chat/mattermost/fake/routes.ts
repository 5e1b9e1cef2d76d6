import { addAdminRoutes } from './admin-routes.ts';
import type { Channels } from './channels.ts';
import { ApiError, badAddress, badParameter, forbidden } from './errors.ts';
import type { Files, Served } from './files.ts';
import type { Integrations } from './integrations.ts';
import type { PostLists } from './post-lists.ts';
import { maxPostRunes, type Posts } from './posts.ts';
import type { Reactions } from './reactions.ts';
import { rolesByNames } from './roles.ts';
import { isId, type Props, type UserRow } from './rows.ts';
import type { World } from './world.ts';

export type ApiRequest = {
  readonly method: string;
  /** Below `/api/v4`, decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Buffer;
  readonly user: UserRow | undefined;
};

export type ApiAnswer = {
  readonly status: number;
  readonly json?: unknown;
  readonly file?: Served;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Parts = {
  readonly world: World;
  readonly posts: Posts;
  readonly lists: PostLists;
  readonly reactions: Reactions;
  readonly files: Files;
  readonly channels: Channels;
  readonly integrations: Integrations;
};

type Context = { readonly request: ApiRequest; readonly user: UserRow; readonly ids: readonly string[]; readonly json: () => unknown };
type Route = {
  readonly method: string;
  readonly pattern: RegExp;
  readonly needsSession: boolean;
  readonly run: (context: Context) => Promise<ApiAnswer> | ApiAnswer;
};

const ok = (json: unknown, status = 200): ApiAnswer => ({ status, json });
const done = ok({ status: 'OK' });

/** The server's addresses, as far as a bot and those who talk to it need them. Source: api4/*.go, the routes at the top of each file. */
export function makeRoutes({
  world,
  posts,
  lists,
  reactions,
  files,
  channels,
  integrations,
}: Parts): (request: ApiRequest) => Promise<ApiAnswer> {
  const routes: Route[] = [];
  const on = (line: string, run: Route['run'], needsSession = true): void => {
    const [method, path] = line.split(' ') as [string, string];
    routes.push({ method, needsSession, run, pattern: new RegExp(`^${path.replaceAll('{}', '([^/]+)')}$`) });
  };

  on('GET /system/ping', () => ok({ status: 'OK', ActiveSearchBackend: 'database' }), false);
  on('GET /config/client', ({ request }) => ok(clientConfig(world, request)), false);

  addAdminRoutes(on, world, channels);

  on('GET /users/me', ({ user }) => ok(userView(user)));
  on('GET /users/username/{}', ({ ids: [name] }) =>
    ok(userView(existing([...world.users.values()].find(({ username }) => username === name)))),
  );
  on('GET /users/{}', ({ ids: [id] }) => ok(userView(existing(world.users.get(id!)))));
  on('POST /users/ids', ({ json }) => {
    const ids = json();
    if (!Array.isArray(ids) || ids.length === 0) throw badParameter('user_ids');
    return ok(ids.flatMap((id) => (typeof id === 'string' && world.users.has(id) ? [userView(world.users.get(id)!)] : [])));
  });
  on('GET /users/{}/teams', ({ ids: [id] }) => ok([...world.teams.values()].filter((team) => world.isInTeam(team.id, id!))));
  on('GET /users/{}/teams/members', ({ user, ids: [id] }) =>
    ok(
      [...world.teams.values()].flatMap((team) =>
        world.teamMember(team.id, id!) === undefined ? [] : [channels.teamMember(user, team.id, id!)],
      ),
    ),
  );
  on('GET /users/{}/channels', ({ ids: [id], request }) => {
    const found = channels.of(id!, undefined, request.query.get('include_deleted') === 'true');
    // The list was begun before it was known to be empty.
    if (found.length === 0) throw new NoChannelsError();
    return ok(found);
  });
  on('GET /users/{}/teams/{}/channels', ({ user, ids: [id, teamId], request }) => {
    if (!world.isSystemAdmin(user) && !world.isInTeam(teamId!, user.id)) throw forbidden();
    const found = channels.of(id!, teamId, request.query.get('include_deleted') === 'true');
    if (found.length === 0) throw new ApiError(404, 'app.channel.get_channels.not_found.app_error');
    return ok(found);
  });

  on('POST /roles/names', ({ json }) => {
    const names = json();
    if (!Array.isArray(names) || names.length === 0) throw badParameter('rolenames');
    return ok(rolesByNames(world, names));
  });

  on('GET /teams/{}', ({ user, ids: [id] }) => {
    const team = world.teams.get(id!);
    if (team === undefined) throw new ApiError(404, 'app.team.get.find.app_error');
    if (!world.isSystemAdmin(user) && !world.isInTeam(team.id, user.id)) throw forbidden();
    return ok(team);
  });
  on('GET /teams/{}/members/{}', ({ user, ids: [team, id] }) => ok(channels.teamMember(user, team!, id!)));

  on('POST /channels/direct', ({ user, json }) => {
    const ids = json();
    if (!Array.isArray(ids) || ids.length !== 2 || !ids.every((id) => isId(id))) throw badParameter('user_ids');
    if (!ids.includes(user.id)) throw forbidden();
    const [one, other] = ids.map((id) => existing(world.users.get(id)));
    return ok(channels.direct(one!, other!), 201);
  });
  on('GET /channels/{}', ({ user, ids: [id] }) => ok(channels.one(user, id!)));
  on('DELETE /channels/{}', ({ user, ids: [id] }) => {
    const channel = channels.one(user, id!);
    if (!world.isSystemAdmin(user) && world.channelMember(channel.id, user.id)?.scheme_admin !== true) throw forbidden();
    channels.archive(channel, user);
    return done;
  });
  on('GET /channels/{}/members', ({ user, ids: [id], request }) => {
    const channel = channels.one(user, id!);
    const perPage = Math.min(200, Number(request.query.get('per_page') ?? 60));
    const page = Number(request.query.get('page') ?? 0);
    const members = world.membersOf(channel.id).slice(page * perPage, (page + 1) * perPage);
    return ok(members.map((member) => channels.member(user, channel.id, member)));
  });
  on('GET /channels/{}/members/{}', ({ user, ids: [channel, id] }) => ok(channels.member(user, channel!, id!)));
  on('DELETE /channels/{}/members/{}', ({ user, ids: [channelId, id] }) => {
    const channel = channels.one(user, channelId!);
    channels.remove(channel, existing(world.users.get(id!)), user);
    return done;
  });

  on('GET /channels/{}/posts', ({ user, ids: [id], request }) => ok(lists.ofChannel(user, id!, request.query)));
  on('POST /posts', async ({ user, json }) => ok(await posts.create(user, asProps(json(), 'post')), 201));
  on('POST /posts/ids', ({ user, json }) => ok(lists.byIds(user, json())));
  on('GET /posts/{}', ({ user, ids: [id] }) => ok(lists.one(user, id!)));
  on('DELETE /posts/{}', ({ user, ids: [id], request }) => {
    if (request.query.get('permanent') === 'true') throw new ApiError(501, 'api.post.delete_post.not_enabled.app_error');
    posts.delete(user, id!);
    return done;
  });
  on('PUT /posts/{}/patch', async ({ user, ids: [id], json }) => ok(await posts.patch(user, id!, asProps(json(), 'post'))));
  on('GET /posts/{}/thread', ({ user, ids: [id], request }) => ok(lists.thread(user, id!, request.query)));
  on('GET /posts/{}/reactions', ({ user, ids: [id] }) => ok(reactions.of(user, id!)));
  // Only letters and digits: any other button leads nowhere.
  on('POST /posts/{}/actions/([A-Za-z0-9]+)', async ({ user, ids: [id, action] }) => ok(await integrations.act(user, id!, action!)));

  on('POST /reactions', ({ user, json }) => ok(reactions.save(user, asProps(json(), 'reaction'))));
  on('DELETE /users/{}/posts/{}/reactions/{}', ({ user, ids: [id, post, name] }) => {
    reactions.remove(user, id!, post!, name!);
    return done;
  });

  on('POST /files', async ({ user, request }) => ok(await files.upload(user, request), 201));
  on('GET /files/{}', ({ user, ids: [id], request }) => ({
    status: 200,
    file: files.download(user, id!, request.query.get('download') === '1' || request.query.get('download') === 'true'),
  }));
  on('GET /files/{}/info', ({ user, ids: [id] }) => ok(files.info(user, id!)));
  on('GET /files/{}/thumbnail', async ({ user, ids: [id] }) => ({ status: 200, file: await files.smaller(user, id!, 'thumbnail') }));
  on('GET /files/{}/preview', async ({ user, ids: [id] }) => ({ status: 200, file: await files.smaller(user, id!, 'preview') }));

  on('GET /commands', ({ user, request }) => ok(integrations.commandsOf(user, request.query.get('team_id') ?? '')));
  on('POST /commands', ({ user, json }) => ok(integrations.addCommand(user, asProps(json(), 'command')), 201));
  on('POST /commands/execute', async ({ user, json }) => ok(await integrations.execute(user, asProps(json(), 'command_args'))));

  return async (request) => {
    for (const { method, pattern, needsSession, run } of routes) {
      const match = request.method === method ? pattern.exec(request.path) : null;
      if (match === null) continue;
      const user = needsSession ? world.assertSession(request.user) : request.user;
      const ids = match.slice(1).map((id) => (id === 'me' ? (user?.id ?? id) : id));
      for (const id of ids) if (id === '') throw badAddress('id');
      return run({ request, user: user!, ids, json: () => parsed(request.body) });
    }
    throw new ApiError(404, 'api.context.404.app_error');
  };
}

/** Status 200, and no JSON: the error comes after the list's first bracket. Source: api4/channel.go `getChannelsForUser`. */
export class NoChannelsError extends Error {}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw badParameter('body');
  }
}

function asProps(value: unknown, name: string): Props {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badParameter(name);
  return { ...value };
}

function existing(user: UserRow | undefined): UserRow {
  if (user === undefined) throw new ApiError(404, 'app.user.missing_account.const');
  return user;
}

/** Source: model/user.go, `SanitizeProfile`: `is_bot` is left out where it is false. */
const userView = ({ is_bot: isBot, ...user }: UserRow): object => ({
  ...user,
  create_at: 1,
  update_at: 1,
  nickname: '',
  first_name: '',
  last_name: '',
  ...(isBot ? { is_bot: true, bot_description: '' } : {}),
});

/** Source: config/client.go `GenerateClientConfig`, `GenerateLimitedClientConfig`: all values are texts. */
function clientConfig(world: World, { query, user }: ApiRequest): object {
  const { settings } = world;
  if (query.get('format') !== 'old') throw new ApiError(501, 'api.config.client.old_format.app_error');
  const limited = { Version: settings.version, BuildNumber: '1', SiteURL: settings.siteUrl };
  if (user === undefined) return limited;
  return {
    ...limited,
    MaxPostSize: String(maxPostRunes),
    MaxFileSize: String(settings.maxFileSizeBytes),
    EnableFileAttachments: String(settings.enableFileAttachments),
    PostEditTimeLimit: String(settings.postEditTimeLimitS),
    MaxNotificationsPerChannel: String(settings.maxNotificationsPerChannel),
    UniqueEmojiReactionLimitPerPost: String(settings.maxReactionsPerPost),
    EnableLinkPreviews: 'true',
    MinimumHashtagLength: '3',
    CollapsedThreads: 'always_on',
    PostPriority: 'true',
    ExperimentalViewArchivedChannels: String(settings.canViewArchived),
  };
}
