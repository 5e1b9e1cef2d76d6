import { DeliveryError } from '#core/errors.ts';
import type { ChatPlatform, JobEventSummary } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';
import type { OutboxRow } from '#core/outbox-port.ts';
import type { Store } from '#core/store-port.ts';
import type { JobId, RoomId } from '#core/types.ts';

/** The status message may be on its way: it is looked at again after that. */
const WAIT_FOR_TARGET_MS = 50;

export type Progress = {
  readonly jobId: JobId;
  readonly roomId: RoomId;
  /** Outbox row of the message to edit. */
  readonly statusRow: number;
  readonly text: RichText;
  readonly event: JobEventSummary;
};

export type ProgressOptions = {
  readonly platform: ChatPlatform;
  readonly store: Store;
  readonly now: () => number;
  /** The server wants fewer messages, and named a time or none. */
  readonly onRateLimited: (askedMs: number | undefined) => void;
};

/** Progress of jobs as edits of their status messages. It is not kept: only the newest of each is sent, and may be lost. */
export class ProgressEdits {
  readonly #options: ProgressOptions;
  readonly #newest = new Map<JobId, Progress>();
  readonly #lastEditMs = new Map<JobId, number>();
  #serial = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  show(progress: Progress): void {
    this.#newest.set(progress.jobId, progress);
  }

  forget(job: JobId): void {
    this.#newest.delete(job);
    this.#lastEditMs.delete(job);
  }

  /**
   * An acknowledgement counts as an edit: what it says is new. A picture that is done before the next one is due costs
   * no progress message, which a server that counts messages would charge and the picture would have to wait for.
   */
  noteSent({ jobId, event }: OutboxRow): void {
    if (jobId === undefined) return;
    if (event?.type === 'ack') this.#lastEditMs.set(jobId, this.#options.now());
    else if (event?.type === 'done' || event?.type === 'error') this.forget(jobId);
  }

  clockSetBack(): void {
    this.#lastEditMs.clear();
  }

  /** @returns whether one was sent */
  async sendOne(): Promise<boolean> {
    const { platform, store, now } = this.#options;
    for (const [id, progress] of this.#newest) {
      if (now() - (this.#lastEditMs.get(id) ?? 0) < platform.editIntervalMs) continue;
      const target = store.outbox.outcome(progress.statusRow)?.eventId;
      if (target === undefined) continue;
      this.#newest.delete(id);
      this.#lastEditMs.set(id, now());
      try {
        await platform.send({
          transactionId: `progress-${id}-${now()}-${this.#serial++}`,
          roomId: progress.roomId,
          content: { kind: 'edit', target, text: progress.text },
          event: progress.event,
        });
      } catch (error) {
        // Progress may be lost; what the server said about its limit may not.
        if (error instanceof DeliveryError && error.failure === 'rate_limited') this.#options.onRateLimited(error.retryAfterMs);
      }
      return true;
    }
    return false;
  }

  /** `Infinity` where there is none. */
  nextInMs(): number {
    const { platform, now } = this.#options;
    const waits = [...this.#newest.keys()].map((id) => (this.#lastEditMs.get(id) ?? 0) + platform.editIntervalMs - now());
    return waits.length === 0 ? Infinity : Math.max(WAIT_FOR_TARGET_MS, Math.min(...waits));
  }
}
