import type { Log } from '#src/app/log-port.ts';
import { fitPicture } from '#src/app/fit-picture.ts';
import { sayInstead } from '#src/app/instead.ts';
import { gatherAcknowledgements } from '#src/app/gather-acknowledgements.ts';
import { isStale, queueHints } from '#src/app/reaction-hints.ts';
import { rowOfThread } from '#src/app/thread-of-row.ts';
import { DeliveryError, isDiskFull, type DeliveryFailure } from '#core/errors.ts';
import type { Voice } from '#core/message-codes.ts';
import type { ChatPlatform, Content, Delivery, ImageStore, JobEventSummary, PictureStudio } from '#core/ports.ts';
import type { RichText } from '#core/rich-text.ts';
import type { Meter } from '#core/operations-port.ts';
import type { LaneOrder, OutboxRow, QueuedContent, Store } from '#core/store-port.ts';
import type { EventId, JobId, Language, RoomId } from '#core/types.ts';

/** Acknowledgements have their own loops, so that no upload delays them, nor a slow room another one. One message of a room at a time. */
const PROMPT_LOOPS = 4;
const PROMPT_LANES: LaneOrder = [['now']];
/** Pictures first, then the timing line that closes the job. */
const CALM_LANES: LaneOrder = [['picture', 'final'], ['extra']];
/**
 * Where the server counts our messages, the end of a job is worth more than one more picture of it. Ends and short answers come by turns,
 * in one loop: two would spend one request of two on being refused.
 */
const THROTTLED_TURNS: readonly [LaneOrder, LaneOrder] = [
  [['final'], ['now'], ['picture'], ['extra']],
  [['now'], ['final'], ['picture'], ['extra']],
];
const NO_LANES: LaneOrder = [];

const THROTTLED_FOR_MS = 60_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;
/** A server that asks for more is asked again after that. */
const LONGEST_PAUSE_MS = 3_600_000;
const WAIT_FOR_TARGET_MS = 50;
/** So long a picture lets short answers pass; then it is its turn, however many come. */
const LONGEST_COURTESY_MS = 1000;
const AFTER_BREAKAGE_MS = 1000;
/** A clock that is put right by less is left alone. */
const CLOCK_TOLERANCE_MS = 1000;

export type Progress = {
  readonly jobId: JobId;
  readonly roomId: RoomId;
  /** Outbox row of the message to edit. */
  readonly statusRow: number;
  readonly text: RichText;
  readonly event: JobEventSummary;
};

export type CourierOptions = {
  readonly platform: ChatPlatform;
  readonly store: Store;
  readonly images: ImageStore;
  readonly studio: Pick<PictureStudio, 'smallerCopy'>;
  readonly log: Log;
  readonly now: () => number;
  /** Of the messages about pictures that could not be delivered. */
  readonly voice: Voice;
  readonly meter?: Meter | undefined;
};

