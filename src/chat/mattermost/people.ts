import type { ServerClient } from './client.ts';
import { isObject, numberAt, textAt, type RawObject } from '../common/raw.ts';
import { isId } from './post.ts';
import { isRefusal } from './server-error.ts';

/** What needs rights asks anew, so this spares requests and decides nothing: in a busy channel everybody writes all the time. */
const keptMs = 3_600_000;
/** More than that are rather asked again than remembered. */
const mostKept = 10_000;

export type PeopleOptions = {
  readonly client: Pick<ServerClient, 'ask'>;
  /** Of a clock that nobody sets; the machine's own where absent. */
  readonly now?: () => number;
};

/** Who people are and what they may, by ids and the server's own roles: never by names, nor by what a post says of itself. */
export class People {
  readonly #client: Pick<ServerClient, 'ask'>;
  readonly #bots: Remembered;
  readonly #admins: Remembered;

  constructor({ client, now = () => performance.now() }: PeopleOptions) {
    this.#client = client;
    this.#bots = new Remembered(now);
    this.#admins = new Remembered(now);
  }

  /**
   * Whether it is a bot's account; of somebody whom the server does not tell of, no. Remembered for an hour. Rejects with a
   * `ServerError` where the server can't be asked.
   */
  async isBot(userId: string): Promise<boolean> {
    return this.#bots.get(userId, false, async () => (await this.#user(userId))?.['is_bot'] === true);
  }

  /**
   * Whether they administer the channel: as its admin, its team's or the server's. In a direct conversation each of the two does. No
   * for accounts that are switched off, and where the server does not tell the bot. Rejects with a `ServerError` where it can't be asked.
   * @param isFresh ask now, rather than remember for an hour
   */
  async isAdmin(channelId: string, userId: string, isFresh: boolean): Promise<boolean> {
    return this.#admins.get(`${channelId} ${userId}`, isFresh, async () => this.#askIsAdmin(channelId, userId));
  }

  async #askIsAdmin(channelId: string, userId: string): Promise<boolean> {
    if (!isId(channelId) || !isId(userId)) return false;
    const [user, channel, member] = await Promise.all([
      this.#user(userId),
      this.#told(`/channels/${channelId}`),
      this.#told(`/channels/${channelId}/members/${userId}`),
    ]);
    if (user === undefined || isGone(user)) return false;
    if (hasRole(user, 'system_admin')) return true;
    // Nobody has a role there. Of a conversation of more than two nobody is more than the others.
    if (textAt(channel, 'type') === 'D') return member !== undefined;
    if (isAdminMember(member, 'channel_admin')) return true;
    const teamId = textAt(channel, 'team_id');
    if (!isId(teamId)) return false;
    const inTeam = await this.#told(`/teams/${teamId}/members/${userId}`);
    return inTeam !== undefined && !isGone(inTeam) && isAdminMember(inTeam, 'team_admin');
  }

  async #user(userId: string): Promise<RawObject | undefined> {
    return isId(userId) ? this.#told(`/users/${userId}`) : undefined;
  }

  /** `undefined` where the server knows nothing of it, or does not tell the bot. */
  async #told(path: string): Promise<RawObject | undefined> {
    try {
      const answer = await this.#client.ask({ method: 'GET', path });
      return isObject(answer) ? answer : undefined;
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }
}

/**
 * Source: model/channel_member.go and team_member.go: where a server has its own permission schemes, the names of roles are ids, and the
 * flag alone tells.
 */
const isAdminMember = (member: RawObject | undefined, role: string): boolean =>
  member !== undefined && (member['scheme_admin'] === true || hasRole(member, role));

/** An account that is switched off, or a member who has left. */
const isGone = (who: RawObject): boolean => (numberAt(who, 'delete_at') ?? 0) > 0;

const hasRole = (holder: RawObject, role: string): boolean => (textAt(holder, 'roles') ?? '').split(' ').includes(role);

/** Answers of yes or no, each asked for once by all who want it at the same time, and kept for an hour. */
class Remembered {
  readonly #now: () => number;
  readonly #known = new Map<string, { readonly answer: Promise<boolean>; readonly sinceMs: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  async get(key: string, isFresh: boolean, ask: () => Promise<boolean>): Promise<boolean> {
    const known = this.#known.get(key);
    if (!isFresh && known !== undefined && this.#now() - known.sinceMs < keptMs) return known.answer;
    const entry = { answer: ask(), sinceMs: this.#now() };
    this.#known.delete(key);
    this.#known.set(key, entry);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKept && oldest !== undefined) this.#known.delete(oldest);
    try {
      return await entry.answer;
    } catch (error) {
      if (this.#known.get(key) === entry) this.#known.delete(key);
      throw error;
    }
  }
}
