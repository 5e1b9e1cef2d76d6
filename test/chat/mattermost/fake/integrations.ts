import { ApiError, badParameter, forbidden } from './errors.ts';
import type { Posts } from './posts.ts';
import { newId, type ChannelRow, type CommandRow, type PostRow, type Props, type UserRow } from './rows.ts';
import type { World } from './world.ts';

/** Source: model/integration_action.go `MaxIntegrationResponseSize`. */
const maxAnswerBytes = 1024 * 1024;

export type Ephemeral = { readonly userId: string; readonly channelId: string; readonly rootId: string; readonly text: string };

/** Buttons and slash commands: what the server asks of others. Source: app/integration_action.go, app/command.go. */
export class Integrations {
  /** What only one person saw, oldest first; it is stored nowhere. */
  readonly ephemeral: Ephemeral[] = [];
  readonly #world: World;
  readonly #posts: Posts;

  constructor(world: World, posts: Posts) {
    this.#world = world;
    this.#posts = posts;
  }

  /**
   * Somebody pressed a button: whoever reads the channel may. Nothing is signed.
   * Source: api4/integration_action.go `doPostAction`, app/integration_action.go `DoPostActionWithCookie`.
   */
  async act(user: UserRow, postId: string, actionId: string): Promise<object> {
    const world = this.#world;
    const post = world.posts.get(postId);
    if (post === undefined || post.delete_at > 0) throw new ApiError(404, 'app.post.get.app_error');
    const channel = world.channels.get(post.channel_id)!;
    world.assertCanRead(user, channel);
    const action = actionsOf(post).find(({ id }) => id === actionId);
    const integration = propsIn(action, 'integration');
    const url = integration?.['url'];
    if (action === undefined || typeof url !== 'string') throw new ApiError(404, 'api.post.do_action.action_id.app_error');
    const triggerId = this.#triggerId(user);
    const team = world.teams.get(channel.team_id);
    const answer = await this.#ask(url, 'application/json', {
      headers: {},
      body: JSON.stringify({
        user_id: user.id,
        user_name: user.username,
        channel_id: channel.id,
        channel_name: channel.name,
        team_id: channel.team_id,
        team_domain: team?.name ?? '',
        post_id: post.id,
        trigger_id: triggerId,
        type: typeof action['type'] === 'string' ? action['type'] : '',
        data_source: '',
        context: integration?.['context'] ?? {},
      }),
    });
    const failed = new ApiError(400, 'api.post.do_action.action_integration.app_error');
    if (answer === undefined || answer.status !== 200 || answer.isTooLong) throw failed;
    const told = answer.text.trim() === '' ? {} : parsedProps(answer.text);
    if (told === undefined) throw failed;
    const update = propsIn(told, 'update');
    if (update !== undefined) this.#update(post, update);
    const text = told['ephemeral_text'];
    if (typeof text === 'string' && text !== '') this.#showAlone(user, channel, post.root_id || post.id, text);
    return { status: 'OK', trigger_id: triggerId };
  }

  /** Props that are not told stay as they were, buttons and all; told ones replace them, except who the post is shown to be by. */
  #update(post: PostRow, update: Props): void {
    const told = propsIn(update, 'props');
    const kept = ['from_webhook', 'override_username', 'override_icon_url'].filter((name) => name in post.props);
    this.#posts.change(post, {
      message: typeof update['message'] === 'string' ? update['message'] : '',
      ...(told === undefined ? {} : { props: { ...told, ...Object.fromEntries(kept.map((name) => [name, post.props[name]])) } }),
    });
  }

  #showAlone(user: UserRow, channel: ChannelRow, rootId: string, text: string): void {
    this.ephemeral.push({ userId: user.id, channelId: channel.id, rootId, text });
    const atMs = this.#world.clock.now();
    const post = {
      id: newId(),
      create_at: atMs,
      update_at: atMs,
      delete_at: 0,
      user_id: user.id,
      channel_id: channel.id,
      root_id: rootId,
      message: text,
      type: 'system_ephemeral',
      props: {},
    };
    this.#world.publish({
      event: 'ephemeral_message',
      data: { post: JSON.stringify(post) },
      broadcast: { channel_id: channel.id, user_id: user.id },
    });
  }

  /** Source: api4/command.go `createCommand`, app/command.go `CreateCommand`. */
  addCommand(user: UserRow, body: Props): CommandRow {
    const world = this.#world;
    const [teamId, url] = [textIn(body, 'team_id'), textIn(body, 'url')];
    const trigger = textIn(body, 'trigger').toLowerCase();
    if (!world.settings.enableCommands) throw new ApiError(501, 'api.command.disabled.app_error');
    if (!world.isSystemAdmin(user) && world.teamMember(teamId, user.id)?.scheme_admin !== true) throw forbidden();
    if (trigger === '' || trigger.length > 128 || /^\/|\s/.test(trigger))
      throw new ApiError(400, 'model.command.is_valid.trigger.app_error');
    if (!/^https?:\/\//.test(url) || url.length > 1024) throw new ApiError(400, 'model.command.is_valid.url_http.app_error');
    if ([...world.commands.values()].some((other) => other.team_id === teamId && other.trigger === trigger)) {
      throw new ApiError(400, 'api.command.duplicate_trigger.app_error');
    }
    const command: CommandRow = { id: newId(), token: newId(), team_id: teamId, trigger, url, creator_id: user.id };
    world.commands.set(command.id, command);
    return command;
  }

  commandsOf(user: UserRow, teamId: string): readonly CommandRow[] {
    if (!this.#world.isSystemAdmin(user) && !this.#world.isInTeam(teamId, user.id)) throw forbidden();
    return [...this.#world.commands.values()].filter((command) => command.team_id === teamId && command.creator_id === user.id);
  }

  /** Source: app/command.go `ExecuteCommand`, `tryExecuteCustomCommand`, `DoCommandRequest`, `HandleCommandResponsePost`. */
  async execute(user: UserRow, body: Props): Promise<object> {
    const world = this.#world;
    const { settings } = world;
    const [typed, channelId, rootId] = [textIn(body, 'command'), textIn(body, 'channel_id'), textIn(body, 'root_id')];
    if (!typed.startsWith('/') || typed.length < 2) throw badParameter('command');
    world.assertMay(user, 'create_post', channelId);
    const channel = world.channels.get(channelId)!;
    if (channel.delete_at > 0) throw new ApiError(400, 'api.command.command_post.forbidden.app_error');
    const teamId = channel.team_id || textIn(body, 'team_id');
    const [, trigger = '', rest = ''] = /^\/(\S+)\s*([\s\S]*)$/.exec(typed) ?? [];
    const command = [...world.commands.values()].find((each) => each.team_id === teamId && each.trigger === trigger.toLowerCase());
    if (command === undefined || !settings.enableCommands) throw new ApiError(404, 'api.command.execute_command.not_found.app_error');
    if (settings.siteUrl === '') throw new ApiError(400, 'api.command.execute_command.site_url_required.app_error');
    const triggerId = this.#triggerId(user);
    const form = new URLSearchParams({
      token: command.token,
      team_id: teamId,
      team_domain: world.teams.get(teamId)?.name ?? '',
      channel_id: channel.id,
      channel_name: channel.name,
      user_id: user.id,
      user_name: user.username,
      command: `/${command.trigger}`,
      text: rest,
      trigger_id: triggerId,
      root_id: rootId,
      response_url: `${settings.siteUrl}/hooks/commands/${newId()}`,
    });
    const answer = await this.#ask(command.url, 'application/x-www-form-urlencoded', {
      headers: { Authorization: `Token ${command.token}` },
      body: form.toString(),
    });
    if (answer === undefined) throw new ApiError(500, 'api.command.execute_command.failed.app_error');
    if (answer.status !== 200 || answer.isTooLong) throw new ApiError(500, 'api.command.execute_command.failed_resp.app_error');
    const isJson = answer.contentType.split(';', 1)[0]!.trim() === 'application/json';
    const told = isJson ? parsedProps(answer.text) : { text: answer.text };
    if (told === undefined) throw new ApiError(500, 'api.command.execute_command.failed.app_error');
    const text = textIn(told, 'text');
    if (told['response_type'] === 'in_channel') {
      // It stands there as if whoever typed the command had said it.
      this.#posts.add(user, { channelId: channel.id, rootId, message: text, props: { ...propsIn(told, 'props'), from_webhook: 'true' } });
    } else if (text !== '' || told['attachments'] !== undefined) this.#showAlone(user, channel, rootId, text);
    return { trigger_id: triggerId, ...told };
  }

  /** Signed by the server's own key, so that nobody else can check it. Source: model/integration_action.go `GenerateTriggerId`. */
  #triggerId(user: UserRow): string {
    return Buffer.from(`${newId()}:${user.id}:${this.#world.clock.now()}:${newId()}`).toString('base64');
  }

  /** `undefined` where nobody answered in time, or where the address is not one that the server may ask. Source: services/httpservice. */
  async #ask(url: string, contentType: string, { headers, body }: { readonly headers: Record<string, string>; readonly body: string }) {
    const { allowsInternalConnections, integrationTimeoutMs } = this.#world.settings;
    if (!allowsInternalConnections && /^https?:\/\/(?:127\.|localhost|\[::1\]|10\.|192\.168\.)/.test(url)) return undefined;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': contentType, Accept: 'application/json', ...headers },
        body,
        signal: AbortSignal.timeout(integrationTimeoutMs),
      });
      const text = await response.text();
      const isTooLong = Buffer.byteLength(text) > maxAnswerBytes;
      return { status: response.status, contentType: response.headers.get('content-type') ?? '', text, isTooLong };
    } catch {
      return undefined;
    }
  }
}

const textIn = (body: Props, key: string): string => (typeof body[key] === 'string' ? body[key] : '');

function propsIn(value: Props | undefined, key: string): Props | undefined {
  const found = value?.[key];
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? { ...found } : undefined;
}

function parsedProps(text: string): Props | undefined {
  try {
    return propsIn({ value: JSON.parse(text) as unknown }, 'value');
  } catch {
    return undefined;
  }
}

/** All of a post's, in their order: where two have one id, the first counts. */
function actionsOf({ props }: PostRow): readonly Props[] {
  const lists = Array.isArray(props['attachments']) ? (props['attachments'] as Props[]) : [];
  return lists.flatMap((attachment) => (Array.isArray(attachment['actions']) ? (attachment['actions'] as Props[]) : []));
}
