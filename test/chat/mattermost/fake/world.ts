import { ServerClock } from './clock.ts';
import { forbidden, sessionExpired } from './errors.ts';
import type { BroadcastEvent } from './events.ts';
import {
  newId,
  type ChannelRow,
  type CommandRow,
  type FileRow,
  type MemberRow,
  type PostRow,
  type ReactionRow,
  type TeamRow,
  type UserRow,
} from './rows.ts';
import type { Settings } from './settings.ts';

export type Permission =
  'create_post' | 'edit_post' | 'delete_post' | 'upload_file' | 'add_reaction' | 'remove_reaction' | 'use_channel_mentions';

/** Everything the server stores, and who may do what with it. */
export class World {
  readonly clock = new ServerClock();
  readonly settings: Settings;
  readonly users = new Map<string, UserRow>();
  /** Token → user. */
  readonly tokens = new Map<string, string>();
  readonly teams = new Map<string, TeamRow>();
  readonly channels = new Map<string, ChannelRow>();
  /** In the order in which they were stored; earlier versions of edited posts among them. */
  readonly posts = new Map<string, PostRow>();
  readonly reactions = new Map<string, ReactionRow>();
  readonly files = new Map<string, FileRow>();
  readonly commands = new Map<string, CommandRow>();
  /** What somebody lost of what members may do by default. */
  readonly denied = new Map<string, Set<Permission>>();
  /** How often the files of a new post will turn out not to be there. */
  fileIdDropsLeft = 0;
  /** Tells whoever listens; the hub of sockets sets it. */
  publish: (event: BroadcastEvent) => void = () => {};
  readonly #channelMembers = new Map<string, MemberRow>();
  readonly #teamMembers = new Map<string, MemberRow>();

  constructor(settings: Settings) {
    this.settings = settings;
  }

  newToken(userId: string): string {
    const token = newId();
    this.tokens.set(token, userId);
    return token;
  }

  /** The user of a valid token. Source: app/session.go `GetSession`, `createSessionForUserAccessToken`. */
  session(token: string | undefined): UserRow | undefined {
    const user = token === undefined ? undefined : this.users.get(this.tokens.get(token) ?? '');
    return user?.delete_at === 0 ? user : undefined;
  }

  assertSession(user: UserRow | undefined): UserRow {
    if (user === undefined) throw sessionExpired();
    return user;
  }

  channelMember(channelId: string, userId: string): MemberRow | undefined {
    return this.#channelMembers.get(`${channelId} ${userId}`);
  }

  setChannelMember(channelId: string, userId: string, member: MemberRow | undefined): void {
    if (member === undefined) this.#channelMembers.delete(`${channelId} ${userId}`);
    else this.#channelMembers.set(`${channelId} ${userId}`, member);
  }

  teamMember(teamId: string, userId: string): MemberRow | undefined {
    return this.#teamMembers.get(`${teamId} ${userId}`);
  }

  isInTeam(teamId: string, userId: string): boolean {
    return this.teamMember(teamId, userId)?.delete_at === 0;
  }

  setTeamMember(teamId: string, userId: string, member: MemberRow): void {
    this.#teamMembers.set(`${teamId} ${userId}`, member);
  }

  membersOf(channelId: string): readonly string[] {
    return idsAfter(this.#channelMembers, channelId);
  }

  teamMembersOf(teamId: string): readonly string[] {
    return idsAfter(this.#teamMembers, teamId).filter((userId) => this.isInTeam(teamId, userId));
  }

  isSystemAdmin(user: UserRow): boolean {
    return user.roles.split(' ').includes('system_admin');
  }

  /** What channel members may do by default; nobody else but system admins. Source: model/role.go, `channel_user`. */
  may(user: UserRow, permission: Permission, channelId: string): boolean {
    if (this.isSystemAdmin(user)) return true;
    return this.channelMember(channelId, user.id) !== undefined && this.denied.get(user.id)?.has(permission) !== true;
  }

  assertMay(user: UserRow, permission: Permission, channelId: string): void {
    if (!this.may(user, permission, channelId)) throw forbidden();
  }

  /** Members, and for public channels everybody of the team. Source: app/authorization.go `HasPermissionToReadChannel`. */
  canRead(user: UserRow, channel: ChannelRow | undefined): boolean {
    if (this.isSystemAdmin(user)) return true;
    if (channel === undefined) return false;
    if (this.channelMember(channel.id, user.id) !== undefined) return true;
    return channel.type === 'O' && this.isInTeam(channel.team_id, user.id);
  }

  assertCanRead(user: UserRow, channel: ChannelRow | undefined): void {
    if (!this.canRead(user, channel)) throw forbidden();
  }

  /** By default team admins remove what others said, channel admins do not. Source: model/role.go, `delete_others_posts`. */
  mayDeleteOthers(user: UserRow, channel: ChannelRow): boolean {
    return this.isSystemAdmin(user) || this.teamMember(channel.team_id, user.id)?.scheme_admin === true;
  }

  postsOf(channelId: string): readonly PostRow[] {
    return [...this.posts.values()].filter((post) => post.channel_id === channelId);
  }

  /** Live ones, oldest first. Source: sqlstore/reaction_store.go `GetForPost`. */
  reactionsTo(postId: string): readonly ReactionRow[] {
    return [...this.reactions.values()]
      .filter((reaction) => reaction.post_id === postId && reaction.delete_at === 0)
      .toSorted((one, other) => one.create_at - other.create_at);
  }
}

const idsAfter = (members: ReadonlyMap<string, MemberRow>, id: string): readonly string[] =>
  [...members.keys()].filter((key) => key.startsWith(`${id} `)).map((key) => key.slice(id.length + 1));
