import { Counter, Histogram, type Registry } from 'prom-client';
import type { DeliveryFailure } from '#core/errors.ts';
import type { JobKind, JobOutcome, Meter } from '#core/operations-port.ts';
import type { HeldBack, PromptRule } from '#core/safety-port.ts';
import type { JobTimings, PlatformName, StageTimings } from '#core/types.ts';

const stages = ['text', 'denoise', 'decode', 'upscale', 'enhance', 'check', 'encode'] as const;
/** From a small picture on a GPU to a large one on a CPU, in seconds. */
const STAGE_SECONDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300];
const WAIT_SECONDS = [0.1, 1, 5, 15, 60, 300, 900, 3600];

const seconds = (ms: number): number => ms / 1000;

/** What happens, as Prometheus counts it: since the start of this process. */
export class PrometheusMeter implements Meter {
  readonly #jobs: Counter<'outcome' | 'kind'>;
  readonly #waits: Histogram;
  readonly #stages: Histogram<'stage'>;
  readonly #heldBack: Counter<'by'>;
  readonly #refused: Counter<'rule'>;
  readonly #messages: Counter<'platform' | 'result'>;
  readonly #throttled: Counter<'platform'>;

  constructor(register: Registry) {
    const registers = [register];
    this.#jobs = new Counter({ name: 'blitzbild_jobs_total', help: 'Jobs that ended', labelNames: ['outcome', 'kind'], registers });
    // An alert on failures must see the first one, which is an increase only over a number that was there.
    for (const outcome of ['done', 'failed', 'cancelled']) this.#jobs.inc({ outcome, kind: 'draw' }, 0);
    this.#waits = new Histogram({
      name: 'blitzbild_job_wait_seconds',
      help: 'From the acceptance of a job to the first step of its first picture',
      buckets: WAIT_SECONDS,
      registers,
    });
    this.#stages = new Histogram({
      name: 'blitzbild_picture_seconds',
      help: 'Time that a finished picture took in each stage',
      labelNames: ['stage'],
      buckets: STAGE_SECONDS,
      registers,
    });
    this.#heldBack = new Counter({
      name: 'blitzbild_pictures_held_back_total',
      help: 'Finished pictures that were not posted: similar to a protected work, by the classifier, or because a check failed',
      labelNames: ['by'],
      registers,
    });
    this.#refused = new Counter({
      name: 'blitzbild_prompts_refused_total',
      help: 'Prompts that a rule refused',
      labelNames: ['rule'],
      registers,
    });
    this.#messages = new Counter({
      name: 'blitzbild_messages_total',
      help: 'Tries to send a message: sent, rejected, rate_limited, uncertain (nobody knows whether it arrived) or unauthorised',
      labelNames: ['platform', 'result'],
      registers,
    });
    this.#throttled = new Counter({
      name: 'blitzbild_rate_limited_seconds_total',
      help: 'Seconds for which a server wanted no message of the bot',
      labelNames: ['platform'],
      registers,
    });
  }

  jobEnded(outcome: JobOutcome, kind: JobKind, timings: JobTimings | undefined): void {
    this.#jobs.inc({ outcome, kind });
    if (timings !== undefined) this.#waits.observe(seconds(timings.waitedMs));
  }

  pictureMade(timings: StageTimings): void {
    for (const stage of stages) {
      const ms = timings[`${stage}Ms`];
      if (ms !== undefined) this.#stages.observe({ stage }, seconds(ms));
    }
  }

  pictureHeldBack(by: HeldBack['by']): void {
    this.#heldBack.inc({ by });
  }

  promptRefused(rule: PromptRule): void {
    this.#refused.inc({ rule });
  }

  sendTried(platform: PlatformName, result: 'sent' | DeliveryFailure): void {
    this.#messages.inc({ platform, result });
  }

  throttled(platform: PlatformName, ms: number): void {
    this.#throttled.inc({ platform }, seconds(ms));
  }
}
