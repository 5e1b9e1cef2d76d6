import type { Fault, Injected, Wanted } from '../../../faults/proxy.ts';
import { Channels } from './channels.ts';
import type { ServerClock } from './clock.ts';
import { Files } from './files.ts';
import { Hub } from './hub.ts';
import { Integrations, type Ephemeral } from './integrations.ts';
import { Node, type SeenRequest } from './node.ts';
import { Person } from './person.ts';
import { PostLists } from './post-lists.ts';
import { Posts } from './posts.ts';
import { Reactions } from './reactions.ts';
import { newId, type ChannelRow, type ChannelType, type PostRow, type UserRow } from './rows.ts';
import { makeRoutes } from './routes.ts';
import { defaultSettings, type Settings } from './settings.ts';
import { World, type Permission } from './world.ts';

export { mentionsIn } from './mentions.ts';

type Account = { readonly userId: string };

/**
 * A Mattermost server in this process, as far as a bot sees it: REST, events and files, written from what the server's own code says
 * (README.md names the place of each behaviour). The bot's node is at `url`, with every fault that a test sets; people are at a node of
 * their own, so that they go on while the bot's is down.
 */
export class FakeMattermost implements AsyncDisposable {
  readonly settings: Settings;
  /** Everything that is stored, to look at and to bend. */
  readonly world: World;
  readonly hub: Hub;
  readonly #posts: Posts;
  readonly #channels: Channels;
  readonly #integrations: Integrations;
  readonly #bots: Node;
  readonly #people: Node;
  readonly #owner: UserRow;

  private constructor(settings: Settings) {
    this.settings = settings;
    this.world = new World(settings);
    this.hub = new Hub(this.world);
    this.world.publish = (event) => this.hub.publish(event);
    const world = this.world;
    this.#posts = new Posts(world);
    this.#channels = new Channels(world, this.#posts);
    this.#integrations = new Integrations(world, this.#posts);
    const parts = {
      world,
      posts: this.#posts,
      lists: new PostLists(world),
      reactions: new Reactions(world),
      files: new Files(world),
      channels: this.#channels,
      integrations: this.#integrations,
    };
    this.#bots = new Node(world, this.hub, makeRoutes(parts), { isLimited: true });
    this.#people = new Node(world, this.hub, makeRoutes(parts), { isLimited: false });
    this.#owner = this.#addUser('owner', { roles: 'system_user system_admin', isBot: false });
  }

