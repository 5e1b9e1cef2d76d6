/** The store's messages on their way. */
import type { Content, JobEventSummary } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';
import type { EventId, JobId, PlatformName, RoomId, UserId } from '#core/types.ts';

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
