import { setTimeout as delay } from 'node:timers/promises';
import { deliveryOf } from '#src/app/courier-delivery.ts';
import { giveUp, type GivingUp } from '#src/app/courier-given-up.ts';
import { CALM_LANES, NO_LANES, PROBE_LANES, PROMPT_LANES, PROMPT_LOOPS, THROTTLED_TURNS } from '#src/app/courier-lanes.ts';
import { Outage } from '#src/app/courier-outage.ts';
import { ProgressEdits, type Progress } from '#src/app/courier-progress.ts';
import { HeldRooms, retryInMs } from '#src/app/courier-retries.ts';
import { Throttle } from '#src/app/courier-throttle.ts';
import { Waiting } from '#src/app/courier-waiting.ts';
import { gatherAcknowledgements } from '#src/app/gather-acknowledgements.ts';
import { isStale, queueHints } from '#src/app/reaction-hints.ts';
import { DeliveryError, isDiskFull, type DeliveryFailure } from '#core/errors.ts';
import type { Meter } from '#core/operations-port.ts';
import type { ChatPlatform } from '#core/ports.ts';
import type { LaneOrder, OutboxRow } from '#core/outbox-port.ts';
import type { EventId, JobId } from '#core/types.ts';

const LONGEST_WAIT_FOR_TARGET_MS = 60_000;
const WAIT_FOR_TARGET_MS = 50;
/** So long a picture lets short answers pass; then it is its turn, however many come. */
const LONGEST_COURTESY_MS = 1000;
const AFTER_BREAKAGE_MS = 1000;
/** Between two looks at what waits behind messages that have failed. */
const HELD_LOOK_MS = 1000;
const SETTLED_LOOK_MS = 50;
/** A clock that is put right by less is left alone. */
const CLOCK_TOLERANCE_MS = 1000;

export type CourierOptions = GivingUp & { readonly platform: ChatPlatform; readonly meter?: Meter | undefined };

