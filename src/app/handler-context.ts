import type { JobRunner } from '#src/app/job-runner.ts';
import type { Log } from '#src/app/log-port.ts';
import type { Prefix } from '#core/command.ts';
import type { Limits } from '#core/limits.ts';
import type { ChatPlatform, ImageEngine, ModelCatalogue } from '#core/ports.ts';
import type { Store } from '#core/store-port.ts';
import type { IncomingMessage, IncomingReaction, PlatformName } from '#core/types.ts';

/** What carrying out an event needs. */
export type HandlerContext = {
  readonly store: Store;
  readonly engine: ImageEngine;
  readonly models: ModelCatalogue;
  readonly platforms: ReadonlyMap<PlatformName, ChatPlatform>;
  readonly runner: JobRunner;
  readonly prefixes: readonly Prefix[];
  readonly limits: Limits;
  /** Short hash of a model's files, for `info`. */
  readonly fingerprint: (model: string) => string | undefined;
  readonly log: Log;
  readonly now: () => number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
};

/** An event that may ask for something. */
export type Asking = IncomingMessage | IncomingReaction;

/** Something to do once the transaction is on disk. */
export type AfterCommit = () => void;
