/** How long what belongs to a room is kept. */
import type { RoomChoices } from '#core/store-port.ts';
import type { PlatformName } from '#core/types.ts';

/** Of rooms that have chosen nothing, in installations that never stored a picture before there was a limit. */
export const usualDays = 90;
export const mostDays = 3650;

export type RetentionPolicy = {
  /** Of rooms that have chosen nothing; 0: for ever. Absent: `usualDays`, but for ever where pictures were kept before there was a limit. */
  readonly days?: number;
  /** No room may keep anything for longer. */
  readonly mostDays?: number;
  /** Messages of the bot go out of their rooms as well. */
  readonly removePosts: boolean;
  /** Jobs with a starred picture stay. */
  readonly keepStarred: boolean;
};

/** What holds for a room. `days` 0: for ever. */
export type Retention = { readonly days: number; readonly by: RetentionSource };

/** Who said so: the room, the operator, or nobody; `older`: nobody, where pictures were kept before there was a limit. */
export type RetentionSource = 'room' | 'operator' | 'usual' | 'older';

/** What becomes of the bot's messages with what is erased: they stay, the chat server is asked to remove them, or they go. */
export type PostsThen = 'stay' | 'removed' | 'gone';

export const postsThen = (platform: PlatformName, { removePosts }: RetentionPolicy): PostsThen =>
  platform === 'room' ? 'gone' : removePosts ? 'removed' : 'stay';

/** @param isOlder the installation kept pictures before there was a limit: nothing of it is erased until somebody says so */
export function retentionOf(policy: RetentionPolicy, { retentionDays: chosen }: RoomChoices, isOlder: boolean): Retention {
  const usual = policy.days ?? (isOlder ? 0 : usualDays);
  const wanted = chosen ?? usual;
  const { mostDays: most } = policy;
  const days = most === undefined ? wanted : wanted === 0 ? most : Math.min(wanted, most);
  if (days !== wanted) return { days, by: 'operator' };
  return { days, by: chosen !== undefined ? 'room' : policy.days !== undefined ? 'operator' : isOlder ? 'older' : 'usual' };
}