/**
 * Brings the outbox of one platform to its rooms: each row once, under a fixed transaction id, again after a failure
 * whose outcome is unknown. Short answers keep their order in each room, also over failures of about half a minute.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #waiting = new Waiting();
  readonly #breakage = new Waiting();
  readonly #throttle: Throttle;
  readonly #outage = new Outage(() => this.#waiting.wake());
  readonly #progress: ProgressEdits;
  readonly #held = new HeldRooms();
  readonly #loops: Promise<void>[] = [];
  /** Messages that are being sent. */
  readonly #underWay = new Map<OutboxRow['id'], OutboxRow>();
  /** What the server has taken and the store does not know yet, such as on a full disk. */
  readonly #arrived = new Map<OutboxRow['id'], EventId>();
  /** By the clock, at the last look. Of times that an earlier process has set nothing is known. */
  #lookedAtMs = Infinity;
  #hasTakenOver = false;
  #closed = false;

  constructor(options: CourierOptions) {
    this.#options = options;
    const { platform, store, now, meter } = options;
    this.#throttle = new Throttle({
      now,
      onExtended: (ms) => meter?.throttled(platform.name, ms),
      onOver: () => this.#waiting.wake(),
    });
    this.#progress = new ProgressEdits({ platform, store, now, onRateLimited: (askedMs) => this.#throttle.refused(askedMs) });
  }

  start(): void {
    const throttle = this.#throttle;
    this.#loops.push(
      ...Array.from({ length: PROMPT_LOOPS }, async () => this.#loop(() => (throttle.isActive ? NO_LANES : PROMPT_LANES), false)),
      this.#loop(() => (throttle.isActive ? THROTTLED_TURNS[throttle.turn] : CALM_LANES), true),
    );
  }

  /** Something new is in the outbox. */
  wake(): void {
    this.#outage.lookSoon();
    this.#waiting.wake();
  }

  showProgress(progress: Progress): void {
    this.#progress.show(progress);
    this.#waiting.wake();
  }

  forgetProgress(job: JobId): void {
    this.#progress.forget(job);
  }

  /** Resolves when none of these rows is being sent. */
  async settled(rows: Iterable<OutboxRow['id']>): Promise<void> {
    const watched = [...rows];
    while (!this.#closed && watched.some((id) => this.#underWay.has(id))) await delay(SETTLED_LOOK_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#throttle.close();
    this.#outage.close();
    this.#waiting.wake();
    this.#breakage.wake();
    await Promise.all(this.#loops);
  }

  async #loop(lanes: () => LaneOrder, withProgress: boolean): Promise<void> {
    while (!this.#closed) {
      try {
        this.#takeOver();
        await this.#deliverNext(lanes(), withProgress);
      } catch (error) {
        // The store itself failed, such as on a full disk: nothing is lost, and it may work again.
        if (!isDiskFull(error))
          this.#options.log.error({ err: error, platform: this.#options.platform.name }, 'The outbox could not be worked on');
        // Nothing shortens this: where the store fails at once, five loops that wake each other would do nothing else.
        if (!this.#closed) await this.#breakage.sleep(AFTER_BREAKAGE_MS);
      }
    }
  }

  /** Of what an earlier process left, nobody knows what arrived: it may have ended between an answer and its note. */
  #takeOver(): void {
    if (this.#hasTakenOver) return;
    this.#options.store.outbox.takeOver(this.#options.platform.name);
    this.#hasTakenOver = true;
  }

  /** Sends one message, or waits until there may be one. */
  async #deliverNext(lanes: LaneOrder, withProgress: boolean): Promise<void> {
    const { platform, store, now } = this.#options;
    const throttle = this.#throttle;
    if (withProgress && !throttle.isActive) await this.#letShortAnswersPass();
    if (this.#closed) return undefined;
    this.#watchClock();
    if (throttle.isPaused) return this.#sleep(Infinity);
    if (this.#outage.isOn) return this.#lookForServer();
    if (lanes.length === 0) return this.#sleep(throttle.leftMs);
    const avoided = this.#roomsToAvoid(lanes);
    const row = store.outbox.next(platform.name, lanes, now(), avoided);
    if (row !== undefined) return this.#deliver(row);
    if (withProgress && !throttle.isActive && (await this.#progress.sendOne())) return undefined;
    const dueMs = store.outbox.nextDueMs(platform.name, lanes);
    // The next one of a room that is busy: who sends in it tells when it is free.
    if (avoided.length > 0 && dueMs !== undefined && dueMs <= now())
      return this.#sleep(this.#held.at(now()).length === 0 ? Infinity : HELD_LOOK_MS);
    return this.#sleep(Math.min(dueMs === undefined ? Infinity : dueMs - now(), withProgress ? this.#progress.nextInMs() : Infinity));
  }

  /** Short answers keep their order in each room, and none is sent by two loops at once; a picture waits for nothing. */
  #roomsToAvoid(lanes: LaneOrder): OutboxRow['roomId'][] {
    if (!lanes.some((group) => group.includes('now'))) return [];
    const busy = [...this.#underWay.values()].filter(({ lane }) => lane === 'now').map(({ roomId }) => roomId);
    return [...busy, ...this.#held.at(this.#options.now())];
  }

  /** One message at a time, whichever it is, until one arrives. */
  async #lookForServer(): Promise<void> {
    const { platform, store, now } = this.#options;
    const outage = this.#outage;
    if (outage.isQuiet) return this.#sleep(Infinity);
    const underWay = [...this.#underWay.values()].map(({ roomId }) => roomId);
    const row = store.outbox.next(platform.name, PROBE_LANES, now(), underWay);
    if (row !== undefined) return outage.probe(async () => this.#deliver(row));
    const dueMs = store.outbox.nextDueMs(platform.name, PROBE_LANES);
    return this.#sleep(dueMs === undefined || dueMs <= now() ? HELD_LOOK_MS : dueMs - now());
  }

  /** Where the clock was set back, what was to wait for a moment would wait for as long as that: it is due now. */
  #watchClock(): void {
    const nowMs = this.#options.now();
    if (nowMs < this.#lookedAtMs - CLOCK_TOLERANCE_MS) {
      this.#allDue();
      this.#throttle.clockSetBack();
      this.#progress.clockSetBack();
    }
    this.#lookedAtMs = nowMs;
  }

  #allDue(): void {
    this.#options.store.outbox.allDue(this.#options.platform.name);
    this.#held.clear();
  }

  async #deliver(row: OutboxRow): Promise<void> {
    this.#underWay.set(row.id, row);
    try {
      await this.#send(row);
    } finally {
      this.#underWay.delete(row.id);
      if (row.lane === 'now') this.#waiting.wake();
    }
  }

  async #send(row: OutboxRow): Promise<void> {
    const { platform, store, now } = this.#options;
    if (isStale(store, row)) {
      store.outbox.dropped(row.id, 'stale');
      return;
    }
    if (this.#throttle.isActive && this.#gather(row)) return;
    const delivery = deliveryOf(store, row);
    if (delivery === undefined) {
      // A tenth of the time it has waited: a server that is away for hours costs no write every moment.
      const waitMs = Math.max(WAIT_FOR_TARGET_MS, Math.round((now() - row.createdAtMs) / 10));
      store.outbox.postpone(row.id, now() + Math.min(LONGEST_WAIT_FOR_TARGET_MS, waitMs));
      return;
    }
    try {
      if (!this.#arrived.has(row.id)) this.#arrived.set(row.id, await platform.send(delivery));
    } catch (error) {
      await this.#failed(row, error);
      return;
    }
    this.#noteSent(row);
  }

  #noteSent(row: OutboxRow): void {
    const { platform, store, now, meter } = this.#options;
    const event = this.#arrived.get(row.id);
    if (event === undefined) return;
    store.transaction(() => {
      store.outbox.sent(row.id, event);
      if (platform.seedsReactions === true && !this.#throttle.isActive) queueHints(store, row, event, now());
    });
    this.#arrived.delete(row.id);
    this.#held.settled(row.id, row.roomId);
    meter?.sendTried(platform.name, 'sent');
    this.#throttle.sent();
    this.#progress.noteSent(row);
    this.#serverAnswered();
  }

  /** Whatever it said. */
  #serverAnswered(): void {
    if (!this.#outage.answered()) return;
    this.#options.log.info({ platform: this.#options.platform.name }, 'The server takes messages again');
    this.#allDue();
    this.#waiting.wake();
  }

  async #failed(row: OutboxRow, error: unknown): Promise<void> {
    const { store, now, meter } = this.#options;
    const failure = failureOf(error);
    const askedMs = error instanceof DeliveryError ? error.retryAfterMs : undefined;
    meter?.sendTried(row.platform, failure);
    if (error instanceof DeliveryError && (failure === 'rejected' || failure === 'unknowable')) {
      await giveUp(this.#options, row, error);
      this.#held.settled(row.id, row.roomId);
      this.#tell(row, failure, true);
      if (failure === 'rejected') this.#serverAnswered();
    } else if (failure === 'rate_limited') {
      // A night of waiting for a server's limit is one line, not one in five seconds.
      this.#tell(row, failure, !this.#throttle.isActive);
      this.#throttle.refused(askedMs);
      this.#serverAnswered();
      // A hint is not worth the place of a message.
      if (row.content.kind === 'reaction') store.outbox.dropped(row.id, failure);
    } else {
      this.#tell(row, failure, this.#outage.failed(row.id));
      // While the server is away, another message's turn comes before this one's.
      const dueMs = now() + Math.max(retryInMs(row.attempts, askedMs), this.#outage.pauseMs * 2);
      store.outbox.retry(row.id, dueMs);
      this.#held.hold(row, dueMs, now());
    }
  }

  #tell({ id, lane, attempts }: OutboxRow, failure: DeliveryFailure, isNew: boolean): void {
    const { log, platform } = this.#options;
    log[isNew ? 'warn' : 'debug']({ platform: platform.name, row: id, lane, attempts, failure }, 'A message was not delivered');
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
    if (this.#arrived.has(row.id)) return false;
    const others = new Set([...this.#underWay.keys(), ...this.#arrived.keys()].filter((id) => id !== row.id));
    return gatherAcknowledgements(store, row, { voice, nowMs: now(), underWay: others });
  }

  async #sleep(ms: number): Promise<void> {
    if (!this.#closed) await this.#waiting.sleep(ms);
  }
}

const failureOf = (error: unknown): DeliveryFailure => (error instanceof DeliveryError ? error.failure : 'uncertain');
