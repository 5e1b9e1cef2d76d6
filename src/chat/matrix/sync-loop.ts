import { reach } from '#core/failpoints.ts';
import type { Inbox, PlatformMemory } from '#core/ports.ts';
import type { IncomingEvent } from '#core/incoming.ts';

import type { Activity, Health } from '../common/health.ts';
import { backoffMs, pause, unauthorisedPauseMs } from '../common/backoff.ts';
import type { MatrixCrypto } from './crypto/matrix-crypto.ts';
import { completed, joinedByRoom, type RoomBatch } from './gaps.ts';
import { HomeserverError, isUnauthorised } from './homeserver-error.ts';
import type { Invitations } from './invitations.ts';
import { reason, type Log } from '../common/log.ts';
import { isOwnEvent } from './own-event.ts';
import type { Receiver } from './receiver.ts';
import type { Rooms } from './rooms.ts';
import type { Upgrades } from './upgrades.ts';
import { syncSince, watermark, type SyncAnswer, type SyncOptions } from './sync.ts';

export type SyncLoopOptions = {
  readonly sync: SyncOptions;
  readonly inbox: Inbox;
  readonly memory: PlatformMemory;
  readonly invitations: Invitations;
  readonly receiver: Receiver;
  readonly crypto: Pick<MatrixCrypto, 'receive' | 'doubtDevices' | 'lookUps'>;
  readonly rooms: Rooms;
  readonly upgrades: Upgrades;
  readonly log: Log;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly waitMs: number;
};

/** So many messages between devices one answer holds at most, in Synapse: then more of them may wait on the server. */
const fullAnswer = 100;
/** So many answers one step takes to have all keys: anybody may send such messages, so there must be an end. */
const mostAnswers = 100;
/** Who has a device is mostly told in no time; where a server of other people is slow, it is not waited for. */
const graceMs = 300;
const lookUpWaitMs = 1000;
/** While the bot sends, each of its messages comes back as news: a busy server is not asked for every one of them. */
const ownNewsPauseMs = 80;
/** To whom the stored cursor belongs: another account's is of no use. */
const accountKey = 'cursor-account';
/** So often the same batch may fail on a question about one room before that question is answered with «no». */
const strictAttempts = 5;
/** So often the server may refuse a stored token before it is given up, and with it what was written meanwhile. */
const refusalsOfToken = 3;

/**
 * Fetches, stores, fetches on. Events and the token behind them go to the inbox in one call, and only what is stored
 * moves the token: a crash or a failure anywhere repeats the same step.
 */
export class SyncLoop {
  readonly #options: SyncLoopOptions;
  #running: Promise<void> = Promise.resolve();
  #isSending = false;
  #health: Health = { ok: false, reason: 'not started' };
  #failures = 0;
  #failuresEver = 0;
  /** By the machine's own clock, which nobody sets back. */
  #steppedAt: number | undefined;

  constructor(options: SyncLoopOptions) {
    this.#options = options;
  }

  /** Resolves when the first step is stored; from then on the loop runs until the signal ends. */
  async start(): Promise<void> {
    await this.#step(0);
    this.#steppedAt = performance.now();
    this.#health = { ok: true };
    this.#running = this.#run();
  }

  health(): Health {
    return this.#health;
  }

  activity(): Activity {
    return {
      failures: this.#failuresEver,
      sinceStepMs: this.#steppedAt === undefined ? undefined : performance.now() - this.#steppedAt,
    };
  }

  async stopped(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#step(await this.#waitMs());
        this.#steppedAt = performance.now();
        if (this.#failures > 0) this.#options.log.info({ failures: this.#failures }, 'The Matrix homeserver answers again');
        this.#failures = 0;
        this.#health = { ok: true };
        if (this.#isSending) await pause(ownNewsPauseMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#failures += 1;
        this.#failuresEver += 1;
        await pause(this.#failed(error), signal);
      }
    }
  }

  /** How long the server may wait for news: not beyond what the bot itself has to do. */
  async #waitMs(): Promise<number> {
    const { crypto, receiver, signal, waitMs } = this.#options;
    const { lookUps } = crypto;
    if (receiver.dueInMs() === undefined) return waitMs;
    if (lookUps.isUnderWay) await Promise.race([lookUps.settled(), pause(graceMs, signal)]);
    if (lookUps.hasNews) return 0;
    return Math.min(waitMs, receiver.dueInMs() ?? Infinity, lookUps.isUnderWay ? lookUpWaitMs : Infinity);
  }

