/**
 * What the use cases keep: one durable store, read and written in transactions.
 * The in-process implementation is src/store/sqlite.ts; every method is synchronous because SQLite is.
 */
import type { IncomingEvent } from '#core/incoming.ts';
import type { JobStore } from '#core/job-store-port.ts';
import type { MarkPolicy } from '#core/marks-port.ts';
import type { Outbox } from '#core/outbox-port.ts';
import type { PersonalData } from '#core/personal-data-port.ts';
import type { Inbox, PlatformMemory, RoomHistory } from '#core/ports.ts';
import type { RetentionStore } from '#core/retention-port.ts';
import type { AskStore, PlanStore, StarStore, StyleStore, UsageStore } from '#core/team-store-ports.ts';
import type { Language, PlatformName, RoomId } from '#core/types.ts';

export type InboxRow = {
  readonly id: number;
  readonly event: IncomingEvent;
  /** How often work on it was begun again by a process that found it. */
  readonly tries: number;
};

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
