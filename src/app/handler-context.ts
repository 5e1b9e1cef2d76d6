import type { PictureChecks } from '#src/app/check-picture.ts';
import type { HeldLine } from '#src/app/held-line.ts';
import type { JobRunner } from '#src/app/job-runner.ts';
import type { Log } from '#src/app/log-port.ts';
import type { OneAtATime } from '#src/app/one-at-a-time.ts';
import type { Erasures } from '#src/app/personal-data/erasures.ts';
import type { Planner } from '#src/app/planner.ts';
import type { Prefix } from '#core/command.ts';
import type { Voice } from '#core/message-codes.ts';
import type { Limits } from '#core/limits.ts';
import type { Meter } from '#core/operations-port.ts';
import type { PrivacyFacts } from '#core/privacy-port.ts';
import type { PromptLists } from '#core/prompt-judgement.ts';
import type { RetentionPolicy } from '#core/retention.ts';
import type { Marking } from '#core/marks-port.ts';
import type { ChatPlatform, ImageEngine, ImageStore, ModelCatalogue, PictureFinisher, PictureStudio, ZipEntry } from '#core/ports.ts';
import type { Store } from '#core/store-port.ts';
import type { StyleFiles } from '#core/style-import.ts';
import type { IncomingMessage, IncomingReaction } from '#core/incoming.ts';
import type { PlatformName } from '#core/types.ts';

/** What carrying out an event needs. */
export type HandlerContext = Marking & {
  readonly store: Store;
  readonly engine: ImageEngine;
  readonly models: ModelCatalogue;
  readonly platforms: ReadonlyMap<PlatformName, ChatPlatform>;
  readonly runner: JobRunner;
  readonly planner: Planner;
  readonly erasures: Erasures;
  readonly images: ImageStore;
  readonly studio: PictureStudio;
  readonly finisher: PictureFinisher;
  readonly styleFiles: StyleFiles;
  /** Several files as one. */
  readonly zip: (files: AsyncIterable<ZipEntry>) => Promise<Uint8Array>;
  /** For work that needs much memory, such as large files: rooms do not wait for each other otherwise. */
  readonly oneAtATime: OneAtATime;
  readonly prefixes: readonly Prefix[];
  /** Files are looked at one at a time, beside the queue of the GPU. */
  readonly verifying: HeldLine;
  /** Pictures are compared on request one at a time; nothing else waits for it. */
  readonly comparing: OneAtATime;
  /** What is looked at before a picture is posted; none where it is left out. */
  readonly checks?: PictureChecks | undefined;
  /** What the configuration adds to the rules about prompts that always hold. */
  readonly promptLists?: PromptLists | undefined;
  readonly meter?: Meter | undefined;
  /** As the configuration has them; admins change some in chat, see `currentLimits`. */
  readonly limits: Limits;
  /** Ids of those who are admins everywhere, see src/app/rights.ts. */
  readonly admins: readonly string[];
  /** How long rooms keep what belongs to them. */
  readonly retention: RetentionPolicy;
  /** What the bot reaches, keeps and looks at, for whoever asks. */
  readonly privacy: () => PrivacyFacts;
  /** Where a room has chosen none. */
  readonly timeZone: string;
  /** Where no language was chosen and none can be read from the command. */
  readonly voice: Voice;
  readonly log: Log;
  readonly now: () => number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
};

/** An event that may ask for something. `isConfirmed`: it was asked about, and somebody said yes. */
export type Asking = (IncomingMessage | IncomingReaction) & { readonly isConfirmed?: true };

/** Something to do once the transaction is on disk. */
export type AfterCommit = () => void;
