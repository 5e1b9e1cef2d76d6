import { RequestType, type OlmMachine } from '@matrix-org/matrix-sdk-crypto-wasm';

import { backoffMs, pause } from '../../common/backoff.ts';
import { reason, type Log } from '../../common/log.ts';
import { Line } from './line.ts';
import { OldKeys } from './old-keys.ts';
import type { OutgoingRequest, Requests } from './outgoing.ts';

export type OutgoingQueueOptions = {
  readonly machine: OlmMachine;
  readonly send: Requests;
  readonly log: Log;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Throws where the answers could not be kept. */
  readonly assertRoom?: (() => void) | undefined;
  /** Looks at what broke, in case it was the machine. */
  readonly onBroken: (error: unknown) => void;
};

type Failure = { readonly type: OutgoingRequest['type']; readonly error: unknown };

/**
 * What the machine wants to tell the homeserver of its own accord: its keys, questions about devices, answers to
 * devices. One pass at a time, because the machine names a request again until it has been answered.
 */
export class OutgoingQueue {
  readonly #options: OutgoingQueueOptions;
  readonly #line = new Line();
  readonly #oldKeys: OldKeys;
  #next: Promise<readonly Failure[]> | undefined;
  #background: Promise<void> | undefined;
  #isWokenAgain = false;

  constructor(options: OutgoingQueueOptions) {
    this.#options = options;
    this.#oldKeys = new OldKeys(options.log);
  }

  /**
   * Resolves when every device list that the machine has asked for until now was answered. What else failed is tried
   * again in the background and keeps nobody from writing. Rejects with a `HomeserverError`.
   */
  async devicesKnown(): Promise<void> {
    const failures = await this.#pass();
    if (failures.length > 0) this.wake();
    const failed = failures.find(({ type }) => type === RequestType.KeysQuery);
    if (failed !== undefined) throw failed.error;
  }

  /** Sends what waits, and again after a pause what failed, until nothing does. */
  wake(): void {
    this.#isWokenAgain = true;
    this.#background ??= this.#persist().finally(() => {
      this.#background = undefined;
      if (this.#isWokenAgain && !this.#options.signal.aborted) this.wake();
    });
  }

  /** Resolves when nothing is under way any more; the signal must have been given. */
  async stopped(): Promise<void> {
    await this.#background;
    await this.#line.run(async () => {});
  }

  /** Does `work` while no request of the queue is under way. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#line.run(work);
  }

  async #persist(): Promise<void> {
    const { signal, log, random } = this.#options;
    for (let failures = 1; !signal.aborted; failures += 1) {
      this.#isWokenAgain = false;
      const failed = await this.#pass();
      if (failed.length === 0) return;
      const [{ error } = { error: undefined }] = failed;
      if (signal.aborted) return;
      if (failures === 1 || failures % 10 === 0) {
        log.warn({ reason: reason(error), attempt: failures }, 'Keys could not be exchanged with the homeserver; it is tried again');
      }
      await pause(backoffMs(failures, error, random), signal);
    }
  }

  /** Joins the pass that has not begun yet: the one under way may have looked before there was anything to send. */
  async #pass(): Promise<readonly Failure[]> {
    this.#next ??= this.#line.run(async () => {
      this.#next = undefined;
      return this.#sendAll();
    });
    return this.#next;
  }

  async #sendAll(): Promise<readonly Failure[]> {
    const { send, signal, onBroken } = this.#options;
    const failures: Failure[] = [];
    if (signal.aborted) return failures;
    for (const request of await this.#waiting(failures)) {
      if (request.type === RequestType.KeysUpload && this.#oldKeys.areHeld()) continue;
      try {
        await send(request);
        if (request.type === RequestType.KeysUpload) this.#oldKeys.taken();
      } catch (error) {
        onBroken(error);
        if (request.type === RequestType.KeysUpload && this.#oldKeys.explain(error)) continue;
        failures.push({ type: request.type, error });
      }
    }
    return failures;
  }

  async #waiting(failures: Failure[]): Promise<readonly OutgoingRequest[]> {
    try {
      this.#options.assertRoom?.();
      return await this.#options.machine.outgoingRequests();
    } catch (error) {
      this.#options.onBroken(error);
      failures.push({ type: RequestType.KeysQuery, error });
      return [];
    }
  }
}
