import type { PlatformMemory } from '#core/ports.ts';

import type { ServerClient } from './client.ts';
import { parsedJson } from '../common/exchange.ts';
import { isObject, numberAt, textAt } from '../common/raw.ts';
import { Positions } from './positions.ts';
import { isId } from './post.ts';
import { isRefusal, ServerError } from './server-error.ts';

/** Open to its team, private, direct, direct among several. */
export type ChannelKind = 'O' | 'P' | 'D' | 'G';

export type ChannelFacts = {
  readonly id: string;
  /** `undefined` for kinds that are newer than this. */
  readonly kind: ChannelKind | undefined;
  /** `undefined` for direct conversations. */
  readonly teamId: string | undefined;
  /** As it stands in addresses. */
  readonly name: string;
  /** By the server's clock: when something was posted, or changed, last. */
  readonly lastPostAtMs: number;
  /** Nobody can write there any more. */
  readonly isArchived: boolean;
};

export type AllowList = {
  /** Ids, or names as they stand in addresses. */
  readonly teams: readonly string[];
  /** Ids, names as they stand in addresses, or `team/channel`. */
  readonly channels: readonly string[];
};

export type ChannelsOptions = {
  readonly client: Pick<ServerClient, 'ask' | 'download'>;
  readonly ownUserId: string;
  readonly memory: PlatformMemory;
  /** A channel that is named, or whose team is, is allowed; all are where nothing is named. */
  readonly allowed: AllowList;
  /** Direct conversations, those among several included. True where absent. */
  readonly allowDirect?: boolean | undefined;
};

const mostListBytes = 64 * 1024 * 1024;

/** The channels that the bot is in: what they are, whether it may answer there, and how far they were read. */
export class Channels {
  readonly positions: Positions;
  readonly #options: ChannelsOptions;
  readonly #facts = new Map<string, ChannelFacts>();
  readonly #teamNames = new Map<string, string>();

  constructor(options: ChannelsOptions) {
    this.#options = options;
    this.positions = new Positions(options.memory);
  }

  /** `undefined` for a channel that is not known. */
  kindOf(channelId: string): ChannelKind | undefined {
    return this.#facts.get(channelId)?.kind;
  }

  /** As the list of channels told it last: when something was posted, or changed, by the server's clock. */
  lastPostAtMs(channelId: string): number {
    return this.#facts.get(channelId)?.lastPostAtMs ?? 0;
  }

  /**
   * The post from which on to look for what the bot is about to send: the newest that certainly stands before it, up to a minute old.
   * `undefined` where none is known.
   */
  newestPost(channelId: string): string | undefined {
    return this.positions.get(channelId)?.tail[0]?.[0];
  }

  /** Direct conversations are, unless they are switched off; the others by the list. False for what is not known. */
  isAllowed(channelId: string): boolean {
    const facts = this.#facts.get(channelId);
    if (facts === undefined) return false;
    const { allowed, allowDirect = true } = this.#options;
    if (facts.kind === 'D' || facts.kind === 'G') return allowDirect;
    if (allowed.teams.length === 0 && allowed.channels.length === 0) return true;
    const team = facts.teamId === undefined ? undefined : this.#teamNames.get(facts.teamId);
    const teams = new Set([facts.teamId, team]);
    const channels = new Set([facts.id, facts.name, `${team}/${facts.name}`]);
    return allowed.teams.some((entry) => teams.has(plainName(entry))) || allowed.channels.some((entry) => channels.has(plainName(entry)));
  }

  /** Every channel that the bot is in and that is not archived. Rejects with a `ServerError`. */
  async list(): Promise<readonly ChannelFacts[]> {
    const { client, allowed } = this.#options;
    const isByName = [...allowed.teams, ...allowed.channels].some((entry) => !isId(plainName(entry)));
    if (isByName) this.#learnTeams(await client.ask({ method: 'GET', path: '/users/me/teams' }));
    const bytes = await client.download({ method: 'GET', path: '/users/me/channels' }, mostListBytes);
    const found = readList(Buffer.from(bytes).toString('utf8')).flatMap((channel) => readChannel(channel) ?? []);
    const present = found.filter(({ isArchived }) => !isArchived);
    for (const facts of present) this.#facts.set(facts.id, facts);
    return present;
  }

  /**
   * One channel that the list does not have: the facts where the bot is there all the same, else why it is not. Rejects with a
   * `ServerError` where the server can't be asked.
   */
  async find(channelId: string): Promise<ChannelFacts | 'removed' | 'archived'> {
    const { client, ownUserId } = this.#options;
    try {
      const facts = readChannel(await client.ask({ method: 'GET', path: `/channels/${channelId}` }));
      if (facts === undefined) throw new ServerError('GET /channels/…: the answer is no channel');
      if (facts.isArchived) return 'archived';
      await client.ask({ method: 'GET', path: `/channels/${channelId}/members/${ownUserId}` });
      this.#facts.set(channelId, facts);
      return facts;
    } catch (error) {
      if (isRefusal(error)) return 'removed';
      throw error;
    }
  }

  #learnTeams(teams: unknown): void {
    for (const team of Array.isArray(teams) ? teams : []) {
      const [id, name] = [textAt(team, 'id'), textAt(team, 'name')];
      if (id !== undefined && name !== undefined) this.#teamNames.set(id, name);
    }
  }
}

/** As people write them: `~town-square`. */
const plainName = (entry: string): string => entry.trim().replace(/^~/, '').toLowerCase();

/**
 * A list of none is half a list and an error with status 200, which no other request has.
 * Source: api4/channel.go `getChannelsForUser`.
 */
function readList(text: string): readonly unknown[] {
  const list = parsedJson(text);
  if (Array.isArray(list)) return list;
  if (text.startsWith('[') && text.includes('"app.channel.get_channels.not_found.app_error"')) return [];
  throw new ServerError('GET /users/me/channels: the answer is no list of channels; is a proxy or another service at this address?');
}

const kinds: ReadonlyMap<string, ChannelKind> = new Map(['O', 'P', 'D', 'G'].map((kind) => [kind, kind as ChannelKind]));

function readChannel(value: unknown): ChannelFacts | undefined {
  const id = textAt(value, 'id');
  if (!isObject(value) || !isId(id)) return undefined;
  return {
    id,
    kind: kinds.get(textAt(value, 'type') ?? ''),
    teamId: textAt(value, 'team_id') || undefined,
    name: textAt(value, 'name') ?? '',
    lastPostAtMs: numberAt(value, 'last_post_at') ?? 0,
    isArchived: (numberAt(value, 'delete_at') ?? 0) > 0,
  };
}
