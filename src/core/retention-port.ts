/** What is older than its room keeps it: found and erased, a little at a time. */
import type { ImageKey, PlatformName, RoomId } from '#core/types.ts';

export type RoomPlace = { readonly platform: PlatformName; readonly roomId: RoomId };

export interface RetentionStore {
  /** Pictures were kept here before there was a limit. */
  readonly isOlder: boolean;
  /** Rooms of which anything is stored that grows old. */
  rooms(): readonly RoomPlace[];
  /**
   * Erases some of what ended before `beforeMs`, in one transaction of a few milliseconds: jobs with their pictures, stars and messages,
   * then answers, questions and, of the local room, its messages. Files and, with `removePosts`, messages in rooms go with an erasure
   * (`PersonalData.erasures`) that names nobody. Schedules, styles and what the room has chosen stay.
   * @returns how many jobs and other rows went; `isLast` where nothing is left
   */
  eraseSome(
    place: RoomPlace,
    options: { readonly beforeMs: number; readonly nowMs: number; readonly removePosts: boolean; readonly keepStarred: boolean },
  ): { readonly jobs: number; readonly rows: number; readonly isLast: boolean };
  /** Files that no row of a person or room names any longer go with an erasure that names nobody, where nothing else names them. */
  leaveFiles(platform: PlatformName, files: readonly ImageKey[], nowMs: number): void;
  /** When the rooms were gone through last. */
  readonly sweptAtMs: number | undefined;
  swept(nowMs: number): void;
}
