/** What is stored about one person: read for their copy of it, and erased. */
import type { Removal } from '#core/ports.ts';
import type { Plan } from '#core/team-store-ports.ts';
import type { EventId, ImageKey, JobId, Language, PlatformName, RoomId, UserId } from '#core/types.ts';

export type Person = { readonly platform: PlatformName; readonly user: UserId };

/** All that is stored about a person beside their jobs. Times are in milliseconds since 1970. */
export type PersonalRecords = {
  readonly plans: readonly Plan[];
  readonly stars: readonly { readonly roomId: RoomId; readonly jobId: JobId; readonly index: number; readonly atMs: number }[];
  /** Versions of styles that name this person as who changed them. */
  readonly styleChanges: readonly { readonly name: string; readonly version: number; readonly changedAtMs: number }[];
  readonly usage: readonly { readonly roomId: RoomId; readonly atMs: number; readonly pictures: number; readonly workMs: number }[];
  /** Questions of the bot to this person. */
  readonly questions: readonly { readonly roomId: RoomId; readonly event: unknown; readonly expiresMs: number; readonly isOpen: boolean }[];
  /** Messages of the bot to this person; the words of those that were sent are no longer stored. */
  readonly messages: readonly {
    readonly roomId?: RoomId;
    readonly eventId?: EventId;
    readonly answers?: EventId;
    readonly jobId?: JobId;
    readonly state: string;
    readonly queuedAtMs: number;
    /** Of one that still waits. */
    readonly delivery?: unknown;
  }[];
  /** Events that were not carried out yet. */
  readonly waitingEvents: readonly unknown[];
  /** What the person wrote in the local room. */
  readonly roomEvents: readonly { readonly eventId: EventId; readonly atMs: number; readonly body: unknown }[];
  /** Notes of a platform, such as of a reaction that was given. */
  readonly notes: readonly { readonly key: string; readonly value: string }[];
};

/**
 * Jobs end; rows go; posts are taken out of rooms; files go; the database is written anew without what is free in it; the answer is on its way.
 */
export const erasureStages = ['stopping', 'erasing', 'removing', 'files', 'cleaning', 'answering'] as const;
export type ErasureStage = (typeof erasureStages)[number];

/** How much was erased. */
export type ErasureCounts = {
  readonly stopped: number;
  readonly jobs: number;
  readonly pictures: number;
  readonly plans: number;
  readonly files: number;
  /** Pictures that stay, because something of somebody else's needs them. */
  readonly kept: number;
  /** The database could not be written anew, 0 or 1. */
  readonly unclean: number;
};

/** Somebody who is being forgotten. It goes on after a restart where it was. */
export type Erasure = {
  readonly id: number;
  readonly platform: PlatformName;
  /** Absent as soon as the rows are erased: then nothing here tells who it was. */
  readonly user?: UserId;
  readonly stage: ErasureStage;
  /** Where it was asked for; absent where nobody waits for an answer. */
  readonly roomId?: RoomId;
  readonly language: Language;
  readonly counts: ErasureCounts;
  /** Outbox row of the answer, once it is on its way. */
  readonly answerRow?: number;
  readonly begunAtMs: number;
};

/** A message that is to be taken out of its room. */
export type ErasedPost = {
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly author: 'bot' | 'person';
  /** The file that it showed. */
  readonly file?: ImageKey;
};

/** What became of a message for good. */
export type SettledRemoval = Removal & { readonly message: Exclude<Removal['message'], 'later'> };

/** What became of the messages, by author. */
export type RemovalTally = Readonly<Record<ErasedPost['author'], RemovalCounts>>;

type RemovalCounts = Readonly<Record<SettledRemoval['message'] | 'waiting', number>> & {
  /** Messages by what became of their files. */
  readonly media: Readonly<Record<NonNullable<Removal['media']>, number>>;
};

/** Who was erased, kept outside of the database, so that a backup from before does not bring them back. */
export interface ErasedPeople {
  note(person: Person, atMs: number): Promise<void>;
}

export interface PersonalData {
  /** Oldest first. */
  jobsOf(person: Person): readonly JobId[];
  recordsOf(person: Person): PersonalRecords;
  /** Everybody of whom something is stored. */
  people(): readonly Person[];

  /** Call inside the transaction that carries the command out. One that is under way already goes on: its id is returned. */
  begin(
    erasure: Person & { readonly roomId?: RoomId; readonly isDirect: boolean; readonly language: Language; readonly nowMs: number },
  ): number;
  /** Those that are not finished, oldest first. */
  erasures(): readonly Erasure[];
  /** Whether this person's jobs are being ended or rows erased: nothing more is said about them. */
  isBeingErased(person: Person): boolean;
  /** Goes on to this stage, with what was counted so far. */
  proceed(id: number, stage: ErasureStage, counts?: Partial<ErasureCounts>): void;
  /** Messages to this person, or about their jobs, that wait to be sent are given up. Returns the outbox rows of all that may be under way. */
  withhold(id: number): readonly number[];
  /** Erases some rows, in one transaction of a few milliseconds; `false` when nothing is left. */
  eraseSome(id: number): boolean;
  /** Messages that wait to be taken out of their rooms, at most `limit`. */
  posts(id: number, limit: number): readonly ErasedPost[];
  removed(id: number, post: ErasedPost, removal: SettledRemoval): void;
  tally(id: number): RemovalTally;
  /** Files that the erased rows named. */
  files(id: number): readonly ImageKey[];
  /** They are no longer there, nor of use: what platforms noted about them goes too. */
  filesGone(id: number, keys: readonly ImageKey[]): void;
  /** Others name them as well. */
  filesKept(id: number, keys: readonly ImageKey[]): void;
  /** Which of these files any row still names. Looks at all rows, a few milliseconds at a time. */
  referenced(keys: ReadonlySet<ImageKey>): Promise<ReadonlySet<ImageKey>>;
  /** Writes the database anew, without what is left of erased rows in its free places. Other work goes on meanwhile. */
  clean(): Promise<void>;
  answering(id: number, row: number): void;
  /** Nothing of it is left, its own rows and that of its answer included. */
  finish(id: number): void;
}
