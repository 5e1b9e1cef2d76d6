import { ApiError, forbidden } from './errors.ts';
import type { Posts } from './posts.ts';
import { channelRoles } from './roles.ts';
import { newId, type ChannelRow, type ChannelType, type TeamRow, type UserRow } from './rows.ts';
import type { World } from './world.ts';

/** Teams, channels and who is in them, with the events and the server's own posts that go with it. Source: app/team.go, app/channel.go. */
export class Channels {
  readonly #world: World;
  readonly #posts: Posts;

  constructor(world: World, posts: Posts) {
    this.#world = world;
    this.#posts = posts;
  }

  createTeam(name: string): TeamRow {
    const team: TeamRow = { id: newId(), name, display_name: name };
    this.#world.teams.set(team.id, team);
    this.create({ name: 'town-square', type: 'O', teamId: team.id, creatorId: '' });
    return team;
  }

  create(about: { readonly name: string; readonly type: ChannelType; readonly teamId: string; readonly creatorId: string }): ChannelRow {
    const atMs = this.#world.clock.now();
    const channel: ChannelRow = {
      id: newId(),
      create_at: atMs,
      update_at: atMs,
      delete_at: 0,
      team_id: about.teamId,
      type: about.type,
      display_name: about.type === 'D' ? '' : about.name,
      name: about.name,
      header: '',
      purpose: '',
      last_post_at: atMs,
      total_msg_count: 0,
      creator_id: about.creatorId,
    };
    this.#world.channels.set(channel.id, channel);
    return channel;
  }

  /** Everybody in a team is in its town square. Source: app/team.go `JoinUserToTeam`, app/channel.go `JoinDefaultChannels`. */
  joinTeam(team: TeamRow, user: UserRow, isAdmin: boolean): void {
    const world = this.#world;
    const wasIn = world.isInTeam(team.id, user.id);
    world.setTeamMember(team.id, user.id, { scheme_admin: isAdmin, delete_at: 0 });
    if (wasIn) return;
    const square = [...world.channels.values()].find(({ team_id: id, name }) => id === team.id && name === 'town-square')!;
    world.setChannelMember(square.id, user.id, { scheme_admin: false, delete_at: 0 });
    world.publish({ event: 'added_to_team', data: { team_id: team.id, user_id: user.id }, broadcast: { user_id: user.id } });
    this.#say(user, square, 'system_join_team', `${user.username} joined the team.`, { username: user.username });
  }

  /** Out of all its channels, without an event for each. Source: app/team.go `LeaveTeam`, teams/service.go `RemoveTeamMember`. */
  leaveTeam(team: TeamRow, user: UserRow): void {
    const world = this.#world;
    for (const channel of world.channels.values()) if (channel.team_id === team.id) world.setChannelMember(channel.id, user.id, undefined);
    const data = { user_id: user.id, team_id: team.id };
    world.publish({ event: 'leave_team', data, broadcast: { team_id: team.id, omit_users: [user.id] } });
    world.publish({ event: 'leave_team', data, broadcast: { user_id: user.id } });
    world.setTeamMember(team.id, user.id, { scheme_admin: false, delete_at: world.clock.now() });
  }

