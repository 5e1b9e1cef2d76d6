/**
 * What the use cases keep: one durable store, read and written in transactions.
 * The in-process implementation is src/store/sqlite.ts; every method is synchronous because SQLite is.
 */
import type { Content, Inbox, JobEventSummary, PlatformMemory, RoomHistory } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';
import type {
  EventId,
  IncomingEvent,
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

export type InboxRow = { readonly id: number; readonly event: IncomingEvent };

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
};

export interface JobStore {
  add(job: Job): void;
  /** The message that will tell this job's progress and end. */
  setStatusRow(id: JobId, row: number): void;
  get(id: JobId): JobRecord | undefined;
  /** The job that this command made, whichever state it is in. */
  ofCommand(platform: PlatformName, command: EventId): JobRecord | undefined;
  latestInThread(platform: PlatformName, room: RoomId, thread: EventId): JobRecord | undefined;
  latestOf(platform: PlatformName, room: RoomId, user: UserId): JobRecord | undefined;
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
    made: { readonly provider: string; readonly workMs: number; readonly startedAtMs: number; readonly droppedPrompt?: string },
  ): void;
  end(id: JobId, state: 'done' | 'failed' | 'cancelled', nowMs: number, failure?: JobFailure): void;
  requestCancel(id: JobId): void;
  timings(id: JobId): JobTimings;
  /** After a restart: pictures that were running wait again. Returns the jobs that were interrupted. */
  resume(): readonly JobRecord[];
}

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
  readonly lane: Lane;
  readonly content: QueuedContent;
  readonly event?: JobEventSummary;
  readonly jobId?: JobId;
  /** Which picture of the job it shows. */
  readonly pictureIndex?: number;
};

export type OutboxRow = QueuedDelivery & { readonly id: number; readonly attempts: number; readonly createdAtMs: number };

export interface Outbox {
  add(delivery: QueuedDelivery, nowMs: number): number;
  /** The oldest due row of the first group of lanes that has one. */
  next(platform: PlatformName, groups: LaneOrder, nowMs: number): OutboxRow | undefined;
  /** When the next row of these lanes falls due, if any waits. */
  nextDueMs(platform: PlatformName, groups: LaneOrder): number | undefined;
  sent(id: number, event: EventId): void;
  /** Failed once more. */
  retry(id: number, dueMs: number): void;
  /** Waits for something that is not its own failure. */
  postpone(id: number, dueMs: number): void;
  dropped(id: number, reason: string): void;
  /** What became of a row: its platform id once it was sent. */
  outcome(id: number): { readonly state: 'pending' | 'sent' | 'dropped'; readonly eventId?: EventId } | undefined;
  /** Which job, and which picture of it, a message of ours shows. */
  subjectOf(platform: PlatformName, event: EventId): { readonly jobId: JobId; readonly pictureIndex?: number } | undefined;
  pendingCount(platform: PlatformName): number;
}

export interface RoomSettings {
  language(platform: PlatformName, room: RoomId): Language | undefined;
  setLanguage(platform: PlatformName, room: RoomId, language: Language): void;
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
  markHandled(id: number): void;
  memory(platform: PlatformName): PlatformMemory;
  readonly history: RoomHistory;
  readonly jobs: JobStore;
  readonly outbox: Outbox;
  readonly rooms: RoomSettings;
  readonly durations: Durations;
  /** Forgets delivered messages and handled events older than this. */
  prune(beforeMs: number): void;
  close(): void;
}
