/** What the store keeps for a team: styles, questions, schedules, stars and use. */
import type { IncomingMessage, IncomingReaction } from '#core/incoming.ts';
import type { PlanSchedule } from '#core/plan-schedule.ts';
import type { Style } from '#core/styles.ts';
import type { EventId, JobId, Language, PlatformName, RoomId, StoredImage, UserId } from '#core/types.ts';

/** One version of a style. `style` is absent in the version that removed it. */
export type StyleVersion = {
  readonly name: string;
  readonly version: number;
  readonly style?: Style;
  /** Absent for those that came with the program. */
  readonly changedBy?: UserId;
  readonly changedAtMs: number;
};

/** Every version is kept; names are unique without regard to case. */
export interface StyleStore {
  /** The newest versions of all that are not removed, in the order they came. */
  list(): readonly (StyleVersion & { readonly style: Style })[];
  /** The newest version that is not removed. */
  get(name: string): (StyleVersion & { readonly style: Style }) | undefined;
  /** Newest first; also of a removed one. */
  versions(name: string): readonly StyleVersion[];
  /** Adds a version; `undefined` removes. */
  put(name: string, style: Style | undefined, by: UserId | undefined, nowMs: number): StyleVersion;
  /** Grows with every version of any style. */
  revision(): number;
  /** The file of a style's preview, by name and version. */
  preview(name: string, version: number): StoredImage | undefined;
  setPreview(name: string, version: number, image: StoredImage): void;
}

/** A question that waits for 👍: what was asked is carried out then. */
export type Ask = {
  readonly id: number;
  /** The message that asked for it, as it came. */
  readonly event: IncomingMessage | IncomingReaction;
  /** Outbox row of the question. */
  readonly row: number;
  readonly expiresMs: number;
  /** Of a change to styles: what the styles were when it was shown, see `StyleStore.revision`. */
  readonly stylesRevision?: number;
};

export interface AskStore {
  add(ask: Omit<Ask, 'id'>): number;
  /** The open question that this message of ours asked. */
  ofMessage(platform: PlatformName, event: EventId): Ask | undefined;
  /** The newest open question in this room that this person's command caused. */
  latestOf(platform: PlatformName, room: RoomId, user: UserId): Ask | undefined;
  close(id: number): void;
}

/** A scheduled batch. `text` is the command that is drawn, without its prefix. */
export type Plan = {
  readonly id: number;
  readonly platform: PlatformName;
  readonly roomId: RoomId;
  /** The command that made it: its answers begin their threads in the room. */
  readonly eventId: EventId;
  readonly createdBy: UserId;
  readonly language: Language;
  readonly schedule: PlanSchedule;
  readonly text: string;
  readonly state: 'active' | 'paused';
  /** When it runs next; `undefined` when never again. */
  readonly nextRunMs?: number;
  readonly lastRunMs?: number;
  readonly runs: number;
  readonly createdAtMs: number;
};

export interface PlanStore {
  add(plan: Omit<Plan, 'id' | 'runs' | 'state' | 'lastRunMs'>): Plan;
  /** Of a room, or of all. */
  list(platform?: PlatformName, room?: RoomId): readonly Plan[];
  get(id: number): Plan | undefined;
  /** `nextRunMs: undefined`: it never runs again. */
  update(id: number, changes: Partial<Pick<Plan, 'state' | 'lastRunMs' | 'runs'>> & { readonly nextRunMs?: number | undefined }): void;
  remove(id: number): void;
}

/** A picture somebody starred. */
export type Star = {
  readonly jobId: JobId;
  readonly index: number;
  readonly starredBy: UserId;
  readonly atMs: number;
  /** The reaction that gave it. */
  readonly reaction?: EventId;
};

export interface StarStore {
  add(platform: PlatformName, room: RoomId, star: Star): void;
  remove(platform: PlatformName, room: RoomId, job: JobId, index: number, by: UserId): void;
  /** The reaction was taken back; `false` where it gave no star. */
  removeGivenBy(platform: PlatformName, room: RoomId, reaction: EventId): boolean;
  /** People who starred this picture. */
  count(platform: PlatformName, room: RoomId, job: JobId, index: number): number;
  /** Newest first, each picture once. */
  list(platform: PlatformName, room: RoomId, limit: number): readonly Star[];
}

/** Finished pictures and the time they took, for quotas. */
export type Usage = { readonly pictures: number; readonly workMs: number };

export interface UsageStore {
  add(use: { readonly platform: PlatformName; readonly room: RoomId; readonly user: UserId; readonly atMs: number } & Usage): void;
  /** Since then, of a person (all rooms of the platform) or of a room (all people). */
  since(whose: { readonly platform: PlatformName; readonly user?: UserId; readonly room?: RoomId }, sinceMs: number): Usage;
  /** When what was used since then, added up from the oldest entry on, comes to at least so much; `undefined` where all of it is less. */
  reachedAt(
    whose: { readonly platform: PlatformName; readonly user?: UserId; readonly room?: RoomId },
    sinceMs: number,
    amount: Usage,
  ): number | undefined;
  /** When what was used since then began to be used: the oldest entry. */
  oldestSince(
    whose: { readonly platform: PlatformName; readonly user?: UserId; readonly room?: RoomId },
    sinceMs: number,
  ): number | undefined;
}