  /** Source: app/channel.go `AddChannelMember`, `AddUserToChannel`: the member first, then the events, then the server's post. */
  add(channel: ChannelRow, user: UserRow, by: UserRow, isAdmin = false): void {
    const world = this.#world;
    if (channel.delete_at > 0) throw new ApiError(400, 'api.channel.add_members.user_denied');
    if (channel.team_id !== '' && !world.isInTeam(channel.team_id, user.id))
      throw new ApiError(404, 'app.team.get_member.missing.app_error');
    const wasIn = world.channelMember(channel.id, user.id) !== undefined;
    world.setChannelMember(channel.id, user.id, { scheme_admin: isAdmin, delete_at: 0 });
    if (wasIn) return;
    const data = { user_id: user.id, team_id: channel.team_id };
    world.publish({ event: 'user_added', data, broadcast: { channel_id: channel.id, omit_users: [user.id] } });
    world.publish({ event: 'user_added', data, broadcast: { channel_id: channel.id, user_id: user.id } });
    if (user.id === by.id) {
      this.#say(user, channel, 'system_join_channel', `${user.username} joined the channel.`, { username: user.username });
      return;
    }
    this.#say(by, channel, 'system_add_to_channel', `${user.username} added to the channel by ${by.username}.`, {
      userId: by.id,
      username: by.username,
      addedUserId: user.id,
      addedUsername: user.username,
    });
  }

  /** Source: app/channel.go `RemoveUserFromChannel`, `removeUserFromChannel`: who is removed sees no post about it. */
  remove(channel: ChannelRow, user: UserRow, by: UserRow): void {
    const world = this.#world;
    if (channel.name === 'town-square') throw new ApiError(400, 'api.channel.remove.default.app_error');
    if (world.channelMember(channel.id, user.id) === undefined) return;
    world.setChannelMember(channel.id, user.id, undefined);
    world.publish({
      event: 'user_removed',
      data: { user_id: user.id, remover_id: by.id },
      broadcast: { channel_id: channel.id },
    });
    world.publish({
      event: 'user_removed',
      data: { channel_id: channel.id, remover_id: by.id },
      broadcast: { user_id: user.id },
    });
    if (user.id === by.id)
      this.#say(user, channel, 'system_leave_channel', `${user.username} left the channel.`, { username: user.username });
    else {
      this.#say(by, channel, 'system_remove_from_channel', `${user.username} was removed from the channel.`, {
        removedUserId: user.id,
        removedUsername: user.username,
      });
    }
  }

  /** Source: app/channel.go `DeleteChannel`: the post first, then the channel is archived. */
  archive(channel: ChannelRow, by: UserRow): void {
    const world = this.#world;
    if (channel.name === 'town-square') throw new ApiError(400, 'api.channel.delete_channel.cannot.app_error');
    this.#say(by, channel, 'system_channel_deleted', `${by.username} archived the channel.`, { username: by.username });
    channel.delete_at = channel.update_at = world.clock.now();
    world.publish({
      event: 'channel_deleted',
      data: { channel_id: channel.id, delete_at: channel.delete_at },
      broadcast: channel.type === 'O' ? { team_id: channel.team_id } : { channel_id: channel.id },
    });
  }

  restore(channel: ChannelRow, by: UserRow): void {
    const world = this.#world;
    channel.delete_at = 0;
    channel.update_at = world.clock.now();
    world.publish({
      event: 'channel_restored',
      data: { channel_id: channel.id },
      broadcast: channel.type === 'O' ? { team_id: channel.team_id } : { channel_id: channel.id },
    });
    this.#say(by, channel, 'system_channel_restored', `${by.username} unarchived the channel.`, { username: by.username });
  }

  /** Source: app/channel.go `GetOrCreateDirectChannel`, `handleCreationEvent`. */
  direct(one: UserRow, other: UserRow): ChannelRow {
    const world = this.#world;
    const name = [one.id, other.id].toSorted().join('__');
    const known = [...world.channels.values()].find((channel) => channel.type === 'D' && channel.name === name);
    if (known !== undefined) return known;
    const channel = this.create({ name, type: 'D', teamId: '', creatorId: one.id });
    for (const user of [one, other]) world.setChannelMember(channel.id, user.id, { scheme_admin: false, delete_at: 0 });
    world.publish({
      event: 'direct_added',
      data: { creator_id: one.id, teammate_id: other.id },
      broadcast: { channel_id: channel.id },
    });
    return channel;
  }

  /** Those of a user, and with `teamId` those of this team and all direct ones. Source: api4/channel.go `getChannelsForUser`, `getChannelsForTeamForUser`. */
  of(userId: string, teamId: string | undefined, isDeletedToo: boolean): readonly ChannelRow[] {
    return [...this.#world.channels.values()]
      .filter(
        (channel) =>
          this.#world.channelMember(channel.id, userId) !== undefined &&
          (isDeletedToo || channel.delete_at === 0) &&
          (teamId === undefined || channel.team_id === '' || channel.team_id === teamId),
      )
      .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  }

  /** Source: api4/channel.go `getChannel`. */
  one(user: UserRow, channelId: string): ChannelRow {
    const channel = this.#world.channels.get(channelId);
    if (channel === undefined) throw new ApiError(404, 'app.channel.get.existing.app_error');
    this.#world.assertCanRead(user, channel);
    return channel;
  }

  /** Source: api4/channel.go `getChannelMember`. */
  member(user: UserRow, channelId: string, userId: string): object {
    const channel = this.#world.channels.get(channelId);
    if (!this.#world.canRead(user, channel)) throw forbidden();
    const member = this.#world.channelMember(channelId, userId);
    if (member === undefined) throw new ApiError(404, 'app.channel.get_member.missing.app_error');
    return {
      channel_id: channelId,
      user_id: userId,
      roles: channelRoles(this.#world, userId, member.scheme_admin),
      scheme_guest: false,
      scheme_user: true,
      scheme_admin: member.scheme_admin,
      explicit_roles: '',
      notify_props: {},
    };
  }

  /** Whoever left is a member that is deleted. Source: api4/team.go `getTeamMember`. */
  teamMember(user: UserRow, teamId: string, userId: string): object {
    if (!this.#world.isSystemAdmin(user) && !this.#world.isInTeam(teamId, user.id)) throw forbidden();
    const member = this.#world.teamMember(teamId, userId);
    if (member === undefined) throw new ApiError(404, 'app.team.get_member.missing.app_error');
    return {
      team_id: teamId,
      user_id: userId,
      roles: member.scheme_admin ? 'team_user team_admin' : 'team_user',
      delete_at: member.delete_at,
      scheme_guest: false,
      scheme_user: true,
      scheme_admin: member.scheme_admin,
      explicit_roles: '',
    };
  }

  #say(user: UserRow, channel: ChannelRow, type: string, message: string, props: { [key: string]: unknown }): void {
    this.#posts.add(user, { channelId: channel.id, message, type, props });
  }
}
