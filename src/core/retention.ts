/** How long what belongs to a room is kept. */
import type { RoomChoices } from '#core/store-port.ts';

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
export type Retention = { readonly days: number; readonly isChosen: boolean };

/** @param isOlder the installation kept pictures before there was a limit: nothing of it is erased until somebody says so */
export function retentionOf(policy: RetentionPolicy, { retentionDays: chosen }: RoomChoices, isOlder: boolean): Retention {
  const usual = policy.days ?? (isOlder ? 0 : usualDays);
  const wanted = chosen ?? usual;
  const { mostDays: most } = policy;
  const days = most === undefined ? wanted : wanted === 0 ? most : Math.min(wanted, most);
  return { days, isChosen: chosen !== undefined };
}