/**
 * Brings the outbox of one platform to its rooms: each row once, under a fixed transaction id, again after a failure
 * whose outcome is unknown. Progress is not kept: only the newest is sent, when nothing else waits.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #progress = new Map<JobId, Progress>();
  readonly #lastEditMs = new Map<JobId, number>();
  readonly #wakers = new Set<() => void>();
  readonly #loops: Promise<void>[] = [];
  /** Runs while the server wants nothing from us; a timer, because the clock may be set back. */
  #pause: NodeJS.Timeout | undefined;
  #throttledUntilMs = 0;
  /** Messages sent since then, for whose turn it is. */
  #sentWhileThrottled = 0;
  /** Messages that are being sent. */
  readonly #underWay = new Map<OutboxRow['id'], OutboxRow>();
  #progressSerial = 0;
  /** By the clock, at the last look. Of times that an earlier process has set nothing is known. */
  #lookedAtMs = Infinity;
  #closed = false;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loops.push(
      ...Array.from({ length: PROMPT_LOOPS }, async () => this.#loop(() => (this.#isThrottled() ? NO_LANES : PROMPT_LANES), false)),
      this.#loop(() => (this.#isThrottled() ? THROTTLED_TURNS[this.#sentWhileThrottled % 2 === 0 ? 0 : 1] : CALM_LANES), true),
    );
  }

  /** Something new is in the outbox. */
  wake(): void {
    for (const waker of this.#wakers) waker();
  }

  showProgress(progress: Progress): void {
    this.#progress.set(progress.jobId, progress);
    this.wake();
  }

  forgetProgress(job: JobId): void {
    this.#progress.delete(job);
    this.#lastEditMs.delete(job);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#pause);
    this.wake();
    await Promise.all(this.#loops);
  }

  async #loop(lanes: () => LaneOrder, withProgress: boolean): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#deliverNext(lanes(), withProgress);
      } catch (error) {
        // The store itself failed, such as on a full disk: nothing is lost, and it may work again.
        if (!isDiskFull(error))
          this.#options.log.error({ err: error, platform: this.#options.platform.name }, 'The outbox could not be worked on');
        await this.#sleep(AFTER_BREAKAGE_MS);
      }
    }
  }

  /** Sends one message, or waits until there may be one. */
  async #deliverNext(lanes: LaneOrder, withProgress: boolean): Promise<void> {
    const { platform, store, now } = this.#options;
    if (withProgress && !this.#isThrottled()) await this.#letShortAnswersPass();
    if (this.#closed) return undefined;
    this.#watchClock();
    if (this.#pause !== undefined) return this.#sleep(Infinity);
    if (lanes.length === 0) return this.#sleep(this.#throttledUntilMs - now());
    // Short answers keep their order in each room, and none is sent by two loops at once; a picture waits for nothing.
    const busy = !lanes.some((group) => group.includes('now'))
      ? []
      : [...this.#underWay.values()].filter(({ lane }) => lane === 'now').map(({ roomId }) => roomId);
    const row = store.outbox.next(platform.name, lanes, now(), busy);
    if (row !== undefined) return this.#deliver(row);
    if (withProgress && !this.#isThrottled() && (await this.#sendProgress())) return undefined;
    const dueMs = store.outbox.nextDueMs(platform.name, lanes);
    // The next one of a room that is busy: who sends in it tells when it is free.
    if (busy.length > 0 && dueMs !== undefined && dueMs <= now()) return this.#sleep(Infinity);
    return this.#sleep(Math.min(dueMs === undefined ? Infinity : dueMs - now(), withProgress ? this.#nextEditInMs() : Infinity));
  }

  /** Where the clock was set back, what was to wait for a moment would wait for as long as that: it is due now. */
  #watchClock(): void {
    const { platform, store, now } = this.#options;
    const nowMs = now();
    if (nowMs < this.#lookedAtMs - CLOCK_TOLERANCE_MS) {
      store.outbox.allDue(platform.name);
      this.#throttledUntilMs = Math.min(this.#throttledUntilMs, nowMs + THROTTLED_FOR_MS);
      this.#lastEditMs.clear();
    }
    this.#lookedAtMs = nowMs;
  }

  async #deliver(row: OutboxRow): Promise<void> {
    this.#underWay.set(row.id, row);
    try {
      await this.#send(row);
    } finally {
      this.#underWay.delete(row.id);
      if (row.lane === 'now') this.wake();
    }
  }

  async #send(row: OutboxRow): Promise<void> {
    const { platform, store, now, log } = this.#options;
    if (isStale(store, row)) {
      store.outbox.dropped(row.id, 'stale');
      return;
    }
    if (this.#isThrottled() && this.#gather(row)) return;
    const content = this.#resolve(row);
    const thread = this.#threadOf(row);
    if (content === undefined || thread === 'pending') {
      // A tenth of the time it has waited: a server that is away for hours costs no write every moment.
      const waitMs = Math.max(WAIT_FOR_TARGET_MS, Math.round((now() - row.createdAtMs) / 10));
      store.outbox.postpone(row.id, now() + Math.min(LONGEST_RETRY_MS, waitMs));
      return;
    }
    const delivery: Delivery = {
      transactionId: row.transactionId,
      queuedAtMs: row.createdAtMs,
      roomId: row.roomId,
      ...(thread === undefined ? {} : { threadId: thread }),
      ...(row.replyTo === undefined ? {} : { replyTo: row.replyTo }),
      ...(row.event === undefined ? {} : { event: row.event }),
      content,
    };
    try {
      const event = await platform.send(delivery);
      this.#options.meter?.sendTried(platform.name, 'sent');
      store.transaction(() => {
        store.outbox.sent(row.id, event);
        if (platform.seedsReactions === true && !this.#isThrottled()) queueHints(store, row, event, now());
      });
      if (this.#isThrottled()) this.#sentWhileThrottled += 1;
      this.#noteEdit(row);
    } catch (error) {
      // A night of waiting for a server's limit is one line, not one in five seconds.
      const isKnown = failureOf(error) === 'rate_limited' && this.#isThrottled();
      await this.#failed(row, error);
      log[isKnown ? 'debug' : 'warn'](
        { platform: platform.name, row: row.id, lane: row.lane, attempts: row.attempts, failure: failureOf(error) },
        'A message was not delivered',
      );
    }
  }

  /** Where several short answers are under way, the server is busy with many people: a picture would make all of them wait. */
  async #letShortAnswersPass(): Promise<void> {
    const untilMs = performance.now() + LONGEST_COURTESY_MS;
    const answers = (): number => [...this.#underWay.values()].filter(({ lane }) => lane === 'now').length;
    while (answers() > 1 && performance.now() < untilMs && !this.#closed) await this.#sleep(untilMs - performance.now());
  }

  /** @returns whether another message stands for this one now */
  #gather(row: OutboxRow): boolean {
    const { store, voice, now } = this.#options;
    const others = new Set([...this.#underWay.keys()].filter((id) => id !== row.id));
    return gatherAcknowledgements(store, row, { voice, nowMs: now(), underWay: others });
  }

  /**
   * An acknowledgement counts as an edit: what it says is new. A picture that is done before the next one is due costs
   * no progress message, which a server that counts messages would charge and the picture would have to wait for.
   */
  #noteEdit({ jobId, event }: OutboxRow): void {
    if (jobId === undefined) return;
    if (event?.type === 'ack') this.#lastEditMs.set(jobId, this.#options.now());
    else if (event?.type === 'done' || event?.type === 'error') this.forgetProgress(jobId);
  }

  /** The content with its target's platform id; `undefined` while the target is still on its way. */
  #resolve(row: OutboxRow): Content | undefined {
    if (row.content.kind !== 'edit') return row.content;
    const target = this.#options.store.outbox.outcome(row.content.row);
    if (target?.state === 'pending') return undefined;
    return target?.eventId === undefined
      ? { kind: 'text', text: row.content.text }
      : { kind: 'edit', target: target.eventId, text: row.content.text };
  }

  /** The platform's id of the thread; `pending` while the message of ours that begins it is still on its way. */
  #threadOf({ threadId }: OutboxRow): EventId | 'pending' | undefined {
    const row = threadId === undefined ? undefined : rowOfThread(threadId);
    if (row === undefined) return threadId;
    const root = this.#options.store.outbox.outcome(row);
    return root?.state === 'pending' ? 'pending' : root?.eventId;
  }

  async #failed(row: OutboxRow, error: unknown): Promise<void> {
    const { store, now, voice } = this.#options;
    const failure = failureOf(error);
    this.#options.meter?.sendTried(row.platform, failure);
    if (error instanceof DeliveryError && (failure === 'rejected' || failure === 'unknowable')) {
      const language = (row.jobId === undefined ? undefined : store.jobs.get(row.jobId)?.language) ?? voice.language;
      const smaller = await this.#fitted(row, error, language);
      if (smaller !== undefined) {
        store.outbox.rewrite(row, smaller);
        return;
      }
      const instead = sayInstead(row, error, { ...voice, language });
      store.transaction(() => {
        store.outbox.dropped(row.id, error.message);
        if (instead !== undefined) store.outbox.add(instead, now());
      });
      return;
    }
    const backOffMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(row.attempts, 10));
    const waitMs = (error instanceof DeliveryError ? error.retryAfterMs : undefined) ?? backOffMs;
    if (failure === 'rate_limited') {
      // A hint is not worth the place of a message.
      if (row.content.kind === 'reaction') store.outbox.dropped(row.id, failure);
      this.#throttle(waitMs);
    } else {
      store.outbox.retry(row.id, now() + waitMs);
    }
  }

  /** A picture that the server takes, where it refused this one for its size. */
  async #fitted({ content }: OutboxRow, { limitBytes }: DeliveryError, language: Language): Promise<QueuedContent | undefined> {
    if (content.kind !== 'image' || limitBytes === undefined) return undefined;
    try {
      return await fitPicture(this.#options, content, limitBytes, language);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'A picture could not be made smaller');
      return undefined;
    }
  }

  /** The server has lately refused a message because there were too many. */
  #isThrottled(): boolean {
    return this.#options.now() < this.#throttledUntilMs;
  }

  /** Sends nothing for `ms`, and for a while after that what matters most. */
  #throttle(ms: number): void {
    this.#options.meter?.throttled(this.#options.platform.name, ms);
    this.#throttledUntilMs = this.#options.now() + ms + THROTTLED_FOR_MS;
    clearTimeout(this.#pause);
    this.#pause = setTimeout(
      () => {
        this.#pause = undefined;
        this.wake();
      },
      Math.min(ms, LONGEST_PAUSE_MS),
    );
  }

  /** @returns whether one was sent */
  async #sendProgress(): Promise<boolean> {
    const { platform, store, now } = this.#options;
    for (const [id, progress] of this.#progress) {
      if (now() - (this.#lastEditMs.get(id) ?? 0) < platform.editIntervalMs) continue;
      const target: EventId | undefined = store.outbox.outcome(progress.statusRow)?.eventId;
      if (target === undefined) continue;
      this.#progress.delete(id);
      this.#lastEditMs.set(id, now());
      try {
        await platform.send({
          transactionId: `progress-${id}-${now()}-${this.#progressSerial++}`,
          roomId: progress.roomId,
          content: { kind: 'edit', target, text: progress.text },
          event: progress.event,
        });
      } catch (error) {
        // Progress may be lost; what the server said about its limit may not.
        if (error instanceof DeliveryError && error.failure === 'rate_limited') {
          this.#throttle(error.retryAfterMs ?? FIRST_RETRY_MS);
        }
      }
      return true;
    }
    return false;
  }

  #nextEditInMs(): number {
    const { platform, now } = this.#options;
    const waits = [...this.#progress.keys()].map((id) => (this.#lastEditMs.get(id) ?? 0) + platform.editIntervalMs - now());
    return waits.length === 0 ? Infinity : Math.max(WAIT_FOR_TARGET_MS, Math.min(...waits));
  }

  /** Until `wake`, or for `ms`. */
  async #sleep(ms: number): Promise<void> {
    if (this.#closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // No longer than a retry: a clock that was set back would let everything wait until it has caught up.
    const timer = Number.isFinite(ms) ? setTimeout(resolve, Math.min(LONGEST_RETRY_MS, Math.max(1, ms))) : undefined;
    this.#wakers.add(resolve);
    await promise;
    this.#wakers.delete(resolve);
    clearTimeout(timer);
  }
}

const failureOf = (error: unknown): DeliveryFailure => (error instanceof DeliveryError ? error.failure : 'uncertain');