  /** Notes a failure; milliseconds to wait. */
  #failed(error: unknown): number {
    const { log, random } = this.#options;
    const isFirst = this.#failures === 1;
    if (isUnauthorised(error)) {
      const words = 'The Matrix access token is not valid any more: log the bot in again, set the new token and restart';
      if (this.#health.ok || this.#health.reason !== words) log.error({ failures: this.#failures }, words);
      this.#health = { ok: false, reason: words };
      return unauthorisedPauseMs;
    }
    this.#health = { ok: false, reason: reason(error) };
    const waitMs = backoffMs(this.#failures, error, random);
    // Once, then only now and then: an outage of a night should not fill the log.
    if (isFirst || this.#failures % 10 === 0) {
      log.warn({ failures: this.#failures, waitMs, reason: reason(error) }, 'Nothing could be received from the Matrix homeserver');
    }
    return waitMs;
  }

  async #step(waitMs: number): Promise<void> {
    const { inbox, memory, rooms, sync } = this.#options;
    const since = memory.get(accountKey) === sync.ownUserId ? inbox.cursor() : undefined;
    try {
      if (since === undefined || this.#isTokenGivenUp()) await this.#firstStep();
      else await this.#nextStep(since, waitMs);
    } catch (error) {
      // What it would have told of rooms is not known.
      rooms.forgetAll();
      throw error;
    }
  }

  async #nextStep(since: string, waitMs: number): Promise<void> {
    const { crypto, inbox, invitations, receiver, sync, signal, upgrades } = this.#options;
    const answers = await this.#catchUp(since, waitMs);
    const next = answers.at(-1)?.answer.next ?? since;
    const batches: RoomBatch[] = [];
    for (const { from, answer } of answers) for (const news of answer.rooms) batches.push(await completed(sync, news, from));
    const rooms = joinedByRoom(batches);
    this.#isSending = rooms.some(({ timeline }) => timeline.some((event) => isOwnEvent(event, sync.ownUserId)));
    const left = answers.flatMap(({ answer }) => answer.left);
    this.#isWorthLooking = crypto.lookUps.takeNews() || this.#isWorthLooking;
    const lenient = this.#failures >= strictAttempts;
    receiver.begin();
    receiver.giveUp(
      rooms,
      left.map(({ roomId }) => roomId),
    );
    const events: IncomingEvent[] = [...(await receiver.late(this.#isWorthLooking, lenient))];
    for (const room of rooms) events.push(...(await receiver.receive(room, lenient)));
    for (const { roomId, event } of left) events.push(...receiver.removed(roomId, event));
    // A closed platform stores nothing: its next instance fetches the same again.
    if (signal.aborted) return;
    for (const room of rooms) upgrades.note(room.roomId, [...room.state, ...room.timeline]);
    invitations.remember(answers.flatMap(({ answer }) => answer.invitations));
    inbox.accept(events, next, () => receiver.store());
    receiver.stored();
    this.#isWorthLooking = false;
    invitations.answer();
  }

  /**
   * One answer, or several where keys are still coming: a server hands out timelines at once, messages between devices by the
   * hundred, and what is read before its key has come would have to wait. Nothing of this is stored but the keys.
   */
  async #catchUp(since: string, waitMs: number): Promise<readonly { readonly from: string; readonly answer: SyncAnswer }[]> {
    const { sync } = this.#options;
    const answers: { from: string; answer: SyncAnswer }[] = [];
    for (let from = since; answers.length < mostAnswers;) {
      const answer = await syncSince(sync, from, answers.length === 0 ? waitMs : 0).catch((error: unknown) => {
        this.#refusalsInARow = isUnknownToken(error) ? this.#refusalsInARow + 1 : 0;
        throw error;
      });
      this.#refusalsInARow = 0;
      this.#refresh(answer);
      answers.push({ from, answer });
      await this.#receiveKeys(answer);
      if (answer.keys.toDevice.length < fullAnswer || answer.next === from) break;
      from = answer.next;
    }
    return answers;
  }

  /** Before anything that takes long or may fail: what is sent meanwhile must know that a room is encrypted now, or who has left it. */
  #refresh(answer: SyncAnswer): void {
    const { rooms } = this.#options;
    for (const { roomId, state, timeline, limited } of answer.rooms) rooms.refresh(roomId, [...state, ...timeline], limited);
    for (const { roomId } of answer.left) rooms.forget(roomId);
  }

  /** Keys are on the disk before the messages that need them are read, and before the server may forget them. */
  async #receiveKeys({ keys }: SyncAnswer): Promise<void> {
    await this.#options.crypto.receive(keys);
    if (keys.toDevice.length > 0) this.#isWorthLooking = true;
    reach('crypto.received');
  }

  /** Keys or lists of devices came that no stored step has looked at. */
  #isWorthLooking = false;
  #refusalsInARow = 0;

  #isTokenGivenUp(): boolean {
    if (this.#refusalsInARow < refusalsOfToken) return false;
    this.#options.log.error({}, 'The homeserver does not know the stored position any more; what was written meanwhile is not answered');
    return true;
  }

  /** Starts at the present: what was said before the bot's first start is not for it. */
  async #firstStep(): Promise<void> {
    const { crypto, inbox, invitations, memory, rooms, sync, signal } = this.#options;
    const batch = await watermark(sync);
    // Nobody tells what happened to rooms and devices before this.
    rooms.forgetAll();
    await crypto.doubtDevices();
    await this.#receiveKeys(batch);
    if (signal.aborted) return;
    invitations.remember(batch.invitations, true);
    inbox.accept([], batch.next);
    memory.set(accountKey, sync.ownUserId);
    this.#refusalsInARow = 0;
    invitations.answer();
  }
}

/** The homeserver's own words for a bad position; a proxy that refuses everything for a while must not cost messages. */
const isUnknownToken = (error: unknown): boolean =>
  error instanceof HomeserverError && error.status === 400 && (error.errcode === 'M_UNKNOWN' || error.errcode === 'M_INVALID_PARAM');
