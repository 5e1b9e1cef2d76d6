import type { PlatformMemory } from '#core/ports.ts';

import type { ChannelFacts, Channels } from './channels.ts';
import { accountKey, positionAt, type Position } from './positions.ts';

export type RosterOptions = {
  readonly channels: Channels;
  readonly memory: PlatformMemory;
  readonly ownUserId: string;
  readonly now: () => number;
};

export type Roll = {
  readonly present: readonly ChannelFacts[];
  /** Where the bot was, and why it is not any more. */
  readonly gone: readonly (readonly [channelId: string, why: 'removed' | 'archived'])[];
};

/** In which channels the bot reads, and where it begins to in those that are new. */
export class Roster {
  readonly #options: RosterOptions;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Whether the bot reads there. */
  isThere(channelId: string): boolean {
    return isOpen(this.#options.channels.positions.get(channelId));
  }

  /** Whether the bot was told to keep out. */
  isIgnored(channelId: string): boolean {
    return this.#options.channels.positions.get(channelId)?.isIgnored === true;
  }

  /**
   * Asks where the bot is. Of channels that the list does not have, though the bot was in them or an event has named them (`wanted`), each
   * is asked for: a list may be behind. Rejects with a `ServerError`.
   */
  async look(wanted: readonly string[]): Promise<Roll> {
    const { channels } = this.#options;
    const listed = await channels.list();
    const ids = new Set(listed.map(({ id }) => id));
    const open = channels.positions.ids().filter((id) => this.isThere(id));
    const present = [...listed];
    const gone: (readonly [string, 'removed' | 'archived'])[] = [];
    for (const id of new Set([...wanted, ...open])) {
      if (ids.has(id)) continue;
      const found = await channels.find(id);
      if (typeof found === 'string') gone.push([id, found]);
      else present.push(found);
    }
    return { present, gone };
  }

  /** Notes where reading is to begin in channels that are new, or allowed now and were not, or no longer. Their ids. */
  enter(present: readonly ChannelFacts[]): ReadonlySet<string> {
    const { channels, memory, ownUserId, now } = this.#options;
    const { positions } = channels;
    const isFirst = memory.get(accountKey) !== ownUserId;
    const changed = new Map<string, Position>();
    for (const { id, kind } of present) {
      const known = isFirst ? undefined : positions.get(id);
      const position = channels.isAllowed(id) ? openPosition(known, isFirst, kind, now()) : ignoredPosition(known, now());
      if (position !== known) changed.set(id, position);
    }
    if (changed.size === 0 && !isFirst) return new Set();
    memory.together(() => {
      if (isFirst) positions.forgetAll();
      for (const [id, position] of changed) positions.write(id, position);
      if (isFirst) memory.set(accountKey, ownUserId);
    });
    for (const [id, position] of changed) positions.learn(id, position);
    return new Set(changed.keys());
  }
}

const isOpen = (position: Position | undefined): boolean => position !== undefined && position.gone === undefined && !position.isIgnored;

function openPosition(known: Position | undefined, isFirst: boolean, kind: ChannelFacts['kind'], nowMs: number): Position {
  // What was said before the bot's first start, or while it was to keep out, is not for it.
  if (isFirst || known?.isIgnored) return positionAt('present', nowMs);
  if (known !== undefined && known.gone === undefined) return known;
  // Nobody joins these: who is in them was from the beginning.
  const begin = kind === 'D' || kind === 'G' ? undefined : 'joining';
  if (known === undefined) return positionAt(begin, nowMs);
  const { gone, ...kept } = known;
  if (begin === undefined) return { ...kept, bornMs: nowMs };
  return { ...kept, bornMs: nowMs, begin: gone === 'archived' ? 'restored' : begin };
}

const ignoredPosition = (known: Position | undefined, nowMs: number): Position =>
  known?.isIgnored ? known : { ...positionAt(undefined, nowMs), isIgnored: true };
