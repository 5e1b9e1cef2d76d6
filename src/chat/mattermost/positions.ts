import type { PlatformMemory } from '#core/ports.ts';

import { isObject, numberAt, textAt } from '../common/raw.ts';

/** A post or an event of ours, and its time by the server's clock. */
export type Mark = readonly [id: string, atMs: number];

export const markOf = ({ id, createAtMs }: { readonly id: string; readonly createAtMs: number }): Mark => [id, createAtMs];

/** How far a channel has been read, by ids and times of the server's alone. */
export type Position = {
  /**
   * Where reading is to begin, where that is not found out yet: at the present, with the bot's joining, or in a channel that was archived
   * with either that or where it was left.
   */
  readonly begin?: 'present' | 'joining' | 'restored';
  /** Nothing that was posted before is the bot's business. */
  readonly floorMs: number;
  /** The newest change that is known: reactions and deletions are asked for from there on. */
  readonly changedMs: number;
  /**
   * The anchor, and posts after it, oldest first: all that were stored as events, and some others. The anchor stays behind the newest post,
   * so that what the server lists late, or under the same millisecond, is not passed over.
   */
  readonly tail: readonly Mark[];
  /** Reactions and deletions that were stored lately: the inbox forgets what it once knew. */
  readonly changes: readonly Mark[];
  /** Tells one membership from the next. */
  readonly bornMs: number;
  /** The bot is not there any more, or nobody can write there. */
  readonly gone?: 'removed' | 'archived';
  /** The bot was told to keep out. */
  readonly isIgnored?: true;
};

export const positionAt = (begin: Position['begin'], bornMs: number): Position => ({
  ...(begin === undefined ? {} : { begin }),
  floorMs: 0,
  changedMs: 0,
  tail: [],
  changes: [],
  bornMs,
});

/** Servers of one cluster have clocks of their own, and a post has its time before others can see it. */
export const overlapMs = 60_000;
/** Of posts that nothing came of, so many are enough to go on from. */
const sparseMs = 15_000;
const mostMarks = 2000;

/** After a post was read. @param isEvent it was stored */
export function withPost(position: Position, [id, atMs]: Mark, isEvent: boolean): Position {
  const { tail } = position;
  if (tail.some(([known]) => known === id)) return position;
  const newestMs = tail.at(-1)?.[1] ?? -Infinity;
  const [anchor] = tail;
  // What is older than the anchor is never asked for again.
  const isWorthNoting = isEvent ? anchor === undefined || atMs >= anchor[1] : atMs - newestMs >= sparseMs;
  if (!isWorthNoting) return position;
  const grown = [...tail, [id, atMs] as const].toSorted((one, other) => one[1] - other[1]);
  const settledMs = grown.at(-1)![1] - overlapMs;
  const from = Math.max(
    grown.findLastIndex(([, ms]) => ms <= settledMs),
    grown.length - mostMarks,
    0,
  );
  return { ...position, tail: grown.slice(from) };
}

/** After a reaction or a deletion was stored. */
export function withChange(position: Position, mark: Mark): Position {
  if (position.changes.some(([known]) => known === mark[0])) return position;
  return changedAt({ ...position, changes: [...position.changes, mark].slice(-mostMarks) }, mark[1]);
}

/** Everything is known that was changed before `atMs`. */
export function changedAt(position: Position, atMs: number): Position {
  const changedMs = Math.max(position.changedMs, atMs);
  return { ...position, changedMs, changes: position.changes.filter(([, ms]) => ms > changedMs - overlapMs) };
}

/** Whose positions those are: another account's are of no use. */
export const accountKey = 'news-account';

/** At its next start the bot begins at the present in every channel, as at its first one. */
export const beginAnew = (memory: PlatformMemory): void => memory.delete(accountKey);

const prefix = 'channel:';

/** Positions of channels, kept in the platform's memory. */
export class Positions {
  readonly #memory: PlatformMemory;
  readonly #known = new Map<string, Position>();

  constructor(memory: PlatformMemory) {
    this.#memory = memory;
    for (const [key, value] of memory.entries(prefix)) {
      const position = readPosition(JSON.parse(value));
      if (position !== undefined) this.#known.set(key.slice(prefix.length), position);
    }
  }

  get(channelId: string): Position | undefined {
    return this.#known.get(channelId);
  }

  /** Ids of channels that have one. */
  ids(): readonly string[] {
    return [...this.#known.keys()];
  }

  /** Writes alone; what is told by `get` changes with `learn`, once the transaction that this belongs to is on the disk. */
  write(channelId: string, position: Position): void {
    this.#memory.set(prefix + channelId, JSON.stringify(position));
  }

  learn(channelId: string, position: Position): void {
    this.#known.set(channelId, position);
  }

  /** Of another account they say nothing. */
  forgetAll(): void {
    for (const id of this.ids()) this.#memory.delete(prefix + id);
    this.#known.clear();
  }
}

function readPosition(value: unknown): Position | undefined {
  if (!isObject(value)) return undefined;
  const [begin, gone] = [textAt(value, 'begin'), textAt(value, 'gone')];
  return {
    ...(begin === 'present' || begin === 'joining' || begin === 'restored' ? { begin } : {}),
    floorMs: numberAt(value, 'floorMs') ?? 0,
    changedMs: numberAt(value, 'changedMs') ?? 0,
    tail: marksAt(value['tail']),
    changes: marksAt(value['changes']),
    bornMs: numberAt(value, 'bornMs') ?? 0,
    ...(gone === 'removed' || gone === 'archived' ? { gone } : {}),
    ...(value['isIgnored'] === true ? { isIgnored: true } : {}),
  };
}

const marksAt = (value: unknown): readonly Mark[] =>
  Array.isArray(value)
    ? value.flatMap((mark: unknown) =>
        Array.isArray(mark) && typeof mark[0] === 'string' && typeof mark[1] === 'number' ? [[mark[0], mark[1]] as const] : [],
      )
    : [];
