/**
 * What the use cases keep: one durable store, read and written in transactions.
 * The in-process implementation is src/store/sqlite.ts; every method is synchronous because SQLite is.
 */
import type { MarkPolicy } from '#core/marks-port.ts';
import type { PersonalData } from '#core/personal-data-port.ts';
import type { RetentionStore } from '#core/retention-port.ts';
import type { Content, Inbox, JobEventSummary, PlatformMemory, RoomHistory } from '#core/ports.ts';
import type { PlanSchedule } from '#core/plan-schedule.ts';
import type { RichText } from '#core/rich-text.ts';
import type { Style } from '#core/styles.ts';
import type {
  EventId,
  ImageKey,
  IncomingEvent,
  IncomingMessage,
  IncomingReaction,
  Job,
  JobId,
  JobState,
  JobTimings,
  Language,
  PlatformName,
  RoomId,
  StoredImage,
  UserId,
} from '#core/types.ts';

export type InboxRow = {
  readonly id: number;
  readonly event: IncomingEvent;
  /** How often work on it was begun again by a process that found it. */
  readonly tries: number;
};

export type JobFailure = { readonly code: string; readonly params: Readonly<Record<string, string | number>> };

/** A job with all that became of it. */
export type JobRecord = Job & {
  readonly state: JobState;
  /** Finished pictures in the order of their index. */
  readonly images: readonly StoredImage[];
  readonly cancelRequested: boolean;
  /** How often a picture of this job was begun again after a crash. */
  readonly crashes: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  readonly failure?: JobFailure;
  readonly provider?: string;
  /** All pictures of a batch on one. */
  readonly sheet?: StoredImage;
  readonly droppedPrompt?: string;
  /** Outbox row of the message that tells the job's progress and its end. */
  readonly statusRow: number;
};

/** Not finished, neither well nor badly. */
export const isOpen = (job: JobRecord | undefined): job is JobRecord & { readonly state: 'waiting' | 'running' } =>
  job?.state === 'waiting' || job?.state === 'running';

/** One picture to make now. */
export type Turn = { readonly job: JobRecord; readonly index: number };

/** Pictures of one job that still wait, as the fair order needs them. */
export type WaitingJob = {
  readonly jobId: JobId;
  readonly person: string;
  readonly waiting: number;
  /** Sequence number of the person's last turn; 0 for none yet. */
  readonly lastTurn: number;
  /** Pictures asked for: of one person's jobs, the smaller one comes first. */
  readonly count: number;
  /** Scheduled jobs come after everybody's. */
  readonly isPlanned: boolean;
};

