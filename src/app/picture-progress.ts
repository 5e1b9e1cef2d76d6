import type { Courier } from '#src/app/courier.ts';
import { runHead } from '#src/app/run-head.ts';
import { stepsOf, workload } from '#src/app/job-messages.ts';
import { prefixFor, type Prefix } from '#core/command.ts';
import { renderProgress } from '#core/render.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';
import type { PlatformName } from '#core/types.ts';

type Parts = {
  readonly store: Store;
  readonly couriers: ReadonlyMap<PlatformName, Courier>;
  readonly prefixes: readonly Prefix[];
  readonly now: () => number;
};

/** Tells the room how far one picture of a job is, and when the job will be done. */
export class PictureProgress {
  readonly #parts: Parts;
  readonly #job: JobRecord;
  readonly #index: number;
  /** Loading the model comes before the first step and says nothing about the rest. */
  #firstStepAtMs: number | undefined;

  constructor(parts: Parts, job: JobRecord, index: number) {
    this.#parts = parts;
    this.#job = job;
    this.#index = index;
  }

  /** The picture was begun; the model may have to be loaded first. */
  begin(): void {
    this.show(0, stepsOf(this.#job, this.#index));
  }

  show(reached: number, steps: number): void {
    // An engine that counted its work wrong must not tell more than all of it.
    const step = Math.min(reached, steps);
    const { couriers, prefixes, now } = this.#parts;
    const { request, language, origin, statusRow, id } = this.#job;
    if (step >= 1) this.#firstStepAtMs ??= now();
    const voice = { language, prefix: prefixFor(prefixes, language) };
    couriers.get(origin.platform)?.showProgress({
      jobId: id,
      roomId: origin.roomId,
      statusRow,
      text: [
        ...runHead(this.#parts.store, this.#job),
        ...renderProgress({
          jobId: id,
          request,
          task: this.#job.task,
          index: this.#index,
          done: this.#index,
          step,
          steps,
          etaMs: this.#restMs(step, steps),
          ...voice,
        }),
      ],
      event: { type: 'progress', jobId: id, progress: (this.#index + step / steps) / request.count },
    });
  }

  /** Until the job's last picture, if nobody else had a turn: by measured pictures, else by the steps of this one. */
  #restMs(step: number, steps: number): number | undefined {
    const { store, now } = this.#parts;
    const { request } = this.#job;
    const perPictureMs = store.durations.estimateMs(workload(this.#job, this.#index)) ?? this.#bySteps(step, steps, now());
    return perPictureMs === undefined ? undefined : perPictureMs * (request.count - this.#index - step / steps);
  }

  #bySteps(step: number, steps: number, nowMs: number): number | undefined {
    return step > 1 && this.#firstStepAtMs !== undefined ? ((nowMs - this.#firstStepAtMs) / (step - 1)) * steps : undefined;
  }
}
