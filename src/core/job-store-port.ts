/** The store's jobs: what became of each, which picture is next, and what a room finds again. */
import type { EventId, ImageKey, Job, JobId, JobState, JobTimings, PlatformName, RoomId, StoredImage, UserId } from '#core/types.ts';

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