  static async start(settings: Partial<Settings> = {}): Promise<FakeMattermost> {
    const fake = new FakeMattermost({ ...defaultSettings, ...settings });
    await Promise.all([fake.#bots.up(), fake.#people.up()]);
    return fake;
  }

  /** Where the bot finds the server. */
  get url(): string {
    return this.#bots.url;
  }

  get clock(): ServerClock {
    return this.world.clock;
  }

  /** What was asked of the bot's node. */
  get seen(): readonly SeenRequest[] {
    return this.#bots.seen;
  }

  /** What only one person saw. */
  get ephemeral(): readonly Ephemeral[] {
    return this.#integrations.ephemeral;
  }

  /** The first user, who may do anything; in no team and no channel by itself. */
  get owner(): Person {
    return this.#personOf(this.#owner);
  }

  // ---------------------------------------------------------------- accounts, teams, channels

  createUser(username: string, options: { readonly isSystemAdmin?: boolean } = {}): Person {
    const roles = options.isSystemAdmin === true ? 'system_user system_admin' : 'system_user';
    return this.#personOf(this.#addUser(username, { roles, isBot: false }));
  }

  createBot(username: string): { readonly userId: string; readonly username: string; readonly token: string } {
    const user = this.#addUser(username, { roles: 'system_user', isBot: true });
    return { userId: user.id, username, token: this.world.newToken(user.id) };
  }

  /** The bot as somebody who talks by REST, for what a test wants it to have said. */
  asPerson({ userId, token }: { readonly userId: string; readonly token: string }): Person {
    return new Person(this.#people.url, { userId, username: this.world.users.get(userId)!.username, token });
  }

  /** With a town square, in which everybody of the team is. */
  createTeam(name: string): string {
    return this.#channels.createTeam(name).id;
  }

  /** Resolves with its id. Members join the team first where they are not in it; `admins` are channel admins. */
  createChannel(about: {
    readonly teamId: string;
    readonly name: string;
    readonly type?: 'O' | 'P';
    readonly members?: readonly Account[];
    readonly admins?: readonly Account[];
  }): string {
    const { teamId, name, type = 'O', members = [], admins = [] } = about;
    const channel = this.#channels.create({
      name,
      type: type satisfies ChannelType,
      teamId,
      creatorId: admins[0]?.userId ?? this.#owner.id,
    });
    for (const admin of admins) this.addToChannel(channel.id, admin, { isAdmin: true });
    for (const member of members) this.addToChannel(channel.id, member);
    return channel.id;
  }

  openDirect(one: Account, other: Account): string {
    return this.#channels.direct(this.#user(one), this.#user(other)).id;
  }

  addToTeam(teamId: string, account: Account, options: { readonly isAdmin?: boolean } = {}): void {
    this.#channels.joinTeam(this.world.teams.get(teamId)!, this.#user(account), options.isAdmin ?? false);
  }

  removeFromTeam(teamId: string, account: Account): void {
    this.#channels.leaveTeam(this.world.teams.get(teamId)!, this.#user(account));
  }

  /** By the owner, unless somebody else is named; into the team too where that is needed. */
  addToChannel(channelId: string, account: Account, options: { readonly isAdmin?: boolean; readonly by?: Account } = {}): void {
    const channel = this.#channel(channelId);
    if (channel.team_id !== '' && !this.world.isInTeam(channel.team_id, account.userId)) this.addToTeam(channel.team_id, account);
    this.#channels.add(channel, this.#user(account), this.#user(options.by ?? { userId: this.#owner.id }), options.isAdmin ?? false);
  }

  removeFromChannel(channelId: string, account: Account, by: Account = { userId: this.#owner.id }): void {
    this.#channels.remove(this.#channel(channelId), this.#user(account), this.#user(by));
  }

  setChannelAdmin(channelId: string, { userId }: Account, isAdmin: boolean): void {
    this.world.setChannelMember(channelId, userId, { scheme_admin: isAdmin, delete_at: 0 });
  }

  archive(channelId: string, by: Account = { userId: this.#owner.id }): void {
    this.#channels.archive(this.#channel(channelId), this.#user(by));
  }

  unarchive(channelId: string, by: Account = { userId: this.#owner.id }): void {
    this.#channels.restore(this.#channel(channelId), this.#user(by));
  }

  /** Takes something from somebody that members may do by default. */
  deny({ userId }: Account, ...permissions: readonly Permission[]): void {
    const denied = this.world.denied.get(userId) ?? new Set();
    for (const permission of permissions) denied.add(permission);
    this.world.denied.set(userId, denied);
  }

  allowAgain({ userId }: Account): void {
    this.world.denied.delete(userId);
  }

  /** The token is not valid any more. Sockets that it opened stay open and silent. */
  revoke(token: string): void {
    this.world.tokens.delete(token);
  }

  /** A token that was switched off is switched on again. */
  giveBack({ userId, token }: Account & { readonly token: string }): void {
    this.world.tokens.set(token, userId);
  }

  /** As `revoke`, for all tokens of an account that an administrator switched off, until it is switched on again. */
  deactivate(account: Account): void {
    this.#user(account).delete_at = this.clock.now();
  }

  activate(account: Account): void {
    this.#user(account).delete_at = 0;
  }

  /** As if it had never been: where posts are deleted for good, nothing knows them any more. */
  purgePost(postId: string): void {
    this.world.posts.delete(postId);
  }

  /** What is stored of a post, with everything that clients do not see. */
  stored(postId: string): PostRow {
    const post = this.world.posts.get(postId);
    if (post === undefined) throw new Error(`no post ${postId}`);
    return post;
  }

  // ---------------------------------------------------------------- integrations

  /** A slash command of a team's. Resolves with the token that comes with every use of it. */
  addCommand(teamId: string, trigger: string, url: string): { readonly id: string; readonly token: string } {
    return this.#integrations.addCommand(this.#owner, { team_id: teamId, trigger, url });
  }

  // ---------------------------------------------------------------- what goes wrong

  /** The next `times` requests of the bot's that fit, after the first `skip`, meet this; the beginning of a socket is `GET …/websocket`. */
  inject(wanted: Wanted, fault: Fault, options: { readonly times?: number; readonly skip?: number } = {}): Injected {
    return this.#bots.inject(wanted, fault, options);
  }

  /** Nothing that was injected goes on. */
  heal(): void {
    this.#bots.heal();
  }

  /** The files of the bot's next `times` posts turn out not to be there: the posts come without them. */
  dropFileIds(times = 1): void {
    this.world.fileIdDropsLeft = times;
  }

  /** All sockets end at once. The server keeps their events for a while, unless it forgets the connections. */
  dropSockets({ how = 'reset', isForgotten = false }: { readonly how?: 'reset' | 'close'; readonly isForgotten?: boolean } = {}): void {
    this.hub.drop(how, isForgotten);
  }

  /** All sockets stay open and nothing comes through them any more, in either direction; the server believes in them. */
  stallSockets(): void {
    this.hub.stall();
  }

  /** As when the proxy before the server starts anew: all connections of the bot's end, what was asked through them goes on. */
  cutConnections(): void {
    this.#bots.cutConnections();
  }

  /** Some numbers are never used. */
  skipSequence(count = 1): void {
    this.hub.skip(count);
  }

  /** The next events have numbers and do not arrive. With `isKept` a client that comes back with the right number gets them. */
  loseEvents(count: number, options: { readonly isKept?: boolean } = {}): void {
    this.hub.lose(count, options.isKept ?? false);
  }

  /** Every event goes by here on its way to the sockets; `deliver` tells it, now, later or again. */
  interceptEvents(intercept: Hub['intercept']): void {
    this.hub.intercept = intercept;
  }

  /** With true, who comes back meets a node that knows nothing of its connection. */
  set newConnectionIds(isOn: boolean) {
    this.hub.neverResumes = isOn;
  }

  /** The bot's node ends and comes back at the same address; what it had in memory (connections, pending ids) is gone. */
  async restart(whileDown?: () => Promise<void> | void): Promise<void> {
    await this.down();
    await whileDown?.();
    await this.up();
  }

  async down(): Promise<void> {
    this.hub.drop('reset', true);
    this.#posts.forgetPending();
    await this.#bots.down();
  }

  async up(): Promise<void> {
    await this.#bots.up();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    this.hub.drop('reset', true);
    await Promise.all([this.#bots.down(), this.#people.down()]);
  }

  #addUser(username: string, { roles, isBot }: { readonly roles: string; readonly isBot: boolean }): UserRow {
    const user: UserRow = { id: newId(), username, roles, delete_at: 0, is_bot: isBot };
    this.world.users.set(user.id, user);
    return user;
  }

  #personOf(user: UserRow): Person {
    const token = [...this.world.tokens].find(([, userId]) => userId === user.id)?.[0] ?? this.world.newToken(user.id);
    return new Person(this.#people.url, { userId: user.id, username: user.username, token });
  }

  #user({ userId }: Account): UserRow {
    const user = this.world.users.get(userId);
    if (user === undefined) throw new Error(`no user ${userId}`);
    return user;
  }

  #channel(channelId: string): ChannelRow {
    const channel = this.world.channels.get(channelId);
    if (channel === undefined) throw new Error(`no channel ${channelId}`);
    return channel;
  }
}