export interface JobStore {
  add(job: Job): void;
  /** The message that will tell this job's progress and end. */
  setStatusRow(id: JobId, row: number): void;
  get(id: JobId): JobRecord | undefined;
  /** The job that this command made, whichever state it is in. */
  ofCommand(platform: PlatformName, command: EventId): JobRecord | undefined;
  latestInThread(platform: PlatformName, room: RoomId, thread: EventId): JobRecord | undefined;
  /** The newest that this person asked for; not what their schedules did. */
  latestOf(platform: PlatformName, room: RoomId, user: UserId): JobRecord | undefined;
  /**
   * A finished picture of this room, by its file's name or else by its watermark's payload; `index` is absent for a sheet. Of several, the newest.
   */
  withPicture(
    platform: PlatformName,
    room: RoomId,
    picture: { readonly key: ImageKey; readonly watermark?: string },
  ): { readonly job: JobId; readonly index?: number; readonly by: 'file' | 'watermark' } | undefined;
  /** The last run of a schedule. */
  latestOfPlan(plan: number): JobRecord | undefined;
  /** Waiting and running jobs, oldest first. */
  open(): readonly JobRecord[];
  waitingJobs(): readonly WaitingJob[];
  /** Takes the next picture in the fair order, marks it running and gives its person's turn up. */
  claimNext(nowMs: number): Turn | undefined;
  /** The picture was not finished and waits again; `crashed` counts towards giving up. */
  release(id: JobId, index: number, options: { readonly crashed: boolean }): void;
  /** `workMs` is the time this picture took, all stages; with the first picture, `startedAtMs` ends the job's wait. */
  finishPicture(
    id: JobId,
    image: StoredImage,
    made: {
      readonly provider: string;
      readonly workMs: number;
      readonly startedAtMs: number;
      readonly droppedPrompt?: string;
    },
  ): void;
  end(id: JobId, state: 'done' | 'failed' | 'cancelled', nowMs: number, failure?: JobFailure): void;
  requestCancel(id: JobId): void;
  timings(id: JobId): JobTimings;
  /** `undefined`: it is not right any more, and is made anew when somebody wants it. */
  setSheet(id: JobId, sheet: StoredImage | undefined): void;
  /** A finished picture is another one from now on, such as one that is no longer held back. */
  replacePicture(id: JobId, image: StoredImage): void;
  /** Jobs of a room with pictures that are held back, newest first. */
  withHeldBack(platform: PlatformName, room: RoomId, limit: number): readonly JobRecord[];
  /** How many pictures of the room are held back. */
  countHeldBack(platform: PlatformName, room: RoomId): number;
  /** Finished jobs of a room, newest first. */
  find(search: HistorySearch): readonly JobRecord[];
  /** After a restart: pictures that were running wait again. Returns the jobs that were interrupted. */
  resume(): readonly JobRecord[];
}

export type HistorySearch = {
  readonly platform: PlatformName;
  readonly room: RoomId;
  /** Each must be in the prompt, in any case. */
  readonly words: readonly string[];
  /** Only of this person. */
  readonly by?: UserId;
  readonly sinceMs?: number;
  readonly limit: number;
};

/** `now`: acknowledgements and short answers. `picture`: pictures. `final`: the end of a job. `extra`: what may be late. */
export const lanes = ['now', 'picture', 'final', 'extra'] as const;
export type Lane = (typeof lanes)[number];
/** Groups of lanes, the most urgent group first; within a group the oldest message goes first. */
export type LaneOrder = readonly (readonly Lane[])[];

/** An edit names the outbox row it changes, because that message may not have its platform id yet. */
export type QueuedContent = Exclude<Content, { kind: 'edit' }> | { readonly kind: 'edit'; readonly row: number; readonly text: RichText };

export type QueuedDelivery = {
  readonly transactionId: string;
  readonly platform: PlatformName;
  readonly roomId: RoomId;
  readonly threadId?: EventId;
  readonly replyTo?: EventId;
  readonly isForRoom?: true;
  readonly lane: Lane;
  readonly content: QueuedContent;
  readonly event?: JobEventSummary;
  readonly jobId?: JobId;
  /** Which picture of the job it shows. */
  readonly pictureIndex?: number;
  /** Who caused it. */
  readonly asker?: UserId;
  /** What that person wrote to the bot. */
  readonly answers?: EventId;
};

export type OutboxRow = QueuedDelivery & { readonly id: number; readonly attempts: number; readonly createdAtMs: number };

