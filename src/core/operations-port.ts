/** What operators see of the running program. Nothing in it tells who asked for what, or where. */
import type { DeliveryFailure } from '#core/errors.ts';
import type { HeldBack, PromptRule } from '#core/safety-port.ts';
import type { JobTimings, PlatformName, StageTimings, Task } from '#core/types.ts';

export type JobOutcome = 'done' | 'failed' | 'cancelled';
/** `draw` from words alone, else what the job's task is. */
export type JobKind = 'draw' | Task['kind'];

/** Told by the use cases what happens; it only counts, and never throws. */
export interface Meter {
  /** `timings` of jobs that made at least one picture. */
  jobEnded(outcome: JobOutcome, kind: JobKind, timings: JobTimings | undefined): void;
  pictureMade(timings: StageTimings): void;
  pictureHeldBack(by: HeldBack['by']): void;
  /** Nothing of it is kept, and not by whom. */
  promptRefused(rule: PromptRule): void;
  /** One try to send one message. */
  sendTried(platform: PlatformName, result: 'sent' | DeliveryFailure): void;
  /** The platform wants no message of ours for so long. */
  throttled(platform: PlatformName, ms: number): void;
}

/** Counted in the store whenever somebody asks. Ages are those of the oldest entry; 0 where there is none. */
export type Figures = {
  readonly jobs: { readonly waiting: number; readonly running: number; readonly oldestAgeMs: number };
  /** Pictures that are neither made nor begun. */
  readonly picturesWaiting: number;
  readonly inbox: { readonly unhandled: number; readonly oldestAgeMs: number };
  readonly outbox: readonly { readonly platform: PlatformName; readonly pending: number; readonly oldestAgeMs: number }[];
  readonly activePlans: number;
};

/** One thing that must be so before people are served; `reason` is a sentence for an operator, without secrets. */
export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };
export type Check = { readonly name: string; readonly check: () => CheckResult | Promise<CheckResult> };
