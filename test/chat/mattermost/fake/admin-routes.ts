import { ApiError, badParameter, forbidden } from './errors.ts';
import type { Channels } from './channels.ts';
import { newId, type Props, type UserRow } from './rows.ts';
import type { ApiAnswer } from './routes.ts';
import type { World } from './world.ts';

type On = (line: string, run: (context: Context) => ApiAnswer, needsSession?: boolean) => void;
type Context = { readonly user: UserRow; readonly ids: readonly string[]; readonly json: () => unknown };

/** What an administrator does to make a place for a bot. Source: api4/bot.go, user.go, team.go, channel.go. */
export function addAdminRoutes(on: On, world: World, channels: Channels): void {
  const passwords = new Map<string, string>();
  const created = (json: unknown): ApiAnswer => ({ status: 201, json });
  const bodyOf = ({ json }: Context): Props => {
    const body = json();
    if (typeof body !== 'object' || body === null) throw badParameter('body');
    return { ...body };
  };
  const text = (body: Props, key: string): string => {
    const found = body[key];
    if (typeof found !== 'string' || found === '') throw badParameter(key);
    return found;
  };
  const assertAdmin = (user: UserRow): void => {
    if (!world.isSystemAdmin(user)) throw forbidden();
  };
  const addUser = (username: string, isBot: boolean): UserRow => {
    if ([...world.users.values()].some((user) => user.username === username)) {
      throw new ApiError(400, 'app.user.save.username_exists.app_error');
    }
    const user: UserRow = { id: newId(), username, roles: 'system_user', delete_at: 0, is_bot: isBot };
    world.users.set(user.id, user);
    return user;
  };
  const userNamed = (body: Props): UserRow => {
    const user = world.users.get(text(body, 'user_id'));
    if (user === undefined) throw new ApiError(404, 'app.user.missing_account.const');
    return user;
  };

  on('POST /bots', (context) => {
    assertAdmin(context.user);
    const { id, username } = addUser(text(bodyOf(context), 'username'), true);
    return created({ user_id: id, username, owner_id: context.user.id });
  });
  on('POST /users/{}/tokens', (context) => {
    const [userId] = context.ids;
    if (context.user.id !== userId) assertAdmin(context.user);
    return {
      status: 200,
      json: { id: newId(), user_id: userId, token: world.newToken(userId!), description: text(bodyOf(context), 'description') },
    };
  });
  on('POST /users', (context) => {
    const body = bodyOf(context);
    const user = addUser(text(body, 'username'), false);
    passwords.set(user.username, text(body, 'password'));
    return created({ id: user.id, username: user.username, roles: user.roles });
  });
  on(
    'POST /users/login',
    (context) => {
      const body = bodyOf(context);
      const user = [...world.users.values()].find(({ username }) => username === body['login_id']);
      if (user === undefined || passwords.get(user.username) !== body['password']) {
        throw new ApiError(401, 'api.user.login.invalid_credentials_email_username');
      }
      return { status: 200, json: { id: user.id, username: user.username }, headers: { Token: world.newToken(user.id) } };
    },
    false,
  );
  on('POST /teams', (context) => {
    const team = channels.createTeam(text(bodyOf(context), 'name'));
    channels.joinTeam(team, context.user, true);
    return created(team);
  });
  on('POST /teams/{}/members', (context) => {
    const team = world.teams.get(context.ids[0]!);
    if (team === undefined) throw new ApiError(404, 'app.team.get.find.app_error');
    if (world.teamMember(team.id, context.user.id)?.scheme_admin !== true) assertAdmin(context.user);
    const user = userNamed(bodyOf(context));
    channels.joinTeam(team, user, false);
    return created(channels.teamMember(context.user, team.id, user.id));
  });
  on('POST /channels', (context) => {
    const body = bodyOf(context);
    const [teamId, type] = [text(body, 'team_id'), text(body, 'type')];
    if (type !== 'O' && type !== 'P') throw badParameter('channel');
    if (!world.isInTeam(teamId, context.user.id)) throw forbidden();
    const channel = channels.create({ name: text(body, 'name'), type, teamId, creatorId: context.user.id });
    channels.add(channel, context.user, context.user, true);
    return created(channel);
  });
  on('POST /channels/{}/members', (context) => {
    const channel = channels.one(context.user, context.ids[0]!);
    if (world.channelMember(channel.id, context.user.id) === undefined) assertAdmin(context.user);
    const user = userNamed(bodyOf(context));
    channels.add(channel, user, context.user);
    return created(channels.member(context.user, channel.id, user.id));
  });
}