export interface Outbox {
  add(delivery: QueuedDelivery, nowMs: number): number;
  /** The oldest due row of the first group of lanes that has one; none of these rooms. */
  next(platform: PlatformName, groups: LaneOrder, nowMs: number, except?: readonly RoomId[]): OutboxRow | undefined;
  /** All of one lane that wait, oldest first. */
  pending(platform: PlatformName, lane: Lane): readonly OutboxRow[];
  /** When the next row of these lanes falls due, if any waits. */
  nextDueMs(platform: PlatformName, groups: LaneOrder): number | undefined;
  sent(id: number, event: EventId): void;
  /** Failed once more. */
  retry(id: number, dueMs: number): void;
  /** Is sent with another content instead, at once. */
  rewrite(row: OutboxRow, content: QueuedContent): void;
  /** Waits for something that is not its own failure. */
  postpone(id: number, dueMs: number): void;
  /** Nothing that waits is to wait any longer. */
  allDue(platform: PlatformName): void;
  /** Everything that waits was left by another process: any of it may have been sent, and all of it is due. */
  takeOver(platform: PlatformName): void;
  dropped(id: number, reason: string): void;
  /** What became of a row: its platform id once it was sent, and why where it was dropped. */
  outcome(id: number): { readonly state: 'pending' | 'sent' | 'dropped'; readonly eventId?: EventId; readonly reason?: string } | undefined;
  /** Whether this message is one that the bot knows to be its own. */
  knows(platform: PlatformName, event: EventId): boolean;
  /** Which job, and which picture of it, a message of ours shows. */
  subjectOf(platform: PlatformName, event: EventId): { readonly jobId: JobId; readonly pictureIndex?: number } | undefined;
  pendingCount(platform: PlatformName): number;
}

/** What a room has chosen; `undefined` where it has not. */
export type RoomChoices = {
  readonly language?: Language | undefined;
  /** Name of a style. */
  readonly defaultStyle?: string | undefined;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timeZone?: string | undefined;
  /** Minutes after midnight in that zone between which no schedule runs, such as 22:00 to 06:00. */
  readonly quiet?: { readonly fromMinute: number; readonly toMinute: number } | undefined;
  /** Layers of origin that differ from the configuration's. */
  readonly marks?: Partial<MarkPolicy> | undefined;
  /** Days after which what belongs to the room is erased; 0: never. */
  readonly retentionDays?: number | undefined;
};

export interface RoomSettings {
  get(platform: PlatformName, room: RoomId): RoomChoices;
  /** Changes what is named; `undefined` takes a choice back. */
  set(platform: PlatformName, room: RoomId, changes: RoomChoices): void;
  language(platform: PlatformName, room: RoomId): Language | undefined;
  setLanguage(platform: PlatformName, room: RoomId, language: Language): void;
}

/** Settings of the whole bot that admins change in chat, such as the active model. */
export interface BotSettings {
  get(key: string): string | undefined;
  set(key: string, value: string | undefined): void;
}

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

/** Measured milliseconds per picture, for ETAs. `workload` names model, size, steps and guidance. */
export interface Durations {
  estimateMs(workload: string): number | undefined;
  record(workload: string, ms: number): void;
}

export interface Store {
  /** Runs `work` as one transaction on disk; a throw undoes all of it. Nested calls join the outer one. */
  transaction<Result>(work: () => Result): Result;
  inbox(platform: PlatformName): Inbox;
  /** Events that were stored and not yet handled, in the order they came. */
  unhandled(): readonly InboxRow[];
  /** The id of the newest event, handled or not; 0 where none ever came. */
  newestEvent(): number;
  /** An event of an earlier process is begun again; -1: that was broken off as it should be. */
  begunAgain(id: number, by: 1 | -1): void;
  /** @returns whether it still was to be handled: who is forgotten meanwhile takes their events along */
  markHandled(id: number): boolean;
  memory(platform: PlatformName): PlatformMemory;
  readonly history: RoomHistory;
  readonly jobs: JobStore;
  readonly outbox: Outbox;
  readonly rooms: RoomSettings;
  readonly settings: BotSettings;
  readonly styles: StyleStore;
  readonly asks: AskStore;
  readonly plans: PlanStore;
  readonly stars: StarStore;
  readonly usage: UsageStore;
  readonly durations: Durations;
  readonly personal: PersonalData;
  readonly retention: RetentionStore;
  /**
   * Forgets handled events and delivered messages older than this, and of usage what no quota counts any more. Which message answered whom
   * stays until its room's limit or the asker's being forgotten; the message's file goes.
   */
  prune(beforeMs: number, nowMs: number): void;
  close(): void;
}
